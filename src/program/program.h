/*
 * The program of a layer: its tile loops, and which tiles move when. Plain data, made by the
 * scheduler, executed by the hardware models and evaluated by the analytical one.
 *
 * A step is one iteration of the whole nest. A stream is one operand's sequence of tiles; its
 * residency is a run of consecutive steps that use one tile, during which the tile stays on chip.
 * Nothing is unrolled: a cursor walks the loops.
 */
#ifndef SIMDIT_PROGRAM_PROGRAM_H
#define SIMDIT_PROGRAM_PROGRAM_H

#include "workload/operator.h"

/* What a step or a transfer may run ahead of (DESIGN.md section 3, "Pipeline disciplines"). */
typedef enum
{
  SIMDIT_DISCIPLINE_LOCKSTEP,  /* load s+1, compute s, store s-1 in one slot */
  SIMDIT_DISCIPLINE_DECOUPLED, /* as soon as data, port and half buffer allow */
  SIMDIT_DISCIPLINE_SERIAL,    /* load, compute, store: single buffers */
} SimditDiscipline;

/* A loop with more than one tile. */
typedef struct
{
  SimditDim dim;
  uint64_t extent, tile, count; /* count = ceil (extent / tile); the last tile may be smaller */
} SimditLoop;

/* A set of loops: bit i is loops[i]. */
typedef uint32_t SimditLoopSet;

typedef struct
{
  const SimditOperandRow *row;
  guint depth;             /* the loops 0 .. depth-1 tell its residencies apart */
  uint64_t run;            /* steps of a residency: the product of the counts further in */
  SimditLoopSet ragged;    /* loops whose last iteration has a smaller tile of this operand */
  SimditLoopSet reduction; /* reduction loops among 0 .. depth-1 */
  bool skips;              /* some residencies are not transferred */
  uint64_t revisit_steps;  /* of a psum load: its tile was stored for the step this far back */
} SimditStream;

/* Where a program's tensors lie in DRAM; only memories with real addresses ask. */
typedef struct
{
  bool channels_first;  /* NCHW and OIHW; else NHWC and OHWI */
  SimditExtents stored; /* channels not padded; IH and IW without the zeros around an image */
  int64_t pad_h, pad_w; /* those zeros; negative: a border is not read */
  uint64_t bases[SIMDIT_MAX_OPERANDS]; /* [byte] by operand row */
} SimditAddresses;

typedef struct
{
  const SimditOperator *op;
  SimditDiscipline discipline;
  SimditExtents extents; /* channels padded, batch applied */
  SimditExtents tile;
  uint64_t stride;
  uint64_t widths[SIMDIT_N_WIDTHS]; /* [bit] */
  /* In DRAM, by operand row; 0: as in @widths. Psums always are as in @widths. [bit] */
  uint64_t dram_widths[SIMDIT_MAX_OPERANDS];
  SimditLoop loops[SIMDIT_N_LOOP_DIMS];
  guint n_loops;
  uint64_t n_steps;           /* iterations of the nest */
  uint64_t counted_steps;     /* as reported (operator's uncounted loops left out) */
  SimditLoopSet ragged;       /* loops whose last tile is smaller */
  SimditLoopSet reduction;    /* loops over which psums accumulate */
  SimditLoopSet inside_group; /* loops inside the group's and the pass loop, if that matters */
  gint pass_loop;             /* -1: one pass */
  SimditStream streams[SIMDIT_MAX_OPERANDS];
  guint n_streams;
  SimditAddresses addresses; /* set by the caller where they matter */
} SimditProgram;

/**
 * simdit_program_dram_width: of a word of @row, a row of the program's operator.
 * @final: false for an output on the way, which is stored to be loaded and added to again
 */
static inline uint64_t
simdit_program_dram_width (const SimditProgram *self, const SimditOperandRow *row, bool final)
{
  uint64_t width = self->dram_widths[row - self->op->operands];

  return width != 0 && final ? width : self->widths[row->width];
}

/**
 * simdit_program_build: loops and streams for @extents cut into @tile.
 *
 * Fields op, discipline, extents, tile, stride and both widths are set by the caller; IH and IW
 * follow. Error CAPACITY when a product does not fit 60 bits.
 */
bool simdit_program_build (SimditProgram *self, GError **error);

/* A place in the nest. */
typedef struct
{
  uint64_t index[SIMDIT_N_LOOP_DIMS];
  SimditLoopSet nonzero; /* loops that are not at their first iteration */
  SimditLoopSet last;    /* loops at their last iteration */
  uint64_t step;         /* first step of the residency; n_steps after the end */
} SimditCursor;

/** simdit_cursor_init: the first step (@stream NULL), or the stream's first residency. */
void simdit_cursor_init (SimditCursor *self, const SimditProgram *program,
                         const SimditStream *stream);

/** simdit_cursor_carry: simdit_cursor_next() where loops end or residencies are skipped. */
void simdit_cursor_carry (SimditCursor *self, const SimditProgram *program,
                          const SimditStream *stream);

/** simdit_cursor_next: the next step, or residency that is transferred. */
static inline void
simdit_cursor_next (SimditCursor *self, const SimditProgram *program, const SimditStream *stream)
{
  guint depth = stream != NULL ? stream->depth : program->n_loops;

  /* Mostly the innermost loop goes on, and not to its last iteration. */
  if (depth == 0 || self->index[depth - 1] + 2 >= program->loops[depth - 1].count
      || (stream != NULL && stream->skips))
    {
      simdit_cursor_carry (self, program, stream);
      return;
    }
  self->step += stream != NULL ? stream->run : 1;
  self->index[depth - 1]++;
  self->nonzero |= 1u << (depth - 1);
}

/* The tile is touched for the first time, or for the last. */
static inline bool
simdit_cursor_is_fresh (const SimditCursor *self, SimditLoopSet reduction)
{
  return (self->nonzero & reduction) == 0;
}

static inline bool
simdit_cursor_is_final (const SimditCursor *self, SimditLoopSet reduction)
{
  return (self->last & reduction) == reduction;
}

static inline guint
simdit_cursor_pass (const SimditCursor *self, const SimditProgram *program)
{
  return program->pass_loop < 0 ? 0 : (guint) self->index[program->pass_loop];
}

/** simdit_cursor_is_moved: the residency of @stream at @self is loaded or stored. */
static inline bool
simdit_cursor_is_moved (const SimditCursor *self, const SimditProgram *program,
                        const SimditStream *stream)
{
  if (!stream->skips)
    return true;
  if (stream->row->operand == SIMDIT_OPERAND_PSUM_LOAD && stream->reduction != 0
      && simdit_cursor_is_fresh (self, stream->reduction))
    return false;
  return stream->row->passes == 0
         || (stream->row->passes & (1u << simdit_cursor_pass (self, program)));
}

/** simdit_program_tile_extents: the tile where the loops in @last are at their last iteration. */
void simdit_program_tile_extents (const SimditProgram *self, SimditLoopSet last,
                                  SimditExtents *extents);

#endif
