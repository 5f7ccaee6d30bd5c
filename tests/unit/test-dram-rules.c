/*
 * Every command of the timing DRAM model against JEDEC's rules, which are written down here a
 * second time and in another way: as pairs of commands, each checked against the latest one of its
 * kind before it. Random requests exercise them; then each constraint of the model is made one
 * clock too short, and the checker has to notice.
 */
#include "helpers/programs.h"
#include "sim/replay.h"

#include <string.h>

#define N_REQUESTS 2500

/* The values of a standard, from its data sheet or preset (tests/data: dram/, timings.csv of the
 * reference set), not from hwdefs. */
typedef struct
{
  const char *file;
  int burst, cl, cwl, rcd_rd, rcd_wr, rp, rp_all, ras, rc, rrd_s, rrd_l, faw, ccd_s, ccd_l, wtr_s,
      wtr_l, wr, rtp, bubble, ppd, switching, act, rfc, refi;
  int rfc_bank, refi_bank, rrefd; /* 0: no refresh of single banks */
  int ccd_l_write;                /* 0: as ccd_l */
  int ranks;                      /* at most, of at most 64 banks */
} Standard;

/* clang-format off */
static const Standard standards[] = {
  { "ddr4-2400",
    4, 16, 12, 16, 16, 16, 16, 39, 55, 4, 6, 26, 4, 6, 3, 9, 18, 9, 2, 1, 2, 1, 433, 9364,
    0, 0, 0, 0, 4 },
  { "ddr4-3200",
    4, 22, 16, 22, 22, 22, 22, 52, 74, 4, 8, 34, 4, 8, 4, 12, 24, 12, 2, 1, 2, 1, 576, 12480,
    0, 0, 0, 0, 4 },
  { "lpddr4-3200",
    8, 35, 18, 29, 29, 27, 32, 68, 95, 16, 16, 64, 8, 8, 17, 17, 28, 14, 1, 4, 2, 1, 288, 6247,
    144, 780, 16, 0, 4 },
  { "lpddr4-2400",
    8, 27, 14, 22, 22, 20, 24, 51, 71, 12, 12, 48, 8, 8, 13, 13, 21, 11, 1, 4, 2, 1, 216, 4685,
    108, 585, 12, 0, 4 },
  { "hbm2",
    2, 14, 5, 14, 12, 14, 14, 34, 48, 4, 4, 15, 2, 4, 6, 8, 16, 5, 2, 1, 2, 2, 260, 3900,
    160, 244, 8, 0, 4 },
  { "hbm2-2400",
    2, 17, 6, 17, 14, 17, 17, 40, 57, 5, 5, 19, 2, 4, 8, 10, 19, 6, 2, 1, 2, 2, 313, 4682,
    193, 293, 10, 0, 4 },
  { "hbm2-x128",
    2, 14, 4, 14, 14, 14, 14, 34, 48, 4, 6, 30, 2, 2, 6, 8, 16, 5, 2, 1, 2, 2, 260, 3900,
    160, 244, 8, 0, 4 },
  { "ddr5-4800",
    8, 34, 32, 34, 34, 34, 34, 77, 111, 8, 12, 48, 8, 12, 6, 24, 72, 18, 4, 2, 2, 1, 710, 9375,
    0, 0, 0, 48, 2 },
  { "lpddr5-6400",
    2, 17, 9, 15, 15, 15, 17, 34, 49, 4, 4, 16, 2, 4, 5, 12, 28, 8, 2, 2, 2, 1, 224, 3125,
    112, 391, 6, 0, 4 },
};
/* clang-format on */

/* How the second command lies to the first. Each relation includes the closer ones before it. */
typedef enum
{
  BANK,
  GROUP,
  RANK,
  OTHER_RANK,
} Relation;

typedef struct
{
  const char *name, *first, *second; /* commands, separated by spaces */
  Relation relation;
  int clocks;
} Rule;

