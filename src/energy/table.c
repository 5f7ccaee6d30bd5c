#include "energy/table.h"

#include "base/json.h"

#include <math.h>
#include <simdit/error.h>
#include <string.h>

/* What rows of a part have: the format, as tools/silicon/schema.py has it, too. */
/* Of any quantity, in its own unit: sums over a run stay numbers. */
#define MAX_NUMBER 1e15

typedef struct
{
  const char *key, *word;
  const char *numbers[SIMDIT_ENERGY_MAX_NUMBERS + 1];
  const char *quantities[SIMDIT_ENERGY_MAX_QUANTITIES + 1];
} Part;

static const Part parts[SIMDIT_ENERGY_N_PARTS] = {
  [SIMDIT_ENERGY_PE] = { "pe",
                         "number",
                         { "weight_bits", "activation_bits", "accumulator_bits" },
                         { "mac", "register", "clock", "leakage", "area" } },
  [SIMDIT_ENERGY_SIMD_LANE] = { "simd_lane",
                                "number",
                                { "bits" },
                                { "max", "add", "sub", "mul", "div", "exp", "log", "inv_sqrt",
                                  "cond_move", "generic", "register", "clock", "leakage",
                                  "area" } },
  [SIMDIT_ENERGY_SRAM] = { "sram",
                           NULL,
                           { "capacity_bytes", "port_bits" },
                           { "read", "write", "leakage", "area" } },
  [SIMDIT_ENERGY_BUFFER_BANK] = { "buffer_bank",
                                  NULL,
                                  { "bits" },
                                  { "access", "clock", "leakage", "area" } },
  [SIMDIT_ENERGY_AXI_PORT] = { "axi_port",
                               NULL,
                               { NULL },
                               { "transfer", "clock", "leakage", "area" } },
  [SIMDIT_ENERGY_DRAM] = { "dram", "memory", { NULL }, { "read", "write", "io" } },
};

static const char *const facts[] = { "format",    "version",  "description", "node_nm",
                                     "voltage_V", "clock_ps", "library",     "activity" };

typedef struct
{
  const char *name;
  double scale; /* to fJ, W, um2 */
} Unit;

static const Unit energies[] = { { "fJ", 1 }, { "pJ", 1e3 }, { "nJ", 1e6 }, { NULL, 0 } };
static const Unit powers[] = {
  { "pW", 1e-12 }, { "nW", 1e-9 }, { "uW", 1e-6 }, { "mW", 1e-3 }, { NULL, 0 }
};
static const Unit areas[] = { { "um2", 1 }, { NULL, 0 } };

/* ---- reading ---- */

static const Unit *
units_of (const char *quantity)
{
  if (g_str_equal (quantity, "leakage"))
    return powers;
  return g_str_equal (quantity, "area") ? areas : energies;
}

static bool
read_unit (const SimditJson *quantity, const Unit *units, double *scale, GError **error)
{
  g_autoptr (GString) names = g_string_new (NULL);
  SimditJson member;
  const char *text;

  if (!simdit_json_require (quantity, "unit", &member, error)
      || !simdit_json_string (&member, &text, error))
    return false;
  for (; units->name != NULL; units++)
    {
      *scale = units->scale;
      if (g_str_equal (units->name, text))
        return true;
      g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", units->name);
    }
  return simdit_json_fail (&member, error, "expected one of %s, got \"%s\"", names->str, text);
}

/* "source" or "scaled": of the quantity, or of its row. */
static bool
check_origin (const SimditJson *row, const SimditJson *quantity, const char *name, GError **error)
{
  SimditJson own = simdit_json_member (quantity, name), shared = simdit_json_member (row, name);
  const char *text;

  if (own.node == NULL && shared.node == NULL)
    return simdit_json_fail (quantity, error, "the key \"%s\" is missing, here and in its row",
                             name);
  return simdit_json_string (own.node != NULL ? &own : &shared, &text, error);
}

