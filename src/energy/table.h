/*
 * An energy table: what an event costs and how large a part is, at one node (README, "Energy
 * tables"). Values are kept in fJ, W and um2.
 */
#ifndef SIMDIT_ENERGY_TABLE_H
#define SIMDIT_ENERGY_TABLE_H

#include <simdit/energy.h>

typedef enum
{
  SIMDIT_ENERGY_PE,
  SIMDIT_ENERGY_SIMD_LANE,
  SIMDIT_ENERGY_SRAM,
  SIMDIT_ENERGY_BUFFER_BANK,
  SIMDIT_ENERGY_AXI_PORT,
  SIMDIT_ENERGY_DRAM,
  SIMDIT_ENERGY_N_PARTS,
} SimditEnergyPart;

#define SIMDIT_ENERGY_MAX_NUMBERS 3
#define SIMDIT_ENERGY_MAX_QUANTITIES 14

/* What a row is for: its scalars, in the order of the part's description. */
typedef struct
{
  const char *word;
  uint64_t numbers[SIMDIT_ENERGY_MAX_NUMBERS];
} SimditEnergyKey;

typedef struct
{
  SimditEnergyKey key;                         /* the word is owned by the table */
  double values[SIMDIT_ENERGY_MAX_QUANTITIES]; /* NAN: the row has none */
} SimditEnergyRow;

struct SimditEnergyTable
{
  char *name, *file, *description; /* owned */
  char *source;                    /* owned: the file as it was read */
  char *memory;                    /* owned: whose row of "dram" counts; NULL: see model.h */
  double node_nm;
  GStringChunk *texts;                  /* owned */
  GArray *parts[SIMDIT_ENERGY_N_PARTS]; /* owned, of SimditEnergyRow */
};

/**
 * simdit_energy_table_get: a quantity of the row that @key is of.
 *
 * Error INVALID names the table, what is missing and what is there; an "area" that is missing is
 * NAN and no error.
 */
bool simdit_energy_table_get (const SimditEnergyTable *self, SimditEnergyPart part,
                              const SimditEnergyKey *key, const char *quantity, double *value,
                              GError **error);

/**
 * simdit_energy_table_get_sram: a quantity of a bank of @bits, with a port of @port_bits.
 *
 * ln(quantity) is linear in ln(capacity) between the two nearest capacities of one width, then in
 * ln(width) between the two nearest widths; outside, the nearest two are extended. With one width
 * only it is proportional to the width. Errors as simdit_energy_table_get().
 */
bool simdit_energy_table_get_sram (const SimditEnergyTable *self, double bits, uint64_t port_bits,
                                   const char *quantity, double *value, GError **error);

/** simdit_energy_table_row: the first row of @part that is for @word, or NULL. */
const SimditEnergyRow *simdit_energy_table_row (const SimditEnergyTable *self,
                                                SimditEnergyPart part, const char *word);

#endif
