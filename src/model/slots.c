#include "model/slots.h"

#include "base/arith.h"

#include <string.h>

#define MAX_REMEMBERED 32

/* Where a tile is: which loops are past their first iteration, and at their last. */
typedef struct
{
  SimditLoopSet nonzero, last;
} Place;

/* Amounts already worked out, by what they depend on. */
typedef struct
{
  uint32_t keys[MAX_REMEMBERED];
  guint n;
} Memory;

typedef struct
{
  const SimditModelLayer *layer;
  const SimditProgram *program;
  guint ports[SIMDIT_MAX_OPERANDS];     /* by stream */
  uint64_t widths[SIMDIT_MAX_OPERANDS]; /* [bit/cycle] of that port */
  Memory bits_keys[SIMDIT_MAX_OPERANDS];
  uint64_t bits[SIMDIT_MAX_OPERANDS][MAX_REMEMBERED];
  Memory work_keys;
  SimditTileWork work[MAX_REMEMBERED];
  SimditSlotCost *cost;
  SimditSlotFunc func; /* is told of every kind of slot; or NULL */
  void *data;
} Model;

/* The carry of the step from one tile to the next: the loop that goes on; those inside restart. */
#define NO_CARRY (-1)

/* The place of @key, known or new. */
static guint
remember (Memory *self, uint32_t key, bool *known)
{
  guint i = 0;

  while (i < self->n && self->keys[i] != key)
    i++;
  *known = i < self->n;
  if (i == MAX_REMEMBERED)
    i = self->n = 0; /* rather work some out again than grow */
  if (!*known)
    {
      self->keys[i] = key;
      self->n = i + 1;
    }
  return i;
}

static guint
pass_of (const SimditProgram *program, Place at)
{
  return program->pass_loop < 0 ? 0 : (at.nonzero >> program->pass_loop) & 1;
}

/* ---- what a tile takes ---- */

static const SimditTileWork *
work_at (Model *self, Place at)
{
  const SimditProgram *program = self->program;
  SimditLoopSet group = program->inside_group;
  SimditTileKind kind = { .fresh = (at.nonzero & program->reduction) == 0,
                          .first_of_group = (at.nonzero & group) == 0,
                          .last_of_group = (at.last & group) == group,
                          .pass = pass_of (program, at) };
  uint32_t key = (at.last & program->ragged) | (uint32_t) kind.fresh << 16
                 | (uint32_t) kind.first_of_group << 17 | (uint32_t) kind.last_of_group << 18
                 | kind.pass << 19;
  bool known;
  guint i = remember (&self->work_keys, key, &known);

  if (!known)
    {
      simdit_program_tile_extents (program, at.last, &kind.extents);
      simdit_model_tile (self->layer, &kind, &self->work[i]);
    }
  return &self->work[i];
}

static bool
is_final (const SimditStream *stream, Place at)
{
  return (at.last & stream->reduction) == stream->reduction;
}

/* Bits of the tile of stream @index at @at. */
static uint64_t
tile_bits (Model *self, guint index, Place at)
{
  const SimditStream *stream = &self->program->streams[index];
  bool final = is_final (stream, at), known;
  uint32_t key = (at.last & stream->ragged) | (uint32_t) final << 16;
  guint i = remember (&self->bits_keys[index], key, &known);
  SimditExtents tile;

  if (!known)
    {
      simdit_program_tile_extents (self->program, at.last, &tile);
      self->bits[index][i] = simdit_extents_volume (&tile, stream->row->volume)
                             * simdit_program_dram_width (self->program, stream->row, final);
    }
  return self->bits[index][i];
}

static bool
is_moved (const Model *self, const SimditStream *stream, Place at)
{
  guint pass = pass_of (self->program, at);

  if (stream->row->operand == SIMDIT_OPERAND_PSUM_LOAD && stream->reduction != 0
      && (at.nonzero & stream->reduction) == 0)
    return false;
  return stream->row->passes == 0 || (stream->row->passes & (1u << pass)) != 0;
}

/* Between fused layers: the output of the PE array is the first operand of the SIMD array. */
static bool
stays_on_chip (const Model *self, guint index, SimditOperand operand)
{
  return simdit_operator_is_systolic (self->program->op) ? operand == SIMDIT_OPERAND_OFMAP
                                                         : index == 0;
}

/*
 * What stream @index moves at @at, @times; @carry is the loop that goes on where the residency
 * begins (load) or ends (store).
 */
static void
move (Model *self, guint index, Place at, gint carry, SimditSlotKind *kind)
{
  const SimditStream *stream = &self->program->streams[index];
  SimditOperand operand = stream->row->operand;

  if (carry >= (gint) stream->depth || !is_moved (self, stream, at))
    return;
  if (operand == SIMDIT_OPERAND_OFMAP && !is_final (stream, at))
    operand = SIMDIT_OPERAND_PSUM_STORE;
  if (self->layer->fused && stays_on_chip (self, index, operand))
    return;
  kind->bits[index] = tile_bits (self, index, at);
  self->cost->dram_bits[operand] += kind->bits[index] * kind->times;
}

