#include "explore/shard.h"

#include "record/recorder.h"
#include "record/tables.h"

#include <simdit/error.h>

#define FORMAT "simdit-exploration-shard"
#define VERSION 2

typedef enum
{
  ENTRY_LEFT_OUT, /* count */
  ENTRY_USE,      /* key: the use; count, and its worst */
  ENTRY_TOP,
  ENTRY_POINT,  /* key: into fronts */
  ENTRY_BUCKET, /* key: the use and the bucket; count, and its first */
  N_ENTRIES,
} EntryKind;

/* One thing that a summary knows. */
typedef struct
{
  uint64_t cell, kind, key, count, index, value, energy;
} Entry;

#define FIELD(name, unit, help)                                                                    \
  {                                                                                                \
    { #name, unit, help, SIMDIT_COLUMN_INDEX, true }, offsetof (Entry, name)                       \
  }

static const SimditField fields[] = {
  FIELD (cell, "", "pair of budgets"),
  FIELD (kind, "", "0 left out, 1 use of the budgets, 2 best, 3 front of sums, 4 bucket"),
  FIELD (key, "", "which of its kind"),
  FIELD (count, "design", "how many"),
  FIELD (index, "", "number of a design"),
  FIELD (value, "", "of that design: its score; of fronts its cycles [cycle / 1024]"),
  FIELD (energy, "fJ", "of fronts, else 0: of that design; 0: unknown"),
};

static const SimditTableInfo table = { .fields = fields,
                                       .n_fields = G_N_ELEMENTS (fields),
                                       .row_size = sizeof (Entry) };

void
simdit_shard_chunks (const SimditSearch *search, SimditShard shard, uint64_t *begin, uint64_t *end)
{
  unsigned __int128 n = search->n_chunks;

  *begin = (uint64_t) (n * (shard.number - 1) / shard.of);
  *end = (uint64_t) (n * shard.number / shard.of);
}

/* ---- writing ---- */

static void
add_entry (GArray *entries, Entry entry)
{
  g_array_append_val (entries, entry);
}

static void
add_use (GArray *entries, guint cell, guint use, const SimditUseSummary *summary)
{
  if (summary->count == 0)
    return;
  add_entry (entries, (Entry){ cell, ENTRY_USE, use, summary->count, summary->worst.index,
                               (uint64_t) summary->worst.value, 0 });
  for (guint b = 0; b < SIMDIT_N_BUCKETS; b++)
    if (summary->buckets[b].count > 0)
      add_entry (entries, (Entry){ cell, ENTRY_BUCKET, (uint64_t) use * SIMDIT_N_BUCKETS + b,
                                   summary->buckets[b].count, summary->buckets[b].first,
                                   (uint64_t) summary->buckets[b].value, 0 });
}

static void
add_front (GArray *entries, guint cell, guint number, const GArray *front)
{
  for (guint i = 0; front != NULL && i < front->len; i++)
    {
      const SimditPoint *point = &g_array_index (front, SimditPoint, i);

      add_entry (entries, (Entry){ cell, ENTRY_POINT, number, 1, point->index,
                                   (uint64_t) point->cycles, (uint64_t) point->energy });
    }
}

static void
add_summary (GArray *entries, guint cell, const SimditSummary *summary, bool best_only)
{
  add_entry (entries, (Entry){ .cell = cell, .kind = ENTRY_LEFT_OUT, .count = summary->left_out });
  for (guint i = 0; i < summary->n_top; i++)
    add_entry (entries, (Entry){ cell, ENTRY_TOP, i, 1, summary->top[i].index,
                                 (uint64_t) summary->top[i].value, 0 });
  for (guint i = 0; i < summary->n_sram_sums * summary->n_width_sums; i++)
    add_front (entries, cell, i, summary->fronts[i]);
  /* Which designs were skipped depends on threads. */
  for (guint use = 0; use < SIMDIT_N_USES && !best_only; use++)
    add_use (entries, cell, use, &summary->uses[use]);
}

static char *
digest_of (const char *request_digest, SimditShard shard, const void *entries, gsize n)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);

  g_checksum_update (sum, (const guchar *) request_digest, -1);
  g_checksum_update (sum, (const guchar *) &shard, sizeof shard);
  g_checksum_update (sum, entries, (gssize) (n * sizeof (Entry)));
  return g_strdup (g_checksum_get_string (sum));
}

