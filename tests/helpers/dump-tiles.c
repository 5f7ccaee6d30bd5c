/* Prints padded extents and tiles of every layer as CSV: dump-tiles MACHINE NETWORK BATCH. */
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
  putchar ('\n');
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  SimditSchedule schedule = { .pipeline = SIMDIT_PIPELINE_LOCKSTEP };
  g_autoptr (SimditMachine) machine = NULL;
  g_autoptr (SimditNetwork) network = NULL;

  g_assert_cmpint (argc, ==, 4);
  if ((machine = simdit_machine_load (argv[1], &error)) == NULL
      || (network = simdit_network_load (argv[2], &error)) == NULL)
    g_error ("%s", error->message);
  schedule.machine = machine;
  schedule.network = network;
  schedule.batch = g_ascii_strtoull (argv[3], NULL, 10);
  puts ("layer,operation,OW,DTile_ow,OH,DTile_oh,OC,DTile_oc,KW,DTile_kw,KH,DTile_kh,IC,DTile_ic,"
        "Batch,DTile_batch,IW,DTile_iw,IH,DTile_ih,"
        "bw_filter,bw_ifmap,bw_bias,bw_accumulator,bw_output");
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