/* Cycles of the busiest port, on which transfers are beside each other. */
static uint64_t
add_transfers (Model *self, const SimditSlotKind *kind)
{
  uint64_t ports[SIMDIT_MODEL_PORTS] = { 0 }, longest = 0;

  for (guint i = 0; i < self->program->n_streams; i++)
    if (kind->bits[i] != 0)
      ports[self->ports[i]] += simdit_ceil_div (kind->bits[i], self->widths[i]);
  for (guint p = 0; p < SIMDIT_MODEL_PORTS; p++)
    {
      self->cost->port_cycles[p] += ports[p] * kind->times;
      longest = MAX (longest, ports[p]);
    }
  return longest;
}

/* ---- slots ---- */

/* The step before, the present one and the one after; NULL: there is none. */
typedef struct
{
  const Place *before, *now, *after;
  gint carry_in, carry_out; /* the loops that go on between them */
} Slot;

static void
add_slots (Model *self, const Slot *slot, uint64_t times)
{
  SimditSlotKind kind = { .times = times };
  uint64_t longest;

  if (times == 0)
    return;
  for (guint i = 0; i < self->program->n_streams; i++)
    {
      bool load = self->program->streams[i].row->direction == SIMDIT_LOAD;

      if (load && slot->after != NULL)
        move (self, i, *slot->after, slot->carry_out, &kind);
      else if (!load && slot->before != NULL)
        move (self, i, *slot->before, slot->carry_in, &kind);
    }
  if (slot->now != NULL)
    {
      const SimditTileWork *work = work_at (self, *slot->now);

      kind.cycles = work->cycles;
      simdit_tile_work_add (&self->cost->work, work, times);
    }
  longest = add_transfers (self, &kind);
  self->cost->total += MAX (longest, kind.cycles) * times;
  if (self->func != NULL)
    self->func (self->data, &kind);
}

/* Whether it matters at all in which iteration of loop @i a tile is. */
static bool
is_distinct (const Model *self, guint i)
{
  SimditLoopSet matters = self->program->ragged | self->program->reduction
                          | self->program->inside_group;

  return ((matters >> i) & 1) != 0 || self->program->pass_loop == (gint) i;
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

  add_slots (self, &last, times);
  add_slots (self, &first, times);
}

/* The slots in the middle of one run of the innermost loop. */
static void
add_inner (Model *self, Place outer, uint64_t times)
{
  guint inner = self->program->n_loops - 1;
  uint64_t count = self->program->loops[inner].count;
  Place first = at_first (outer, inner), middle = at_middle (outer, inner);
  Place last = at_last (outer, inner);
  Slot slot = { &first, &middle, &middle, (gint) inner, (gint) inner };

  if (count < 3)
    return;
  if (count == 3)
    {
      slot.after = &last;
      add_slots (self, &slot, times);
      return;
    }
  add_slots (self, &slot, times);
  slot.before = &middle;
  add_slots (self, &slot, times * (count - 4));
  slot.after = &last;
  add_slots (self, &slot, times);
}

/* Every pair of successive iterations of loop @level, with the loops outside it at @outer. */
static void
add_level (Model *self, guint level, Place outer, uint64_t times)
{
  uint64_t count = self->program->loops[level].count;
  Place first = at_first (outer, level), middle = at_middle (outer, level);
  Place last = at_last (outer, level);

  if (level + 1 == self->program->n_loops)
    add_inner (self, outer, times);
  else if (count == 2)
    add_carry (self, level, first, last, times);
  else if (!is_distinct (self, level))
    add_carry (self, level, middle, middle, times * (count - 1));
  else
    {
      add_carry (self, level, first, middle, times);
      add_carry (self, level, middle, middle, times * (count - 3));
      add_carry (self, level, middle, last, times);
    }
}

/* Goes through the kinds of iterations of the loops @i .. @level - 1. */
static void
visit (Model *self, guint level, guint i, Place outer, uint64_t times)
{
  uint64_t count = i < level ? self->program->loops[i].count : 0;

  if (i == level)
    add_level (self, level, outer, times);
  else if (!is_distinct (self, i))
    visit (self, level, i + 1, at_middle (outer, i), times * count);
  else
    {
      visit (self, level, i + 1, at_first (outer, i), times);
      if (count > 2)
        visit (self, level, i + 1, at_middle (outer, i), times * (count - 2));
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

static void
set_ports (Model *self)
{
  const SimditMachine *machine = self->layer->machine;
  const uint64_t widths[SIMDIT_MODEL_PORTS] = {
    [SIMDIT_BUFFER_WBUF] = simdit_machine_param_port_width (machine),
    [SIMDIT_BUFFER_IBUF] = machine->ibuf_port,
    [SIMDIT_BUFFER_OBUF] = machine->obuf_port,
    [SIMDIT_BUFFER_VMEM] = machine->simd_port
  };

  for (guint i = 0; i < self->program->n_streams; i++)
    {
      SimditBuffer buffer = self->program->streams[i].row->buffer;

      self->ports[i] = buffer == SIMDIT_BUFFER_BBUF ? SIMDIT_BUFFER_WBUF : buffer;
      self->widths[i] = widths[self->ports[i]];
      self->bits_keys[i].n = 0;
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
  set_ports (&self);
  add_ends (&self);
  for (guint level = 0; level < self.program->n_loops; level++)
    visit (&self, level, 0, (Place){ 0 }, 1);
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
