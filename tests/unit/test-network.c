/* Networks in our own graph format and as SimDIT specs. */
#include "expect.h"
#include "workload/network-private.h"

/* ---- our own format ---- */

#define GRAPH(inputs, layers)                                                                      \
  "{\"format\": \"simdit-network\", \"version\": 1, \"inputs\": {" inputs                          \
  "}, \"layers\": [" layers "]}"
#define IMAGE "\"image\": [3, 12, 10]"
#define LAYER(name, operation, inputs, rest)                                                       \
  "{\"name\": \"" name "\", \"operation\": \"" operation "\", \"inputs\": [" inputs "]" rest "}"
#define CONV(name, input, rest) LAYER (name, "conv", "\"" input "\"", rest)

static SimditNetwork *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  SimditNetwork *network = simdit_network_parse (text, -1, "dir/net.json", &error);

  g_assert_no_error (error);
  g_assert_cmpstr (simdit_network_get_source (network), ==, text);
  return network;
}

/* Parsing must fail with @where (a JSON path) and @phrase in the message. */
static void
expect_refused (const char *text, const char *where, const char *phrase)
{
  g_autofree char *place = g_strdup_printf ("dir/net.json: %s: ", where);
  g_autoptr (GError) error = NULL;

  if (simdit_network_parse (text, -1, "dir/net.json", &error) != NULL)
    g_error ("accepted: %s", text);
  expect_error (&error, SIMDIT_ERROR_INVALID, place, phrase);
}

/* Loop extents in the order of SimditDim (OC IC KH KW N OH OW), then IH and IW. */
static void
expect_extents (const SimditNetwork *network, guint index, const uint64_t *expected)
{
  const SimditLayer *layer = simdit_network_layer (network, index);

  for (guint d = 0; d < SIMDIT_DIM_PASS; d++)
    g_assert_cmpuint (layer->extents.of[d], ==, expected[d]);
  g_assert_cmpuint (layer->extents.of[SIMDIT_DIM_IH], ==, expected[7]);
  g_assert_cmpuint (layer->extents.of[SIMDIT_DIM_IW], ==, expected[8]);
}

static void
test_shapes (void)
{
  static const char text[] = GRAPH (
      IMAGE,
      CONV ("c1", "image", ", \"channels\": 8, \"kernel\": 3, \"stride\": 2, \"pad\": 1") "," LAYER ("r", "relu", "\"c1\"", "") "," LAYER ("p", "max_pool", "\"r\"", ", \"kernel\": [3, 2], \"stride\": 1") "," CONV ("c2", "p", ", \"channels\": 5, \"kernel\": [1, 4]") "," LAYER (
          "c3", "conv_bias", "\"p\"",
          ", \"channels\": 5, \"kernel\": [1, "
          "4]") "," LAYER ("add", "elem_add", "\"c2\", \"c3\"",
                           "") "," LAYER ("avg",
                                          "avg_"
                                          "poo"
                                          "l",
                                          "\"ad"
                                          "d\"",
                                          ", "
                                          "\"ke"
                                          "rnel"
                                          "\": "
                                          "1, "
                                          "\"st"
                                          "ride"
                                          "\": "
                                          "3") "," LAYER ("f", "flatten", "\"avg\"",
                                                          "") "," LAYER ("g", "gemm", "\"f\"",
                                                                         ", "
                                                                         "\"channels\": "
                                                                         "7") "," LAYER ("s",
                                                                                         "softmax",
                                                                                         "\"g\"",
                                                                                         "") "," LAYER ("gap",
                                                                                                        "global_avg_pool",
                                                                                                        "\"add\"",
                                                                                                        ""));
  static const uint64_t expected[][9] = {
    { 8, 3, 3, 3, 1, 6, 5, 13, 11 }, /* floor ((12 + 2 - 3) / 2) + 1; rows that slide out unread */
    { 8, 1, 1, 1, 1, 6, 5, 6, 5 },   { 8, 1, 3, 2, 1, 4, 4, 6, 5 },  { 5, 8, 1, 4, 1, 4, 1, 4, 4 },
    { 5, 8, 1, 4, 1, 4, 1, 4, 4 },   { 5, 1, 1, 1, 1, 4, 1, 4, 1 },  { 5, 1, 1, 1, 1, 2, 1, 4, 1 },
    { 10, 1, 1, 1, 1, 1, 1, 1, 1 },  { 7, 10, 1, 1, 1, 1, 1, 1, 1 }, { 7, 1, 1, 1, 1, 1, 1, 1, 1 },
    { 5, 1, 4, 1, 1, 1, 1, 4, 1 },
  };
  g_autoptr (SimditNetwork) network = parse (text);

  g_assert_cmpuint (simdit_network_get_n_layers (network), ==, G_N_ELEMENTS (expected));
  g_assert_cmpint (simdit_network_get_mode (network), ==, SIMDIT_MODE_INFERENCE);
  g_assert_cmpstr (simdit_network_get_name (network), ==, "net");
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    expect_extents (network, i, expected[i]);
  g_assert_cmpuint (simdit_network_layer (network, 0)->stride, ==, 2);
  g_assert_cmpuint (simdit_network_layer (network, 2)->stride, ==, 1);
  g_assert_cmpuint (simdit_network_layer (network, 9)->extents.of[SIMDIT_DIM_PASS], ==, 2);
}

