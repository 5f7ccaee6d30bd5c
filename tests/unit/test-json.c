/* JSON input: values, and errors that say where and what is expected. */
#include "base/json.h"
#include "expect.h"

#include <glib/gstdio.h>

static SimditJsonDocument *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  SimditJsonDocument *document = simdit_json_parse (text, -1, "f.json", &error);

  g_assert_no_error (error);
  g_assert_nonnull (document);
  return document;
}

static void
test_paths (void)
{
  g_autoptr (SimditJsonDocument) document = parse ("{\"a\": [0, 1, 2, {\"b\": \"x\"}], \"d\": []}");
  SimditJson root = simdit_json_root (document), a, element, b;
  g_autoptr (GError) error = NULL;
  uint64_t number = 7;
  guint length = 0;

  g_assert_cmpstr (simdit_json_file (&root), ==, "f.json");
  g_assert_true (simdit_json_require (&root, "a", &a, &error));
  g_assert_true (simdit_json_expect_array (&a, &length, &error));
  g_assert_cmpuint (length, ==, 4);
  element = simdit_json_element (&a, 2);
  g_assert_true (simdit_json_uint (&element, 2, 2, &number, &error));
  g_assert_cmpuint (number, ==, 2);
  element = simdit_json_element (&a, 3);
  b = simdit_json_member (&element, "b");
  g_assert_no_error (error);
  g_assert_false (simdit_json_uint (&b, 1, 10, &number, &error));
  g_assert_cmpuint (number, ==, 2);
  expect_error (&error, SIMDIT_ERROR_INVALID,
                "f.json: $.a[3].b: expected an integer from 1 to 10, got \"x\"");
  g_assert_false (simdit_json_require (&element, "c", &b, &error));
  expect_error (&error, SIMDIT_ERROR_INVALID, "f.json: $.a[3]: the key \"c\" is missing");
  g_assert_null (simdit_json_member (&root, "c").node);
  g_assert_false (simdit_json_fail (&root, &error, "%s %d", "reason", 5));
  expect_error (&error, SIMDIT_ERROR_INVALID, "f.json: $: reason 5");
}

static void
test_types (void)
{
  static const struct
  {
    const char *text, *got;
  } cases[] = {
    { "{\"v\": {}}", "an object" }, { "{\"v\": []}", "an array" }, { "{\"v\": null}", "null" },
    { "{\"v\": true}", "true" },    { "{\"v\": 2}", "2" },         { "{\"v\": 1.5}", "1.5" },
    { "{\"v\": \"t\"}", "\"t\"" },  { "{\"v\": \"\"}", "\"\"" },   { "{}", "nothing" },
  };
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (SimditJsonDocument) document = parse (cases[i].text);
      SimditJson root = simdit_json_root (document), v = simdit_json_member (&root, "v");
      g_autofree char *got = g_strdup_printf (", got %s", cases[i].got);
      const char *string = NULL;
      uint64_t number = 0;
      bool boolean = false;
      guint length;

      if (simdit_json_expect_object (&v, &error))
        g_assert_cmpstr (cases[i].got, ==, "an object");
      else
        expect_error (&error, SIMDIT_ERROR_INVALID, "$.v: expected an object", got);
      if (simdit_json_expect_array (&v, &length, &error))
        g_assert_cmpstr (cases[i].got, ==, "an array");
      else
        expect_error (&error, SIMDIT_ERROR_INVALID, "$.v: expected an array", got);
      if (simdit_json_uint (&v, 0, UINT64_MAX, &number, &error))
        g_assert_cmpuint (number, ==, 2);
      else
        expect_error (&error, SIMDIT_ERROR_INVALID, "$.v: expected an integer", got);
      if (simdit_json_string (&v, &string, &error))
        g_assert_cmpstr (string, ==, "t");
      else
        expect_error (&error, SIMDIT_ERROR_INVALID, "$.v: expected ", got);
      if (!simdit_json_boolean (&v, &boolean, &error))
        expect_error (&error, SIMDIT_ERROR_INVALID, "$.v: expected true or false", got);
      g_assert_true (boolean == g_str_equal (cases[i].got, "true"));
      g_assert_true ((number == 2) == g_str_equal (cases[i].got, "2"));
      g_assert_true ((string != NULL) == g_str_equal (cases[i].got, "\"t\""));
    }
}

