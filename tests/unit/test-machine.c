/* Hardware definitions: the shipped ones, the public format, and what is refused. */
#include "expect.h"
#include "machine/machine-private.h"

/* A minimal definition in the public upper-case format; the keys without a default. */
static const struct
{
  const char *key;
  const char *value;
} required[] = {
  { "ARRAY_N", "16" },
  { "ARRAY_M", "32" },
  { "WGT_DATA_WIDTH", "8" },
  { "ACT_DATA_WIDTH", "9" },
  { "BIAS_WIDTH", "30" },
  { "ACC_WIDTH", "31" },
  { "IBUF_CAPACITY_BITS", "262144" },
  { "WBUF_CAPACITY_BITS", "524288" },
  { "OBUF_CAPACITY_BITS", "131072" },
  { "BBUF_CAPACITY_BITS", "4096" },
  { "IBUF_AXI_DATA_WIDTH", "128" },
  { "PARAMBUF_AXI_DATA_WIDTH", "64" },
  { "OBUF_AXI_DATA_WIDTH", "256" },
  { "SIMD_VMEM_CAPACITY_BITS", "65536" },
  { "SIMD_AXI_DATA_WIDTH", "512" },
};

/* The definition with @key set to the JSON text @value; NULL leaves @key out. */
static char *
definition (const char *key, const char *value)
{
  GString *text = g_string_new ("{");
  const char *separator = "";

  for (gsize i = 0; i < G_N_ELEMENTS (required); i++)
    if (g_strcmp0 (required[i].key, key) != 0)
      {
        g_string_append_printf (text, "%s\"%s\": %s", separator, required[i].key,
                                required[i].value);
        separator = ", ";
      }
  if (key != NULL && value != NULL)
    g_string_append_printf (text, ", \"%s\": %s", key, value);
  g_string_append_c (text, '}');
  return g_string_free (text, FALSE);
}

static SimditMachine *
parse (const char *key, const char *value)
{
  g_autofree char *text = definition (key, value);
  g_autoptr (GError) error = NULL;
  SimditMachine *machine = simdit_machine_parse (text, -1, "dir/small.json", &error);

  g_assert_no_error (error);
  return machine;
}

/* Parsing must fail and say @phrase, where and what. */
static void
expect_refused (const char *key, const char *value, const char *phrase)
{
  g_autofree char *text = definition (key, value);
  g_autoptr (GError) error = NULL;

  if (simdit_machine_parse (text, -1, "dir/small.json", &error) != NULL)
    g_error ("accepted: %s", text);
  expect_error (&error, SIMDIT_ERROR_INVALID, "dir/small.json: $", key, phrase);
}

/* What is written down must read back as the same machine, and as the same text. */
static void
expect_round_trip (const SimditMachine *machine)
{
  g_autofree char *text = simdit_machine_to_json (machine), *again_text = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (SimditMachine) again = simdit_machine_parse (text, -1, "again", &error);

  g_assert_no_error (error);
  again_text = simdit_machine_to_json (again);
  g_assert_cmpstr (again_text, ==, text);
  g_assert_cmpstr (again->description, ==, machine->description);
  g_assert_cmpuint (again->clock_fs, ==, machine->clock_fs);
  g_assert_cmpint (again->pipeline, ==, machine->pipeline);
  g_assert_true (again->vmem_double == machine->vmem_double);
}

static void
test_shipped (void)
{
  g_autofree char *directory = g_test_build_filename (G_TEST_DIST, "..", "hwdefs", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) listing = g_dir_open (directory, 0, &error);
  const char *file;
  guint n = 0;

  g_assert_no_error (error);
  while ((file = g_dir_read_name (listing)) != NULL)
    {
      g_autofree char *path = g_build_filename (directory, file, NULL);
      g_autofree char *file_again = NULL;
      g_autoptr (SimditMachine) machine = NULL;

      if (!g_str_has_suffix (file, ".json"))
        continue;
      machine = simdit_machine_load (path, &error);
      g_assert_no_error (error);
      file_again = g_strconcat (simdit_machine_get_name (machine), ".json", NULL);
      g_assert_cmpstr (file_again, ==, file);
      g_assert_cmpstr (simdit_machine_get_description (machine), !=, "");
      expect_round_trip (machine);
      n++;
    }
  g_assert_cmpuint (n, >=, 22);
}