static void
test_edges (void)
{
  g_autoptr (SimditNetwork) network = parse (
      GRAPH ("\"a\": [2, 4, 4], \"b\": [2, 4, 4]",
             LAYER ("r", "relu", "\"b\"", "") "," LAYER ("s", "elem_add", "\"r\", \"a\"", "")));
  const SimditLayer *relu = simdit_network_layer (network, 0);
  const SimditLayer *add = simdit_network_layer (network, 1);

  g_assert_cmpstr (relu->name, ==, "r");
  g_assert_cmpuint (relu->n_inputs, ==, 1);
  g_assert_cmpint (relu->inputs[0], ==, -2);
  g_assert_cmpuint (add->n_inputs, ==, 2);
  g_assert_cmpint (add->inputs[0], ==, 0);
  g_assert_cmpint (add->inputs[1], ==, -1);
}

#define RELU(name, input) LAYER (name, "relu", "\"" input "\"", "")

static void
test_bad_edges (void)
{
  expect_refused (GRAPH (IMAGE, RELU ("r", "imag")), "$.layers[0].inputs[0]",
                  "nothing is named \"imag\"");
  expect_refused (GRAPH (IMAGE, RELU ("r", "r")), "$.layers[0].inputs[0]", "form a cycle");
  expect_refused (GRAPH (IMAGE, RELU ("a", "c") "," RELU ("b", "a") "," RELU ("c", "b")),
                  "$.layers[0].inputs[0]", "\"a\" and \"c\" form a cycle");
  expect_refused (GRAPH (IMAGE, RELU ("a", "b") "," RELU ("b", "image")), "$.layers[0].inputs[0]",
                  "\"b\" is listed after \"a\", which reads it");
  expect_refused (GRAPH (IMAGE, RELU ("a", "image") "," RELU ("a", "image")), "$.layers[1].name",
                  "the name \"a\" is taken already");
  expect_refused (GRAPH (IMAGE, RELU ("image", "image")), "$.layers[0].name",
                  "the name \"image\" is taken already");
  expect_refused (GRAPH (IMAGE, LAYER ("r", "relu", "\"image\", \"image\"", "")),
                  "$.layers[0].inputs", "relu reads 1 tensor(s), got 2");
  expect_refused (GRAPH (IMAGE, LAYER ("r", "elem_add", "\"image\"", "")), "$.layers[0].inputs",
                  "elem_add reads 2 tensor(s), got 1");
  expect_refused (GRAPH (IMAGE, LAYER ("r", "relu", "5", "")), "$.layers[0].inputs[0]",
                  "expected a string, got 5");
}

#define WITH_ODDITIES(oddities)                                                                    \
  "{\"format\": \"simdit-network\", \"version\": 1, \"simdit_oddities\": " oddities                \
  ", \"inputs\": {" IMAGE "}, \"layers\": [" RELU ("r", "image") "]}"

