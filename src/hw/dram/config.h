/*
 * A memory: a standard (hwdefs/dram/NAME.json) with its organisation, timing and controller, after
 * what the user wants different. Immutable once loaded.
 */
#ifndef SIMDIT_HW_DRAM_CONFIG_H
#define SIMDIT_HW_DRAM_CONFIG_H

#include "hw/dram/address.h"
#include "hw/dram/timing.h"

#include <simdit/dram.h>

#define SIMDIT_DRAM_MAX_BANKS 64 /* of a channel, all ranks: one word of bits */
#define SIMDIT_DRAM_MAX_QUEUE 1024

typedef enum
{
  SIMDIT_DRAM_FRFCFS, /* the oldest request that is ready, whatever its next command is */
  SIMDIT_DRAM_ROWHIT, /* the same, but a row is not closed while a queued request hits it */
} SimditDramScheduler;

typedef enum
{
  SIMDIT_DRAM_OPEN_PAGE,   /* rows stay open until another is needed */
  SIMDIT_DRAM_CLOSED_PAGE, /* every column command closes its row (RDA, WRA) */
} SimditDramPage;

/* Energies [fJ] of one command of a channel's width; 0 where nothing is known. */
typedef struct
{
  uint64_t act, rd, wr, ref; /* act: with the PRE that follows */
} SimditDramEnergy;

struct SimditDramConfig
{
  char *name, *description; /* owned */
  uint64_t clock_fs;
  /* Organisation */
  uint64_t channels;
  uint64_t ranks;         /* of a channel */
  uint64_t groups;        /* of a rank */
  uint64_t banks;         /* of a group */
  uint64_t rows;          /* of a bank */
  uint64_t columns;       /* requests of a row */
  uint64_t request_bytes; /* one burst */
  uint64_t command_buses; /* 2: rows and columns have their own */
  /* Controller */
  uint64_t read_queue, write_queue; /* entries */
  uint64_t write_high, write_low;   /* percent of the write queue */
  uint64_t hit_cap;                 /* columns since ACT beyond which hits come last; 0: no cap */
  guint scheduler;                  /* SimditDramScheduler */
  guint page;                       /* SimditDramPage */
  guint refresh;                    /* SimditDramRefresh */
  char *map_text;                   /* owned */
  SimditDramMap map;
  SimditDramTiming timing;
  SimditDramEnergy energy;
};

/** simdit_dram_command_energy: [fJ]; PRE is part of ACT; a bank's refresh is its share of REF,
 * since as many of its rows are refreshed at a time. 0 where nothing is known. */
double simdit_dram_command_energy (const SimditDramConfig *self, SimditDramCommand command);

/** simdit_dram_config_parse: what simdit_dram_config_to_json() gave; @name: for messages. */
SimditDramConfig *simdit_dram_config_parse (const char *text, const char *name, GError **error);

#endif
