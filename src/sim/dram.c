/* simdit_dram_replay(): reads a trace, replays it, and says what came of it. */
#include "base/lines.h"
#include "sim/replay.h"
#include "sim/result-private.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <simdit/error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct
{
  const char *config, *trace;
  uint64_t n_requests, n_reads, n_writes, cycles;
  double bandwidth;
  double latency_average;
  uint64_t latency_p50, latency_p99, latency_max;
  double arrival_latency_average;
  uint64_t arrival_latency_p99;
  double hit_rate, row_hit_rate;
  uint64_t hits, misses, conflicts, forwarded, merged;
  uint64_t n_act, n_pre, n_rd, n_wr, n_ref;
  double act_energy, rd_energy, wr_energy, ref_energy;
} Row;

#define FIELD(name, member, unit, type, help)                                                      \
  {                                                                                                \
    { name, unit, help, SIMDIT_COLUMN_##type, true }, offsetof (Row, member)                       \
  }

static const SimditField fields[] = {
  FIELD ("config", config, "", TEXT, "the memory"),
  FIELD ("trace", trace, "", TEXT, "the requests"),
  FIELD ("n_req", n_requests, "", COUNT, "requests"),
  FIELD ("n_rd", n_reads, "", COUNT, "reads"),
  FIELD ("n_wr", n_writes, "", COUNT, "writes"),
  FIELD ("cycles_done", cycles, "clock", COUNT, "until the last datum"),
  FIELD ("bw_GBps", bandwidth, "GB/s", AMOUNT, "bytes of all requests over that time"),
  FIELD ("rdlat_avg", latency_average, "clock", AMOUNT,
         "reads: from being taken to the last datum"),
  FIELD ("rdlat_p50", latency_p50, "clock", COUNT, "the median of it"),
  FIELD ("rdlat_p99", latency_p99, "clock", COUNT, "99 % are at most this"),
  FIELD ("rdlat_max", latency_max, "clock", COUNT, "the longest"),
  FIELD ("rdlat_from_arrival_avg", arrival_latency_average, "clock", AMOUNT,
         "reads: from their arrival to the last datum"),
  FIELD ("rdlat_from_arrival_p99", arrival_latency_p99, "clock", COUNT, "99 % are at most this"),
  FIELD ("row_hit_rate_1_minus_act_per_col", row_hit_rate, "", AMOUNT, "1 - ACT / column commands"),
  FIELD ("row_hit_rate_native", hit_rate, "", AMOUNT, "row_hits per request served by the DRAM"),
  FIELD ("row_hits", hits, "", COUNT, "requests that found their row open"),
  FIELD ("row_misses", misses, "", COUNT, "that found their bank closed"),
  FIELD ("row_conflicts", conflicts, "", COUNT, "that found another row open"),
  FIELD ("n_forwarded", forwarded, "", COUNT, "reads answered by a queued write"),
  FIELD ("n_merged", merged, "", COUNT, "writes merged with a queued one"),
  FIELD ("n_act", n_act, "", COUNT, "ACT commands"),
  FIELD ("n_pre", n_pre, "", COUNT, "PRE commands, of one bank or all"),
  FIELD ("n_rd_cmd", n_rd, "", COUNT, "RD and RDA commands"),
  FIELD ("n_wr_cmd", n_wr, "", COUNT, "WR and WRA commands"),
  FIELD ("n_ref", n_ref, "", COUNT, "REF and REFpb commands"),
  FIELD ("e_act_pJ", act_energy, "pJ", AMOUNT, "energy of ACT and PRE; 0: not known"),
  FIELD ("e_rd_pJ", rd_energy, "pJ", AMOUNT, "of RD"),
  FIELD ("e_wr_pJ", wr_energy, "pJ", AMOUNT, "of WR"),
  FIELD ("e_ref_pJ", ref_energy, "pJ", AMOUNT, "of REF and REFpb"),
};

static const SimditTableInfo table = { .fields = fields,
                                       .n_fields = G_N_ELEMENTS (fields),
                                       .row_size = sizeof (Row) };

static bool
parse_request (char *line, SimditReplayRequest *request)
{
  char *end;

  if (!g_ascii_isdigit (line[0]))
    return false;
  errno = 0;
  request->arrival = g_ascii_strtoull (line, &end, 10);
  if (errno != 0 || end[0] != ' ' || (end[1] != 'R' && end[1] != 'W') || end[2] != ' '
      || !g_ascii_isxdigit (end[3]))
    return false;
  request->write = end[1] == 'W';
  request->address = g_ascii_strtoull (end + 3, &end, 16);
  return errno == 0 && *end == '\0';
}

static GArray *
read_trace (const char *path, GError **error)
{
  g_autoptr (SimditLines) lines = simdit_lines_open (path, error);
  g_autoptr (GArray) requests = g_array_new (FALSE, FALSE, sizeof (SimditReplayRequest));
  char *line;

  while (lines != NULL && simdit_lines_next (lines, &line, error))
    {
      SimditReplayRequest request = { 0 };

      if (line == NULL)
        return g_steal_pointer (&requests);
      if (!parse_request (line, &request))
        {
          g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_PARSE,
                       "%s: line %" G_GUINT64_FORMAT
                       ": expected \"ARRIVAL R|W HEXADDRESS\", got \"%.60s\"",
                       path, simdit_lines_number (lines), line);
          return NULL;
        }
      if (requests->len == UINT32_MAX / sizeof request)
        {
          g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_CAPACITY,
                       "%s: expected at most %u requests", path, requests->len);
          return NULL;
        }
      g_array_append_val (requests, request);
    }
  return NULL;
}