/* Whether @text is an integer @min..@max; the error otherwise quotes it. */
static bool
reads_uint (const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
  g_autofree char *object = g_strdup_printf ("{\"v\": %s}", text);
  g_autoptr (SimditJsonDocument) document = parse (object);
  SimditJson root = simdit_json_root (document), v = simdit_json_member (&root, "v");
  g_autofree char *range = g_strdup_printf (
      "from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT ", got %s", min, max, text);
  g_autoptr (GError) error = NULL;

  if (simdit_json_uint (&v, min, max, value, &error))
    return true;
  expect_error (&error, SIMDIT_ERROR_INVALID, range);
  return false;
}

static void
test_integers (void)
{
  uint64_t value = 0;

  g_assert_true (reads_uint ("3", 3, 5, &value));
  g_assert_cmpuint (value, ==, 3);
  g_assert_true (reads_uint ("5", 3, 5, &value));
  g_assert_cmpuint (value, ==, 5);
  g_assert_false (reads_uint ("2", 3, 5, &value));
  g_assert_false (reads_uint ("6", 3, 5, &value));
  g_assert_false (reads_uint ("-1", 0, 5, &value));
  g_assert_false (reads_uint ("-1", 0, UINT64_MAX, &value));
  g_assert_false (reads_uint ("1.5", 0, 5, &value));
  g_assert_cmpuint (value, ==, 5);
  g_assert_true (reads_uint ("0", 0, 5, &value));
  g_assert_cmpuint (value, ==, 0);
  g_assert_true (reads_uint ("9223372036854775807", 0, UINT64_MAX, &value));
  g_assert_cmpuint (value, ==, INT64_MAX);
  g_assert_false (reads_uint ("-9223372036854775808", 0, UINT64_MAX, &value));
}

static void
expect_malformed (const char *text, gssize length, const char *phrase)
{
  g_autoptr (GError) error = NULL;

  if (simdit_json_parse (text, length, "f.json", &error) != NULL)
    g_error ("accepted: %s", text);
  expect_error (&error, SIMDIT_ERROR_PARSE, "f.json: ", phrase);
}

/* json-glib alone would read some of these as numbers that nobody wrote. */
static void
test_not_numbers (void)
{
  static const char *const numbers[] = {
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551617",
    "-9223372036854775809",
    "-18446744073709551615",
    "99999999999999999999999999",
    "-99999999999999999999",
    "010",
    "-010",
    "0x10",
    "1.",
    "1e",
    "1e+",
    "-",
    "1a",
    "00",
    "1_000",
    ".5",
    "1e400",
    "-1e400",
    "1.0e999999999",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      g_autofree char *text = g_strdup_printf ("{\n  \"v\":\n  %s\n}\n", numbers[i]);
      g_autofree char *quoted = g_strdup_printf ("{\"v%s\": \"\\\"%s\"}", numbers[i], numbers[i]);
      g_autoptr (SimditJsonDocument) harmless = parse (quoted);

      g_assert_nonnull (harmless);
      expect_malformed (text, -1, "line 3");
    }
}

static void
test_numbers (void)
{
  g_autoptr (SimditJsonDocument)
      document = parse ("[0, -0, 1, -12, 0.5, -0.25, 1e3, 1E-3, 2.5e+2]");
  static const double expected[] = { 0, 0, 1, -12, 0.5, -0.25, 1000, 0.001, 250 };
  SimditJson root = simdit_json_root (document);

  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    g_assert_cmpfloat (json_node_get_double (simdit_json_element (&root, i).node), ==, expected[i]);
}

static void
test_malformed (void)
{
  g_autofree char *deep = g_strnfill (1000000, '[');
  g_autoptr (GString) text = g_string_new (NULL);

  expect_malformed ("{\n\"a\": [1,\n2", -1, "line 3");
  expect_malformed ("{\n\"a\": \"unterminated\n", -1, "line ");
  expect_malformed ("{\n\"a\" 1}", -1, "line 2");
  expect_malformed ("{\n\n// comment\n}", -1, "line 3: comments are not JSON");
  expect_malformed ("/* 1 */ {}", -1, "line 1: comments are not JSON");
  expect_malformed ("nonsense", -1, "line 1");
  expect_malformed ("[1] [2]", -1, "after the value, got [");
  expect_malformed ("[1]\n.5", -1, "line 2: expected the end of the file after the value, got .5");
  expect_malformed ("{\"a\": \"\xff\xfe\"}", -1, "expected UTF-8");
  expect_malformed ("{}\0{}", 5, "expected UTF-8");
  expect_malformed ("", -1, "it is empty");
  expect_malformed ("", 0, "it is empty");
  expect_malformed (" \n\t\n", -1, "it is empty");
  expect_malformed (deep, -1, "nested too deeply");
  for (guint i = 0; i < 100000; i++)
    g_string_append (text, "{\"a\":");
  expect_malformed (text->str, -1, "nested too deeply");
}

/* json-glib would keep what comes before the NUL. */
static void
test_nul_characters (void)
{
  g_autoptr (SimditJsonDocument) harmless = parse ("[\"\\\\u0000\", \"\\u0001\", \"\\u1000\"]");

  g_assert_nonnull (harmless);
  expect_malformed ("{\n\"a\": \"b\\u0000c\"}", -1, "line 2: expected a string without NUL");
  expect_malformed ("{\"a\\u0000\": 1}", -1, "got \"a\\u0000");
  expect_malformed ("[\"\\\\\\u0000\"]", -1, "without NUL");
}

/* Where a key comes twice, json-glib would keep the last value. */
static void
test_duplicate_keys (void)
{
  static const char *const bad[][2] = {
    { "{\"a\": 1, \"b\": 2,\n\"a\": 1}",
      "f.json: line 2: expected each key once, got \"a\" twice" },
    { "{\"b\": {},\n\"a\": [{\"c\": {}, \"d\": 0,\n \"c\": {}}]}",
      "line 3: expected each key once, got \"c\"" },
    { "[{\"x\": 1}, {\"x\": {\"y\": 1, \"y\": 2}}]", "got \"y\" twice" },
    { "{\"a\": 1, \"\\u0061\": 2}", "got \"a\" twice" },
  };
  g_autoptr (SimditJsonDocument) good = parse (
      "{\"a\": {\"a\": 1, \"b\": {\"a\": 2}}, \"b\": [{\"a\": 3}, {\"a\": 3}], \"A\": 4}");

  g_assert_nonnull (good);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    expect_malformed (bad[i][0], -1, bad[i][1]);
}

/* @length ends the text, not a NUL. */
static void
test_length (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SimditJsonDocument) document = simdit_json_parse ("[1, 2] 010", 6, "f.json", &error);
  SimditJson root;
  guint length = 0;

  g_assert_no_error (error);
  root = simdit_json_root (document);
  g_assert_true (simdit_json_expect_array (&root, &length, &error));
  g_assert_cmpuint (length, ==, 2);
  expect_malformed ("[1, 2] 010", 5, "line 1");
}