/* What the reference's training graph of a network has and ours has not. */
static void
test_oddities (void)
{
  g_autoptr (SimditNetwork) plain = parse (GRAPH (IMAGE, RELU ("r", "image")));
  g_autoptr (SimditNetwork) none = parse (WITH_ODDITIES ("[]"));
  g_autoptr (SimditNetwork) odd = parse (WITH_ODDITIES ("[\"pool_gradient_over_input\"]"));

  g_assert_false (plain->pool_gradient_over_input);
  g_assert_false (none->pool_gradient_over_input);
  g_assert_true (odd->pool_gradient_over_input);
  expect_refused (WITH_ODDITIES ("[\"none\"]"), "$.simdit_oddities[0]",
                  "expected \"pool_gradient_over_input\", got \"none\"");
  expect_refused (WITH_ODDITIES ("true"), "$.simdit_oddities", "expected an array, got true");
}

static void
test_bad_shapes (void)
{
  expect_refused (
      GRAPH ("\"a\": [2, 4, 4], \"b\": [2, 4, 5]", LAYER ("s", "elem_add", "\"a\", \"b\"", "")),
      "$.layers[0]", "one shape, got [2, 4, 4] and [2, 4, 5]");
  expect_refused (GRAPH (IMAGE, LAYER ("g", "gemm", "\"image\"", ", \"channels\": 4")),
                  "$.layers[0]", "gemm reads a vector, got 12x10 maps; put a flatten before it");
  expect_refused (GRAPH (IMAGE, CONV ("c", "image",
                                      ", \"channels\": 1, \"kernel\": [1, 13], "
                                      "\"pad\": 1")),
                  "$.layers[0]", "the 1x13 window does not fit its 12x10 input padded by 1");
  expect_refused (GRAPH (IMAGE, LAYER ("p", "max_pool", "\"image\"", ", \"kernel\": 11")),
                  "$.layers[0]", "the 11x11 window does not fit");
  expect_refused (GRAPH ("\"a\": [3, 4]", RELU ("r", "a")), "$.inputs.a",
                  "expected [channels, height, width], got 2 numbers");
  expect_refused (GRAPH ("\"a\": [3, 4, 0]", RELU ("r", "a")), "$.inputs.a[2]",
                  "expected an integer from 1");
  expect_refused (GRAPH ("\"a\": [2147483649, 4, 1]", RELU ("r", "a")), "$.inputs.a[0]",
                  "to 2147483648, got 2147483649");
  expect_refused (GRAPH ("\"a\": [2, 2147483648, 1]", LAYER ("f", "flatten", "\"a\"", "")),
                  "$.layers[0]", "too many elements");
  expect_refused (
      GRAPH ("\"a\": [2147483648, 2147483648, 2147483648]", LAYER ("f", "flatten", "\"a\"", "")),
      "$.layers[0]", "too many elements");
}

#define CONV_WITH(rest) GRAPH (IMAGE, CONV ("c", "image", rest))

