/*
 * Which bits of an address say what: a map such as "ro16-ba2-co7-bg2" lists fields from the most
 * significant bit down to the offset inside one request. A field may come in several pieces, the
 * right-hand one holding its low bits. Addresses beyond the map wrap around.
 */
#ifndef SIMDIT_HW_DRAM_ADDRESS_H
#define SIMDIT_HW_DRAM_ADDRESS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum
{
  SIMDIT_DRAM_CHANNEL_BITS, /* ch */
  SIMDIT_DRAM_RANK_BITS,    /* ra */
  SIMDIT_DRAM_GROUP_BITS,   /* bg */
  SIMDIT_DRAM_BANK_BITS,    /* ba: bank of a group */
  SIMDIT_DRAM_ROW_BITS,     /* ro */
  SIMDIT_DRAM_COLUMN_BITS,  /* co: request of a row */
  SIMDIT_DRAM_N_FIELDS,
} SimditDramField;

#define SIMDIT_DRAM_MAX_PIECES 16

/* What an address says: fields, but rank, group and bank of a group are one number. */
typedef enum
{
  SIMDIT_DRAM_PLACE_CHANNEL,
  SIMDIT_DRAM_PLACE_BANK,
  SIMDIT_DRAM_PLACE_ROW,
  SIMDIT_DRAM_PLACE_COLUMN,
  SIMDIT_DRAM_N_PLACES,
} SimditDramPlacePart;

/* Some bits of an address, which are some bits of one of these. */
typedef struct
{
  guint shift, place; /* from bit @shift of the address to bit @place of the value */
  uint64_t mask;      /* once shifted */
} SimditDramPiece;

typedef struct
{
  SimditDramPiece pieces[SIMDIT_DRAM_N_PLACES][SIMDIT_DRAM_MAX_PIECES];
  guint n_pieces[SIMDIT_DRAM_N_PLACES];
  guint widths[SIMDIT_DRAM_N_FIELDS]; /* [bit] */
} SimditDramMap;

/* Where a request goes. */
typedef struct
{
  guint channel;
  guint bank; /* of the channel: (rank * groups + group) * banks of a group + bank */
  uint32_t row;
  uint32_t column;
} SimditDramPlace;

/** simdit_dram_field_name: "ch", "ra", ... */
const char *simdit_dram_field_name (SimditDramField field);

/**
 * simdit_dram_map_parse: reads @text; pieces may be separated by '-' or ','.
 * @request_bits: log2 of a request's bytes
 * @why: what is wrong (newly allocated) when the result is false
 */
bool simdit_dram_map_parse (SimditDramMap *self, const char *text, guint request_bits, char **why);

static inline uint32_t
simdit_dram_map_part (const SimditDramMap *self, SimditDramPlacePart part, uint64_t address)
{
  const SimditDramPiece *piece = self->pieces[part], *end = piece + self->n_pieces[part];
  uint64_t value = 0;

  for (; piece < end; piece++)
    value |= (address >> piece->shift & piece->mask) << piece->place;
  return (uint32_t) value;
}

static inline SimditDramPlace
simdit_dram_map_find (const SimditDramMap *self, uint64_t address)
{
  return (SimditDramPlace){
    .channel = simdit_dram_map_part (self, SIMDIT_DRAM_PLACE_CHANNEL, address),
    .bank = simdit_dram_map_part (self, SIMDIT_DRAM_PLACE_BANK, address),
    .row = simdit_dram_map_part (self, SIMDIT_DRAM_PLACE_ROW, address),
    .column = simdit_dram_map_part (self, SIMDIT_DRAM_PLACE_COLUMN, address),
  };
}

#endif
