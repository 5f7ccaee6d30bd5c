/*
 * DRAM commands and the least number of clocks between two of them: JEDEC's rules as data. A
 * standard gives values to the parameters; simdit_dram_timing_compile() turns the table of rules in
 * timing.c into a list per command, which the channel applies without knowing what any of it means.
 */
#ifndef SIMDIT_HW_DRAM_TIMING_H
#define SIMDIT_HW_DRAM_TIMING_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* What a channel issues. */
typedef enum
{
  SIMDIT_DRAM_ACT,  /* open a row */
  SIMDIT_DRAM_PRE,  /* close a bank's row */
  SIMDIT_DRAM_PREA, /* close all rows of a rank */
  SIMDIT_DRAM_RD,
  SIMDIT_DRAM_RDA, /* read, then close the row */
  SIMDIT_DRAM_WR,
  SIMDIT_DRAM_WRA,   /* write, then close the row */
  SIMDIT_DRAM_REF,   /* refresh a rank */
  SIMDIT_DRAM_REFPB, /* refresh a bank */
  SIMDIT_DRAM_N_COMMANDS,
} SimditDramCommand;

/* What a constraint delays: RDA waits for what RD waits for, and WRA for what WR does. */
typedef enum
{
  SIMDIT_DRAM_NEXT_ACT,
  SIMDIT_DRAM_NEXT_PRE,
  SIMDIT_DRAM_NEXT_PREA,
  SIMDIT_DRAM_NEXT_RD,
  SIMDIT_DRAM_NEXT_WR,
  SIMDIT_DRAM_NEXT_REF,
  SIMDIT_DRAM_NEXT_REFPB,
  SIMDIT_DRAM_N_NEXT,
} SimditDramNext;

/* Where it delays it, seen from the bank of the first command. */
typedef enum
{
  SIMDIT_DRAM_SAME_BANK,
  SIMDIT_DRAM_SAME_GROUP,
  SIMDIT_DRAM_SAME_RANK,
  SIMDIT_DRAM_OTHER_RANKS,
  SIMDIT_DRAM_CHANNEL,
  SIMDIT_DRAM_FOURTH, /* same rank, counted from the fourth last of these commands (tFAW) */
} SimditDramScope;

/* In clocks of the memory bus. The table in timing.c has their names, ranges and meaning. */
typedef enum
{
  SIMDIT_DRAM_T_BURST,
  SIMDIT_DRAM_T_CL,
  SIMDIT_DRAM_T_CWL,
  SIMDIT_DRAM_T_RCDRD,
  SIMDIT_DRAM_T_RCDWR,
  SIMDIT_DRAM_T_RP,
  SIMDIT_DRAM_T_RPAB,
  SIMDIT_DRAM_T_RAS,
  SIMDIT_DRAM_T_RC,
  SIMDIT_DRAM_T_RRD_S,
  SIMDIT_DRAM_T_RRD_L,
  SIMDIT_DRAM_T_FAW,
  SIMDIT_DRAM_T_CCD_S,
  SIMDIT_DRAM_T_CCD_L,
  SIMDIT_DRAM_T_CCD_L_WR,
  SIMDIT_DRAM_T_WTR_S,
  SIMDIT_DRAM_T_WTR_L,
  SIMDIT_DRAM_T_WR,
  SIMDIT_DRAM_T_RTP,
  SIMDIT_DRAM_T_RTW,
  SIMDIT_DRAM_T_PPD,
  SIMDIT_DRAM_T_RTRS,
  SIMDIT_DRAM_T_ACT,
  SIMDIT_DRAM_T_RFC,
  SIMDIT_DRAM_T_REFI,
  SIMDIT_DRAM_T_RFCPB,
  SIMDIT_DRAM_T_REFIPB,
  SIMDIT_DRAM_T_RREFD,
  SIMDIT_DRAM_N_TIMES,
} SimditDramTime;

typedef struct
{
  const char *key, *help;
  uint64_t min, max;
  bool optional; /* without a value it has its least one */
} SimditDramTimeInfo;

/** simdit_dram_times: by SimditDramTime. */
extern const SimditDramTimeInfo simdit_dram_times[SIMDIT_DRAM_N_TIMES];

/* After a command, @next must wait @clocks in @scope. */
typedef struct
{
  SimditDramScope scope;
  SimditDramNext next;
  uint32_t clocks;
} SimditDramConstraint;

#define SIMDIT_DRAM_MAX_CONSTRAINTS 16

typedef struct
{
  uint32_t times[SIMDIT_DRAM_N_TIMES];
  /* Of each command, sorted by scope. */
  SimditDramConstraint constraints[SIMDIT_DRAM_N_COMMANDS][SIMDIT_DRAM_MAX_CONSTRAINTS];
  guint n_constraints[SIMDIT_DRAM_N_COMMANDS];
} SimditDramTiming;

/* What is refreshed at a time. */
typedef enum
{
  SIMDIT_DRAM_REFRESH_RANK, /* PREA, REF */
  SIMDIT_DRAM_REFRESH_BANK, /* PRE, REFpb: one bank of each rank in turn */
} SimditDramRefresh;

/** simdit_dram_timing_compile: fills the constraints from the times; those on commands that the
 * other kind of refresh needs are left out, and with one rank those between ranks. */
void simdit_dram_timing_compile (SimditDramTiming *self, SimditDramRefresh refresh, bool one_rank);

/** simdit_dram_command_name: as in command traces: "ACT", "PRE", ... */
const char *simdit_dram_command_name (SimditDramCommand command);

#endif
