#include "model/slots.h"

#include "base/arith.h"

#include <string.h>

#define MAX_REMEMBERED 32

/* Where a tile is: which loops are past their first iteration, and at their last. */
typedef struct
{
  SimditLoopSet nonzero, last;
} Place;

/* What has been worked out already, by what it depends on. */
typedef struct
{
  uint32_t keys[MAX_REMEMBERED];
  guint n;
} Memory;

/* A tile of a stream, moved @times. */
typedef struct
{
  uint64_t bits, cycles, times;
  SimditOperand operand;
} Move;

/* A stream, with what its transfers depend on. */
typedef struct
{
  const SimditStream *stream;
  SimditBuffer port;
  guint lane;     /* the port's number among those that the program uses */
  uint64_t width; /* [bit/cycle] of the port */
  bool load;
  gint depth; /* the stream's, as are the following */
  SimditLoopSet ragged, reduction;
  SimditLoopSet skips; /* a psum load: there is none where all these are at their first */
  uint32_t passes;     /* in which it is moved */
  Memory keys;
  Move moves[MAX_REMEMBERED];
} Mover;

typedef struct
{
  const SimditModelLayer *layer;
  const SimditProgram *program;
  guint n_lanes;
  Memory work_keys;
  SimditTileWork work[MAX_REMEMBERED];
  uint64_t work_times[MAX_REMEMBERED];
  SimditSlotCost *cost;
  SimditSlotFunc func; /* is told of every kind of slot; or NULL */
  void *data;
  Mover movers[SIMDIT_MAX_OPERANDS];
} Model;

/* The carry of the step from one tile to the next: the loop that goes on; those inside restart. */
#define NO_CARRY (-1)

/* The place of @key, or of what is to be remembered under it next. */
static inline guint
recall (const Memory *self, uint32_t key)
{
  guint i = 0;

  while (i < self->n && self->keys[i] != key)
    i++;
  return i;
}

static guint
pass_of (const SimditProgram *program, Place at)
{
  return program->pass_loop < 0 ? 0 : (at.nonzero >> program->pass_loop) & 1;
}

/* ---- what a tile takes ---- */

static void
add_work (Model *self)
{
  for (guint i = 0; i < self->work_keys.n; i++)
    simdit_tile_work_add (&self->cost->work, &self->work[i], self->work_times[i]);
  self->work_keys.n = 0;
}

static guint
learn_work (Model *self, uint32_t key, Place at)
{
  SimditTileKind kind = { .fresh = (key >> 16 & 1) != 0,
                          .first_of_group = (key >> 17 & 1) != 0,
                          .last_of_group = (key >> 18 & 1) != 0,
                          .pass = key >> 19 };
  guint i;

  if (self->work_keys.n == MAX_REMEMBERED)
    add_work (self); /* rather work some out again than grow */
  i = self->work_keys.n++;
  self->work_keys.keys[i] = key;
  self->work_times[i] = 0;
  simdit_program_tile_extents (self->program, at.last, &kind.extents);
  simdit_model_tile (self->layer, &kind, &self->work[i]);
  return i;
}

/* Counts @times the work of the tile at @at; its cycles. */
static uint64_t
do_work (Model *self, Place at, uint64_t times)
{
  const SimditProgram *program = self->program;
  SimditLoopSet group = program->inside_group;
  uint32_t fresh = (at.nonzero & program->reduction) == 0;
  uint32_t first = (at.nonzero & group) == 0, last = (at.last & group) == group;
  uint32_t key = (at.last & program->ragged) | fresh << 16 | first << 17 | last << 18
                 | pass_of (program, at) << 19;
  guint i = recall (&self->work_keys, key);

  if (i == self->work_keys.n)
    i = learn_work (self, key, at);
  self->work_times[i] += times;
  return self->work[i].cycles;
}

static void
add_moves (Model *self, Mover *mover)
{
  for (guint i = 0; i < mover->keys.n; i++)
    {
      const Move *move = &mover->moves[i];

      self->cost->dram_bits[move->operand] += move->bits * move->times;
      self->cost->port_cycles[mover->port] += move->cycles * move->times;
    }
  mover->keys.n = 0;
}

/* Adds up what has been counted. */
static void
settle (Model *self)
{
  add_work (self);
  for (guint i = 0; i < self->program->n_streams; i++)
    add_moves (self, &self->movers[i]);
}

