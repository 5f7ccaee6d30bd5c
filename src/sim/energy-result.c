#include "sim/energy-result.h"

#include <math.h>
#include <string.h>

#define PJ_OF_FJ 1e-3
#define MW_OF_PJ_PER_FS 1e6 /* 1 pJ/fs is 1 kW */

/* Of a layer, a part of the iteration, or a window of time. Energies [pJ]. */
typedef struct
{
  uint64_t layer;
  const char *name, *operation, *phase;
  uint64_t start_cycle, total_cycles;
  double components[SIMDIT_N_COMPONENTS];
  double operands[SIMDIT_N_OPERANDS], other;
  double dynamic, clock, leakage, total;
  double power;      /* [mW] */
  uint64_t clock_fs; /* not a column */
} Row;

typedef struct
{
  const char *component;
  double dynamic, clock, leakage, total;
  double share, power, area;
  double whole, duration_fs; /* of all components; not columns */
} ComponentRow;

/* DRAM commands of a layer, which no counter has. */
typedef struct
{
  uint64_t start, cycles;
  double fj;
} Span;

struct SimditEnergyAccount
{
  SimditEnergyModel model;
  char *memory; /* owned: the row of "dram"; the table may go first */
  uint64_t clock_fs;
  SimditEnergyUse sum;
  uint64_t cycles;
  GArray *spans;                              /* owned, of Span; of layers with commands */
  GArray *phases;                             /* owned, of Row; the order in which they began */
  SimditResult *views[SIMDIT_ENERGY_N_VIEWS]; /* owned */
};

/* ---- the tables ---- */

