/* The energy of a run or an estimate: rows beside those of the layers. */
#ifndef SIMDIT_SIM_ENERGY_RESULT_H
#define SIMDIT_SIM_ENERGY_RESULT_H

#include "energy/model.h"
#include "record/overview.h"
#include "record/rows.h"
#include "sim/layer-result.h"

typedef struct SimditEnergyAccount SimditEnergyAccount;

/** simdit_energy_account_new: errors INVALID, as simdit_energy_model_init(). */
SimditEnergyAccount *simdit_energy_account_new (const SimditEnergyTable *table,
                                                const SimditMachine *machine,
                                                const SimditDramConfig *memory, GError **error);
void simdit_energy_account_free (SimditEnergyAccount *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimditEnergyAccount, simdit_energy_account_free)

/** simdit_energy_account_add: a layer; @activity NULL: it costs nothing. */
void simdit_energy_account_add (SimditEnergyAccount *self, const SimditLayerResult *layer,
                                const SimditEnergyActivity *activity);

/**
 * simdit_energy_account_finish: no layers come any more.
 * @overview: of the run's counters, for power over time; NULL: there is none
 */
void simdit_energy_account_finish (SimditEnergyAccount *self, const SimditOverview *overview);

/** simdit_energy_account_read: that of a run, from its output file; error IO. */
SimditEnergyAccount *simdit_energy_account_read (const SimditRecording *recording, GError **error);

/** simdit_energy_account_view: owned by @self; NULL: there is none. */
const SimditResult *simdit_energy_account_view (const SimditEnergyAccount *self,
                                                SimditEnergyView view);

/** simdit_energy_account_memory: the row of "dram" that was counted. */
const char *simdit_energy_account_memory (const SimditEnergyAccount *self);

/** simdit_energy_view_name: what the view is called in files: "energy", "energy_components", ... */
const char *simdit_energy_view_name (SimditEnergyView view);

#endif
