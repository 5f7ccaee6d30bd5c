/* Random programs on random machines, and what running one leaves behind. For tests. */
#ifndef SIMDIT_TESTS_PROGRAMS_H
#define SIMDIT_TESTS_PROGRAMS_H

#include "hw/sequencer.h"

#define LOGGED_TRANSFERS 256

#define LOGGED_CHANGES 4096

/* Halves of a buffer that are taken and freed in a cycle. */
typedef struct
{
  uint64_t cycle;
  guint buffer;
  int64_t more;
} HalfChange;

/* What the activities of a run amount to. */
typedef struct
{
  uint64_t busy[SIMDIT_N_TRACKS], end[SIMDIT_N_TRACKS]; /* [cycle] */
  uint64_t counters[SIMDIT_N_COUNTERS];
  uint64_t track_hash[SIMDIT_N_TRACKS]; /* of starts and durations */
  uint64_t load_starts[LOGGED_TRANSFERS], store_ends[LOGGED_TRANSFERS]; /* of all ports */
  guint n_loads, n_stores;
  HalfChange changes[LOGGED_CHANGES];
  guint n_changes; /* may be more */
  uint32_t shapes_checked;
  const SimditShapeBook *book; /* only during the run */
} ActivityLog;

/* What only the training expansion uses, for lists of operations. */
#define TRAINING_OPERATIONS                                                                        \
  "transpose", "dilate", "reduce_maps", "max_pool_index", "softmax_grad", "cross_entropy",         \
      "cross_entropy_grad", "sgd", "momentum_decay", "adam_decay"

/** any_operator: as specs mean @operation, or the training expansion. */
const SimditOperator *any_operator (const char *operation);

SimditMachine random_machine (void);

/**
 * random_program: extents up to 30 channels and 5 pixels, cut into tiles without regard to buffers.
 * @divisible: tiles divide their extents, and are at least two in the weight-stationary loops
 */
SimditProgram random_program (const char *operation, bool divisible);

/**
 * run_program: builds (streams and loops) and runs @program; @shuffle_seed 0: ties in order. The
 * machine's DRAM model may be NULL: ideal.
 */
SimditProgramReport run_program (const SimditMachine *machine, SimditProgram *program,
                                 guint shuffle_seed, ActivityLog *log);

/** run_program_on: the same on any DRAM model; addresses are those of the program. */
SimditProgramReport run_program_on (const SimditDramSpec *dram, const SimditMachine *machine,
                                    SimditProgram *program, guint shuffle_seed, ActivityLog *log);

/** place_randomly: gives the program's tensors addresses, some padding, and channels without it. */
void place_randomly (SimditProgram *program);

/** load_dram: a shipped memory, and what to change in it (or NULL). */
SimditDramConfig *load_dram (const char *name, const char *overrides);
/**
 * check_account: every cycle of every unit and port is accounted for: states add up to all cycles,
 * causes to all stalls, and activities to what the report says; and no buffer has more tiles in it
 * than halves (in lockstep OBUF may have three).
 */
void check_account (const SimditProgram *program, const SimditProgramReport *report,
                    const ActivityLog *log);

/** A number from 1 to @most. */
uint64_t random_to (uint64_t most);

#endif
