/*
 * The rules of JESD79-4 (DDR4), -5 (DDR5), JESD209-4 (LPDDR4), -5 (LPDDR5) and JESD235 (HBM2) as
 * minimum distances between commands. REFpb opens and closes a row and so keeps the distances of an
 * ACT; the next one waits for its end, and it does not count among the four of tFAW. Rules that a
 * standard lacks are switched off by its values: without bank groups the _L and _S times are equal,
 * tPPD is 1 where every clock may close a bank.
 *
 *            tRCD       CL      burst
 *   ACT ------------ RD ------ <data>
 *    |                | tRTP
 *    |      tRAS      '------ PRE -- tRP -- ACT
 *    '------------------------'              |
 *    '------------------- tRC ---------------'
 */
#include "hw/dram/timing.h"

#include <stdlib.h>

#define MAX_CLOCKS 65535

const SimditDramTimeInfo simdit_dram_times[SIMDIT_DRAM_N_TIMES] = {
  [SIMDIT_DRAM_T_BURST] = { "tBURST", "data bus held by one request (BL/2)", 1, 1024 },
  [SIMDIT_DRAM_T_CL] = { "CL", "RD to its first datum (LPDDR4: with tDQSCK)", 1, MAX_CLOCKS },
  [SIMDIT_DRAM_T_CWL] = { "CWL", "WR to its first datum", 1, MAX_CLOCKS },
  [SIMDIT_DRAM_T_RCDRD] = { "tRCDRD", "ACT to RD", 1, MAX_CLOCKS },
  [SIMDIT_DRAM_T_RCDWR] = { "tRCDWR", "ACT to WR", 1, MAX_CLOCKS },
  [SIMDIT_DRAM_T_RP] = { "tRP", "PRE to ACT", 1, MAX_CLOCKS },
  [SIMDIT_DRAM_T_RPAB] = { "tRPab", "the same after closing all banks", 1, MAX_CLOCKS },
  [SIMDIT_DRAM_T_RAS] = { "tRAS", "ACT to PRE", 1, MAX_CLOCKS },
  [SIMDIT_DRAM_T_RC] = { "tRC", "ACT to ACT of a bank", 1, MAX_CLOCKS },
  [SIMDIT_DRAM_T_RRD_S] = { "tRRD_S", "ACT to ACT, other bank group", 1, MAX_CLOCKS },
  [SIMDIT_DRAM_T_RRD_L] = { "tRRD_L", "ACT to ACT, same bank group", 1, MAX_CLOCKS },
  [SIMDIT_DRAM_T_FAW] = { "tFAW", "ACT to the fourth ACT after it", 1, MAX_CLOCKS },
  [SIMDIT_DRAM_T_CCD_S] = { "tCCD_S", "RD to RD, WR to WR, other bank group", 1, MAX_CLOCKS },
  [SIMDIT_DRAM_T_CCD_L] = { "tCCD_L", "RD to RD, WR to WR, same bank group", 1, MAX_CLOCKS },
  [SIMDIT_DRAM_T_CCD_L_WR] = { "tCCD_L_WR", "WR to WR, same bank group, where longer than tCCD_L",
                               0, MAX_CLOCKS, .optional = true },
  [SIMDIT_DRAM_T_WTR_S] = { "tWTR_S", "end of written data to RD, other bank group", 1,
                            MAX_CLOCKS },
  [SIMDIT_DRAM_T_WTR_L] = { "tWTR_L", "end of written data to RD, same bank group", 1, MAX_CLOCKS },
  [SIMDIT_DRAM_T_WR] = { "tWR", "end of written data to PRE", 1, MAX_CLOCKS },
  [SIMDIT_DRAM_T_RTP] = { "tRTP", "RD to PRE", 1, MAX_CLOCKS },
  [SIMDIT_DRAM_T_RTW] = { "tRTW", "bubble on the data bus from read to written data", 0, 1024 },
  [SIMDIT_DRAM_T_PPD] = { "tPPD", "PRE to PRE", 1, MAX_CLOCKS },
  [SIMDIT_DRAM_T_RTRS] = { "tRTRS", "bubble on the data bus between ranks", 0, 1024 },
  [SIMDIT_DRAM_T_ACT] = { "tACT", "row bus held by ACT; times count from the last of these clocks",
                          1, 16, .optional = true },
  [SIMDIT_DRAM_T_RFC] = { "tRFC", "REF to ACT", 1, MAX_CLOCKS },
  [SIMDIT_DRAM_T_REFI] = { "tREFI", "average time between refreshes; 0: none", 0, 16777215 },
  [SIMDIT_DRAM_T_RFCPB] = { "tRFCpb", "REFpb to ACT of its bank", 0, MAX_CLOCKS, .optional = true },
  [SIMDIT_DRAM_T_REFIPB] = { "tREFIpb", "average time between REFpb of a rank", 0, 16777215,
                             .optional = true },
  [SIMDIT_DRAM_T_RREFD] = { "tRREFD", "REFpb to ACT of another bank", 0, MAX_CLOCKS,
                            .optional = true },
};

