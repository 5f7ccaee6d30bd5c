/*
 * Energy by hand: a layer small enough to count, and the points between those of a table.
 *
 * The layer: 1x1 convolution of a 2x1x2 input, 2 output channels, on 2x2 PEs, one tile: 2 vectors
 * through 4 PEs. Weights (32 bit) and biases (64 bit) come over a port of 16 bit per cycle in
 * 2 + 4 cycles, the input (32 bit) in 1, beside them; 2 + 2 + 2 - 2 = 4 cycles of computation; the
 * output (128 bit) leaves in 2: 12 cycles.
 */
#include "energy/table.h"
#include "machine/machine-private.h"
#include "sim/energy-result.h"

#include <glib/gstdio.h>
#include <math.h>
#include <simdit/simdit.h>

#define Q(value, unit)                                                                             \
  "{\"value\": " value ", \"unit\": \"" unit "\", \"source\": \"test\", \"scaled\": \"no\"}"
#define STANDING(clock, leakage, area)                                                             \
  "\"clock\": " Q (clock, "fJ") ", \"leakage\": " Q (leakage, "nW") ", \"area\": " Q (area, "um2")
#define BANK(bits)                                                                                 \
  "{\"bits\": " bits ", \"access\": " Q (bits, "fJ") ", " STANDING ("3", "1000", "2") "}"
#define SRAM(bytes)                                                                                \
  "{\"capacity_bytes\": " bytes                                                                    \
  ", \"port_bits\": 8, \"read\": " Q ("80", "fJ") ", \"write\": " Q (                              \
      "0.16", "pJ") ", \"leakage\": " Q ("2", "uW") ", \"area\": " Q ("4", "um2") "}"
#define PE                                                                                         \
  "{\"number\": \"int\", \"weight_bits\": 8, \"activation_bits\": 8, \"accumulator_bits\": 32, "   \
  "\"mac\": " Q ("0.3", "pJ") ", \"register\": " Q ("100", "fJ") ", " STANDING ("7", "2000",       \
                                                                                "50") "}"
#define LANE                                                                                                                                                                                                                                                                                                                              \
  "{\"number\": \"int\", \"bits\": 32, \"max\": " Q (                                                                                                                                                                                                                                                                                     \
      "1", "fJ") ", \"add\": " Q ("2", "fJ") ", \"sub\": " Q ("3", "fJ") ", \"mul\": " Q ("4", "f"                                                                                                                                                                                                                                        \
                                                                                               "J") ", \"div\": " Q ("5",                                                                                                                                                                                                                 \
                                                                                                                     "fJ") ", \"exp\": " Q ("6", "fJ") ", \"log\": " Q ("7", "fJ") ", \"inv_sqrt\": " Q ("8", "fJ") ", \"cond_move\": " Q ("9", "fJ") ", \"generic\": " Q ("10", "fJ") ", \"register\": " Q ("11",                        \
                                                                                                                                                                                                                                                                                                             "fJ") ", " STANDING ("13",   \
                                                                                                                                                                                                                                                                                                                                  "5000", \
                                                                                                                                                                                                                                                                                                                                  "60") "}"
#define TABLE(pes)                                                                                 \
  "{\"format\": \"simdit-energy\", \"version\": 1, \"description\": \"test\", \"node_nm\": 45, "   \
  "\"voltage_V\": 1, \"clock_ps\": null, \"library\": null, \"activity\": \"test\", "              \
  "\"pe\": [" pes "], \"simd_lane\": [" LANE                                                       \
  "], \"sram\": [" SRAM ("1") ", " SRAM ("100000") "], \"buffer_bank\": [" BANK ("8") ", " BANK (  \
      "32") "], "                                                                                  \
            "\"axi_port\": [{\"transfer\": " Q ("50", "fJ") ", " STANDING (                        \
                "1", "100",                                                                        \
                "0.5") "}], "                                                                      \
                       "\"dram\": [{\"memory\": \"hbm2\", \"read\": " Q (                          \
                           "4", "pJ") ", \"write\": " Q ("5", "pJ") ", \"io\": " Q ("0.3",         \
                                                                                    "pJ") "}]}"

