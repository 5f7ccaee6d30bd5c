/*
 * Design space exploration: how budgets of on-chip SRAM and off-chip bandwidth are best divided
 * over buffers and ports. Every design of a grid is estimated; the best ones and what they are
 * compared with are simulated.
 *
 * A budget of SRAM is the sum of WBUF, IBUF, OBUF (both halves of each) and both VMEMs; BBUF,
 * immediates and instruction memory do not count. A budget of bandwidth is the sum of the widths of
 * the four AXI ports.
 */
#ifndef SIMDIT_EXPLORE_H
#define SIMDIT_EXPLORE_H

#include <glib.h>
#include <simdit/energy.h>
#include <simdit/export.h>
#include <simdit/machine.h>
#include <simdit/network.h>
#include <simdit/result.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

/** SimditParameter: what a design chooses: sizes [KiB], then port widths [bit/cycle]. */
typedef enum
{
  SIMDIT_PARAMETER_WBUF,
  SIMDIT_PARAMETER_IBUF,
  SIMDIT_PARAMETER_OBUF, /* both halves */
  SIMDIT_PARAMETER_VMEM, /* both VMEMs */
  SIMDIT_PARAMETER_PARAM_PORT,
  SIMDIT_PARAMETER_IBUF_PORT,
  SIMDIT_PARAMETER_OBUF_PORT,
  SIMDIT_PARAMETER_SIMD_PORT,
  SIMDIT_N_PARAMETERS,
} SimditParameter;

#define SIMDIT_N_SRAM_PARAMETERS 4 /* the first; the others are ports */

/**
 * SimditGrid: which values parameters take.
 * @SIMDIT_GRID_POW2: powers of two from 32 on; designs whose sums are within the budgets
 * @SIMDIT_GRID_STEP: multiples of a step; designs whose sums equal the budgets
 */
typedef enum
{
  SIMDIT_GRID_POW2,
  SIMDIT_GRID_STEP,
} SimditGrid;

/** simdit_objective_names: what may be minimised; NULL-terminated, static. */
SIMDIT_API const char *const *simdit_objective_names (void);

/** simdit_objective_needs_energy: whether it can be minimised with an energy table only. */
SIMDIT_API bool simdit_objective_needs_energy (guint objective);

/* What a file asks for beyond options: workloads, and values of parameters (README "Exploring"). */
typedef struct SimditSpace SimditSpace;

/** simdit_space_load: errors IO, PARSE, INVALID (unknown key, value out of range). */
SIMDIT_API SimditSpace *simdit_space_load (const char *path, GError **error);
/** simdit_space_parse: the same from text; @name stands for the file name in messages. */
SIMDIT_API SimditSpace *simdit_space_parse (const char *text, gssize length, const char *name,
                                            GError **error);
SIMDIT_API void simdit_space_free (SimditSpace *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimditSpace, simdit_space_free)

/** simdit_space_get_n_workloads: 0 when the file leaves them to options. */
SIMDIT_API guint simdit_space_get_n_workloads (const SimditSpace *self);
/** simdit_space_get_net, _get_phase: of workload @i; phase NULL: the network's own; owned by @self.
 */
SIMDIT_API const char *simdit_space_get_net (const SimditSpace *self, guint i);
SIMDIT_API const char *simdit_space_get_phase (const SimditSpace *self, guint i);
SIMDIT_API uint64_t simdit_space_get_batch (const SimditSpace *self, guint i);
SIMDIT_API uint64_t simdit_space_get_weight (const SimditSpace *self, guint i);

/** SimditWorkload: @weight multiplies its cycles and energy, 1 to 1000. */
typedef struct
{
  const SimditNetwork *network; /* borrowed */
  uint64_t batch, weight;
} SimditWorkload;

/**
 * SimditExploreProgress: called now and then, from any thread, never from two at a time.
 * @done, @all: designs
 *
 * Returns: false to give up (SIMDIT_ERROR_IO, "cancelled").
 */
typedef bool (*SimditExploreProgress) (uint64_t done, uint64_t all, void *user_data);

/**
 * SimditExploreOptions: start from SIMDIT_EXPLORE_OPTIONS_INIT; everything is borrowed for the
 * call.
 */