#define AFTER(command) (1u << SIMDIT_DRAM_##command)
#define BEFORE(next) (1u << SIMDIT_DRAM_NEXT_##next)
#define ANY_READ (AFTER (RD) | AFTER (RDA))
#define ANY_WRITE (AFTER (WR) | AFTER (WRA))
#define ROW_COMMANDS (BEFORE (ACT) | BEFORE (PRE) | BEFORE (PREA) | BEFORE (REF) | BEFORE (REFPB))

/* A sum of times: LESS (t) is subtracted, ACT_LAG is tACT - 1. */
#define T(time) (1 + SIMDIT_DRAM_T_##time)
#define LESS(time) (-1 - SIMDIT_DRAM_T_##time)
#define ACT_LAG (1 + SIMDIT_DRAM_N_TIMES)
#define LESS_ACT_LAG (-1 - SIMDIT_DRAM_N_TIMES)
#define MAX_TERMS 5

typedef struct
{
  unsigned after, before; /* sets of commands */
  SimditDramScope scope;
  int sum[MAX_TERMS];
} Rule;

static const Rule rules[] = {
  /* Rows */
  { AFTER (ACT), BEFORE (ACT), SIMDIT_DRAM_SAME_BANK, { T (RC) } },
  { AFTER (ACT), BEFORE (ACT), SIMDIT_DRAM_SAME_GROUP, { T (RRD_L) } },
  { AFTER (ACT), BEFORE (ACT), SIMDIT_DRAM_SAME_RANK, { T (RRD_S) } },
  { AFTER (ACT), BEFORE (ACT), SIMDIT_DRAM_FOURTH, { T (FAW) } },
  { AFTER (ACT), BEFORE (RD), SIMDIT_DRAM_SAME_BANK, { T (RCDRD), ACT_LAG } },
  { AFTER (ACT), BEFORE (WR), SIMDIT_DRAM_SAME_BANK, { T (RCDWR), ACT_LAG } },
  { AFTER (ACT), BEFORE (PRE), SIMDIT_DRAM_SAME_BANK, { T (RAS), ACT_LAG } },
  { AFTER (ACT), BEFORE (PREA), SIMDIT_DRAM_SAME_RANK, { T (RAS), ACT_LAG } },
  { AFTER (ACT), BEFORE (REF), SIMDIT_DRAM_SAME_RANK, { T (RC), ACT_LAG } },
  { AFTER (ACT), ROW_COMMANDS, SIMDIT_DRAM_CHANNEL, { T (ACT) } },
  { AFTER (PRE), BEFORE (ACT), SIMDIT_DRAM_SAME_BANK, { T (RP), LESS_ACT_LAG } },
  { AFTER (PREA), BEFORE (ACT), SIMDIT_DRAM_SAME_RANK, { T (RPAB), LESS_ACT_LAG } },
  { AFTER (PRE), BEFORE (REF), SIMDIT_DRAM_SAME_RANK, { T (RP) } },
  { AFTER (PREA), BEFORE (REF), SIMDIT_DRAM_SAME_RANK, { T (RPAB) } },
  { AFTER (PRE) | AFTER (PREA), BEFORE (PRE) | BEFORE (PREA), SIMDIT_DRAM_SAME_RANK, { T (PPD) } },
  /* Columns */
  { ANY_READ, BEFORE (RD), SIMDIT_DRAM_SAME_RANK, { T (BURST) } },
  { ANY_READ, BEFORE (RD), SIMDIT_DRAM_SAME_RANK, { T (CCD_S) } },
  { ANY_READ, BEFORE (RD), SIMDIT_DRAM_SAME_GROUP, { T (CCD_L) } },
  { ANY_READ, BEFORE (RD), SIMDIT_DRAM_OTHER_RANKS, { T (BURST), T (RTRS) } },
  { ANY_WRITE, BEFORE (WR), SIMDIT_DRAM_SAME_RANK, { T (BURST) } },
  { ANY_WRITE, BEFORE (WR), SIMDIT_DRAM_SAME_RANK, { T (CCD_S) } },
  { ANY_WRITE, BEFORE (WR), SIMDIT_DRAM_SAME_GROUP, { T (CCD_L) } },
  { ANY_WRITE, BEFORE (WR), SIMDIT_DRAM_SAME_GROUP, { T (CCD_L_WR) } },
  { ANY_WRITE, BEFORE (WR), SIMDIT_DRAM_OTHER_RANKS, { T (BURST), T (RTRS) } },
  { ANY_READ, BEFORE (WR), SIMDIT_DRAM_SAME_RANK, { T (CL), T (BURST), T (RTW), LESS (CWL) } },
  { ANY_READ, BEFORE (WR), SIMDIT_DRAM_OTHER_RANKS, { T (CL), T (BURST), T (RTRS), LESS (CWL) } },
  { ANY_WRITE, BEFORE (RD), SIMDIT_DRAM_SAME_RANK, { T (CWL), T (BURST), T (WTR_S) } },
  { ANY_WRITE, BEFORE (RD), SIMDIT_DRAM_SAME_GROUP, { T (CWL), T (BURST), T (WTR_L) } },
  { ANY_WRITE, BEFORE (RD), SIMDIT_DRAM_OTHER_RANKS, { T (CWL), T (BURST), T (RTRS), LESS (CL) } },
  /* From columns to rows */
  { AFTER (RD), BEFORE (PRE), SIMDIT_DRAM_SAME_BANK, { T (RTP) } },
  { ANY_READ, BEFORE (PREA), SIMDIT_DRAM_SAME_RANK, { T (RTP) } },
  { AFTER (WR), BEFORE (PRE), SIMDIT_DRAM_SAME_BANK, { T (CWL), T (BURST), T (WR) } },
  { ANY_WRITE, BEFORE (PREA), SIMDIT_DRAM_SAME_RANK, { T (CWL), T (BURST), T (WR) } },
  { AFTER (RDA), BEFORE (ACT), SIMDIT_DRAM_SAME_BANK, { T (RTP), T (RP), LESS_ACT_LAG } },
  { AFTER (RDA), BEFORE (REF), SIMDIT_DRAM_SAME_RANK, { T (RTP), T (RP) } },
  { AFTER (WRA),
    BEFORE (ACT),
    SIMDIT_DRAM_SAME_BANK,
    { T (CWL), T (BURST), T (WR), T (RP), LESS_ACT_LAG } },
  { AFTER (WRA), BEFORE (REF), SIMDIT_DRAM_SAME_RANK, { T (CWL), T (BURST), T (WR), T (RP) } },
  /* Refresh */
  { AFTER (REF), BEFORE (ACT), SIMDIT_DRAM_SAME_RANK, { T (RFC), LESS_ACT_LAG } },
  { AFTER (REF), BEFORE (REF), SIMDIT_DRAM_SAME_RANK, { T (RFC) } },
  /* Refresh of a bank */
  { AFTER (ACT), BEFORE (REFPB), SIMDIT_DRAM_SAME_BANK, { T (RC), ACT_LAG } },
  { AFTER (ACT), BEFORE (REFPB), SIMDIT_DRAM_SAME_RANK, { T (RRD_S), ACT_LAG } },
  { AFTER (PRE), BEFORE (REFPB), SIMDIT_DRAM_SAME_BANK, { T (RP) } },
  { AFTER (RDA), BEFORE (REFPB), SIMDIT_DRAM_SAME_BANK, { T (RTP), T (RP) } },
  { AFTER (WRA), BEFORE (REFPB), SIMDIT_DRAM_SAME_BANK, { T (CWL), T (BURST), T (WR), T (RP) } },
  { AFTER (REFPB), BEFORE (ACT), SIMDIT_DRAM_SAME_BANK, { T (RFCPB), LESS_ACT_LAG } },
  { AFTER (REFPB), BEFORE (ACT), SIMDIT_DRAM_SAME_RANK, { T (RREFD), LESS_ACT_LAG } },
  { AFTER (REFPB), BEFORE (REFPB), SIMDIT_DRAM_SAME_RANK, { T (RFCPB) } },
};