static void
test_bad_parameters (void)
{
  static const struct
  {
    const char *text, *where, *phrase;
  } cases[] = {
    { CONV_WITH (", \"channels\": 2"), "$.layers[0]", "the key \"kernel\" is missing" },
    { CONV_WITH (", \"kernel\": 2"), "$.layers[0]", "the key \"channels\" is missing" },
    { CONV_WITH (", \"channels\": 2, \"kernel\": []"), "$.layers[0].kernel",
      "expected a number or [height, width], got 0 numbers" },
    { CONV_WITH (", \"channels\": 2, \"kernel\": [3]"), "$.layers[0].kernel", "got 1 numbers" },
    { CONV_WITH (", \"channels\": 2, \"kernel\": [3, 3, 3]"), "$.layers[0].kernel",
      "got 3 numbers" },
    { CONV_WITH (", \"channels\": 2, \"kernel\": [3, 0]"), "$.layers[0].kernel[1]",
      "expected an integer from 1" },
    { CONV_WITH (", \"channels\": 2, \"kernel\": \"3\""), "$.layers[0].kernel", "got \"3\"" },
    { CONV_WITH (", \"channels\": 0, \"kernel\": 1"), "$.layers[0].channels", "got 0" },
    { CONV_WITH (", \"channels\": 2, \"kernel\": 1, \"stride\": 0"), "$.layers[0].stride",
      "expected an integer from 1" },
    { CONV_WITH (", \"channels\": 2, \"kernel\": 1, \"pad\": -1"), "$.layers[0].pad",
      "expected an integer from 0" },
    { CONV_WITH (", \"channels\": 2, \"kernel\": 1, \"strid\": 1"), "$.layers[0]",
      "unknown key \"strid\"; did you mean \"stride\"?" },
    { GRAPH (IMAGE, LAYER ("r", "relu", "\"image\"", ", \"kernel\": 1")), "$.layers[0]",
      "unknown key \"kernel\"" },
    { GRAPH (IMAGE, LAYER ("p", "max_pool", "\"image\"", ", \"kernel\": 1, \"channels\": 3")),
      "$.layers[0]", "unknown key \"channels\"" },
    { GRAPH (IMAGE, LAYER ("c", "conv2d", "\"image\"", "")), "$.layers[0].operation",
      "nothing models the operation \"conv2d\"; did you mean \"conv\"?" },
    { GRAPH (IMAGE, LAYER ("c", "relu_grad", "\"image\"", "")), "$.layers[0].operation",
      "nothing models the operation \"relu_grad\"; did you mean \"relu\"?" },
    { GRAPH (IMAGE, "{\"operation\": \"relu\", \"inputs\": [\"image\"]}"), "$.layers[0]",
      "the key \"name\" is missing" },
    { GRAPH (IMAGE, "{\"name\": \"r\", \"inputs\": [\"image\"]}"), "$.layers[0]",
      "the key \"operation\" is missing" },
    { GRAPH (IMAGE, "{\"name\": \"r\", \"operation\": \"relu\"}"), "$.layers[0]",
      "the key \"inputs\" is missing" },
    { GRAPH (IMAGE, "7"), "$.layers[0]", "expected an object, got 7" },
    { GRAPH (IMAGE, ""), "$.layers", "expected at least one layer, got an empty array" },
    { "{\"format\": \"other\", \"version\": 1, \"inputs\": {}, \"layers\": []}", "$.format",
      "expected \"simdit-network\", got \"other\"" },
    { "{\"format\": \"simdit-network\", \"version\": 2, \"inputs\": {}, \"layers\": []}",
      "$.version", "expected an integer from 1 to 1, got 2" },
    { "{\"format\": \"simdit-network\", \"version\": 1, \"input\": {}, \"layers\": []}", "$",
      "unknown key \"input\"; did you mean \"inputs\"?" },
    { "{\"nodes\": []}", "$", "expected a network" },
    { "[]", "$", "expected an object, got an array" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    expect_refused (cases[i].text, cases[i].where, cases[i].phrase);
}

static void
test_shipped (void)
{
  static const struct
  {
    const char *file;
    guint n_layers;
  } shipped[] = { { "resnet50.json", 122 }, { "resnet18.json", 49 } };
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (shipped); i++)
    {
      g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", "traces", shipped[i].file,
                                                     NULL);
      g_autoptr (SimditNetwork) network = simdit_network_load (path, &error);
      const SimditLayer *last = NULL;

      g_assert_no_error (error);
      g_assert_cmpuint (simdit_network_get_n_layers (network), ==, shipped[i].n_layers);
      g_assert_cmpstr (simdit_network_get_description (network), !=, "");
      for (guint l = 0; l < shipped[i].n_layers; l++)
        if (simdit_operator_is_systolic (simdit_network_layer (network, l)->op))
          last = simdit_network_layer (network, l);
      g_assert_cmpstr (last->op->name, ==, "gemm");
      g_assert_cmpuint (last->extents.of[SIMDIT_DIM_OC], ==, 1000);
    }
  g_assert_null (simdit_network_load ("does/not/exist.json", &error));
  expect_error (&error, SIMDIT_ERROR_IO, "does/not/exist.json");
}

/* ---- SimDIT specs ---- */

#define SPEC(mode, layers) "{\"mode\": \"" mode "\", \"program\": [" layers "]}"
#define TENSOR(from, to) "{\"data_path\": [\"" from "\", \"BUF\", \"" to "\"]}"
#define ENTRY(operation, dims, inputs, output, rest)                                               \
  "{\"operation\": \"" operation "\", \"iterable_dimensions\": {" dims "}, \"inputs\": [" inputs   \
  "], \"outputs\": [" output "]" rest "}"
#define CONV_DIMS                                                                                  \
  "\"OC\": 6, \"IC\": 5, \"KH\": 3, \"KW\": 2, \"N\": 1, \"OH\": 4, \"OW\": 7, \"IH\": 99"