typedef struct
{
  const SimditMachine *machine; /* everything that no parameter is */
  const SimditWorkload *workloads;
  guint n_workloads;
  const uint64_t (*arrays)[2]; /* PE rows and columns to try; NULL: the machine's */
  guint n_arrays;
  const uint64_t *sram_budgets, *bandwidth_budgets; /* [KiB], [bit/cycle]; each pair is explored */
  guint n_sram_budgets, n_bandwidth_budgets;
  SimditGrid grid;
  uint64_t sram_step, bandwidth_step; /* of STEP [KiB], [bit/cycle]; 0: budget / 16, 32 */
  const SimditSpace *space;           /* or NULL */
  bool compatible; /* SimDIT's formulas; VMEM is single buffered, as SimDIT has it */
  guint objective; /* into simdit_objective_names() */
  const SimditEnergyTable *energy; /* NULL: energy and area are unknown; not with @compatible */
  double area_budget;              /* [mm2]: designs that are larger are left out; 0: none is */
  bool best_only;                  /* skip what cannot be among the best: no median, no worst */
  guint top;                       /* so many of the best are listed and simulated, 1 to 1000 */
  guint n_threads;                 /* 0: one per processor; no result depends on it */
  guint shard, n_shards;           /* only part @shard of 1 to @n_shards; 0: all */
  const char *output_path;         /* HDF5 file to write; NULL: none */
  SimditExploreProgress progress;  /* or NULL */
  void *progress_data;
} SimditExploreOptions;

#define SIMDIT_EXPLORE_OPTIONS_INIT ((SimditExploreOptions){ .top = 10 })

/** SimditExplorationTable: the tables of an exploration, as the file has them. */
typedef enum
{
  SIMDIT_EXPLORATION_DESIGNS, /* per pair of budgets: the best and what they are compared with */
  SIMDIT_EXPLORATION_BUDGETS, /* per pair of budgets: the objective of the best, and the ratios */
  SIMDIT_EXPLORATION_SHARING, /* per pair of budgets: one shared channel; SRAM divided per layer */
  SIMDIT_EXPLORATION_PARETO,  /* designs that no other beats in cycles, SRAM, bandwidth, and energy
                                 where there is an energy table */
  SIMDIT_N_EXPLORATION_TABLES,
} SimditExplorationTable;

typedef struct SimditExploration SimditExploration;

/** simdit_exploration_open: one that was written to @path; errors IO (not an exploration, damaged),
 * INVALID. */
SIMDIT_API SimditExploration *simdit_exploration_open (const char *path, GError **error);
SIMDIT_API void simdit_exploration_free (SimditExploration *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimditExploration, simdit_exploration_free)

/** simdit_exploration_get_title, simdit_exploration_get_objective: workloads and machine; what was
 * minimised; owned by @self. */
SIMDIT_API const char *simdit_exploration_get_title (const SimditExploration *self);
SIMDIT_API const char *simdit_exploration_get_objective (const SimditExploration *self);
/** simdit_exploration_table_name: "designs", ...; static. */
SIMDIT_API const char *simdit_exploration_table_name (SimditExplorationTable table);
/** simdit_exploration_get_table: owned by @self. */
SIMDIT_API const SimditResult *simdit_exploration_get_table (const SimditExploration *self,
                                                             SimditExplorationTable table);
/** simdit_exploration_get_n_notes: where simulation and estimate disagree about ranks. */
SIMDIT_API guint simdit_exploration_get_n_notes (const SimditExploration *self);
SIMDIT_API const char *simdit_exploration_get_note (const SimditExploration *self, guint i);

/**
 * simdit_explore: estimates every design, and simulates the best and those they are compared with.
 *
 * Each listed design is simulated on ideal DRAM, in the machine's pipeline. Equal estimates are
 * ranked by the design's number. Designs on which a layer does not fit, or that are larger than
 * the area budget, are left out. The energy-delay product of several workloads is that of their
 * weighted sums.
 *
 * Returns: (transfer full): errors INVALID (options, a space without a design, an energy table that
 * is missing or lacks something), CAPACITY (too many designs), IO.
 */
SIMDIT_API SimditExploration *simdit_explore (const SimditExploreOptions *options, GError **error);

/**
 * simdit_explore_shard: the same for a part, whose state goes to the output path, unless that file
 * is there already, complete and of the same request.
 * @redone: set to whether it had to be written; or NULL
 *
 * Returns: false with errors as above, and INVALID when the file is part of another exploration.
 */
SIMDIT_API bool simdit_explore_shard (const SimditExploreOptions *options, bool *redone,
                                      GError **error);

/**
 * simdit_explore_merge: the exploration that shards in the files @paths (@n) are parts of; whatever
 * they do not hold, machine and networks included, is not needed.
 * @n_threads: for the simulations; 0: one per processor
 *
 * Returns: (transfer full): the result of the whole, to the byte; errors IO (not a shard, cut
 * short), INVALID (of different explorations, a part that is missing or there twice).
 */
SIMDIT_API SimditExploration *simdit_explore_merge (const char *const *paths, guint n,
                                                    const char *output_path, guint n_threads,
                                                    GError **error);

G_END_DECLS

#endif