static FILE *
create_file (const char *path, const char *header, GError **error)
{
  FILE *file = g_fopen (path, "we");

  if (file == NULL)
    g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_IO, "%s: cannot be written: %s", path,
                 g_strerror (errno));
  else
    fputs (header, file);
  return file;
}

static bool
close_file (FILE *file, const char *path, GError **error)
{
  bool failed = ferror (file) != 0;

  if (fclose (file) == 0 && !failed)
    return true;
  g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_IO, "%s: cannot be written: %s", path,
               g_strerror (errno));
  return false;
}

typedef struct
{
  const SimditDramConfig *config;
  FILE *file;
} CommandTrace;

static void
write_command (void *data, guint channel, const SimditDramIssue *issue)
{
  const CommandTrace *self = data;
  guint banks = (guint) self->config->banks, groups = (guint) self->config->groups;

  fprintf (self->file, "%" G_GUINT64_FORMAT ",%s,%u,%u,%u,%u,%u,%u\n", issue->clock,
           simdit_dram_command_name (issue->command), channel, issue->rank,
           issue->bank / banks % groups, issue->bank % banks, issue->row, issue->column);
}

static bool
write_requests (const char *path, const GArray *requests, GError **error)
{
  FILE *file = create_file (path, "index,op,address,arrival,accepted,completed\n", error);

  if (file == NULL)
    return false;
  for (guint i = 0; i < requests->len; i++)
    {
      const SimditReplayRequest *r = &g_array_index (requests, SimditReplayRequest, i);

      fprintf (file,
               "%u,%c,%" G_GINT64_MODIFIER "x,%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT
               ",%" G_GUINT64_FORMAT "\n",
               i, r->write ? 'W' : 'R', r->address, r->arrival, r->accepted, r->completed);
    }
  return close_file (file, path, error);
}

static int
compare_numbers (const void *a, const void *b)
{
  uint64_t x = *(const uint64_t *) a, y = *(const uint64_t *) b;

  return (x > y) - (x < y);
}

/* The latencies of all reads, sorted; from the arrival or from being taken. */
static uint64_t *
sort_latencies (const GArray *requests, bool from_arrival, uint64_t n_reads, double *average)
{
  uint64_t *latencies = g_new0 (uint64_t, n_reads + 1), n = 0;
  double sum = 0;

  for (guint i = 0; i < requests->len; i++)
    {
      const SimditReplayRequest *r = &g_array_index (requests, SimditReplayRequest, i);

      if (r->write)
        continue;
      latencies[n] = r->completed - (from_arrival ? r->arrival : r->accepted);
      sum += (double) latencies[n++];
    }
  qsort (latencies, n, sizeof *latencies, compare_numbers);
  *average = n > 0 ? sum / (double) n : 0;
  return latencies;
}

static uint64_t
percentile (const uint64_t *sorted, uint64_t n, uint64_t percent)
{
  return n > 0 ? sorted[MIN (n * percent / 100, n - 1)] : 0;
}

static double
ratio (uint64_t a, uint64_t b)
{
  return b > 0 ? (double) a / (double) b : 0;
}

static void
fill_latencies (Row *row, const GArray *requests)
{
  g_autofree uint64_t *taken = sort_latencies (requests, false, row->n_reads,
                                               &row->latency_average);
  g_autofree uint64_t *arrived = sort_latencies (requests, true, row->n_reads,
                                                 &row->arrival_latency_average);

  row->latency_p50 = percentile (taken, row->n_reads, 50);
  row->latency_p99 = percentile (taken, row->n_reads, 99);
  row->latency_max = row->n_reads > 0 ? taken[row->n_reads - 1] : 0;
  row->arrival_latency_p99 = percentile (arrived, row->n_reads, 99);
}