#define MAP_DIMS "\"C\": 6, \"N\": 2, \"H\": 4, \"W\": 7"
#define STRIDE ", \"operation_parameters\": {\"stride\": 2, \"sx\": 3}"
#define TO_ARRAY TENSOR ("DRAM", "pe_array")
#define TO_SIMD TENSOR ("DRAM", "SIMD")
#define TO_DRAM TENSOR ("pe_array", "DRAM")
#define SPEC_CONV ENTRY ("conv_bias", CONV_DIMS, TO_ARRAY, TO_DRAM, STRIDE)
#define SPEC_RELU(inputs, output) ENTRY ("relu", MAP_DIMS, inputs, output, "")

static void
test_spec (void)
{
  static const char text[] = SPEC (
      "inference",
      SPEC_CONV "," SPEC_RELU (TO_SIMD, TO_DRAM) "," ENTRY (
          "gemm", "\"M\": 2, \"N\": 30, \"P\": 9", TO_ARRAY, TO_DRAM,
          "") "," ENTRY ("max_pool",
                         "\"C\": 6, \"N\": 1, \"OH\": 4, \"OW\": 2, \"KH\": 2, \"KW\": 5", TO_SIMD,
                         TO_DRAM,
                         STRIDE) "," ENTRY ("global_avg_pool",
                                            "\"C\": 6, \"N\": 1, \"OH\": 1, \"OW\": 1, \"IH\": 4, "
                                            "\"IW\": 7",
                                            TO_SIMD, TO_DRAM, "") ", {\"operation\": \"softmax\"}"
                                                                  ", {\"operation\": "
                                                                  "\"coarse_flatten\"}");
  static const uint64_t expected[][9] = {
    { 6, 5, 3, 2, 1, 4, 7, 9, 14 }, { 6, 1, 1, 1, 2, 4, 7, 4, 7 },
    { 9, 30, 1, 1, 2, 1, 1, 1, 1 }, { 6, 1, 2, 5, 1, 4, 2, 11, 8 },
    { 6, 1, 4, 7, 1, 1, 1, 4, 7 },  { 1000, 1, 1, 1, 128, 1, 1, 1, 1 },
    { 1, 1, 1, 1, 1, 1, 1, 1, 1 },
  };
  g_autoptr (SimditNetwork) network = parse (text);

  g_assert_cmpint (simdit_network_get_mode (network), ==, SIMDIT_MODE_INFERENCE);
  g_assert_cmpuint (simdit_network_get_n_layers (network), ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      expect_extents (network, i, expected[i]);
      g_assert_cmpuint (simdit_network_layer (network, i)->n_inputs, ==, 0);
    }
  g_assert_cmpint (simdit_network_layer (network, 6)->op->unit, ==, SIMDIT_UNIT_NONE);
}

static void
test_spec_training (void)
{
  g_autoptr (SimditNetwork) network = parse (
      SPEC ("training", ENTRY ("relu_grad", MAP_DIMS, TO_SIMD "," TO_SIMD, TO_DRAM, "")));

  g_assert_cmpint (simdit_network_get_mode (network), ==, SIMDIT_MODE_TRAINING);
  expect_refused (
      SPEC ("inference", ENTRY ("relu_grad", MAP_DIMS, TO_SIMD "," TO_SIMD, TO_DRAM, "")),
      "$.program[0].operation", "in specs of mode \"training\" only");
}

#define SPEC_ONE(layer) SPEC ("inference", layer)

