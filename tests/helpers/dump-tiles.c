/* Prints padded extents and tiles of every layer as CSV: dump-tiles MACHINE NETWORK BATCH
 * [EXPANSION OPTIMIZER DECAY], of a training iteration with the last three (numbers). */
#include "sched/schedule.h"

#include <stdio.h>
#include <stdlib.h>

static void
print_layer (const SimditProgram *program, guint index)
{
  static const SimditDim dims[] = { SIMDIT_DIM_OW, SIMDIT_DIM_OH, SIMDIT_DIM_OC,
                                    SIMDIT_DIM_KW, SIMDIT_DIM_KH, SIMDIT_DIM_IC,
                                    SIMDIT_DIM_N,  SIMDIT_DIM_IW, SIMDIT_DIM_IH };

  printf ("%u,%s", index, program->op->name);
  for (gsize i = 0; i < G_N_ELEMENTS (dims); i++)
    printf (",%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT, program->extents.of[dims[i]],
            program->tile.of[dims[i]]);
  for (guint w = 0; w < SIMDIT_N_WIDTHS; w++)
    printf (",%" G_GUINT64_FORMAT, program->widths[w]);
  printf (",%" G_GUINT64_FORMAT "\n", program->stride);
}

/* Replaces @network by a training iteration of it. */
static void
expand (SimditNetwork **network, char **numbers, GError **error)
{
  guint64 values[3];
  SimditTrainingOptions options;
  SimditNetwork *expanded;

  for (guint i = 0; i < 3; i++)
    values[i] = g_ascii_strtoull (numbers[i], NULL, 10);
  options = (SimditTrainingOptions){ (SimditExpansion) values[0], (SimditOptimizer) values[1],
                                     values[2] != 0 };
  if ((expanded = simdit_network_expand_training (*network, &options, error)) == NULL)
    g_error ("%s", (*error)->message);
  simdit_network_free (*network);
  *network = expanded;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  SimditSchedule schedule = { .pipeline = SIMDIT_PIPELINE_LOCKSTEP };
  g_autoptr (SimditMachine) machine = NULL;
  g_autoptr (SimditNetwork) network = NULL;

  g_assert_true (argc == 4 || argc == 7);
  if ((machine = simdit_machine_load (argv[1], &error)) == NULL
      || (network = simdit_network_load (argv[2], &error)) == NULL)
    g_error ("%s", error->message);
  if (argc > 4)
    expand (&network, argv + 4, &error);
  schedule.machine = machine;
  schedule.network = network;
  schedule.batch = g_ascii_strtoull (argv[3], NULL, 10);
  puts ("layer,operation,OW,DTile_ow,OH,DTile_oh,OC,DTile_oc,KW,DTile_kw,KH,DTile_kh,IC,DTile_ic,"
        "Batch,DTile_batch,IW,DTile_iw,IH,DTile_ih,"
        "bw_filter,bw_ifmap,bw_bias,bw_accumulator,bw_output,stride");
  for (guint i = 0; i < network->layers->len; i++)
    {
      SimditProgram program;

      if (simdit_network_layer (network, i)->op->unit == SIMDIT_UNIT_NONE)
        continue;
      if (!simdit_schedule_layer (&schedule, i, &program, &error))
        g_error ("%s", error->message);
      print_layer (&program, i);
    }
  return 0;
}
