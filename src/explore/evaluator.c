#include "explore/evaluator.h"

#include "explore/profile.h"

#include <string.h>

#define SIMD_PART 3 /* of a split: VMEM, the SIMD port */

struct SimditEvaluator
{
  const SimditRequest *request;
  const SimditSplits *sram, *widths; /* borrowed */
  SimditUniqueLayers *layers;        /* owned, like all below */
  GPtrArray *profiles;               /* of SimditProfile */
  uint32_t *tilings;                 /* per group of rows and PE array layer: a profile */
  uint32_t *groups;                  /* by row: those with the same WBUF, IBUF, OBUF */
  guint n_groups;
  bool *fits;             /* by group */
  uint32_t *vmem;         /* by row: its number among the sizes */
  uint32_t *ports;        /* by split of bandwidth: numbers of its four widths */
  int64_t *simd;          /* by VMEM size and port width: all SIMD layers */
  SimditSplitCost *costs; /* by row; NULL: there is no energy table */
  SimditPortCost port_cost;
};

/* Which profiles have been evaluated for the present block. */
struct SimditScratch
{
  const SimditEvaluator *evaluator; /* borrowed */
  guint first, n;
  uint32_t block;           /* number of the present one */
  uint32_t *blocks;         /* owned: by profile, the one it was evaluated for */
  int64_t *cycles, *bounds; /* owned: by profile (and split), then by VMEM size */
  guint group;              /* whose sums @sums has; G_MAXUINT: none's */
  int64_t sums[SIMDIT_BLOCK_SPLITS];
};

/* ---- making one ---- */

/* A machine with the sizes of @sram, its ports as wide as the first of each. */
static SimditMachine
machine_of (const SimditEvaluator *self, const uint64_t *sram, uint64_t simd_port)
{
  uint64_t parameters[SIMDIT_N_PARAMETERS];

  for (guint part = 0; part < SIMDIT_SPLIT_PARTS; part++)
    {
      parameters[part] = sram[part];
      parameters[SIMDIT_SPLIT_PARTS + part] = g_array_index (self->widths->values[part], uint64_t,
                                                             0);
    }
  parameters[SIMDIT_PARAMETER_SIMD_PORT] = simd_port;
  return simdit_design_machine (self->request, self->layers->shape, parameters);
}

/* The profile of layer @index as @program cuts it, known or new. */
static uint32_t
find_profile (SimditEvaluator *self, GHashTable *known, guint index, const SimditMachine *machine,
              const SimditProgram *program)
{
  uint64_t identity[SIMDIT_N_DIMS + 1];
  g_autoptr (GBytes) key = NULL;
  gpointer number;

  memcpy (identity, program->tile.of, sizeof program->tile.of);
  identity[SIMDIT_N_DIMS] = index;
  key = g_bytes_new (identity, sizeof identity);
  if (g_hash_table_lookup_extended (known, key, NULL, &number))
    return GPOINTER_TO_UINT (number);
  g_ptr_array_add (self->profiles,
                   simdit_profile_new (self->layers,
                                       simdit_unique_layer (self->layers->array, index), machine,
                                       program, self->widths));
  g_hash_table_insert (known, g_steal_pointer (&key), GUINT_TO_POINTER (self->profiles->len - 1));
  return self->profiles->len - 1;
}

static bool
cut_group (SimditEvaluator *self, GHashTable *known, const SimditSplit *split, uint32_t *tilings)
{
  SimditMachine machine = machine_of (self, split->of, 1);

  for (guint i = 0; i < self->layers->array->len; i++)
    {
      const SimditUniqueLayer *layer = simdit_unique_layer (self->layers->array, i);
      SimditProgram program;

      if (!simdit_unique_layer_schedule (self->layers, layer, &machine, &program))
        return false;
      tilings[i] = find_profile (self, known, i, &machine, &program);
    }
  return true;
}

