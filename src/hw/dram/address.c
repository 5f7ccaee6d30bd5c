#include "hw/dram/address.h"

#include <string.h>

#define MAX_FIELD_BITS 30

/* Bits of the address from @shift are those of the field from @place. */
typedef struct
{
  SimditDramField field;
  guint width, shift, place;
} Piece;

static const char *const names[] = {
  [SIMDIT_DRAM_CHANNEL_BITS] = "ch", [SIMDIT_DRAM_RANK_BITS] = "ra",
  [SIMDIT_DRAM_GROUP_BITS] = "bg",   [SIMDIT_DRAM_BANK_BITS] = "ba",
  [SIMDIT_DRAM_ROW_BITS] = "ro",     [SIMDIT_DRAM_COLUMN_BITS] = "co",
};

const char *
simdit_dram_field_name (SimditDramField field)
{
  return names[field];
}

/* One piece, such as "ro16"; false when it is not one. */
static bool
read_piece (const char *text, SimditDramField *field, guint *width)
{
  guint64 value;

  for (guint f = 0; f < SIMDIT_DRAM_N_FIELDS; f++)
    if (strncmp (text, names[f], 2) == 0)
      {
        *field = (SimditDramField) f;
        if (!g_ascii_string_to_unsigned (text + 2, 10, 0, MAX_FIELD_BITS, &value, NULL))
          return false;
        *width = (guint) value;
        return true;
      }
  return false;
}

/* What a field is part of, and from which bit of its value on. */
static SimditDramPlacePart
part_of (const SimditDramMap *self, SimditDramField field, guint *base)
{
  const guint *widths = self->widths;

  *base = 0;
  switch (field)
    {
    case SIMDIT_DRAM_CHANNEL_BITS:
      return SIMDIT_DRAM_PLACE_CHANNEL;
    case SIMDIT_DRAM_RANK_BITS:
      *base = widths[SIMDIT_DRAM_GROUP_BITS] + widths[SIMDIT_DRAM_BANK_BITS];
      return SIMDIT_DRAM_PLACE_BANK;
    case SIMDIT_DRAM_GROUP_BITS:
      *base = widths[SIMDIT_DRAM_BANK_BITS];
      return SIMDIT_DRAM_PLACE_BANK;
    case SIMDIT_DRAM_BANK_BITS:
      return SIMDIT_DRAM_PLACE_BANK;
    case SIMDIT_DRAM_ROW_BITS:
      return SIMDIT_DRAM_PLACE_ROW;
    default:
      return SIMDIT_DRAM_PLACE_COLUMN;
    }
}

/* Sorts the pieces by what they are part of, once all widths are known. */
static void
sort_pieces (SimditDramMap *self, const Piece *pieces, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      guint base;
      SimditDramPlacePart part = part_of (self, pieces[i].field, &base);

      self->pieces[part][self->n_pieces[part]++] = (SimditDramPiece){
        .shift = pieces[i].shift,
        .place = base + pieces[i].place,
        .mask = (UINT64_C (1) << pieces[i].width) - 1,
      };
    }
}

bool
simdit_dram_map_parse (SimditDramMap *self, const char *text, guint request_bits, char **why)
{
  g_auto (GStrv) words = g_strsplit_set (text, "-,", -1);
  guint n = g_strv_length (words), shift = request_bits, n_pieces = 0;
  Piece pieces[SIMDIT_DRAM_MAX_PIECES];

  *self = (SimditDramMap){ 0 };
  if (n == 0 || n > SIMDIT_DRAM_MAX_PIECES)
    {
      *why = g_strdup_printf ("expected 1 to %d fields", SIMDIT_DRAM_MAX_PIECES);
      return false;
    }
  for (guint i = n; i-- > 0;)
    {
      SimditDramField field;
      guint width;

      if (!read_piece (words[i], &field, &width))
        {
          *why = g_strdup_printf ("expected fields such as ro16 out of ch, ra, bg, ba, ro, co with "
                                  "0 to %d bits, got \"%s\"",
                                  MAX_FIELD_BITS, words[i]);
          return false;
        }
      if (shift + width > 63 || self->widths[field] + width > MAX_FIELD_BITS)
        {
          *why = g_strdup_printf ("expected at most %d bits of a field and 63 of an address",
                                  MAX_FIELD_BITS);
          return false;
        }
      if (width == 0)
        continue;
      pieces[n_pieces++] = (Piece){ field, width, shift, self->widths[field] };
      self->widths[field] += width;
      shift += width;
    }
  sort_pieces (self, pieces, n_pieces);
  return true;
}