#define COLUMN(title, member, unit, type, summary, help)                                           \
  {                                                                                                \
    { title, unit, help, SIMDIT_COLUMN_##type, summary }, offsetof (Row, member)                   \
  }
#define COMPONENT(number, name, help)                                                              \
  COLUMN (name "_pj", components[SIMDIT_COMPONENT_##number], "pJ", AMOUNT, true, help)
#define OPERAND(number, name, help)                                                                \
  COLUMN ("dram_" name "_pj", operands[SIMDIT_OPERAND_##number], "pJ", AMOUNT, false,              \
          "of dram_pj: " help)

#define NAMES                                                                                      \
  COLUMN ("layer", layer, "", INDEX, true, "position in the program, from 0"),                     \
      COLUMN ("name", name, "", TEXT, true, "the network's name for the layer"),                   \
      COLUMN ("operation", operation, "", TEXT, true, "what it computes")
#define PHASE COLUMN ("phase", phase, "", TEXT, true, "part of a training iteration")
#define CYCLES(help) COLUMN ("total_cycles", total_cycles, "cycle", COUNT, true, help)
#define COMPONENTS                                                                                 \
  COMPONENT (PE_ARRAY, "pe_array", "PEs: MACs, registers, clock, leakage"),                        \
      COMPONENT (SIMD_ARRAY, "simd_array", "SIMD lanes, likewise"),                                \
      COMPONENT (WBUF, "wbuf", "weight buffer: accesses of unit and DMA, clock, leakage"),         \
      COMPONENT (BBUF, "bbuf", "bias buffer, likewise"),                                           \
      COMPONENT (IBUF, "ibuf", "input buffer, likewise"),                                          \
      COMPONENT (OBUF, "obuf", "output buffer, likewise"),                                         \
      COMPONENT (VMEM, "vmem", "both VMEMs, likewise"),                                            \
      COMPONENT (IMM, "imm", "immediates' memory"),                                                \
      COMPONENT (INSTRUCTION_MEMORY, "instruction_memory", "SIMD instructions' memory"),           \
      COMPONENT (AXI, "axi", "AXI ports: bits moved, clock, leakage"),                             \
      COMPONENT (DRAM, "dram", "DRAM: bits moved, and commands where it is a real one")
#define OPERANDS                                                                                   \
  OPERAND (WEIGHTS, "weights", "weights loaded"), OPERAND (BIAS, "bias", "biases loaded"),         \
      OPERAND (IFMAP, "ifmap", "inputs loaded"),                                                   \
      OPERAND (PSUM_LOAD, "psum_load", "partial results loaded"),                                  \
      OPERAND (PSUM_STORE, "psum_store", "partial results stored"),                                \
      OPERAND (OFMAP, "ofmap", "results stored"),                                                  \
      COLUMN ("dram_other_pj", other, "pJ", AMOUNT, false, "of dram_pj: of no operand: refreshes")
#define SUMS                                                                                       \
  COLUMN ("dynamic_pj", dynamic, "pJ", AMOUNT, false, "of total_pj: events"),                      \
      COLUMN ("clock_pj", clock, "pJ", AMOUNT, false,                                              \
              "of total_pj: clocked cells in every cycle"),                                        \
      COLUMN ("leakage_pj", leakage, "pJ", AMOUNT, false, "of total_pj: leakage")
#define TOTAL                                                                                      \
  COLUMN ("total_pj", total, "pJ", AMOUNT, true, "all components"),                                \
      COLUMN ("power_mw", power, "mW", RATIO, true, "total_pj over the time")

static void
finish (void *row, const void *latest)
{
  Row *self = row;
  double fs;

  self->clock_fs = ((const Row *) latest)->clock_fs;
  fs = (double) self->total_cycles * (double) self->clock_fs;
  self->power = fs > 0 ? self->total / fs * MW_OF_PJ_PER_FS : 0;
}

static const SimditField layer_fields[] = { NAMES,      PHASE,    CYCLES ("of the layer"),
                                            COMPONENTS, OPERANDS, SUMS,
                                            TOTAL };
static const SimditField phase_fields[] = { PHASE,      CYCLES ("of its layers"),
                                            COMPONENTS, OPERANDS,
                                            SUMS,       TOTAL };
static const SimditField power_fields[] = { COLUMN ("start_cycle", start_cycle, "cycle", INDEX,
                                                    true, "when the window begins"),
                                            CYCLES ("of the window"), COMPONENTS, TOTAL };

static const SimditTableInfo layer_table = { layer_fields, G_N_ELEMENTS (layer_fields),
                                             sizeof (Row), finish };
static const SimditTableInfo phase_table = { phase_fields, G_N_ELEMENTS (phase_fields),
                                             sizeof (Row), finish };
static const SimditTableInfo power_table = { power_fields, G_N_ELEMENTS (power_fields),
                                             sizeof (Row), finish };

#define FIELD(title, member, unit, type, help)                                                     \
  {                                                                                                \
    { title, unit, help, SIMDIT_COLUMN_##type, true }, offsetof (ComponentRow, member)             \
  }

static const SimditField component_fields[] = {
  FIELD ("component", component, "", TEXT, "part of the machine"),
  FIELD ("dynamic_pj", dynamic, "pJ", AMOUNT, "of events"),
  FIELD ("clock_pj", clock, "pJ", AMOUNT, "of clocked cells, in every cycle"),
  FIELD ("leakage_pj", leakage, "pJ", AMOUNT, "of leakage"),
  FIELD ("total_pj", total, "pJ", AMOUNT, "their sum"),
  FIELD ("share", share, "1", RATIO, "of the energy of all components"),
  FIELD ("power_mw", power, "mW", RATIO, "total_pj over the time of the run"),
  /* last: a table without areas has no such column */
  FIELD ("area_um2", area, "um2", AMOUNT, "of the component; DRAM has none"),
};

static void
finish_component (void *row, const void *latest)
{
  ComponentRow *self = row;
  const ComponentRow *other = latest;

  self->whole = other->whole;
  self->duration_fs = other->duration_fs;
  self->share = self->whole > 0 ? self->total / self->whole : 0;
  self->power = self->duration_fs > 0 ? self->total / self->duration_fs * MW_OF_PJ_PER_FS : 0;
}

static const SimditTableInfo component_table = { component_fields, G_N_ELEMENTS (component_fields),
                                                 sizeof (ComponentRow), finish_component };
static const SimditTableInfo component_table_without_area = {
  component_fields, G_N_ELEMENTS (component_fields) - 1, sizeof (ComponentRow), finish_component
};

static const SimditTableInfo *
table_of_view (SimditEnergyView view, bool has_area)
{
  const SimditTableInfo *tables[SIMDIT_ENERGY_N_VIEWS] = {
    [SIMDIT_ENERGY_LAYERS] = &layer_table,
    [SIMDIT_ENERGY_COMPONENTS] = has_area ? &component_table : &component_table_without_area,
    [SIMDIT_ENERGY_PHASES] = &phase_table,
    [SIMDIT_ENERGY_POWER] = &power_table
  };

  return tables[view];
}

const SimditColumn *
simdit_energy_column (guint column)
{
  guint first = 0;

  while (layer_fields[first].offset != offsetof (Row, components))
    first++;
  return column < G_N_ELEMENTS (layer_fields) - first ? &layer_fields[first + column].column : NULL;
}

/* ---- adding up ---- */

static SimditEnergyAccount *
account_new (uint64_t clock_fs)
{
  SimditEnergyAccount *self = g_new0 (SimditEnergyAccount, 1);

  self->clock_fs = clock_fs;
  self->spans = g_array_new (FALSE, FALSE, sizeof (Span));
  self->phases = g_array_new (FALSE, FALSE, sizeof (Row));
  return self;
}

static SimditResult *
view_new (const SimditEnergyAccount *self, SimditEnergyView view, bool has_area)
{
  return simdit_result_new (table_of_view (view, has_area), self->clock_fs, 1);
}

SimditEnergyAccount *
simdit_energy_account_new (const SimditEnergyTable *table, const SimditMachine *machine,
                           const SimditDramConfig *memory, GError **error)
{
  g_autoptr (SimditEnergyAccount) self = account_new (machine->clock_fs);

  self->views[SIMDIT_ENERGY_LAYERS] = view_new (self, SIMDIT_ENERGY_LAYERS, false);
  if (!simdit_energy_model_init (&self->model, table, machine, memory, error))
    return NULL;
  self->memory = g_strdup (self->model.memory);
  return g_steal_pointer (&self);
}

void
simdit_energy_account_free (SimditEnergyAccount *self)
{
  if (self == NULL)
    return;
  g_free (self->memory);
  g_array_unref (self->spans);
  g_array_unref (self->phases);
  for (guint i = 0; i < SIMDIT_ENERGY_N_VIEWS; i++)
    simdit_result_free (self->views[i]);
  g_free (self);
}

static void
add_use (Row *row, const SimditEnergyUse *use)
{
  for (guint i = 0; i < SIMDIT_N_COMPONENTS; i++)
    {
      row->components[i] += (use->dynamic[i] + use->clock[i] + use->leakage[i]) * PJ_OF_FJ;
      row->dynamic += use->dynamic[i] * PJ_OF_FJ;
      row->clock += use->clock[i] * PJ_OF_FJ;
      row->leakage += use->leakage[i] * PJ_OF_FJ;
    }
  for (guint i = 0; i < SIMDIT_N_OPERANDS; i++)
    row->operands[i] += use->operands[i] * PJ_OF_FJ;
  row->other += use->other * PJ_OF_FJ;
  row->total = row->dynamic + row->clock + row->leakage;
}

static void
add_to_sum (SimditEnergyUse *sum, const SimditEnergyUse *use)
{
  for (guint i = 0; i < SIMDIT_N_COMPONENTS; i++)
    {
      sum->dynamic[i] += use->dynamic[i];
      sum->clock[i] += use->clock[i];
      sum->leakage[i] += use->leakage[i];
    }
}

static Row *
row_of_phase (SimditEnergyAccount *self, const char *phase)
{
  Row fresh = { .phase = phase, .clock_fs = self->clock_fs };

  for (guint i = 0; i < self->phases->len; i++)
    {
      Row *row = &g_array_index (self->phases, Row, i);

      if (g_str_equal (row->phase, phase))
        return row;
    }
  g_array_append_val (self->phases, fresh);
  return &g_array_index (self->phases, Row, self->phases->len - 1);
}

void
simdit_energy_account_add (SimditEnergyAccount *self, const SimditLayerResult *layer,
                           const SimditEnergyActivity *activity)
{
  Row row = { .layer = layer->layer,
              .name = layer->name,
              .operation = layer->operation,
              .phase = layer->phase,
              .clock_fs = self->clock_fs };
  Row *phase = row_of_phase (self, layer->phase);
  SimditEnergyUse use = { 0 };

  if (activity != NULL)
    {
      Span span = { layer->start_cycle, activity->cycles, 0 };

      row.total_cycles = activity->cycles;
      simdit_energy_use (&self->model, activity, &use);
      span.fj = use.commands;
      if (use.commands > 0)
        g_array_append_val (self->spans, span);
    }
  add_use (&row, &use);
  add_use (phase, &use);
  add_to_sum (&self->sum, &use);
  phase->total_cycles += row.total_cycles;
  self->cycles += row.total_cycles;
  simdit_result_add (self->views[SIMDIT_ENERGY_LAYERS], &row);
}

static SimditResult *
sum_components (const SimditEnergyAccount *self)
{
  const SimditEnergyUse *sum = &self->sum;
  ComponentRow rows[SIMDIT_N_COMPONENTS] = { 0 };
  double whole = 0, fs = (double) self->cycles * (double) self->clock_fs;
  SimditResult *view;
  bool has_area = true;

  for (guint i = 0; i < SIMDIT_N_COMPONENTS; i++)
    {
      rows[i] = (ComponentRow){ .component = simdit_component_name ((SimditComponent) i),
                                .dynamic = sum->dynamic[i] * PJ_OF_FJ,
                                .clock = sum->clock[i] * PJ_OF_FJ,
                                .leakage = sum->leakage[i] * PJ_OF_FJ,
                                .area = self->model.area_um2[i],
                                .duration_fs = fs };
      rows[i].total = rows[i].dynamic + rows[i].clock + rows[i].leakage;
      whole += rows[i].total;
      has_area &= !isnan (rows[i].area);
    }
  view = view_new (self, SIMDIT_ENERGY_COMPONENTS, has_area);
  for (guint i = 0; i < SIMDIT_N_COMPONENTS; i++)
    {
      rows[i].whole = whole;
      simdit_result_add (view, &rows[i]);
    }
  return view;
}

/* ---- power over time ---- */

/* The windows of the run: what happens after its last cycle (a pipeline that drains) is in the
 * last.
 */
static GArray *
window_rows (const SimditEnergyAccount *self, uint64_t length)
{
  GArray *rows = g_array_new (FALSE, FALSE, sizeof (Row));

  for (uint64_t start = 0; start < self->cycles; start += length)
    {
      Row row = { .start_cycle = start,
                  .total_cycles = MIN (length, self->cycles - start),
                  .clock_fs = self->clock_fs };

      for (guint i = 0; i < SIMDIT_N_COMPONENTS; i++)
        row.components[i] = (double) row.total_cycles * PJ_OF_FJ
                            * (self->model.clock_fj[i] + self->model.leakage_fj[i]);
      g_array_append_val (rows, row);
    }
  return rows;
}

static void
add_counters (const SimditEnergyAccount *self, const SimditOverview *overview, GArray *rows)
{
  uint64_t n_bins = simdit_overview_n_bins (overview);
  g_autofree uint64_t *sums = g_new (uint64_t, n_bins);

  for (guint i = 0; i < self->model.n_terms; i++)
    {
      const SimditEnergyTerm *term = &self->model.terms[i];

      simdit_overview_get (overview, term->counter, sums);
      for (uint64_t bin = 0; bin < n_bins; bin++)
        {
          Row *row = &g_array_index (rows, Row, MIN (bin, rows->len - 1));

          row->components[term->component] += (double) sums[bin] * term->fj * PJ_OF_FJ;
        }
    }
}

/* Commands are spread evenly over the cycles of their layer. */
static void
add_span (const Span *span, uint64_t length, GArray *rows)
{
  uint64_t end = span->start + span->cycles;

  for (uint64_t bin = span->start / length; bin < rows->len && bin * length < end; bin++)
    {
      uint64_t from = MAX (span->start, bin * length), to = MIN (end, (bin + 1) * length);

      g_array_index (rows, Row, bin).components[SIMDIT_COMPONENT_DRAM] += span->fj
                                                                          * (double) (to - from)
                                                                          / (double) span->cycles
                                                                          * PJ_OF_FJ;
    }
}

static SimditResult *
power_over_time (const SimditEnergyAccount *self, const SimditOverview *overview)
{
  uint64_t length = simdit_overview_bin_cycles (overview);
  g_autoptr (GArray) rows = window_rows (self, length);
  SimditResult *view = view_new (self, SIMDIT_ENERGY_POWER, false);

  if (rows->len == 0)
    return view;
  add_counters (self, overview, rows);
  for (guint i = 0; i < self->spans->len; i++)
    add_span (&g_array_index (self->spans, Span, i), length, rows);
  for (guint i = 0; i < rows->len; i++)
    {
      Row *row = &g_array_index (rows, Row, i);

      for (guint c = 0; c < SIMDIT_N_COMPONENTS; c++)
        row->total += row->components[c];
      simdit_result_add (view, row);
    }
  return view;
}

void
simdit_energy_account_finish (SimditEnergyAccount *self, const SimditOverview *overview)
{
  self->views[SIMDIT_ENERGY_COMPONENTS] = sum_components (self);
  self->views[SIMDIT_ENERGY_PHASES] = view_new (self, SIMDIT_ENERGY_PHASES, false);
  for (guint i = 0; i < self->phases->len; i++)
    simdit_result_add (self->views[SIMDIT_ENERGY_PHASES], &g_array_index (self->phases, Row, i));
  if (overview != NULL)
    self->views[SIMDIT_ENERGY_POWER] = power_over_time (self, overview);
}

/* ---- reading back ---- */

typedef struct
{
  SimditEnergyAccount *account;
  SimditResult *view;
  double whole; /* of all components [pJ] */
} Reader;

static bool
read_row (void *data, const void *row)
{
  Reader *self = data;
  Row copy = *(const Row *) row;

  copy.clock_fs = self->account->clock_fs;
  return simdit_result_add (self->view, &copy);
}

static bool
add_component (void *data, const void *row)
{
  ((Reader *) data)->whole += ((const ComponentRow *) row)->total;
  return true;
}

static bool
read_component (void *data, const void *row)
{
  Reader *self = data;
  ComponentRow copy = *(const ComponentRow *) row;

  copy.whole = self->whole;
  copy.duration_fs = (double) self->account->cycles * (double) self->account->clock_fs;
  return simdit_result_add (self->view, &copy);
}

/* The layers come first: their cycles are those of the run. */
static bool
read_view (SimditEnergyAccount *self, const SimditRecording *recording, SimditEnergyView view,
           GError **error)
{
  g_autofree char *name = g_strconcat ("/", simdit_energy_view_name (view), NULL);
  bool of_components = view == SIMDIT_ENERGY_COMPONENTS;
  bool has_area = of_components && simdit_recording_has_column (recording, name, "area_um2");
  const SimditTableInfo *table = table_of_view (view, has_area);
  Reader reader = { .account = self, .view = self->views[view] = view_new (self, view, has_area) };

  if (of_components
      && !simdit_recording_read_rows (recording, name, table, add_component, &reader, error))
    return false;
  if (!simdit_recording_read_rows (recording, name, table,
                                   of_components ? read_component : read_row, &reader, error))
    return false;
  if (view == SIMDIT_ENERGY_LAYERS)
    self->cycles = simdit_result_get_count (
        reader.view, SIMDIT_RESULT_TOTAL, simdit_result_find_column (reader.view, "total_cycles"));
  return true;
}

SimditEnergyAccount *
simdit_energy_account_read (const SimditRecording *recording, GError **error)
{
  g_autoptr (SimditEnergyAccount) self = account_new (simdit_recording_get_clock_fs (recording));

  self->memory = simdit_recording_get_text (recording, "energy_memory", error);
  if (self->memory == NULL)
    return NULL;
  for (guint i = 0; i < SIMDIT_ENERGY_N_VIEWS; i++)
    if (!read_view (self, recording, (SimditEnergyView) i, error))
      return NULL;
  return g_steal_pointer (&self);
}

/* ---- what there is ---- */

const SimditResult *
simdit_energy_account_view (const SimditEnergyAccount *self, SimditEnergyView view)
{
  return self->views[view];
}

uint64_t
simdit_energy_peak (const SimditResult *power)
{
  guint column = simdit_result_find_column (power, "power_mw");
  uint64_t peak = 0;

  for (uint64_t i = 1; i < simdit_result_get_n_rows (power); i++)
    if (simdit_result_get_number (power, i, column)
        > simdit_result_get_number (power, peak, column))
      peak = i;
  return peak;
}

const char *
simdit_energy_account_memory (const SimditEnergyAccount *self)
{
  return self->memory;
}

const char *
simdit_energy_view_name (SimditEnergyView view)
{
  static const char *const names[SIMDIT_ENERGY_N_VIEWS] = {
    [SIMDIT_ENERGY_LAYERS] = "energy",
    [SIMDIT_ENERGY_COMPONENTS] = "energy_components",
    [SIMDIT_ENERGY_PHASES] = "energy_phases",
    [SIMDIT_ENERGY_POWER] = "power"
  };

  return names[view];
}