/* JESD79-4, JESD209-4 and JESD235; ACT of HBM2 lasts two clocks and counts from the second. */
static guint
write_rules (const Standard *s, Rule *rules)
{
  int late = s->act - 1, read_end = s->cl + s->burst, write_end = s->cwl + s->burst;
  const Rule all[] = {
    { "tRC", "ACT", "ACT", BANK, s->rc },
    { "tRRD_L", "ACT", "ACT", GROUP, s->rrd_l },
    { "tRRD_S", "ACT", "ACT", RANK, s->rrd_s },
    { "tRCD read", "ACT", "RD RDA", BANK, s->rcd_rd + late },
    { "tRCD write", "ACT", "WR WRA", BANK, s->rcd_wr + late },
    { "tRAS", "ACT", "PRE", BANK, s->ras + late },
    { "tRAS all", "ACT", "PREA", RANK, s->ras + late },
    { "tRC refresh", "ACT", "REF", RANK, s->rc + late },
    { "ACT on the bus", "ACT", "ACT PRE PREA REF REFpb", RANK, s->act },
    { "ACT on the bus, ranks", "ACT", "ACT PRE PREA REF REFpb", OTHER_RANK, s->act },
    { "tRP", "PRE", "ACT", BANK, s->rp - late },
    { "tRP refresh", "PRE", "REF", RANK, s->rp },
    { "tRPab", "PREA", "ACT", RANK, s->rp_all - late },
    { "tRPab refresh", "PREA", "REF", RANK, s->rp_all },
    { "tPPD", "PRE PREA", "PRE PREA", RANK, s->ppd },
    { "tCCD_L read", "RD RDA", "RD RDA", GROUP, s->ccd_l },
    { "tCCD_S read", "RD RDA", "RD RDA", RANK, MAX (s->ccd_s, s->burst) },
    { "tCCD_L write", "WR WRA", "WR WRA", GROUP, MAX (s->ccd_l, s->ccd_l_write) },
    { "tCCD_S write", "WR WRA", "WR WRA", RANK, MAX (s->ccd_s, s->burst) },
    { "read to write", "RD RDA", "WR WRA", RANK, read_end + s->bubble - s->cwl },
    { "tWTR_L", "WR WRA", "RD RDA", GROUP, write_end + s->wtr_l },
    { "tWTR_S", "WR WRA", "RD RDA", RANK, write_end + s->wtr_s },
    { "read, other rank", "RD RDA", "RD RDA", OTHER_RANK, s->burst + s->switching },
    { "write, other rank", "WR WRA", "WR WRA", OTHER_RANK, s->burst + s->switching },
    { "read to write, other rank", "RD RDA", "WR WRA", OTHER_RANK,
      read_end + s->switching - s->cwl },
    { "write to read, other rank", "WR WRA", "RD RDA", OTHER_RANK,
      write_end + s->switching - s->cl },
    { "tRTP", "RD", "PRE", BANK, s->rtp },
    { "tRTP all", "RD RDA", "PREA", RANK, s->rtp },
    { "tWR", "WR", "PRE", BANK, write_end + s->wr },
    { "tWR all", "WR WRA", "PREA", RANK, write_end + s->wr },
    { "read, auto precharge", "RDA", "ACT", BANK, s->rtp + s->rp - late },
    { "write, auto precharge", "WRA", "ACT", BANK, write_end + s->wr + s->rp - late },
    { "read, auto precharge, refresh", "RDA", "REF", RANK, s->rtp + s->rp },
    { "write, auto precharge, refresh", "WRA", "REF", RANK, write_end + s->wr + s->rp },
    { "tRFC", "REF", "ACT", RANK, s->rfc - late },
    { "tRFC refresh", "REF", "REF", RANK, s->rfc },
    { "tRC bank refresh", "ACT", "REFpb", BANK, s->rc + late },
    { "tRRD bank refresh", "ACT", "REFpb", RANK, s->rrd_s + late },
    { "tRP bank refresh", "PRE", "REFpb", BANK, s->rp },
    { "read, auto precharge, bank refresh", "RDA", "REFpb", BANK, s->rtp + s->rp },
    { "write, auto precharge, bank refresh", "WRA", "REFpb", BANK, write_end + s->wr + s->rp },
    { "tRFCpb", "REFpb", "ACT", BANK, s->rfc_bank - late },
    { "tRREFD", "REFpb", "ACT", RANK, s->rrefd - late },
    { "tRFCpb, the next bank", "REFpb", "REFpb", RANK, s->rfc_bank },
  };

  memcpy (rules, all, sizeof all);
  return G_N_ELEMENTS (all);
}

#define MAX_RULES 64

typedef struct
{
  const SimditDramConfig *config;
  const Standard *standard;
  Rule rules[MAX_RULES];
  guint n_rules;
  bool leads[MAX_RULES][SIMDIT_DRAM_N_COMMANDS], follows[MAX_RULES][SIMDIT_DRAM_N_COMMANDS];
  gint64 last[SIMDIT_DRAM_N_COMMANDS][SIMDIT_DRAM_MAX_BANKS]; /* clock of the latest; G_MININT64 */
  GArray *acts[8];                                            /* all clocks, by rank */
  bool is_open[SIMDIT_DRAM_MAX_BANKS];
  uint32_t row[SIMDIT_DRAM_MAX_BANKS];
  gint64 row_slot, column_slot; /* when the buses were last used */
  uint64_t n_commands, violations;
  const char *first; /* violated rule */
} Checker;