static void
cut_rows (SimditEvaluator *self)
{
  g_autoptr (GHashTable) known = g_hash_table_new_full (g_bytes_hash, g_bytes_equal,
                                                        (GDestroyNotify) g_bytes_unref, NULL);
  guint n = self->sram->n, n_layers = self->layers->array->len;

  self->groups = g_new (uint32_t, n);
  self->vmem = g_new (uint32_t, n);
  self->fits = g_new (bool, n);
  self->tilings = g_new (uint32_t, (gsize) n * n_layers + 1);
  for (guint row = 0; row < n; row++)
    {
      const SimditSplit *split = &self->sram->splits[row];

      self->vmem[row] = simdit_splits_index (self->sram, SIMD_PART, split->of[SIMD_PART]);
      if (row == 0 || memcmp (split->of, split[-1].of, SIMD_PART * sizeof split->of[0]) != 0)
        {
          self->fits[self->n_groups] = cut_group (
              self, known, split, self->tilings + (gsize) self->n_groups * n_layers);
          self->n_groups++;
        }
      self->groups[row] = self->n_groups - 1;
    }
}

static int64_t
simd_cycles (const SimditEvaluator *self, const SimditUniqueLayer *layer, guint vmem, guint port)
{
  uint64_t sram[SIMDIT_SPLIT_PARTS] = { 1, 1, 1 };
  SimditMachine machine;

  sram[SIMD_PART] = g_array_index (self->sram->values[SIMD_PART], uint64_t, vmem);
  machine = machine_of (self, sram,
                        g_array_index (self->widths->values[SIMD_PART], uint64_t, port));
  return simdit_unique_layer_cycles (self->layers, layer, &machine);
}

static int64_t
all_simd_cycles (const SimditEvaluator *self, guint vmem, guint port)
{
  int64_t sum = 0, cycles;

  for (guint i = 0; i < self->layers->simd->len; i++)
    {
      cycles = simd_cycles (self, simdit_unique_layer (self->layers->simd, i), vmem, port);
      if (cycles == SIMDIT_NO_CYCLES)
        return SIMDIT_NO_CYCLES;
      sum += cycles;
    }
  return sum;
}

static guint
n_sizes (const SimditEvaluator *self)
{
  return self->sram->values[SIMD_PART]->len;
}

static void
evaluate_simd (SimditEvaluator *self)
{
  guint n_ports = self->widths->values[SIMD_PART]->len;

  self->simd = g_new (int64_t, (gsize) n_sizes (self) * n_ports);
  for (guint vmem = 0; vmem < n_sizes (self); vmem++)
    for (guint port = 0; port < n_ports; port++)
      self->simd[(gsize) vmem * n_ports + port] = all_simd_cycles (self, vmem, port);
}

static void
number_widths (SimditEvaluator *self)
{
  self->ports = g_new (uint32_t, (gsize) self->widths->n * SIMDIT_SPLIT_PARTS);
  for (guint i = 0; i < self->widths->n; i++)
    for (guint part = 0; part < SIMDIT_SPLIT_PARTS; part++)
      self->ports[(gsize) i * SIMDIT_SPLIT_PARTS + part] = simdit_splits_index (
          self->widths, part, self->widths->splits[i].of[part]);
}

/* ---- energy and area ---- */

/* What all SIMD layers do, by VMEM size; those that do not fit count for nothing. */
static SimditCounterSums *
count_simd (const SimditEvaluator *self)
{
  SimditCounterSums *sums = g_new0 (SimditCounterSums, n_sizes (self));
  uint64_t sram[SIMDIT_SPLIT_PARTS] = { 1, 1, 1 };

  for (guint vmem = 0; vmem < n_sizes (self); vmem++)
    {
      SimditMachine machine;

      sram[SIMD_PART] = g_array_index (self->sram->values[SIMD_PART], uint64_t, vmem);
      machine = machine_of (self, sram, 1);
      for (guint i = 0; i < self->layers->simd->len; i++)
        simdit_unique_layer_count (self->layers, simdit_unique_layer (self->layers->simd, i),
                                   &machine, &sums[vmem]);
    }
  return sums;
}

static void
count_group (const SimditEvaluator *self, guint group, SimditCounterSums *sums)
{
  guint n_layers = self->layers->array->len;
  const uint32_t *tilings = self->tilings + (gsize) group * n_layers;

  *sums = (SimditCounterSums){ 0 };
  for (guint l = 0; l < n_layers && self->fits[group]; l++)
    simdit_counter_sums_join (
        sums, simdit_profile_counters (g_ptr_array_index (self->profiles, tilings[l])));
}