static bool
read_quantity (const SimditJson *row, const char *name, double *value, GError **error)
{
  static const char *const known[] = { "value", "unit", "source", "scaled" };
  SimditJson quantity = simdit_json_member (row, name), member;
  double number, scale = 1;

  *value = NAN;
  if (quantity.node == NULL)
    return true;
  if (!simdit_json_check_keys (&quantity, known, G_N_ELEMENTS (known), error)
      || !simdit_json_require (&quantity, "value", &member, error)
      || !simdit_json_number (&member, &number, error)
      || !read_unit (&quantity, units_of (name), &scale, error)
      || !check_origin (row, &quantity, "source", error)
      || !check_origin (row, &quantity, "scaled", error))
    return false;
  if (number > MAX_NUMBER)
    return simdit_json_fail (&member, error, "expected at most %g, got %g", MAX_NUMBER, number);
  *value = number * scale;
  return true;
}

static bool
check_row_keys (const SimditJson *json, const Part *part, GError **error)
{
  const char *known[SIMDIT_ENERGY_MAX_NUMBERS + SIMDIT_ENERGY_MAX_QUANTITIES + 3];
  gsize n = 0;

  known[n++] = "source";
  known[n++] = "scaled";
  if (part->word != NULL)
    known[n++] = part->word;
  for (guint i = 0; part->numbers[i] != NULL; i++)
    known[n++] = part->numbers[i];
  for (guint i = 0; part->quantities[i] != NULL; i++)
    known[n++] = part->quantities[i];
  return simdit_json_check_keys (json, known, n, error);
}

static bool
read_key (SimditEnergyTable *self, const SimditJson *json, const Part *part, SimditEnergyKey *key,
          GError **error)
{
  SimditJson member;
  const char *word;

  if (part->word != NULL)
    {
      if (!simdit_json_require (json, part->word, &member, error)
          || !simdit_json_string (&member, &word, error))
        return false;
      key->word = g_string_chunk_insert (self->texts, word);
    }
  for (guint i = 0; part->numbers[i] != NULL; i++)
    if (!simdit_json_require (json, part->numbers[i], &member, error)
        || !simdit_json_uint (&member, 1, UINT64_C (1) << 40, &key->numbers[i], error))
      return false;
  return true;
}

static bool
is_same (const SimditEnergyKey *a, const SimditEnergyKey *b)
{
  return g_strcmp0 (a->word, b->word) == 0
         && memcmp (a->numbers, b->numbers, sizeof a->numbers) == 0;
}

static const SimditEnergyRow *
find_row (const SimditEnergyTable *self, SimditEnergyPart part, const SimditEnergyKey *key)
{
  for (guint i = 0; i < self->parts[part]->len; i++)
    {
      const SimditEnergyRow *row = &g_array_index (self->parts[part], SimditEnergyRow, i);

      if (is_same (&row->key, key))
        return row;
    }
  return NULL;
}

/* Between points a logarithm is linear, and nothing lies between 0 and another value. */
static bool
check_zeros (const SimditEnergyTable *self, const SimditEnergyRow *row, const SimditJson *json,
             GError **error)
{
  const GArray *rows = self->parts[SIMDIT_ENERGY_SRAM];
  const char *const *quantities = parts[SIMDIT_ENERGY_SRAM].quantities;

  for (guint i = 0; quantities[i] != NULL; i++)
    for (guint k = 0; k < rows->len; k++)
      {
        double other = g_array_index (rows, SimditEnergyRow, k).values[i];

        if (!isnan (other) && !isnan (row->values[i]) && (other > 0) != (row->values[i] > 0))
          return simdit_json_fail (json, error,
                                   "expected \"%s\" to be 0 in all rows of \"sram\" or in none, "
                                   "got %g where row %u has %g",
                                   quantities[i], row->values[i], k, other);
      }
  return true;
}