static bool
has_word (const char *words, const char *word)
{
  g_auto (GStrv) list = g_strsplit (words, " ", -1);

  return g_strv_contains ((const char *const *) list, word);
}

static void
blame (Checker *self, const char *rule)
{
  if (self->violations++ == 0)
    self->first = rule;
}

/* The latest of command @lead in @n banks from @first on. */
static gint64
latest_of (const Checker *self, guint lead, guint first, guint n)
{
  gint64 clock = G_MININT64;

  for (guint b = first; b < first + n; b++)
    clock = MAX (clock, self->last[lead][b]);
  return clock;
}

/* The latest of the rule's first commands that stands in its relation to @issue. */
static gint64
latest (const Checker *self, guint r, const SimditDramIssue *issue)
{
  guint banks = (guint) self->config->banks, per_rank = banks * (guint) self->config->groups;
  guint all = per_rank * (guint) self->config->ranks, n = 1;
  gint64 clock = G_MININT64;

  n = self->rules[r].relation == GROUP ? banks : n;
  n = self->rules[r].relation >= RANK ? per_rank : n;
  for (guint lead = 0; lead < SIMDIT_DRAM_N_COMMANDS; lead++)
    {
      guint first = issue->bank / n * n;

      if (!self->leads[r][lead])
        continue;
      if (self->rules[r].relation != OTHER_RANK)
        clock = MAX (clock, latest_of (self, lead, first, n));
      else
        {
          clock = MAX (clock, latest_of (self, lead, 0, first));
          clock = MAX (clock, latest_of (self, lead, first + n, all - first - n));
        }
    }
  return clock;
}

/* A command must find its bank in the right state. */
static void
check_state (Checker *self, const SimditDramIssue *issue)
{
  guint per_rank = (guint) (self->config->banks * self->config->groups);
  guint first = issue->bank / per_rank * per_rank;
  bool *is_open = &self->is_open[issue->bank];

  switch (issue->command)
    {
    case SIMDIT_DRAM_ACT:
      if (*is_open)
        blame (self, "ACT of an open bank");
      *is_open = true;
      self->row[issue->bank] = issue->row;
      break;
    case SIMDIT_DRAM_PRE:
      *is_open = false;
      break;
    case SIMDIT_DRAM_PREA:
      memset (self->is_open + first, 0, per_rank);
      break;
    case SIMDIT_DRAM_REF:
      for (guint b = first; b < first + per_rank; b++)
        if (self->is_open[b])
          blame (self, "REF with an open bank");
      break;
    case SIMDIT_DRAM_REFPB:
      if (*is_open)
        blame (self, "REFpb of an open bank");
      break;
    default:
      if (!*is_open || self->row[issue->bank] != issue->row)
        blame (self, "access to a closed row");
      *is_open &= issue->command == SIMDIT_DRAM_RD || issue->command == SIMDIT_DRAM_WR;
    }
}

static void
check_buses (Checker *self, const SimditDramIssue *issue)
{
  bool is_row = issue->command == SIMDIT_DRAM_ACT || issue->command == SIMDIT_DRAM_PRE
                || issue->command == SIMDIT_DRAM_PREA || issue->command == SIMDIT_DRAM_REF
                || issue->command == SIMDIT_DRAM_REFPB;
  gint64 clock = (gint64) issue->clock;
  gint64 *slot = is_row || self->config->command_buses == 1 ? &self->row_slot : &self->column_slot;

  if (clock <= *slot)
    blame (self, "two commands in a clock");
  *slot = clock;
}

static void
on_issued (void *data, guint channel, const SimditDramIssue *issue)
{
  Checker *self = data;
  gint64 clock = (gint64) issue->clock;
  GArray *acts = self->acts[issue->rank];

  g_assert_cmpuint (channel, ==, 0);
  self->n_commands++;
  check_buses (self, issue);
  check_state (self, issue);
  for (guint r = 0; r < self->n_rules; r++)
    if (self->follows[r][issue->command])
      {
        gint64 before = latest (self, r, issue);

        if (before != G_MININT64 && clock - before < self->rules[r].clocks)
          blame (self, self->rules[r].name);
      }
  if (issue->command == SIMDIT_DRAM_ACT)
    {
      if (acts->len >= 4
          && clock - g_array_index (acts, gint64, acts->len - 4) < self->standard->faw)
        blame (self, "tFAW");
      g_array_append_val (acts, clock);
    }
  self->last[issue->command][issue->bank] = clock;
}