static bool
add_costs (SimditEvaluator *self, GError **error)
{
  SimditMachine machine = machine_of (self, self->sram->splits[0].of, 1);
  g_autoptr (SimditCosts)
      costs = simdit_costs_new (self->request->energy, &machine, self->sram, error);
  g_autofree SimditCounterSums *simd = NULL;
  SimditCounterSums array;

  if (costs == NULL || !simdit_port_cost (self->request->energy, &machine, &self->port_cost, error))
    return false;
  simd = count_simd (self);
  self->costs = g_new (SimditSplitCost, self->sram->n);
  for (guint row = 0; row < self->sram->n; row++)
    {
      SimditCounterSums all;

      if (row == 0 || self->groups[row] != self->groups[row - 1])
        count_group (self, self->groups[row], &array);
      all = array;
      simdit_counter_sums_join (&all, &simd[self->vmem[row]]);
      self->costs[row] = simdit_split_cost (simdit_costs_model (costs, &self->sram->splits[row]),
                                            &all);
    }
  return true;
}

/* ---- all of it ---- */

static void
free_profile (gpointer profile)
{
  simdit_profile_free (profile);
}

SimditEvaluator *
simdit_evaluator_new (const SimditRequest *request, SimditArrayShape shape,
                      const SimditSplits *sram, const SimditSplits *widths, GError **error)
{
  g_autoptr (SimditEvaluator) self = g_new0 (SimditEvaluator, 1);

  self->request = request;
  self->sram = sram;
  self->widths = widths;
  self->profiles = g_ptr_array_new_with_free_func (free_profile);
  self->layers = simdit_unique_layers_new (request, shape, error);
  if (self->layers == NULL)
    return NULL;
  number_widths (self);
  cut_rows (self);
  evaluate_simd (self);
  if (request->energy != NULL && !add_costs (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
simdit_evaluator_free (SimditEvaluator *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->layers, simdit_unique_layers_free);
  g_ptr_array_unref (self->profiles);
  g_free (self->tilings);
  g_free (self->groups);
  g_free (self->fits);
  g_free (self->vmem);
  g_free (self->ports);
  g_free (self->simd);
  g_free (self->costs);
  g_free (self);
}

const SimditUniqueLayers *
simdit_evaluator_layers (const SimditEvaluator *self)
{
  return self->layers;
}

const SimditSplitCost *
simdit_evaluator_split_cost (const SimditEvaluator *self, guint sram)
{
  return self->costs != NULL ? &self->costs[sram] : NULL;
}

const SimditPortCost *
simdit_evaluator_port_cost (const SimditEvaluator *self)
{
  return self->costs != NULL ? &self->port_cost : NULL;
}

/* ---- using one ---- */

SimditScratch *
simdit_scratch_new (const SimditEvaluator *evaluator)
{
  SimditScratch *self = g_new0 (SimditScratch, 1);
  guint n = evaluator->profiles->len + n_sizes (evaluator);

  self->evaluator = evaluator;
  self->blocks = g_new0 (uint32_t, n);
  self->cycles = g_new (int64_t, (gsize) n * SIMDIT_BLOCK_SPLITS);
  self->bounds = g_new (int64_t, n);
  self->group = G_MAXUINT;
  return self;
}

void
simdit_scratch_free (SimditScratch *self)
{
  if (self == NULL)
    return;
  g_free (self->blocks);
  g_free (self->cycles);
  g_free (self->bounds);
  g_free (self);
}

void
simdit_scratch_begin (SimditScratch *self, guint first, guint n)
{
  self->first = first;
  self->n = n;
  self->block++;
  self->group = G_MAXUINT;
}

/* Profile @index, or those after the profiles: the SIMD layers with a VMEM size. */
static const int64_t *
block_of (SimditScratch *self, guint index)
{
  const SimditEvaluator *evaluator = self->evaluator;
  guint n_profiles = evaluator->profiles->len, n_ports = evaluator->widths->values[SIMD_PART]->len;
  int64_t *cycles = self->cycles + (gsize) index * SIMDIT_BLOCK_SPLITS, least = INT64_MAX;
  const uint32_t *ports = evaluator->ports + (gsize) self->first * SIMDIT_SPLIT_PARTS;

  if (self->blocks[index] == self->block)
    return cycles;
  for (guint i = 0; i < self->n; i++, ports += SIMDIT_SPLIT_PARTS)
    {
      if (index < n_profiles)
        cycles[i] = simdit_profile_cycles (g_ptr_array_index (evaluator->profiles, index), ports);
      else
        cycles[i] = evaluator->simd[(gsize) (index - n_profiles) * n_ports + ports[SIMD_PART]];
      least = MIN (least, cycles[i]);
    }
  self->blocks[index] = self->block;
  self->bounds[index] = least;
  return cycles;
}

static bool
fits (const SimditEvaluator *self, guint sram)
{
  return self->fits[self->groups[sram]]
         && self->simd[(gsize) self->vmem[sram] * self->widths->values[SIMD_PART]->len]
                != SIMDIT_NO_CYCLES;
}

static const uint32_t *
tilings_of (const SimditEvaluator *self, guint sram)
{
  return self->tilings + (gsize) self->groups[sram] * self->layers->array->len;
}

bool
simdit_scratch_row (SimditScratch *self, guint sram, int64_t *cycles)
{
  const SimditEvaluator *evaluator = self->evaluator;
  const uint32_t *tilings = tilings_of (evaluator, sram);
  const int64_t *simd;

  if (!fits (evaluator, sram))
    return false;
  if (self->group != evaluator->groups[sram])
    {
      memset (self->sums, 0, sizeof self->sums);
      for (guint l = 0; l < evaluator->layers->array->len; l++)
        {
          const int64_t *block = block_of (self, tilings[l]);

          for (guint i = 0; i < self->n; i++)
            self->sums[i] += block[i];
        }
      self->group = evaluator->groups[sram];
    }
  simd = block_of (self, evaluator->profiles->len + evaluator->vmem[sram]);
  for (guint i = 0; i < self->n; i++)
    cycles[i] = self->sums[i] + simd[i];
  return true;
}

bool
simdit_scratch_bound (SimditScratch *self, guint sram, int64_t *cycles)
{
  const SimditEvaluator *evaluator = self->evaluator;
  const uint32_t *tilings = tilings_of (evaluator, sram);
  guint simd = evaluator->profiles->len + evaluator->vmem[sram];

  if (!fits (evaluator, sram))
    return false;
  block_of (self, simd);
  *cycles = self->bounds[simd];
  for (guint l = 0; l < evaluator->layers->array->len; l++)
    {
      block_of (self, tilings[l]);
      *cycles += self->bounds[tilings[l]];
    }
  return true;
}

/* The fewest cycles of PE array layer @l with any tiling that occurs. */
static int64_t
least_array_cycles (const SimditEvaluator *self, guint l, const uint32_t *ports)
{
  int64_t least = INT64_MAX, cycles;

  for (guint group = 0; group < self->n_groups; group++)
    if (self->fits[group])
      {
        uint32_t profile = self->tilings[(gsize) group * self->layers->array->len + l];

        cycles = simdit_profile_cycles (g_ptr_array_index (self->profiles, profile), ports);
        least = MIN (least, cycles);
      }
  return least;
}

static int64_t
least_simd_cycles (const SimditEvaluator *self, guint l, uint32_t port)
{
  const SimditUniqueLayer *layer = simdit_unique_layer (self->layers->simd, l);
  int64_t least = INT64_MAX, cycles;

  for (guint vmem = 0; vmem < n_sizes (self); vmem++)
    {
      cycles = simd_cycles (self, layer, vmem, port);
      least = MIN (least, cycles);
    }
  return least;
}

int64_t
simdit_evaluator_per_layer (const SimditEvaluator *self, guint width)
{
  const uint32_t *ports = self->ports + (gsize) width * SIMDIT_SPLIT_PARTS;
  int64_t sum = 0;

  for (guint l = 0; l < self->layers->array->len; l++)
    sum += least_array_cycles (self, l, ports);
  for (guint l = 0; l < self->layers->simd->len; l++)
    sum += least_simd_cycles (self, l, ports[SIMD_PART]);
  return sum;
}