bool
simdit_shard_write (const SimditSearch *search, SimditShard shard, const char *path, GError **error)
{
  const SimditRequest *request = search->request;
  g_autoptr (SimditRecorder)
      recorder = simdit_recorder_new (&(SimditRecorderConfig){ .path = path }, error);
  g_autoptr (GArray) entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  g_autofree char *digest = NULL;

  if (recorder == NULL)
    return false;
  for (guint i = 0; i < search->cells->len; i++)
    add_summary (entries, i, simdit_search_cell (search, i)->summary, request->best_only);
  digest = digest_of (request->digest, shard, entries->data, entries->len);
  simdit_recorder_set_text (recorder, "format", FORMAT);
  simdit_recorder_set_count (recorder, "format_version", VERSION);
  simdit_recorder_set_text (recorder, "program_version", simdit_version ());
  simdit_recorder_set_text (recorder, "request_digest", request->digest);
  simdit_recorder_set_text (recorder, "payload_digest", digest);
  simdit_recorder_set_count (recorder, "shard", shard.number);
  simdit_recorder_set_count (recorder, "n_shards", shard.of);
  simdit_recorder_write_text (recorder, "/request", request->text);
  simdit_recorder_write_table (recorder, "/entries", &table, entries->data, entries->len);
  return simdit_recorder_finish (recorder, error);
}

/* ---- reading ---- */

static bool
fail_damaged (const char *path, GError **error)
{
  g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_IO,
               "%s: cannot be read: its contents are damaged; explore that shard again", path);
  return false;
}

static bool
read_shard (const SimditTables *tables, const char *path, SimditShard *shard, GError **error)
{
  return simdit_tables_get_count (tables, "shard", &shard->number, error)
         && simdit_tables_get_count (tables, "n_shards", &shard->of, error)
         && ((shard->number >= 1 && shard->number <= shard->of) || fail_damaged (path, error));
}

SimditRequest *
simdit_shard_read_request (const char *path, SimditShard *shard, GError **error)
{
  g_autoptr (SimditTables) tables = simdit_tables_open (path, FORMAT, VERSION, error);
  g_autoptr (SimditRequest) request = NULL;
  g_autofree char *text = NULL, *digest = NULL;

  if (tables == NULL || !read_shard (tables, path, shard, error)
      || (digest = simdit_tables_get_text (tables, "request_digest", error)) == NULL
      || (text = simdit_tables_read_text (tables, "/request", error)) == NULL
      || (request = simdit_request_parse (text, path, error)) == NULL)
    return NULL;
  if (g_str_equal (request->digest, digest))
    return g_steal_pointer (&request);
  g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_IO,
               "%s: cannot be read: its request is damaged, or of another version of simdit than "
               "%s; explore that shard again",
               path, simdit_version ());
  return NULL;
}

static bool
take_entry (const SimditSearch *search, const Entry *entry)
{
  SimditScore score = { entry->index, (int64_t) entry->value };
  SimditPoint point = { entry->index, (int64_t) entry->value, (int64_t) entry->energy };
  SimditSummary *summary;
  guint use = (guint) (entry->key / SIMDIT_N_BUCKETS);

  if (entry->cell >= search->cells->len || entry->value > INT64_MAX || entry->energy > INT64_MAX
      || entry->index >= simdit_search_n_designs (search, (guint) entry->cell))
    return false;
  summary = simdit_search_cell (search, (guint) entry->cell)->summary;
  switch (entry->kind)
    {
    case ENTRY_LEFT_OUT:
      summary->left_out += entry->count;
      return true;
    case ENTRY_USE:
      return entry->key < SIMDIT_N_USES
             && simdit_summary_note (summary, (SimditUse) entry->key, entry->count, score);
    case ENTRY_TOP:
      simdit_summary_offer (summary, score);
      return true;
    case ENTRY_POINT:
      return simdit_summary_offer_point (summary, entry->key, point);
    case ENTRY_BUCKET:
      return use < SIMDIT_N_USES
             && simdit_summary_fill (summary, (SimditUse) use,
                                     (guint) (entry->key % SIMDIT_N_BUCKETS), entry->count, score);
    default:
      return false;
    }
}

bool
simdit_shard_add (SimditSearch *search, const char *path, GError **error)
{
  g_autoptr (SimditTables) tables = simdit_tables_open (path, FORMAT, VERSION, error);
  g_autofree char *request = NULL, *expected = NULL, *digest = NULL;
  g_autoptr (GByteArray) rows = NULL;
  SimditShard shard;

  if (tables == NULL || !read_shard (tables, path, &shard, error)
      || (request = simdit_tables_get_text (tables, "request_digest", error)) == NULL
      || (expected = simdit_tables_get_text (tables, "payload_digest", error)) == NULL
      || (rows = simdit_tables_read (tables, "/entries", &table, error)) == NULL)
    return false;
  if (!g_str_equal (request, search->request->digest))
    {
      g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_INVALID,
                   "%s: expected a part of the same exploration, got one of another", path);
      return false;
    }
  digest = digest_of (request, shard, rows->data, rows->len / sizeof (Entry));
  if (!g_str_equal (digest, expected))
    return fail_damaged (path, error);
  for (gsize i = 0; i < rows->len / sizeof (Entry); i++)
    if (!take_entry (search, (const Entry *) (const void *) rows->data + i))
      return fail_damaged (path, error);
  return true;
}
