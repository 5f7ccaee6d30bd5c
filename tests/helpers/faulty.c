/*
 * Part of a simdit whose simulations are wrong, so that validate has something to find: layer 3
 * takes FAULTY_CYCLES (of the environment) cycles and moves FAULTY_BYTES bytes more. The linker
 * puts this before the simulator (--wrap).
 */
#include "sim/layer-result.h"
#include "sim/simulation-private.h"

#include <stdlib.h>

#define LAYER 3

SimditResult *__real_simdit_simulate_extended (const SimditMachine *machine,
                                               const SimditNetwork *network,
                                               const SimditRunOptions *options,
                                               SimditFileExtra extra, void *data, GError **error);
SimditResult *__wrap_simdit_simulate_extended (const SimditMachine *machine,
                                               const SimditNetwork *network,
                                               const SimditRunOptions *options,
                                               SimditFileExtra extra, void *data, GError **error);

static uint64_t
fault (const char *name)
{
  const char *text = g_getenv (name);

  return text != NULL ? g_ascii_strtoull (text, NULL, 10) : 0;
}

SimditResult *
__wrap_simdit_simulate_extended (const SimditMachine *machine, const SimditNetwork *network,
                                 const SimditRunOptions *options, SimditFileExtra extra, void *data,
                                 GError **error)
{
  SimditResult *result = __real_simdit_simulate_extended (machine, network, options, extra, data,
                                                          error);

  if (result != NULL)
    {
      SimditLayerResult *row = simdit_result_row (result, LAYER);

      row->total_cycles += fault ("FAULTY_CYCLES");
      row->dram_bytes += fault ("FAULTY_BYTES");
    }
  return result;
}