/* Nothing but the public keys: each in its field, ours at their defaults. */
static void
test_public_format (void)
{
  g_autoptr (SimditMachine) m = parse (NULL, NULL);
  uint64_t rows, columns;

  simdit_machine_get_array (m, &rows, &columns);
  g_assert_cmpuint (rows, ==, 16);
  g_assert_cmpuint (columns, ==, 32);
  g_assert_cmpuint (m->weight_width, ==, 8);
  g_assert_cmpuint (m->activation_width, ==, 9);
  g_assert_cmpuint (m->bias_width, ==, 30);
  g_assert_cmpuint (m->accumulator_width, ==, 31);
  g_assert_cmpuint (m->ibuf_bits, ==, 262144);
  g_assert_cmpuint (m->wbuf_bits, ==, 524288);
  g_assert_cmpuint (m->obuf_bits, ==, 131072);
  g_assert_cmpuint (m->bbuf_bits, ==, 4096);
  g_assert_cmpuint (m->ibuf_port, ==, 128);
  g_assert_cmpuint (m->param_port, ==, 64);
  g_assert_cmpuint (m->obuf_port, ==, 256);
  g_assert_cmpuint (m->vmem_bits, ==, 65536);
  g_assert_cmpuint (m->simd_port, ==, 512);
  g_assert_cmpuint (m->instruction_memory_bits, ==, 8192);
  g_assert_cmpuint (m->instruction_port, ==, 64);
  g_assert_cmpuint (m->simd_instruction_address_width, ==, 8);
  g_assert_cmpuint (simdit_machine_get_clock_fs (m), ==, 1000000);
  g_assert_cmpint (m->pipeline, ==, SIMDIT_PIPELINE_DECOUPLED);
  g_assert_false (m->vmem_double);
  g_assert_cmpstr (simdit_machine_get_name (m), ==, "small");
  g_assert_cmpstr (simdit_machine_get_description (m), ==, "");
  expect_round_trip (m);
}

/* The PARAM port is no wider than a row of weights per cycle. */
static void
test_param_port (void)
{
  g_autoptr (SimditMachine) narrow = parse (NULL, NULL);
  g_autoptr (SimditMachine) wide = parse ("PARAMBUF_AXI_DATA_WIDTH", "129");

  g_assert_cmpuint (simdit_machine_param_port_width (narrow), ==, 64);
  g_assert_cmpuint (simdit_machine_param_port_width (wide), ==, 16 * 8);
}