static const char machine_text[] =
    "{\"ARRAY_N\": 2, \"ARRAY_M\": 2, \"WGT_DATA_WIDTH\": 8, \"ACT_DATA_WIDTH\": 8,"
    "\"BIAS_WIDTH\": 32, \"ACC_WIDTH\": 32, \"IBUF_CAPACITY_BITS\": 8192,"
    "\"WBUF_CAPACITY_BITS\": 8192, \"OBUF_CAPACITY_BITS\": 8192, \"BBUF_CAPACITY_BITS\": 8192,"
    "\"IBUF_AXI_DATA_WIDTH\": 64, \"PARAMBUF_AXI_DATA_WIDTH\": 16,"
    "\"OBUF_AXI_DATA_WIDTH\": 64, \"SIMD_VMEM_CAPACITY_BITS\": 8192,"
    "\"SIMD_AXI_DATA_WIDTH\": 64, \"pipeline\": \"lockstep\"}";

static const char network_text[] =
    "{\"format\": \"simdit-network\", \"version\": 1, \"name\": \"one\","
    "\"inputs\": {\"image\": [2, 1, 2]}, \"layers\": [{\"name\": \"conv\","
    "\"operation\": \"conv_bias\", \"inputs\": [\"image\"], \"channels\": 2, \"kernel\": 1}]}";

/* @path: for the output file, or NULL. */
static SimditResult *
simulate_to (const char *path, const char *table_text, GError **error)
{
  g_autoptr (SimditMachine) machine = simdit_machine_parse (machine_text, -1, "machine", NULL);
  g_autoptr (SimditNetwork) network = simdit_network_parse (network_text, -1, "network", NULL);
  g_autoptr (SimditEnergyTable)
      table = simdit_energy_table_parse (table_text, -1, "table", NULL, error);
  SimditRunOptions options = SIMDIT_RUN_OPTIONS_INIT;

  g_assert_nonnull (machine);
  g_assert_nonnull (network);
  if (table == NULL)
    return NULL;
  options.energy = table;
  options.output_path = path;
  return simdit_simulate (machine, network, &options, error);
}

static SimditResult *
simulate (const char *table_text, GError **error)
{
  return simulate_to (NULL, table_text, error);
}

typedef struct
{
  const char *component;
  double dynamic, clock, leakage; /* [fJ] */
  double area;                    /* [um2] */
} Expected;

/* By hand. 1 nW at 1 ns is 0.001 fJ per cycle. One width of SRAM: 10 fJ per bit read, 20 written,
 * 0.25 uW and 0.5 um2 per bit of width and bank; a bank's periphery: 1 fJ per bit. */
static const Expected worked_example[] = {
  /* 8 MACs of 300 + 100; 4 PEs */
  { "pe_array", 8 * 400, 12 * 4 * 7, 12 * 4 * 2, 4 * 50 },
  /* idle; 2 lanes */
  { "simd_array", 0, 12 * 2 * 13, 12 * 2 * 5, 2 * 60 },
  /* 8 weights read, 4 written; 4 banks of 2 SRAMs of 8 bits */
  { "wbuf", 64 * 11 + 32 * 21, 12 * 4 * 3, 12 * (4 * 1 + 8 * 2), 4 * 2 + 8 * 4 },
  /* 4 biases read, 2 written; 2 banks of 2 SRAMs of 32 bits */
  { "bbuf", 128 * 11 + 64 * 21, 12 * 2 * 3, 12 * (2 * 1 + 4 * 8), 2 * 2 + 4 * 16 },
  /* 2 vectors of 2 words read, written; 2 banks of 2 SRAMs of 8 bits */
  { "ibuf", 32 * 11 + 32 * 21, 12 * 2 * 3, 12 * (2 * 1 + 4 * 2), 2 * 2 + 4 * 4 },
  /* 4 outputs of 32 bits written, and read to be stored */
  { "obuf", 128 * 21 + 128 * 11, 12 * 2 * 3, 12 * (2 * 1 + 4 * 8), 2 * 2 + 4 * 16 },
  /* two times 2 banks of one SRAM each */
  { "vmem", 0, 12 * 4 * 3, 12 * (4 * 1 + 4 * 8), 4 * 2 + 4 * 16 },
  { "imm", 0, 0, 12 * 8, 16 },
  { "instruction_memory", 0, 0, 12 * 8, 16 },
  /* 128 bits loaded, 128 stored; ports of 64 + 16 + 64 + 64 bits */
  { "axi", 256 * 50, 12 * 208, 12 * 20.8, 104 },
  { "dram", 128 * 4000 + 128 * 5000, 0, 0, 0 },
};