/* Between fused layers: the output of the PE array is the first operand of the SIMD array. */
static bool
stays_on_chip (const Model *self, const Mover *mover, SimditOperand operand)
{
  return self->layer->fused
         && (simdit_operator_is_systolic (self->program->op) ? operand == SIMDIT_OPERAND_OFMAP
                                                             : mover == &self->movers[0]);
}

/* The tile at @at, which has @key; @final: it will not be added to any more. */
static guint
learn_move (Model *self, Mover *mover, uint32_t key, bool final, Place at)
{
  const SimditStream *stream = mover->stream;
  Move move = { .operand = stream->row->operand };
  SimditExtents tile;

  if (move.operand == SIMDIT_OPERAND_OFMAP && !final)
    move.operand = SIMDIT_OPERAND_PSUM_STORE;
  if (!stays_on_chip (self, mover, move.operand))
    {
      simdit_program_tile_extents (self->program, at.last, &tile);
      move.bits = simdit_extents_volume (&tile, stream->row->volume)
                  * simdit_program_dram_width (self->program, stream->row, final);
      move.cycles = simdit_ceil_div (move.bits, mover->width);
    }
  if (mover->keys.n == MAX_REMEMBERED)
    add_moves (self, mover);
  mover->keys.keys[mover->keys.n] = key;
  mover->moves[mover->keys.n] = move;
  return mover->keys.n++;
}

static bool
is_moved (const Model *self, const Mover *mover, Place at)
{
  return (mover->skips == 0 || (at.nonzero & mover->skips) != 0)
         && (mover->passes >> pass_of (self->program, at) & 1) != 0;
}

/*
 * What a stream moves at @at, @times; @carry is the loop that goes on where the residency begins
 * (load) or ends (store). NULL: nothing.
 */
static const Move *
move (Model *self, Mover *mover, Place at, gint carry, uint64_t times)
{
  bool final;
  uint32_t key;
  guint i;

  if (carry >= mover->depth || !is_moved (self, mover, at))
    return NULL;
  final = (at.last & mover->reduction) == mover->reduction;
  key = (at.last & mover->ragged) | (uint32_t) final << 16;
  i = recall (&mover->keys, key);
  if (i == mover->keys.n)
    i = learn_move (self, mover, key, final, at);
  mover->moves[i].times += times;
  return &mover->moves[i];
}

/* ---- slots ---- */

/* The step before, the present one and the one after; NULL: there is none. */
typedef struct
{
  const Place *before, *now, *after;
  gint carry_in, carry_out; /* the loops that go on between them */
} Slot;

static void
tell (Model *self, uint64_t times, uint64_t cycles, const Move *const *moves)
{
  SimditSlotKind kind = { .times = times, .cycles = cycles };

  for (guint i = 0; i < self->program->n_streams; i++)
    kind.bits[i] = moves[i] != NULL ? moves[i]->bits : 0;
  self->func (self->data, &kind);
}

/* Adds @times what a slot is. */
static void
add_slots (Model *self, const Slot *slot, uint64_t times)
{
  const Move *moves[SIMDIT_MAX_OPERANDS];
  uint64_t lanes[SIMDIT_MODEL_PORTS], cycles = 0, longest;

  if (times == 0)
    return;
  for (guint lane = 0; lane < self->n_lanes; lane++)
    lanes[lane] = 0;
  for (guint i = 0; i < self->program->n_streams; i++)
    {
      Mover *mover = &self->movers[i];
      const Place *at = mover->load ? slot->after : slot->before;

      moves[i] = at == NULL ? NULL
                            : move (self, mover, *at,
                                    mover->load ? slot->carry_out : slot->carry_in, times);
      if (moves[i] != NULL)
        lanes[mover->lane] += moves[i]->cycles;
    }
  if (slot->now != NULL)
    cycles = do_work (self, *slot->now, times);
  longest = cycles;
  for (guint lane = 0; lane < self->n_lanes; lane++)
    longest = MAX (longest, lanes[lane]);
  self->cost->total += longest * times;
  if (self->func != NULL)
    tell (self, times, cycles, moves);
}

/* What matters of the iteration of a loop that a tile is in. */
typedef enum
{
  LOOP_FREE,   /* nothing */
  LOOP_RAGGED, /* whether it is the last */
  LOOP_PLACED, /* whether it is the first, the last, or neither */
} LoopKind;

static LoopKind
kind_of (const Model *self, guint i)
{
  const SimditProgram *program = self->program;

  if ((((program->reduction | program->inside_group) >> i) & 1) != 0
      || program->pass_loop == (gint) i)
    return LOOP_PLACED;
  return ((program->ragged >> i) & 1) != 0 ? LOOP_RAGGED : LOOP_FREE;
}