static void
test_bad_specs (void)
{
  static const struct
  {
    const char *text, *where, *phrase;
  } cases[] = {
    { SPEC_ONE (ENTRY ("reluu", MAP_DIMS, TO_SIMD, TO_DRAM, "")), "$.program[0].operation",
      "nothing models the operation \"reluu\"; did you mean \"relu\"?" },
    { SPEC_ONE (ENTRY ("elem_add", MAP_DIMS, TO_SIMD, TO_DRAM, "")), "$.program[0].inputs",
      "expected at least 2 inputs, got 1" },
    { SPEC_ONE (ENTRY ("elem_add", MAP_DIMS, TO_SIMD "," TENSOR ("VMEM", "SIMD"), TO_DRAM, "")),
      "$.program[0].inputs[1].data_path[0]", "expected \"DRAM\", got \"VMEM\"" },
    { SPEC_ONE (SPEC_RELU (TENSOR ("OBUF", "SIMD"), TO_DRAM)),
      "$.program[0].inputs[0].data_path[0]", "expected \"DRAM\", got \"OBUF\"" },
    { SPEC_ONE (SPEC_RELU (TO_ARRAY, TO_DRAM)), "$.program[0].inputs[0].data_path[2]",
      "expected \"SIMD\", got \"pe_array\"" },
    { SPEC_ONE (ENTRY ("conv", CONV_DIMS, TO_SIMD, TO_DRAM, STRIDE)),
      "$.program[0].inputs[0].data_path[2]", "expected \"pe_array\", got \"SIMD\"" },
    { SPEC_ONE (SPEC_RELU (TO_SIMD, TENSOR ("SIMD", "VMEM"))),
      "$.program[0].outputs[0].data_path[2]", "expected \"DRAM\", got \"VMEM\"" },
    { SPEC_ONE (SPEC_RELU (TO_SIMD, "")), "$.program[0].outputs", "got an empty array" },
    { SPEC_ONE (SPEC_RELU ("{\"data_path\": []}", TO_DRAM)), "$.program[0].inputs[0].data_path",
      "got an empty array" },
    { SPEC_ONE (SPEC_RELU ("{}", TO_DRAM)), "$.program[0].inputs[0]",
      "the key \"data_path\" is missing" },
    { SPEC_ONE (ENTRY ("conv", CONV_DIMS, TO_ARRAY, TO_DRAM, "")), "$.program[0]",
      "the key \"operation_parameters\" is missing" },
    { SPEC_ONE (ENTRY ("conv", CONV_DIMS, TO_ARRAY, TO_DRAM, ", \"operation_parameters\": {}")),
      "$.program[0].operation_parameters", "the key \"stride\" is missing" },
    { SPEC_ONE (ENTRY ("relu", "\"C\": 6, \"N\": 2, \"H\": 4", TO_SIMD, TO_DRAM, "")),
      "$.program[0].iterable_dimensions", "the key \"W\" is missing" },
    { SPEC_ONE (ENTRY ("relu", MAP_DIMS ", \"OW\": 3", TO_SIMD, TO_DRAM, "")),
      "$.program[0].iterable_dimensions", "unknown key \"OW\"; did you mean \"W\"?" },
    { SPEC_ONE (ENTRY ("relu", "\"C\": 0, \"N\": 2, \"H\": 4, \"W\": 7", TO_SIMD, TO_DRAM, "")),
      "$.program[0].iterable_dimensions.C", "expected an integer from 1" },
    { SPEC_ONE ("{\"operation\": \"relu\"}"), "$.program[0]",
      "the key \"iterable_dimensions\" is missing" },
    { SPEC_ONE ("{}"), "$.program[0]", "the key \"operation\" is missing" },
    { SPEC_ONE ("3"), "$.program[0]", "expected an object, got 3" },
    { SPEC_ONE (""), "$.program", "expected at least one layer" },
    { SPEC ("both", SPEC_CONV), "$.mode", "expected \"inference\" or \"training\", got \"both\"" },
    { "{\"program\": []}", "$", "the key \"mode\" is missing" },
    { "{\"mode\": \"inference\", \"program\": {}}", "$.program", "expected an array" },
    { "{\"mode\": \"inference\"}", "$", "expected a network" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    expect_refused (cases[i].text, cases[i].where, cases[i].phrase);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/network/graph/shapes", test_shapes);
  g_test_add_func ("/network/graph/edges", test_edges);
  g_test_add_func ("/network/graph/bad-edges", test_bad_edges);
  g_test_add_func ("/network/graph/oddities", test_oddities);
  g_test_add_func ("/network/graph/bad-shapes", test_bad_shapes);
  g_test_add_func ("/network/graph/bad-parameters", test_bad_parameters);
  g_test_add_func ("/network/graph/shipped", test_shipped);
  g_test_add_func ("/network/spec/good", test_spec);
  g_test_add_func ("/network/spec/training", test_spec_training);
  g_test_add_func ("/network/spec/bad", test_bad_specs);
  return g_test_run ();
}