static void
fill_row (Row *row, const SimditDramConfig *config, const GArray *requests,
          const SimditReplaySummary *summary)
{
  const SimditDramCounts *counts = &summary->counts;
  const uint64_t *commands = counts->commands;
  const uint64_t *outcomes = counts->outcomes;
  uint64_t served = outcomes[SIMDIT_DRAM_HIT] + outcomes[SIMDIT_DRAM_MISS]
                    + outcomes[SIMDIT_DRAM_CONFLICT];

  row->n_requests = requests->len;
  for (guint i = 0; i < requests->len; i++)
    row->n_writes += g_array_index (requests, SimditReplayRequest, i).write;
  row->n_reads = row->n_requests - row->n_writes;
  row->cycles = summary->end;
  if (row->cycles > 0)
    row->bandwidth = (double) (row->n_requests * config->request_bytes)
                     / ((double) row->cycles * (double) config->clock_fs) * 1e6;
  fill_latencies (row, requests);
  row->hits = outcomes[SIMDIT_DRAM_HIT];
  row->misses = outcomes[SIMDIT_DRAM_MISS];
  row->conflicts = outcomes[SIMDIT_DRAM_CONFLICT];
  row->forwarded = counts->forwarded;
  row->merged = counts->merged;
  row->n_act = commands[SIMDIT_DRAM_ACT];
  row->n_pre = commands[SIMDIT_DRAM_PRE] + commands[SIMDIT_DRAM_PREA];
  row->n_rd = commands[SIMDIT_DRAM_RD] + commands[SIMDIT_DRAM_RDA];
  row->n_wr = commands[SIMDIT_DRAM_WR] + commands[SIMDIT_DRAM_WRA];
  row->n_ref = commands[SIMDIT_DRAM_REF] + commands[SIMDIT_DRAM_REFPB];
  row->hit_rate = ratio (row->hits, served);
  row->row_hit_rate = served > 0 ? 1 - ratio (row->n_act, row->n_rd + row->n_wr) : 0;
  row->act_energy = (double) (row->n_act * config->energy.act) / 1e3;
  row->rd_energy = (double) (row->n_rd * config->energy.rd) / 1e3;
  row->wr_energy = (double) (row->n_wr * config->energy.wr) / 1e3;
  for (guint i = SIMDIT_DRAM_REF; i <= SIMDIT_DRAM_REFPB; i++)
    row->ref_energy += (double) commands[i]
                       * simdit_dram_command_energy (config, (SimditDramCommand) i) / 1e3;
}

static char *
trace_name (const char *path)
{
  char *name = g_filename_display_basename (path);

  if (g_str_has_suffix (name, ".gz"))
    name[strlen (name) - strlen (".gz")] = '\0';
  if (g_str_has_suffix (name, ".trc"))
    name[strlen (name) - strlen (".trc")] = '\0';
  return name;
}

SimditResult *
simdit_dram_replay (const SimditDramConfig *config, const char *path,
                    const SimditDramReplayOptions *options, GError **error)
{
  g_autoptr (SimditResult) self = simdit_result_new (&table, config->clock_fs, 1);
  g_autoptr (GArray) requests = read_trace (path, error);
  g_autofree char *name = trace_name (path);
  SimditReplaySummary summary;
  CommandTrace trace = { .config = config };
  Row row = { 0 };
  bool good;

  if (requests == NULL)
    return NULL;
  if (options->commands_path != NULL
      && (trace.file = create_file (options->commands_path,
                                    "clock,command,channel,rank,bank_group,bank,row,column\n",
                                    error))
             == NULL)
    return NULL;
  good = simdit_replay (config, (SimditReplayRequest *) (void *) requests->data, requests->len,
                        trace.file != NULL ? write_command : NULL, &trace, &summary, error);
  if (trace.file != NULL && !close_file (trace.file, options->commands_path, good ? error : NULL))
    good = false;
  if (!good
      || (options->requests_path != NULL
          && !write_requests (options->requests_path, requests, error)))
    return NULL;
  fill_row (&row, config, requests, &summary);
  row.config = g_string_chunk_insert (self->texts, config->name);
  row.trace = g_string_chunk_insert (self->texts, name);
  simdit_result_add (self, &row);
  self->cycles = (double) summary.end;
  self->events = summary.events;
  return g_steal_pointer (&self);
}