static void
assert_near (double got, double expected)
{
  g_assert_cmpfloat (fabs (got - expected), <=, 1e-12 * fabs (expected));
}

static double
number (const SimditResult *view, uint64_t row, const char *column)
{
  return simdit_result_get_number (view, row, simdit_result_find_column (view, column));
}

static void
test_worked_example (void)
{
  GError *error = NULL;
  g_autoptr (SimditResult) result = simulate (TABLE (PE), &error);
  const SimditResult *view, *layers;
  double total = 0;

  g_assert_no_error (error);
  g_assert_cmpfloat (simdit_result_get_cycles (result), ==, 12);
  view = simdit_result_get_energy (result, SIMDIT_ENERGY_COMPONENTS);
  layers = simdit_result_get_energy (result, SIMDIT_ENERGY_LAYERS);
  g_assert_cmpuint (simdit_result_get_n_rows (view), ==, G_N_ELEMENTS (worked_example));
  for (guint i = 0; i < G_N_ELEMENTS (worked_example); i++)
    {
      const Expected *e = &worked_example[i];
      g_autofree char *column = g_strconcat (e->component, "_pj", NULL);
      double sum = e->dynamic + e->clock + e->leakage;

      g_assert_cmpstr (simdit_result_get_text (view, i, 0), ==, e->component);
      assert_near (number (view, i, "dynamic_pj"), e->dynamic / 1000);
      assert_near (number (view, i, "clock_pj"), e->clock / 1000);
      assert_near (number (view, i, "leakage_pj"), e->leakage / 1000);
      assert_near (number (view, i, "area_um2"), e->area);
      assert_near (number (layers, 0, column), sum / 1000);
      total += sum;
    }
  assert_near (number (layers, SIMDIT_RESULT_TOTAL, "total_pj"), total / 1000);
  assert_near (number (layers, 0, "power_mw"), total / 12 / 1000); /* fJ per ns is uW */
  assert_near (number (layers, 0, "dram_weights_pj"), 32 * 4);
  assert_near (number (layers, 0, "dram_bias_pj"), 64 * 4);
  assert_near (number (layers, 0, "dram_ifmap_pj"), 32 * 4);
  assert_near (number (layers, 0, "dram_ofmap_pj"), 128 * 5);
  g_assert_cmpstr (simdit_result_get_energy_memory (result), ==, "hbm2");
}

/* In windows of one cycle. */
static void
test_power (void)
{
  g_autoptr (SimditResult) result = simulate (TABLE (PE), NULL);
  const SimditResult *power = simdit_result_get_energy (result, SIMDIT_ENERGY_POWER);
  /* Cycles 6 to 9 compute; in the first and last of them one PE multiplies, in others three. */
  const double macs[12] = { [6] = 1, [7] = 3, [8] = 3, [9] = 1 };

  g_assert_cmpuint (simdit_result_get_n_rows (power), ==, 12);
  for (guint i = 0; i < 12; i++)
    assert_near (number (power, i, "pe_array_pj"), (macs[i] * 400 + 4 * 7 + 4 * 2) / 1000);
}

static void
assert_fails (const char *text, const char *pattern)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (simulate (text, &error));
  g_assert_nonnull (error);
  if (!g_pattern_match_simple (pattern, error->message))
    g_error ("%s: expected %s", error->message, pattern);
}