static const char *const command_names[] = {
  [SIMDIT_DRAM_ACT] = "ACT", [SIMDIT_DRAM_PRE] = "PRE", [SIMDIT_DRAM_PREA] = "PREA",
  [SIMDIT_DRAM_RD] = "RD",   [SIMDIT_DRAM_RDA] = "RDA", [SIMDIT_DRAM_WR] = "WR",
  [SIMDIT_DRAM_WRA] = "WRA", [SIMDIT_DRAM_REF] = "REF", [SIMDIT_DRAM_REFPB] = "REFpb",
};

const char *
simdit_dram_command_name (SimditDramCommand command)
{
  return command_names[command];
}

/* A sum that is negative (data buses that cannot meet) is no constraint. */
static uint32_t
add_up (const SimditDramTiming *self, const int *sum)
{
  int64_t clocks = 0;

  for (guint i = 0; i < MAX_TERMS && sum[i] != 0; i++)
    {
      int term = sum[i] < 0 ? -sum[i] : sum[i];
      int64_t value = term == ACT_LAG ? (int64_t) self->times[SIMDIT_DRAM_T_ACT] - 1
                                      : (int64_t) self->times[term - 1];

      clocks += sum[i] < 0 ? -value : value;
    }
  return (uint32_t) MAX (clocks, 0);
}

