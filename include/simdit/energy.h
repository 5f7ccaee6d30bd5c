/*
 * Energy and area: a table of what events cost (README, "Energy tables"), which turns the counters
 * of a run or an estimate into energy. No counter is kept for it: energy is a linear function of
 * what the layers' counters say anyway, plus clock and leakage per cycle.
 */
#ifndef SIMDIT_ENERGY_H
#define SIMDIT_ENERGY_H

#include <glib.h>
#include <simdit/export.h>
#include <simdit/result.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

/* An energy table; immutable once loaded. */
typedef struct SimditEnergyTable SimditEnergyTable;

/**
 * simdit_energy_table_load: reads an energy table (JSON).
 * @memory: whose row of "dram" counts ("ddr4"); NULL: of real DRAM the row that its name begins
 *   with, of any other the table's first
 *
 * Returns: (transfer full): errors IO, PARSE, INVALID (a key that is unknown or missing, a value
 * without unit or source, two rows for one thing).
 */
SIMDIT_API SimditEnergyTable *simdit_energy_table_load (const char *path, const char *memory,
                                                        GError **error);
/** simdit_energy_table_parse: the same from @text of @length bytes (-1: terminated); @name stands
 * for the file. */
SIMDIT_API SimditEnergyTable *simdit_energy_table_parse (const char *text, gssize length,
                                                         const char *name, const char *memory,
                                                         GError **error);
SIMDIT_API void simdit_energy_table_free (SimditEnergyTable *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimditEnergyTable, simdit_energy_table_free)

/** simdit_energy_table_get_name: the file's name without directory and ".json"; owned by @self. */
SIMDIT_API const char *simdit_energy_table_get_name (const SimditEnergyTable *self);
/** simdit_energy_table_get_description: one line for lists; owned by @self. */
SIMDIT_API const char *simdit_energy_table_get_description (const SimditEnergyTable *self);
/** simdit_energy_table_get_node: of the process [nm]. */
SIMDIT_API double simdit_energy_table_get_node (const SimditEnergyTable *self);

/**
 * SimditEnergyView: the tables that an accounting has.
 * @SIMDIT_ENERGY_LAYERS: a row per layer, in the order of the result's own, by component and by
 *   operand of DRAM
 * @SIMDIT_ENERGY_COMPONENTS: a row per component: dynamic, clock, leakage, area
 * @SIMDIT_ENERGY_PHASES: a row per part of a training iteration
 * @SIMDIT_ENERGY_POWER: power over time: a row per window; of a run only
 */
typedef enum
{
  SIMDIT_ENERGY_LAYERS,
  SIMDIT_ENERGY_COMPONENTS,
  SIMDIT_ENERGY_PHASES,
  SIMDIT_ENERGY_POWER,
  SIMDIT_ENERGY_N_VIEWS,
} SimditEnergyView;

/** simdit_result_get_energy: of a run or estimate with an energy table; else, or when there is no
 * such view, NULL. Energies in pJ, powers in mW. Owned by @self. */
SIMDIT_API const SimditResult *simdit_result_get_energy (const SimditResult *self,
                                                         SimditEnergyView view);

/** simdit_energy_peak: the row of SIMDIT_ENERGY_POWER with the highest power, the first of several;
 * 0 when it has none. */
SIMDIT_API uint64_t simdit_energy_peak (const SimditResult *power);

/** simdit_energy_column: column @column of SIMDIT_ENERGY_LAYERS that a run's own table has not, or
 * NULL beyond the last; static. */
SIMDIT_API const SimditColumn *simdit_energy_column (guint column);

/** simdit_energy_group: what people compare: "PEs", "SIMD", "SRAM", "AXI", "DRAM", by the name of a
 * component ("wbuf") or of its column ("wbuf_pj"); NULL: that is neither; static. */
SIMDIT_API const char *simdit_energy_group (const char *name);

/** simdit_result_get_energy_memory: the row of "dram" that was counted; "" without energy. */
SIMDIT_API const char *simdit_result_get_energy_memory (const SimditResult *self);

G_END_DECLS

#endif