static void
test_missing (void)
{
  assert_fails (TABLE (""), "energy of machine: table: $.pe: there is no row for number \"int\", "
                            "weight_bits 8, activation_bits 8, accumulator_bits 32*none");
  assert_fails (TABLE ("{\"number\": \"int\", \"weight_bits\": 8, \"activation_bits\": 8, "
                       "\"accumulator_bits\": 32, \"mac\": " Q ("1", "pJ") "}"),
                "*the row for*has no \"register\"*");
  assert_fails (TABLE (PE ", " PE), "table: $.pe?1]: expected one row*");
  assert_fails (TABLE ("{\"number\": \"int\", \"weight_bits\": 8, \"activation_bits\": 8, "
                       "\"accumulator_bits\": 32, \"mac\": " Q ("1", "mW") "}"),
                "table: $.pe?0].mac.unit: expected one of fJ, pJ, nJ, got \"mW\"");
  assert_fails (TABLE ("{\"number\": \"int\", \"weight_bits\": 8, \"activation_bits\": 8, "
                       "\"accumulator_bits\": 32, \"mac\": {\"value\": 1, \"unit\": \"pJ\"}}"),
                "table: $.pe?0].mac: the key \"source\" is missing*");
  assert_fails (TABLE ("{\"number\": \"int\", \"weight_bits\": 8, \"activation_bits\": 8, "
                       "\"accumulator_bits\": 32, \"mac\": " Q ("-1", "pJ") "}"),
                "table: $.pe?0].mac.value: expected a number that is not negative, got -1");
  assert_fails (TABLE ("{\"number\": \"int\", \"weight_bits\": 8, \"activation_bits\": 8, "
                       "\"accumulator_bits\": 32, \"mac\": " Q ("1e300", "pJ") "}"),
                "table: $.pe?0].mac.value: expected at most 1e+15, got 1e+300");
}

/* A zero among other SRAM energies: nothing lies between them where logarithms are linear. */
static void
test_zeros (void)
{
  g_autofree char *text = g_strdup (TABLE (PE));
  char *read = strstr (strstr (text, "\"sram\""), "\"read\"");
  char *value = strchr (strstr (read, "\"value\""), ':') + 1;

  for (bool first = true; *value != ','; value++)
    if (*value != ' ')
      {
        *value = first ? '0' : ' ';
        first = false;
      }
  assert_fails (text, "table: $.sram?1]: expected \"read\" to be 0 in all rows of \"sram\" or in "
                      "none, got * where row 0 has 0");
}

/* ---- read back from the output file ---- */

/* All cells and totals, to the last digit. */
static void
assert_equal (const SimditResult *a, const SimditResult *b)
{
  g_assert_cmpuint (simdit_result_get_n_columns (a), ==, simdit_result_get_n_columns (b));
  g_assert_cmpuint (simdit_result_get_n_rows (a), ==, simdit_result_get_n_rows (b));
  for (guint c = 0; c < simdit_result_get_n_columns (a); c++)
    for (uint64_t i = 0; i <= simdit_result_get_n_rows (a); i++)
      {
        uint64_t row = i < simdit_result_get_n_rows (a) ? i : SIMDIT_RESULT_TOTAL;
        SimditColumnType type = simdit_result_get_column (a, c)->type;

        if (type == SIMDIT_COLUMN_TEXT)
          g_assert_cmpstr (simdit_result_get_text (a, row, c), ==,
                           simdit_result_get_text (b, row, c));
        else if (type == SIMDIT_COLUMN_RATIO || type == SIMDIT_COLUMN_AMOUNT)
          g_assert_cmpfloat (simdit_result_get_number (a, row, c), ==,
                             simdit_result_get_number (b, row, c));
        else
          g_assert_cmpuint (simdit_result_get_count (a, row, c), ==,
                            simdit_result_get_count (b, row, c));
      }
}

#define PE_WITHOUT_AREA                                                                            \
  "{\"number\": \"int\", \"weight_bits\": 8, \"activation_bits\": 8, \"accumulator_bits\": 32, "   \
  "\"mac\": " Q ("0.3", "pJ") ", \"register\": " Q ("100", "fJ") ", \"clock\": " Q (               \
      "7", "fJ") ", \"leakage\": " Q ("2", "uW") "}"