/* Bursts of hits, conflicts, reads and writes in a few rows of all banks, now dense, now sparse. */
static void
make_requests (SimditReplayRequest *requests, guint n, uint64_t bytes, uint64_t row_bytes,
               guint32 seed)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  uint64_t arrival = 0, address = 0, stride = bytes;
  gint32 gap = 1, write_share = 30, jump = 50;

  for (guint i = 0; i < n; i++)
    {
      if (i % 64 == 0)
        {
          gap = g_rand_int_range (rand, 0, 4) == 0 ? g_rand_int_range (rand, 1, 120) : 1;
          write_share = g_rand_int_range (rand, 0, 101);
          jump = g_rand_int_range (rand, 1, 101);
          stride = g_rand_int_range (rand, 0, 3) == 0 ? row_bytes : bytes; /* conflicts of a bank */
        }
      if (g_rand_int_range (rand, 0, 100) < jump)
        address = (uint64_t) g_rand_int_range (rand, 0, i % 256 < 32 ? 8 : 1 << 16) * stride;
      else
        address += bytes;
      arrival += (uint64_t) g_rand_int_range (rand, 0, gap + 1);
      requests[i] = (SimditReplayRequest){
        .arrival = arrival,
        .address = address,
        .write = g_rand_int_range (rand, 0, 100) < write_share,
      };
    }
}

/* Replays random requests on @config and says how many rules were violated. */
static uint64_t
violations (const SimditDramConfig *config, const Standard *standard, guint32 seed,
            const char **first)
{
  g_autofree Checker *self = g_new0 (Checker, 1);
  g_autofree SimditReplayRequest *requests = g_new (SimditReplayRequest, N_REQUESTS);
  SimditReplaySummary summary;
  GError *error = NULL;

  self->config = config;
  self->standard = standard;
  self->n_rules = write_rules (standard, self->rules);
  self->row_slot = self->column_slot = -1;
  for (guint c = 0; c < SIMDIT_DRAM_N_COMMANDS; c++)
    for (guint b = 0; b < SIMDIT_DRAM_MAX_BANKS; b++)
      self->last[c][b] = G_MININT64;
  for (guint r = 0; r < self->n_rules; r++)
    for (guint c = 0; c < SIMDIT_DRAM_N_COMMANDS; c++)
      {
        const char *name = simdit_dram_command_name ((SimditDramCommand) c);

        self->leads[r][c] = has_word (self->rules[r].first, name);
        self->follows[r][c] = has_word (self->rules[r].second, name);
      }
  for (guint i = 0; i < G_N_ELEMENTS (self->acts); i++)
    self->acts[i] = g_array_new (FALSE, FALSE, sizeof (gint64));
  make_requests (requests, N_REQUESTS, config->request_bytes,
                 config->request_bytes * config->columns * config->banks * config->groups
                     * config->ranks,
                 seed);
  simdit_replay (config, requests, N_REQUESTS, on_issued, self, &summary, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < N_REQUESTS; i++)
    g_assert_cmpuint (requests[i].completed, >, requests[i].accepted);
  g_assert_cmpuint (self->n_commands, >, N_REQUESTS / 2);
  for (guint i = 0; i < G_N_ELEMENTS (self->acts); i++)
    g_array_unref (self->acts[i]);
  *first = self->first;
  return self->violations;
}

/* What changes which commands follow each other. The first two are used for planting; one that ends
 * with "ranks=" has as many as possible. */
static const char *const variants[] = { "ranks=2", "page=closed,ranks=",
                                        "ranks=1", "ranks=1,sched=rowhit,rq=64,wq=64",
                                        "cap=4",   "rq=4,wq=4" };

static SimditDramConfig *
load_variant (const Standard *standard, guint variant, bool banks)
{
  g_autofree char *ranks = g_strdup_printf ("%d", standard->ranks);
  g_autofree char *overrides = g_strconcat (variants[variant],
                                            g_str_has_suffix (variants[variant], "=") ? ranks : "",
                                            banks ? ",refresh=bank" : NULL, NULL);

  return load_dram (standard->file, overrides);
}

static void
check_rules (const Standard *standard, bool banks)
{
  for (guint v = 0; v < G_N_ELEMENTS (variants); v++)
    for (guint32 seed = 1; seed <= 2; seed++)
      {
        g_autoptr (SimditDramConfig) config = load_variant (standard, v, banks);
        const char *first;
        uint64_t n = violations (config, standard, seed, &first);

        if (n > 0)
          g_error ("%s:%s, seed %u: %" G_GUINT64_FORMAT " violations, first of %s", standard->file,
                   variants[v], seed, n, first);
      }
}

