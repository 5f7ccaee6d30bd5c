#include "sim/energy-result.h"

#include <string.h>

#define TEXT_BYTES 64 /* of a row, more or less */

SimditResult *
simdit_result_new (const SimditTableInfo *table, uint64_t clock_fs, uint64_t n_rows)
{
  SimditResult *self = g_new0 (SimditResult, 1);

  self->table = table;
  self->clock_fs = clock_fs;
  self->rows = g_byte_array_sized_new ((guint) (n_rows * table->row_size));
  self->total = g_malloc0 (table->row_size);
  self->texts = g_string_chunk_new (MIN (n_rows, 4096) * TEXT_BYTES);
  self->pipeline = self->dram = "";
  return self;
}

void
simdit_result_free (SimditResult *self)
{
  if (self == NULL)
    return;
  simdit_result_free (self->memory);
  simdit_result_free (self->memory_stalls);
  simdit_energy_account_free (self->energy);
  g_byte_array_unref (self->rows);
  g_string_chunk_free (self->texts);
  g_free (self->total);
  g_free (self);
}

void *
simdit_result_row (const SimditResult *self, uint64_t index)
{
  return self->rows->data + index * self->table->row_size;
}

static const void *
member (const SimditResult *self, const void *row, guint column)
{
  return (const char *) row + self->table->fields[column].offset;
}

/* Adds @field of @row to the totals; false on overflow. */
static bool
add_to_total (SimditResult *self, const SimditField *field, const void *row)
{
  const void *value = (const char *) row + field->offset;
  void *total = (char *) self->total + field->offset;

  if (field->column.type == SIMDIT_COLUMN_COUNT)
    return !__builtin_add_overflow (*(const uint64_t *) value, *(uint64_t *) total,
                                    (uint64_t *) total);
  if (field->column.type == SIMDIT_COLUMN_AMOUNT)
    *(double *) total += *(const double *) value;
  return true;
}

bool
simdit_result_add (SimditResult *self, const void *row)
{
  bool fits = true;
  char *copy;

  g_byte_array_append (self->rows, row, (guint) self->table->row_size);
  copy = simdit_result_row (self, self->n_rows++);
  for (gsize i = 0; i < self->table->n_fields; i++)
    {
      const SimditField *field = &self->table->fields[i];

      if (field->column.type == SIMDIT_COLUMN_TEXT)
        {
          char **text = (char **) (void *) (copy + field->offset);

          *text = g_string_chunk_insert (self->texts, *text);
        }
      fits &= add_to_total (self, field, copy);
    }
  if (self->table->finish != NULL)
    {
      self->table->finish (copy, copy);
      self->table->finish (self->total, copy);
    }
  return fits;
}

void
simdit_result_account (SimditResult *self, const SimditLayer *layer, double cycles)
{
  self->stage_cycles[layer->stage][simdit_operator_is_systolic (layer->op)] += cycles;
}

double
simdit_result_get_stage_cycles (const SimditResult *self, SimditStage stage, bool pe_array)
{
  return self->stage_cycles[stage][pe_array];
}

bool
simdit_column_is_part_of_cycles (const SimditColumn *self)
{
  static const char *const parts[] = { "busy_cycles", "fill_cycles",        "drain_cycles",
                                       "nop_cycles",  "multi_cycle_cycles", NULL };

  return g_strv_contains (parts, self->name)
         || (g_str_has_prefix (self->name, "stall_") && !g_str_equal (self->name, "stall_cycles"));
}

guint
simdit_result_get_n_columns (const SimditResult *self)
{
  return (guint) self->table->n_fields;
}

const SimditColumn *
simdit_result_get_column (const SimditResult *self, guint column)
{
  return &self->table->fields[column].column;
}

guint
simdit_result_find_column (const SimditResult *self, const char *name)
{
  guint c = 0;

  while (c < self->table->n_fields && !g_str_equal (self->table->fields[c].column.name, name))
    c++;
  return c;
}

uint64_t
simdit_result_get_n_rows (const SimditResult *self)
{
  return self->n_rows;
}

static const void *
row_at (const SimditResult *self, uint64_t row)
{
  return row == SIMDIT_RESULT_TOTAL ? self->total : simdit_result_row (self, row);
}

const char *
simdit_result_get_text (const SimditResult *self, uint64_t row, guint column)
{
  const char *text = *(const char *const *) member (self, row_at (self, row), column);

  return text != NULL ? text : "";
}

uint64_t
simdit_result_get_count (const SimditResult *self, uint64_t row, guint column)
{
  return *(const uint64_t *) member (self, row_at (self, row), column);
}

double
simdit_result_get_number (const SimditResult *self, uint64_t row, guint column)
{
  return *(const double *) member (self, row_at (self, row), column);
}

double
simdit_result_get_cycles (const SimditResult *self)
{
  return self->cycles;
}

double
simdit_result_get_seconds (const SimditResult *self)
{
  return self->cycles * (double) self->clock_fs * 1e-15;
}

bool
simdit_result_is_partial (const SimditResult *self)
{
  return self->partial;
}

uint64_t
simdit_result_get_events (const SimditResult *self)
{
  return self->events;
}

const char *
simdit_result_get_pipeline (const SimditResult *self)
{
  return self->pipeline;
}

const SimditResult *
simdit_result_get_memory (const SimditResult *self)
{
  return self->memory;
}

const SimditResult *
simdit_result_get_memory_stalls (const SimditResult *self)
{
  return self->memory_stalls;
}

const SimditResult *
simdit_result_get_energy (const SimditResult *self, SimditEnergyView view)
{
  return self->energy != NULL ? simdit_energy_account_view (self->energy, view) : NULL;
}

const char *
simdit_result_get_energy_memory (const SimditResult *self)
{
  return self->energy != NULL ? simdit_energy_account_memory (self->energy) : "";
}

const char *
simdit_result_get_dram (const SimditResult *self)
{
  return self->dram;
}