static void
test_read_back (gconstpointer pes)
{
  g_autofree char *path = g_build_filename (g_get_tmp_dir (), "energy-XXXXXX.h5", NULL);
  g_autoptr (SimditRecording) recording = NULL;
  g_autoptr (SimditResult) result = NULL;
  g_autoptr (SimditResult) again = NULL;
  g_autoptr (SimditEnergyTable) table = NULL;
  GError *error = NULL;
  int file = g_mkstemp (path);

  g_assert_true (file >= 0 && g_close (file, NULL));
  result = simulate_to (path, pes, &error);
  g_assert_no_error (error);
  recording = simdit_recording_open (path, &error);
  g_assert_no_error (error);
  again = simdit_recording_read_layers (recording, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < SIMDIT_ENERGY_N_VIEWS; i++)
    assert_equal (simdit_result_get_energy (result, (SimditEnergyView) i),
                  simdit_result_get_energy (again, (SimditEnergyView) i));
  g_assert_cmpstr (simdit_result_get_energy_memory (again), ==, "hbm2");
  g_assert_true (simdit_recording_read_energy_table (recording, &table, &error));
  g_assert_cmpstr (simdit_energy_table_get_description (table), ==, "test");
  g_unlink (path);
}

/* ---- between the points of a table ---- */

static void
add_point (GArray *rows, uint64_t bytes, uint64_t width, double read)
{
  SimditEnergyRow row = { .key = { NULL, { bytes, width } }, .values = { read, 0, NAN, NAN } };

  g_array_append_val (rows, row);
}

static double
sram_read (const SimditEnergyTable *table, double bytes, uint64_t width)
{
  double value;

  g_assert_true (simdit_energy_table_get_sram (table, bytes * 8, width, "read", &value, NULL));
  return value;
}

static void
test_interpolation (void)
{
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (SimditEnergyRow));
  SimditEnergyTable table = { .file = (char *) "t", .parts = { [SIMDIT_ENERGY_SRAM] = rows } };
  g_autoptr (GError) error = NULL;
  double value;

  add_point (rows, 4096, 64, 32); /* not sorted */
  add_point (rows, 1024, 64, 8);
  add_point (rows, 65536, 64, 64);
  g_assert_cmpfloat (fabs (sram_read (&table, 1024, 64) - 8), <, 1e-12);
  g_assert_cmpfloat (fabs (sram_read (&table, 2048, 64) - 16), <, 1e-12); /* between */
  g_assert_cmpfloat (fabs (sram_read (&table, 512, 64) - 4), <, 1e-12);   /* extended down */
  g_assert_cmpfloat (fabs (sram_read (&table, 16384, 64) - 32 * sqrt (2)), <, 1e-12);
  g_assert_cmpfloat (fabs (sram_read (&table, 1048576, 64) - 128), <, 1e-12); /* up: x2 per x16 */
  g_assert_cmpfloat (fabs (sram_read (&table, 1024, 16) - 2), <,
                     1e-12); /* one width: in proportion */
  add_point (rows, 1024, 256, 16);
  g_assert_cmpfloat (fabs (sram_read (&table, 1024, 256) - 32), <,
                     1e-12); /* one point is no width */
  add_point (rows, 4096, 256, 64);
  g_assert_cmpfloat (fabs (sram_read (&table, 1024, 256) - 16), <, 1e-12);
  g_assert_cmpfloat (fabs (sram_read (&table, 1024, 128) - 8 * sqrt (2)), <, 1e-12);
  g_assert_cmpfloat (fabs (sram_read (&table, 1024, 16) - 4), <, 1e-12); /* x2 per x4 */
  g_assert_true (simdit_energy_table_get_sram (&table, 8192, 64, "write", &value, NULL));
  g_assert_cmpfloat (value, ==, 0);
  g_assert_true (simdit_energy_table_get_sram (&table, 8192, 64, "area", &value, NULL));
  g_assert_true (isnan (value));
  g_assert_false (simdit_energy_table_get_sram (&table, 8192, 64, "leakage", &value, &error));
  g_assert_cmpstr (error->message, ==,
                   "t: $.sram: expected \"leakage\" of at least two capacities with one port_bits");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/energy/worked-example", test_worked_example);
  g_test_add_func ("/energy/power", test_power);
  g_test_add_func ("/energy/missing", test_missing);
  g_test_add_data_func ("/energy/read-back", TABLE (PE), test_read_back);
  g_test_add_data_func ("/energy/read-back/no-area", TABLE (PE_WITHOUT_AREA), test_read_back);
  g_test_add_func ("/energy/interpolation", test_interpolation);
  g_test_add_func ("/energy/zeros", test_zeros);
  return g_test_run ();
}