static void
test_rules (gconstpointer data)
{
  check_rules (data, false);
}

static void
test_bank_rules (gconstpointer data)
{
  check_rules (data, true);
}

/* Refreshes as often as four ranks or one bank after the other allow, so that every kind of command
 * meets some. */
static SimditDramConfig *
load_busy (const Standard *standard, guint variant, bool banks)
{
  SimditDramConfig *config = load_variant (standard, variant, banks);

  config->timing.times[SIMDIT_DRAM_T_REFIPB] = (uint32_t) standard->rfc_bank + 10;
  config->timing.times[SIMDIT_DRAM_T_REFI] = (uint32_t) (2
                                                             * (standard->rfc + standard->rp_all
                                                                + standard->rc)
                                                         + 500);
  return config;
}

/* Whether a constraint that is one clock short is noticed. */
static bool
is_caught (const Standard *standard, bool banks, guint command, guint index)
{
  for (guint32 seed = 1; seed <= 30; seed++)
    for (guint v = 0; v < 2; v++)
      {
        g_autoptr (SimditDramConfig) config = load_busy (standard, v, banks);
        const char *first;

        config->timing.constraints[command][index].clocks--;
        if (violations (config, standard, seed, &first) > 0)
          return true;
      }
  return false;
}

/* Constraints that never count, because of how the controller goes about it. */
static bool
is_unreachable (guint command, SimditDramNext next, bool banks)
{
  switch (command)
    {
    case SIMDIT_DRAM_REFPB:
      return !banks;
    case SIMDIT_DRAM_PREA:
      return next != SIMDIT_DRAM_NEXT_REF; /* a refresh lies between */
    case SIMDIT_DRAM_RDA:
    case SIMDIT_DRAM_WRA:
      return next == SIMDIT_DRAM_NEXT_PREA; /* with a closed page all banks close by themselves */
    case SIMDIT_DRAM_REF:
      return banks || next == SIMDIT_DRAM_NEXT_REF; /* tREFI is longer */
    default:
      return false;
    }
}

static void
check_planted (const Standard *standard, bool banks)
{
  g_autoptr (SimditDramConfig) config = load_variant (standard, 0, banks);
  const SimditDramTiming *timing = &config->timing;
  guint missed = 0;

  for (guint command = 0; command < SIMDIT_DRAM_N_COMMANDS; command++)
    for (guint i = 0; i < timing->n_constraints[command]; i++)
      {
        const SimditDramConstraint *constraint = &timing->constraints[command][i];

        if (is_unreachable (command, constraint->next, banks)
            || is_caught (standard, banks, command, i))
          continue;
        g_test_message ("%s: %s, scope %d, next %d: %u clocks less one go unnoticed",
                        standard->file, simdit_dram_command_name ((SimditDramCommand) command),
                        constraint->scope, constraint->next, constraint->clocks);
        missed++;
      }
  g_assert_cmpuint (missed, ==, 0);
}

static void
test_planted (gconstpointer data)
{
  check_planted (data, false);
}

static void
test_bank_planted (gconstpointer data)
{
  check_planted (data, true);
}

/* No shipped definition goes unchecked. */
static void
test_all_there (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", "hwdefs", "dram", NULL);
  GDir *directory = g_dir_open (path, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (directory)) != NULL)
    {
      bool found = false;

      for (guint i = 0; i < G_N_ELEMENTS (standards); i++)
        found |= g_str_has_prefix (name, standards[i].file)
                 && g_str_equal (name + strlen (standards[i].file), ".json");
      if (!found)
        g_error ("%s: no standard to check it against", name);
    }
  g_dir_close (directory);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dram/all-there", test_all_there);
  for (guint i = 0; i < G_N_ELEMENTS (standards); i++)
    {
      g_autofree char *rules = g_strdup_printf ("/dram/rules/%s", standards[i].file);
      g_autofree char *planted = g_strdup_printf ("/dram/planted/%s", standards[i].file);
      g_autofree char *bank_rules = NULL, *bank_planted = NULL;

      g_test_add_data_func (rules, &standards[i], test_rules);
      g_test_add_data_func (planted, &standards[i], test_planted);
      if (standards[i].rfc_bank == 0)
        continue;
      bank_rules = g_strdup_printf ("/dram/bank-rules/%s", standards[i].file);
      bank_planted = g_strdup_printf ("/dram/bank-planted/%s", standards[i].file);
      g_test_add_data_func (bank_rules, &standards[i], test_bank_rules);
      g_test_add_data_func (bank_planted, &standards[i], test_bank_planted);
    }
  return g_test_run ();
}