static Place
at_first (Place place, guint i)
{
  place.nonzero &= ~(1u << i);
  place.last &= ~(1u << i);
  return place;
}

static Place
at_middle (Place place, guint i)
{
  place.nonzero |= 1u << i;
  place.last &= ~(1u << i);
  return place;
}

static Place
at_last (Place place, guint i)
{
  place.nonzero |= 1u << i;
  place.last |= 1u << i;
  return place;
}

/* The loops inside @i at their first, or at their last iteration. */
static Place
inside_first (const Model *self, Place place, guint i)
{
  for (guint k = i + 1; k < self->program->n_loops; k++)
    place = at_first (place, k);
  return place;
}

static Place
inside_last (const Model *self, Place place, guint i)
{
  for (guint k = i + 1; k < self->program->n_loops; k++)
    place = at_last (place, k);
  return place;
}

/*
 * Loop @level goes on from @from to @to with all loops inside it starting again, @times times: the
 * slot of the last tile before, whose next tile is the first after; and the slot of that one.
 */
static void
add_carry (Model *self, guint level, Place from, Place to, uint64_t times)
{
  guint inner = self->program->n_loops - 1;
  uint64_t count = self->program->loops[inner].count;
  Place end = inside_last (self, from, level), start = inside_first (self, to, level);
  Place before_end = count > 2 ? at_middle (end, inner) : at_first (end, inner);
  Place after_start = count > 2 ? at_middle (start, inner) : at_last (start, inner);
  Slot last = { &before_end, &end, &start, (gint) inner, (gint) level };
  Slot first = { &end, &start, &after_start, (gint) level, (gint) inner };

  if (times == 0)
    return;
  add_slots (self, &last, times);
  add_slots (self, &first, times);
}

/* The slots in the middle of one run of the innermost loop. */
static void
add_inner (Model *self, Place outer, uint64_t times)
{
  guint inner = self->program->n_loops - 1;
  uint64_t count = self->program->loops[inner].count;
  LoopKind kind = kind_of (self, inner);
  Place first = at_first (outer, inner), middle = at_middle (outer, inner);
  Place last = at_last (outer, inner);
  Slot slot = { &middle, &middle, &middle, (gint) inner, (gint) inner };

  if (count < 3)
    return;
  if (kind == LOOP_PLACED)
    {
      slot.before = &first;
      slot.after = count == 3 ? &last : &middle;
      add_slots (self, &slot, times);
      slot.before = &middle;
    }
  if (kind == LOOP_PLACED && count == 3)
    return;
  slot.after = &middle;
  add_slots (self, &slot,
             times
                 * (kind == LOOP_FREE     ? count - 2
                    : kind == LOOP_RAGGED ? count - 3
                                          : count - 4));
  slot.after = &last;
  if (kind != LOOP_FREE)
    add_slots (self, &slot, times);
}

/* Every pair of successive iterations of loop @level, with the loops outside it at @outer. */
static void
add_level (Model *self, guint level, Place outer, uint64_t times)
{
  uint64_t count = self->program->loops[level].count;
  LoopKind kind = kind_of (self, level);
  Place first = at_first (outer, level), middle = at_middle (outer, level);
  Place last = at_last (outer, level);

  if (level + 1 == self->program->n_loops)
    add_inner (self, outer, times);
  else if (kind == LOOP_FREE)
    add_carry (self, level, middle, middle, times * (count - 1));
  else if (count == 2)
    add_carry (self, level, first, last, times);
  else
    {
      if (kind == LOOP_PLACED)
        add_carry (self, level, first, middle, times);
      add_carry (self, level, middle, middle,
                 times * (kind == LOOP_PLACED ? count - 3 : count - 2));
      add_carry (self, level, middle, last, times);
    }
}

/* Goes through the kinds of iterations of the loops @i .. @level - 1. */
static void
visit (Model *self, guint level, guint i, Place outer, uint64_t times)
{
  uint64_t count = i < level ? self->program->loops[i].count : 0;
  LoopKind kind = i < level ? kind_of (self, i) : LOOP_FREE;

  if (i == level)
    add_level (self, level, outer, times);
  else if (kind == LOOP_FREE)
    visit (self, level, i + 1, at_middle (outer, i), times * count);
  else
    {
      if (kind == LOOP_PLACED)
        visit (self, level, i + 1, at_first (outer, i), times);
      if (kind == LOOP_RAGGED || count > 2)
        visit (self, level, i + 1, at_middle (outer, i),
               times * (kind == LOOP_RAGGED ? count - 1 : count - 2));
      visit (self, level, i + 1, at_last (outer, i), times);
    }
}

