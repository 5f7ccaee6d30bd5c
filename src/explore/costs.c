#include "explore/costs.h"

#include <math.h>

#define MOST_EVENTS 0x1p63

static const SimditComponent components[SIMDIT_SPLIT_PARTS] = {
  [SIMDIT_PARAMETER_WBUF] = SIMDIT_COMPONENT_WBUF,
  [SIMDIT_PARAMETER_IBUF] = SIMDIT_COMPONENT_IBUF,
  [SIMDIT_PARAMETER_OBUF] = SIMDIT_COMPONENT_OBUF,
  [SIMDIT_PARAMETER_VMEM] = SIMDIT_COMPONENT_VMEM,
};

struct SimditCosts
{
  const SimditSplits *splits;                    /* borrowed */
  SimditEnergyModel *models[SIMDIT_SPLIT_PARTS]; /* owned: by size of the part */
  SimditEnergyModel model;                       /* of the split asked for last */
};

static bool
init_model (SimditEnergyModel *model, const SimditEnergyTable *table, SimditMachine machine,
            GError **error)
{
  return simdit_energy_model_init (model, table, &machine, NULL, error);
}

bool
simdit_port_cost (const SimditEnergyTable *table, const SimditMachine *machine,
                  SimditPortCost *cost, GError **error)
{
  SimditMachine narrow = *machine;
  SimditEnergyModel model;

  narrow.ibuf_port = 1;
  narrow.param_port = narrow.obuf_port = narrow.simd_port = 0;
  if (!init_model (&model, table, narrow, error))
    return false;
  cost->cycle_fj = model.clock_fj[SIMDIT_COMPONENT_AXI] + model.leakage_fj[SIMDIT_COMPONENT_AXI];
  cost->area_um2 = model.area_um2[SIMDIT_COMPONENT_AXI];
  return true;
}

SimditSplitCost
simdit_split_cost (const SimditEnergyModel *model, const SimditCounterSums *counters)
{
  static const uint64_t dram_bits[SIMDIT_N_OPERANDS] = { 0 }; /* who moved what does not matter */
  uint64_t whole[SIMDIT_N_COUNTERS];
  SimditEnergyActivity activity = { .counters = whole, .dram_bits = dram_bits };
  SimditSplitCost cost = { 0 };
  SimditEnergyUse use;

  for (guint i = 0; i < SIMDIT_N_COUNTERS; i++)
    whole[i] = (uint64_t) MIN (counters->of[i], MOST_EVENTS);
  simdit_energy_use (model, &activity, &use);
  for (guint c = 0; c < SIMDIT_N_COMPONENTS; c++)
    {
      bool ports = c == SIMDIT_COMPONENT_AXI;

      cost.dynamic_fj += use.dynamic[c];
      cost.cycle_fj += ports ? 0 : model->clock_fj[c] + model->leakage_fj[c];
      cost.area_um2 += ports ? 0 : model->area_um2[c];
    }
  return cost;
}

/* ---- many designs ---- */

SimditCosts *
simdit_costs_new (const SimditEnergyTable *table, const SimditMachine *machine,
                  const SimditSplits *splits, GError **error)
{
  g_autoptr (SimditCosts) self = g_new0 (SimditCosts, 1);

  self->splits = splits;
  if (!init_model (&self->model, table, *machine, error))
    return NULL;
  for (guint part = 0; part < SIMDIT_SPLIT_PARTS; part++)
    {
      const GArray *values = splits->values[part];

      self->models[part] = g_new (SimditEnergyModel, values->len);
      for (guint i = 0; i < values->len; i++)
        {
          SimditMachine sized = *machine;

          simdit_machine_set_size (&sized, part, g_array_index (values, uint64_t, i));
          if (!init_model (&self->models[part][i], table, sized, error))
            return NULL;
        }
    }
  return g_steal_pointer (&self);
}

void
simdit_costs_free (SimditCosts *self)
{
  if (self == NULL)
    return;
  for (guint part = 0; part < SIMDIT_SPLIT_PARTS; part++)
    g_free (self->models[part]);
  g_free (self);
}

const SimditEnergyModel *
simdit_costs_model (SimditCosts *self, const SimditSplit *split)
{
  for (guint part = 0; part < SIMDIT_SPLIT_PARTS; part++)
    {
      guint i = simdit_splits_index (self->splits, part, split->of[part]);

      simdit_energy_model_take (&self->model, components[part], &self->models[part][i]);
    }
  return &self->model;
}