static bool
read_row (SimditEnergyTable *self, const SimditJson *json, SimditEnergyPart number, GError **error)
{
  const Part *part = &parts[number];
  SimditEnergyRow row = { 0 };

  if (!check_row_keys (json, part, error) || !read_key (self, json, part, &row.key, error))
    return false;
  if (find_row (self, number, &row.key) != NULL)
    return simdit_json_fail (json, error, "expected one row for each thing, got a second for this");
  for (guint i = 0; part->quantities[i] != NULL; i++)
    if (!read_quantity (json, part->quantities[i], &row.values[i], error))
      return false;
  if (number == SIMDIT_ENERGY_SRAM && !check_zeros (self, &row, json, error))
    return false;
  g_array_append_val (self->parts[number], row);
  return true;
}

static bool
read_part (SimditEnergyTable *self, const SimditJson *root, SimditEnergyPart number, GError **error)
{
  SimditJson part;
  guint length;

  if (!simdit_json_require (root, parts[number].key, &part, error)
      || !simdit_json_expect_array (&part, &length, error))
    return false;
  for (guint i = 0; i < length; i++)
    {
      SimditJson row = simdit_json_element (&part, i);

      if (!read_row (self, &row, number, error))
        return false;
    }
  return true;
}

/* The conditions under which numbers were taken; null: as published. */
static bool
check_texts (const SimditJson *root, GError **error)
{
  SimditJson clock, library, activity;
  const char *text;
  double period;

  if (!simdit_json_require (root, "clock_ps", &clock, error)
      || (!simdit_json_is_null (&clock) && !simdit_json_number (&clock, &period, error)))
    return false;
  if (!simdit_json_require (root, "library", &library, error)
      || (!simdit_json_is_null (&library) && !simdit_json_string (&library, &text, error)))
    return false;
  return simdit_json_require (root, "activity", &activity, error)
         && simdit_json_string (&activity, &text, error);
}

static bool
read_facts (SimditEnergyTable *self, const SimditJson *root, GError **error)
{
  SimditJson format, version, description, node, voltage;
  const char *text;
  uint64_t number;
  double volts;

  if (!simdit_json_require (root, "format", &format, error)
      || !simdit_json_string (&format, &text, error))
    return false;
  if (!g_str_equal (text, "simdit-energy"))
    return simdit_json_fail (&format, error, "expected \"simdit-energy\", got \"%s\"", text);
  if (!simdit_json_require (root, "version", &version, error)
      || !simdit_json_uint (&version, 1, 1, &number, error)
      || !simdit_json_require (root, "node_nm", &node, error)
      || !simdit_json_number (&node, &self->node_nm, error)
      || !simdit_json_require (root, "voltage_V", &voltage, error)
      || (!simdit_json_is_null (&voltage) && !simdit_json_number (&voltage, &volts, error))
      || !simdit_json_require (root, "description", &description, error)
      || !simdit_json_string (&description, &text, error))
    return false;
  self->description = g_strdup (text);
  return check_texts (root, error);
}

static bool
read_table (SimditEnergyTable *self, const SimditJson *root, GError **error)
{
  const char *known[G_N_ELEMENTS (facts) + SIMDIT_ENERGY_N_PARTS];
  gsize n = 0;

  for (; n < G_N_ELEMENTS (facts); n++)
    known[n] = facts[n];
  for (guint i = 0; i < SIMDIT_ENERGY_N_PARTS; i++)
    known[n++] = parts[i].key;
  if (!simdit_json_check_keys (root, known, n, error) || !read_facts (self, root, error))
    return false;
  for (guint i = 0; i < SIMDIT_ENERGY_N_PARTS; i++)
    if (!read_part (self, root, (SimditEnergyPart) i, error))
      return false;
  return true;
}

SimditEnergyTable *
simdit_energy_table_parse (const char *text, gssize length, const char *name, const char *memory,
                           GError **error)
{
  g_autoptr (SimditJsonDocument) document = simdit_json_parse (text, length, name, error);
  g_autoptr (SimditEnergyTable) self = g_new0 (SimditEnergyTable, 1);
  SimditJson root;

  self->name = simdit_file_stem (name);
  self->file = g_strdup (name);
  self->source = length < 0 ? g_strdup (text) : g_strndup (text, (gsize) length);
  self->memory = g_strdup (memory);
  self->texts = g_string_chunk_new (256);
  for (guint i = 0; i < SIMDIT_ENERGY_N_PARTS; i++)
    self->parts[i] = g_array_new (FALSE, FALSE, sizeof (SimditEnergyRow));
  if (document == NULL)
    return NULL;
  root = simdit_json_root (document);
  return read_table (self, &root, error) ? g_steal_pointer (&self) : NULL;
}

