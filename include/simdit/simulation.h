/*
 * A run: a machine executes a network, cycle by cycle. A run is a value: nothing is global, two may
 * go on at the same time in different threads, and the same inputs give the same result.
 */
#ifndef SIMDIT_SIMULATION_H
#define SIMDIT_SIMULATION_H

#include <glib.h>
#include <simdit/dram.h>
#include <simdit/energy.h>
#include <simdit/export.h>
#include <simdit/machine.h>
#include <simdit/network.h>
#include <simdit/result.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

/**
 * SimditPipeline: how transfers and computation of a layer overlap (README "Pipelines").
 * @SIMDIT_PIPELINE_LOCKSTEP: slots as long as their slowest part, as analytical models assume
 * @SIMDIT_PIPELINE_DECOUPLED: each port and unit goes on as soon as data and room allow
 */
typedef enum
{
  SIMDIT_PIPELINE_LOCKSTEP,
  SIMDIT_PIPELINE_DECOUPLED,
} SimditPipeline;

/**
 * SimditProgressState: how far a run has come.
 * @layer: in execution; @n_layers when the run is complete
 * @step: tiles computed; the time for one does not vary much
 * @cycle: simulated so far
 */
typedef struct
{
  uint64_t layer, n_layers;
  uint64_t step, n_steps;
  uint64_t cycle;
} SimditProgressState;

/**
 * SimditProgress: called at the start, every few milliseconds and at the end; must not call back
 * into the run.
 *
 * Returns: false to stop the run: see keep_partial in SimditRunOptions.
 */
typedef bool (*SimditProgress) (const SimditProgressState *state, void *user_data);

#define SIMDIT_MAX_BATCH 1048576 /* images at a time */

/**
 * SimditRunOptions: start from SIMDIT_RUN_OPTIONS_INIT. All pointers are borrowed for the call.
 */
typedef struct
{
  uint64_t batch;         /* 1 to SIMDIT_MAX_BATCH */
  bool override_pipeline; /* use @pipeline instead of the machine's */
  SimditPipeline pipeline;
  const char *dram;                /* a DRAM model, NAME[:KEY=N,...]; NULL: the machine's */
  const SimditDramConfig *memory;  /* real DRAM, which @dram then only names; NULL: none */
  const SimditEnergyTable *energy; /* what events cost; NULL: energy is not accounted */
  const char *output_path;         /* HDF5 file to write; NULL: none, and no counters are kept */
  const char *command_line;        /* stored in the file; NULL: none */
  /* Real DRAM's commands and queues are in the file from cycle @dram_from to before @dram_to;
   * without @dram_window: from the first cycle on, in training up to 10 million. */
  bool dram_window;
  uint64_t dram_from, dram_to;
  SimditProgress progress; /* or NULL */
  void *progress_data;
  /* A stopped run is cut off after its last finished layer: the result is partial, and so says the
   * file. Otherwise it is an error (IO, "cancelled"), and there is no file. */
  bool keep_partial;
  bool shuffle_ties; /* tests: equal events in the order of @shuffle_seed */
  uint64_t shuffle_seed;
} SimditRunOptions;

#define SIMDIT_RUN_OPTIONS_INIT ((SimditRunOptions){ .batch = 1 })

/** simdit_dram_is_model: whether @dram, NAME[:KEY=N,...], names a model ("ideal", "shared"); any
 * other is real DRAM, a definition to be loaded and given as @memory. */
SIMDIT_API bool simdit_dram_is_model (const char *dram);

/** simdit_dram_check: whether @dram is a model with its parameters; error INVALID says what is. */
SIMDIT_API bool simdit_dram_check (const char *dram, GError **error);

/** simdit_version: of the library, "MAJOR.MINOR.PATCH". */
SIMDIT_API const char *simdit_version (void);

/**
 * simdit_simulate: runs @network on @machine to the end.
 *
 * With an output path the file appears there only when the run has succeeded (or been stopped, with
 * keep_partial) and the file is complete.
 * Writing (and reading, recording.h) switches off HDF5's own printing of errors and its closing of
 * files at exit, for the whole process.
 *
 * Returns: (transfer full): errors INVALID (batch, DRAM name), CAPACITY (a tile that cannot fit, a
 * size beyond 64 bits), UNSUPPORTED, IO.
 */
SIMDIT_API SimditResult *simdit_simulate (const SimditMachine *machine,
                                          const SimditNetwork *network,
                                          const SimditRunOptions *options, GError **error);

G_END_DECLS

#endif