static void
test_options (void)
{
  static const struct
  {
    const char *key, *value;
  } options[] = {
    { "pipeline", "\"lockstep\"" },
    { "pipeline", "\"decoupled\"" },
    { "vmem_buffering", "\"double\"" },
    { "vmem_buffering", "\"single\"" },
    { "dram", "\"ideal\"" },
    { "description", "\"quotes \\\" and \\u00e4 and \\\\\"" },
    { "INST_MEM_CAPACITY_BITS", "77" },
    { "SIMD_INST_MEM_ADDR_WIDTH", "64" },
    { "INST_MEM_AXI_DATA_WIDTH", "3" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
    {
      g_autoptr (SimditMachine) machine = parse (options[i].key, options[i].value);

      expect_round_trip (machine);
      g_assert_true (machine->vmem_double == g_str_equal (options[i].value, "\"double\""));
      g_assert_true ((machine->pipeline == SIMDIT_PIPELINE_LOCKSTEP)
                     == g_str_equal (options[i].value, "\"lockstep\""));
    }
  expect_refused ("pipeline", "\"fast\"", "expected \"lockstep\" or \"decoupled\", got \"fast\"");
  expect_refused ("pipeline", "1", "expected a string, got 1");
  expect_refused ("vmem_buffering", "\"triple\"", "expected \"single\" or \"double\"");
  expect_refused ("description", "5", "expected a string, got 5");
}

static void
test_clock (void)
{
  static const struct
  {
    const char *ps;
    uint64_t fs;
  } clocks[] = {
    { "1000", 1000000 },
    { "800", 800000 },
    { "833.333", 833333 },
    { "0.001", 1 },
    { "0.999", 999 },
    { "1.0", 1000 },
    { "1e3", 1000000 },
    { "1250.5", 1250500 },
    { "123456.789", 123456789 },
    { "999999999.999", 999999999999 },
    { "1000000000", 1000000000000 },
  };
  static const char *const refused[] = {
    "0",          "-1",    "0.0004", "0.0005",   "833.3333", "1000000000.001",
    "1000001000", "1e300", "null",   "\"fast\"", "true",     "[1000]",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (clocks); i++)
    {
      g_autoptr (SimditMachine) machine = parse ("clock_ps", clocks[i].ps);

      g_assert_cmpuint (simdit_machine_get_clock_fs (machine), ==, clocks[i].fs);
      expect_round_trip (machine);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    expect_refused ("clock_ps", refused[i], "from 0.001 to 1000000000 ps with at most three");
}

/* Any period of whole fs survives being written in ps. */
static void
test_clock_round_trip (void)
{
  for (guint i = 0; i < 1000; i++)
    {
      guint digits = (guint) g_test_rand_int_range (1, 13);
      uint64_t fs = 1;
      g_autofree char *ps = NULL;
      g_autoptr (SimditMachine) machine = NULL;

      for (guint d = 1; d < digits; d++)
        fs = fs * 10 + (uint64_t) g_test_rand_int_range (0, 10);
      ps = g_strdup_printf ("%" G_GUINT64_FORMAT ".%03u", fs / 1000, (guint) (fs % 1000));
      machine = parse ("clock_ps", ps);
      g_assert_cmpuint (simdit_machine_get_clock_fs (machine), ==, fs);
      expect_round_trip (machine);
    }
}

static void
test_refused_numbers (void)
{
  static const char *const values[] = { "0",    "-4", "2.5",  "\"16\"",
                                        "null", "[]", "true", "562949953421312",
                                        "{}",   "1e1" };

  for (gsize i = 0; i < G_N_ELEMENTS (required); i++)
    {
      expect_refused (required[i].key, NULL, "is missing");
      for (gsize v = 0; v < G_N_ELEMENTS (values); v++)
        expect_refused (required[i].key, values[v], "expected an integer from ");
    }
  expect_refused ("ARRAY_N", "65537", "from 1 to 65536, got 65537");
  expect_refused ("ACC_WIDTH", "1025", "from 1 to 1024, got 1025");
  expect_refused ("IBUF_CAPACITY_BITS", "1", "from 2 to 281474976710656, got 1");
  expect_refused ("SIMD_INST_MEM_ADDR_WIDTH", "65", "from 1 to 64, got 65");
  expect_refused ("SIMD_INST_MEM_ADDR_WIDTH", "\"8\"", "from 1 to 64, got \"8\"");
}

static void
test_refused_files (void)
{
  g_autoptr (GError) error = NULL;

  expect_refused ("ARRAY_K", "5", "did you mean \"ARRAY_");
  expect_refused ("clock", "5", "did you mean \"clock_ps\"?");
  expect_refused ("array_n", "5", "did you mean \"ARRAY_N\"?");
  g_assert_null (simdit_machine_parse ("[]", -1, "m", &error));
  expect_error (&error, SIMDIT_ERROR_INVALID, "m: $: expected an object, got an array");
  g_assert_null (simdit_machine_parse ("{", -1, "m", &error));
  expect_error (&error, SIMDIT_ERROR_PARSE, "m: not valid JSON: line 1");
  g_assert_null (simdit_machine_load ("does/not/exist.json", &error));
  expect_error (&error, SIMDIT_ERROR_IO, "does/not/exist.json: cannot be read");
}

/* The help lists every key that is accepted. */
static void
test_described_keys (void)
{
  g_autofree char *help = simdit_machine_describe_keys ();

  for (gsize i = 0; i < G_N_ELEMENTS (required); i++)
    g_assert_nonnull (strstr (help, required[i].key));
  g_assert_nonnull (strstr (help, "clock_ps"));
  g_assert_nonnull (strstr (help, "vmem_buffering"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/machine/shipped", test_shipped);
  g_test_add_func ("/machine/public-format", test_public_format);
  g_test_add_func ("/machine/param-port", test_param_port);
  g_test_add_func ("/machine/options", test_options);
  g_test_add_func ("/machine/clock", test_clock);
  g_test_add_func ("/machine/clock-round-trip", test_clock_round_trip);
  g_test_add_func ("/machine/refused-numbers", test_refused_numbers);
  g_test_add_func ("/machine/refused-files", test_refused_files);
  g_test_add_func ("/machine/described-keys", test_described_keys);
  return g_test_run ();
}