/* The load before the first tile, the first and last tiles, the store after the last. */
static void
add_ends (Model *self)
{
  guint n = self->program->n_loops;
  Place start = { 0 }, end = { 0 }, second, last_but_one;
  Slot slot;

  for (guint i = 0; i < n; i++)
    end = at_last (end, i);
  slot = (Slot){ NULL, NULL, &start, NO_CARRY, NO_CARRY };
  add_slots (self, &slot, 1);
  if (n == 0)
    {
      slot = (Slot){ NULL, &start, NULL, NO_CARRY, NO_CARRY };
      add_slots (self, &slot, 1);
    }
  else
    {
      bool two = self->program->loops[n - 1].count == 2;

      second = two ? at_last (start, n - 1) : at_middle (start, n - 1);
      last_but_one = two ? at_first (end, n - 1) : at_middle (end, n - 1);
      slot = (Slot){ NULL, &start, &second, NO_CARRY, (gint) n - 1 };
      add_slots (self, &slot, 1);
      slot = (Slot){ &last_but_one, &end, NULL, (gint) n - 1, NO_CARRY };
      add_slots (self, &slot, 1);
    }
  slot = (Slot){ &end, NULL, NULL, NO_CARRY, NO_CARRY };
  add_slots (self, &slot, 1);
}

/* Ports of the streams, those that are used numbered from 0 on. */
static void
set_movers (Model *self)
{
  const SimditMachine *machine = self->layer->machine;
  const uint64_t widths[SIMDIT_MODEL_PORTS] = {
    [SIMDIT_BUFFER_WBUF] = simdit_machine_param_port_width (machine),
    [SIMDIT_BUFFER_IBUF] = machine->ibuf_port,
    [SIMDIT_BUFFER_OBUF] = machine->obuf_port,
    [SIMDIT_BUFFER_VMEM] = machine->simd_port
  };

  self->n_lanes = 0;
  for (guint i = 0; i < self->program->n_streams; i++)
    {
      const SimditStream *stream = &self->program->streams[i];
      SimditBuffer buffer = stream->row->buffer;
      Mover *mover = &self->movers[i];
      guint k = 0;

      mover->stream = stream;
      mover->port = buffer == SIMDIT_BUFFER_BBUF ? SIMDIT_BUFFER_WBUF : buffer;
      mover->width = widths[mover->port];
      mover->load = stream->row->direction == SIMDIT_LOAD;
      mover->depth = (gint) stream->depth;
      mover->ragged = stream->ragged;
      mover->reduction = stream->reduction;
      mover->skips = stream->row->operand == SIMDIT_OPERAND_PSUM_LOAD ? stream->reduction : 0;
      mover->passes = stream->row->passes != 0 ? stream->row->passes : UINT32_MAX;
      mover->keys.n = 0;
      while (self->movers[k].port != mover->port) /* its own at the latest */
        k++;
      mover->lane = k < i ? self->movers[k].lane : self->n_lanes++;
    }
  self->work_keys.n = 0;
}

void
simdit_model_slots (const SimditModelLayer *layer, SimditSlotCost *cost)
{
  simdit_model_slot_kinds (layer, cost, NULL, NULL);
}

void
simdit_model_slot_kinds (const SimditModelLayer *layer, SimditSlotCost *cost, SimditSlotFunc func,
                         void *data)
{
  Model self;

  *cost = (SimditSlotCost){ 0 };
  self.layer = layer;
  self.program = layer->program;
  self.cost = cost;
  self.func = func;
  self.data = data;
  set_movers (&self);
  add_ends (&self);
  for (guint level = 0; level < self.program->n_loops; level++)
    visit (&self, level, 0, (Place){ 0 }, 1);
  settle (&self);
  if (self.program->discipline == SIMDIT_DISCIPLINE_SERIAL)
    {
      cost->total = cost->work.cycles;
      for (guint p = 0; p < SIMDIT_MODEL_PORTS; p++)
        cost->total += cost->port_cycles[p];
    }
}

uint64_t
simdit_model_bound (const SimditSlotCost *cost)
{
  uint64_t bound = cost->work.cycles;

  for (guint p = 0; p < SIMDIT_MODEL_PORTS; p++)
    bound = MAX (bound, cost->port_cycles[p]);
  return bound;
}