SimditEnergyTable *
simdit_energy_table_load (const char *path, const char *memory, GError **error)
{
  g_autofree char *text = NULL;
  gsize length;

  if (!simdit_json_read_file (path, &text, &length, error))
    return NULL;
  return simdit_energy_table_parse (text, (gssize) length, path, memory, error);
}

void
simdit_energy_table_free (SimditEnergyTable *self)
{
  if (self == NULL)
    return;
  g_free (self->name);
  g_free (self->file);
  g_free (self->description);
  g_free (self->source);
  g_free (self->memory);
  g_clear_pointer (&self->texts, g_string_chunk_free);
  for (guint i = 0; i < SIMDIT_ENERGY_N_PARTS; i++)
    g_clear_pointer (&self->parts[i], g_array_unref);
  g_free (self);
}

const char *
simdit_energy_table_get_name (const SimditEnergyTable *self)
{
  return self->name;
}

const char *
simdit_energy_table_get_description (const SimditEnergyTable *self)
{
  return self->description;
}

double
simdit_energy_table_get_node (const SimditEnergyTable *self)
{
  return self->node_nm;
}

/* ---- looking up ---- */

static void
append_key (GString *text, const Part *part, const SimditEnergyKey *key)
{
  const char *separator = "";

  if (part->word != NULL)
    {
      g_string_append_printf (text, "%s \"%s\"", part->word, key->word);
      separator = ", ";
    }
  for (guint i = 0; part->numbers[i] != NULL; i++, separator = ", ")
    g_string_append_printf (text, "%s%s %" G_GUINT64_FORMAT, separator, part->numbers[i],
                            key->numbers[i]);
}

static bool
fail_missing (const SimditEnergyTable *self, SimditEnergyPart number, const SimditEnergyKey *key,
              const char *quantity, GError **error)
{
  const Part *part = &parts[number];
  g_autoptr (GString) wanted = g_string_new (NULL), there = g_string_new (NULL);
  bool has_row = find_row (self, number, key) != NULL;

  append_key (wanted, part, key);
  for (guint i = 0; i < self->parts[number]->len; i++)
    {
      g_string_append (there, i > 0 ? "; " : "");
      append_key (there, part, &g_array_index (self->parts[number], SimditEnergyRow, i).key);
    }
  if (has_row)
    g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_INVALID,
                 "%s: $.%s: the row for %s has no \"%s\"; expected a value, or 0 and why",
                 self->file, part->key, wanted->len > 0 ? wanted->str : "all", quantity);
  else
    g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_INVALID,
                 "%s: $.%s: there is no row for %s, which \"%s\" is needed of; those are: %s",
                 self->file, part->key, wanted->len > 0 ? wanted->str : "all", quantity,
                 there->len > 0 ? there->str : "none");
  return false;
}

static guint
quantity_index (SimditEnergyPart part, const char *quantity)
{
  guint i = 0;

  while (!g_str_equal (parts[part].quantities[i], quantity))
    i++;
  return i;
}

bool
simdit_energy_table_get (const SimditEnergyTable *self, SimditEnergyPart part,
                         const SimditEnergyKey *key, const char *quantity, double *value,
                         GError **error)
{
  const SimditEnergyRow *row = find_row (self, part, key);

  *value = row != NULL ? row->values[quantity_index (part, quantity)] : NAN;
  if (!isnan (*value) || (row != NULL && g_str_equal (quantity, "area")))
    return true;
  return fail_missing (self, part, key, quantity, error);
}

const SimditEnergyRow *
simdit_energy_table_row (const SimditEnergyTable *self, SimditEnergyPart part, const char *word)
{
  return find_row (self, part, &(SimditEnergyKey){ .word = word });
}
