/* Cycles to time and back. */
#include "engine/clock.h"

static void
test_conversion (void)
{
  static const SimditTick periods[] = { 1, 3, 1000, 833333, 1000000000000 };
  SimditClock clock;

  for (gsize i = 0; i < G_N_ELEMENTS (periods); i++)
    {
      SimditTick period = periods[i];

      simdit_clock_init (&clock, period);
      g_assert_cmpuint (simdit_clock_cycle (&clock, 0), ==, 0);
      g_assert_cmpuint (simdit_clock_cycle (&clock, 1), ==, 1);
      g_assert_cmpuint (simdit_clock_cycle (&clock, SIMDIT_TICK_MAX), ==,
                        (SIMDIT_TICK_MAX - 1) / period + 1);
      for (guint n = 0; n < 2000; n++)
        {
          uint64_t cycle = (uint64_t) g_test_rand_int_range (0, 1000000);
          SimditTick tick = simdit_clock_tick (&clock, cycle);

          g_assert_cmpuint (tick, ==, cycle * period);
          g_assert_cmpuint (simdit_clock_cycle (&clock, tick), ==, cycle);
          g_assert_cmpuint (simdit_clock_cycle (&clock, tick + 1), ==, cycle + 1);
          g_assert_cmpuint (simdit_clock_cycle (&clock, tick + period - 1), ==,
                            cycle + (period > 1));
          g_assert_cmpuint (simdit_clock_cycle (&clock, tick), ==, cycle);
        }
    }
  g_assert_cmpuint (simdit_clock_tick (&clock, UINT64_MAX / 2), ==, UINT64_MAX);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/clock/conversion", test_conversion);
  return g_test_run ();
}