static void
test_files (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  g_autoptr (SimditJsonDocument) document = NULL;
  gint fd = g_file_open_tmp ("simdit-XXXXXX.json", &path, &error);

  g_assert_no_error (error);
  g_assert_true (g_close (fd, NULL));
  g_assert_true (g_file_set_contents (path, "[1, 2\n", -1, &error));
  g_assert_null (simdit_json_load (path, &error));
  expect_error (&error, SIMDIT_ERROR_PARSE, path, "line 1");
  g_assert_true (g_file_set_contents (path, "[1, 2]\n", -1, &error));
  document = simdit_json_load (path, &error);
  g_assert_nonnull (document);
  g_remove (path);
  g_assert_null (simdit_json_load (path, &error));
  expect_error (&error, SIMDIT_ERROR_IO, path, "cannot be read");
}

static void
test_unknown_key (void)
{
  static const char *const known[] = { "kernel", "stride", "channels" };
  g_autoptr (SimditJsonDocument) good = parse ("{\"stride\": 1, \"kernel\": 2}");
  g_autoptr (SimditJsonDocument) bad = parse ("{\"l\": [{\"kernel\": 1, \"strid\": 2}]}");
  g_autoptr (SimditJsonDocument) array = parse ("[]");
  SimditJson root = simdit_json_root (good), list, element;
  g_autoptr (GError) error = NULL;

  g_assert_true (simdit_json_check_keys (&root, known, G_N_ELEMENTS (known), &error));
  root = simdit_json_root (bad);
  list = simdit_json_member (&root, "l");
  element = simdit_json_element (&list, 0);
  g_assert_false (simdit_json_check_keys (&element, known, G_N_ELEMENTS (known), &error));
  expect_error (&error, SIMDIT_ERROR_INVALID,
                "f.json: $.l[0]: unknown key \"strid\"; did you mean \"stride\"?");
  root = simdit_json_root (array);
  g_assert_false (simdit_json_check_keys (&root, known, G_N_ELEMENTS (known), &error));
  expect_error (&error, SIMDIT_ERROR_INVALID, "expected an object, got an array");
}

