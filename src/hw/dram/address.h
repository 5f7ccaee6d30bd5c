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

typedef struct
{
  struct
  {
    SimditDramField field;
    guint width, shift, place; /* bits of the address from @shift; of the field from @place */
  } pieces[SIMDIT_DRAM_MAX_PIECES];
  guint n_pieces;
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

static inline SimditDramPlace
simdit_dram_map_find (const SimditDramMap *self, uint64_t address)
{
  uint64_t values[SIMDIT_DRAM_N_FIELDS] = { 0 };

  for (guint i = 0; i < self->n_pieces; i++)
    values[self->pieces[i].field] |= (address >> self->pieces[i].shift
                                      & ((UINT64_C (1) << self->pieces[i].width) - 1))
                                     << self->pieces[i].place;
  return (SimditDramPlace){
    .channel = (guint) values[SIMDIT_DRAM_CHANNEL_BITS],
    .bank = (guint) ((values[SIMDIT_DRAM_RANK_BITS] << self->widths[SIMDIT_DRAM_GROUP_BITS]
                      | values[SIMDIT_DRAM_GROUP_BITS])
                         << self->widths[SIMDIT_DRAM_BANK_BITS]
                     | values[SIMDIT_DRAM_BANK_BITS]),
    .row = (uint32_t) values[SIMDIT_DRAM_ROW_BITS],
    .column = (uint32_t) values[SIMDIT_DRAM_COLUMN_BITS],
  };
}

#endif