/* Of two constraints on the same pair in the same scope only the longer one counts. */
static void
add_constraint (SimditDramTiming *self, guint command, const SimditDramConstraint *constraint)
{
  SimditDramConstraint *list = self->constraints[command];
  guint *n = &self->n_constraints[command];

  for (guint i = 0; i < *n; i++)
    if (list[i].scope == constraint->scope && list[i].next == constraint->next)
      {
        list[i].clocks = MAX (list[i].clocks, constraint->clocks);
        return;
      }
  g_assert (*n < SIMDIT_DRAM_MAX_CONSTRAINTS);
  list[(*n)++] = *constraint;
}

/* Whether constraint @a holds wherever @b does, and at least as long. */
static bool
covers (const SimditDramConstraint *a, const SimditDramConstraint *b)
{
  bool wider = (a->scope == SIMDIT_DRAM_SAME_RANK && b->scope < SIMDIT_DRAM_SAME_RANK)
               || (a->scope == SIMDIT_DRAM_SAME_GROUP && b->scope < SIMDIT_DRAM_SAME_GROUP)
               || (a->scope == SIMDIT_DRAM_CHANNEL && b->scope < SIMDIT_DRAM_CHANNEL);

  if (a->scope == SIMDIT_DRAM_SAME_RANK && b->scope == SIMDIT_DRAM_FOURTH)
    return a->next == b->next && 4 * a->clocks >= b->clocks;
  return wider && a->next == b->next && a->clocks >= b->clocks;
}

/* What others imply costs time and means nothing. */
static void
drop_covered (SimditDramTiming *self, guint command)
{
  SimditDramConstraint *list = self->constraints[command];
  guint n = 0;

  for (guint i = 0; i < self->n_constraints[command]; i++)
    {
      bool covered = false;

      for (guint k = 0; k < self->n_constraints[command]; k++)
        covered |= covers (&list[k], &list[i]);
      /* A list that was already shortened still holds what covered its members. */
      if (!covered)
        list[n++] = list[i];
    }
  self->n_constraints[command] = n;
}

/* Adds what @rule says of all pairs of commands that are in use. */
static void
add_rule (SimditDramTiming *self, const Rule *rule, unsigned unused)
{
  SimditDramConstraint constraint = { .scope = rule->scope, .clocks = add_up (self, rule->sum) };

  /* One command per clock (and bus): a distance of 1 is no constraint. */
  if (constraint.clocks <= 1)
    return;
  for (guint command = 0; command < SIMDIT_DRAM_N_COMMANDS; command++)
    for (guint next = 0; next < SIMDIT_DRAM_N_NEXT; next++)
      if (rule->after >> command & 1 && (rule->before & ~unused) >> next & 1)
        {
          constraint.next = (SimditDramNext) next;
          add_constraint (self, command, &constraint);
        }
}

static int
compare_scopes (const void *a, const void *b)
{
  const SimditDramConstraint *x = a, *y = b;

  return (x->scope > y->scope) - (x->scope < y->scope);
}

void
simdit_dram_timing_compile (SimditDramTiming *self, SimditDramRefresh refresh, bool one_rank)
{
  unsigned unused = refresh == SIMDIT_DRAM_REFRESH_BANK ? BEFORE (PREA) | BEFORE (REF)
                                                        : BEFORE (REFPB);

  for (guint command = 0; command < SIMDIT_DRAM_N_COMMANDS; command++)
    self->n_constraints[command] = 0;
  for (guint r = 0; r < G_N_ELEMENTS (rules); r++)
    if (!(one_rank && rules[r].scope == SIMDIT_DRAM_OTHER_RANKS))
      add_rule (self, &rules[r], unused);
  for (guint command = 0; command < SIMDIT_DRAM_N_COMMANDS; command++)
    {
      drop_covered (self, command);
      qsort (self->constraints[command], self->n_constraints[command],
             sizeof self->constraints[command][0], compare_scopes);
    }
}