static void
test_nearest (void)
{
  static const char *const words[] = { "conv", "conv_bias", "max_pool", "avg_pool", "relu" };
  static const char *const pairs[][2] = {
    { "conv2", "conv" },      { "CONV_BIAS", "conv_bias" }, { "maxpool", "max_pool" },
    { "vg_pol", "avg_pool" }, { "gelu", "relu" },           { "xyz_pool", "max_pool" },
    { "erlu", "relu" },       { "convbias", "conv_bias" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (pairs); i++)
    g_assert_cmpstr (simdit_nearest (pairs[i][0], words, G_N_ELEMENTS (words)), ==, pairs[i][1]);
}

/* Long values are shortened, at a character and not inside one. */
static void
test_describe (void)
{
  g_autoptr (GString) text = g_string_new ("[\"x");

  for (guint i = 0; i < 200; i++)
    g_string_append (text, "\xc3\xa4");
  g_string_append (text, "\"]");
  {
    g_autoptr (SimditJsonDocument) document = parse (text->str);
    SimditJson root = simdit_json_root (document), element = simdit_json_element (&root, 0);
    g_autofree char *described = simdit_json_describe (&element);

    g_assert_true (g_utf8_validate (described, -1, NULL));
    g_assert_cmpint (g_utf8_strlen (described, -1), ==, 63);
    g_assert_true (g_str_has_suffix (described, "..."));
    g_assert_true (g_str_has_prefix (described, "\"x"));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json/paths", test_paths);
  g_test_add_func ("/json/types", test_types);
  g_test_add_func ("/json/integers", test_integers);
  g_test_add_func ("/json/numbers", test_numbers);
  g_test_add_func ("/json/not-numbers", test_not_numbers);
  g_test_add_func ("/json/malformed", test_malformed);
  g_test_add_func ("/json/nul-characters", test_nul_characters);
  g_test_add_func ("/json/duplicate-keys", test_duplicate_keys);
  g_test_add_func ("/json/length", test_length);
  g_test_add_func ("/json/files", test_files);
  g_test_add_func ("/json/unknown-key", test_unknown_key);
  g_test_add_func ("/json/nearest", test_nearest);
  g_test_add_func ("/json/describe", test_describe);
  return g_test_run ();
}
