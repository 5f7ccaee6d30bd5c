#include "hw/port-history.h"

#define TIDY_LENGTH 256 /* pieces of a port before those that are not needed are thrown away */

typedef struct
{
  uint64_t begin, end; /* [cycle] */
  SimditMemoryState state;
} Piece;

struct SimditPortHistory
{
  GArray *pieces[SIMDIT_N_PORTS]; /* owned, of Piece, in order */
  uint64_t forgotten;             /* [cycle] */
};

const char *
simdit_memory_state_name (SimditMemoryState state)
{
  static const char *const names[] = {
    [SIMDIT_MEMORY_NOTHING] = "no transfer",
    [SIMDIT_MEMORY_OWN_PORT] = "own port busy",
    [SIMDIT_MEMORY_SHARED] = "channel shared",
    [SIMDIT_MEMORY_WAITS + SIMDIT_DRAM_WAIT_ANYTHING] = "latency of the model",
    [SIMDIT_MEMORY_WAITS + SIMDIT_DRAM_WAIT_QUEUE] = "queue full",
    [SIMDIT_MEMORY_WAITS + SIMDIT_DRAM_WAIT_BUS + SIMDIT_PORT_PARAM] = "bus busy with axi_param",
    [SIMDIT_MEMORY_WAITS + SIMDIT_DRAM_WAIT_BUS + SIMDIT_PORT_IBUF] = "bus busy with axi_ibuf",
    [SIMDIT_MEMORY_WAITS + SIMDIT_DRAM_WAIT_BUS + SIMDIT_PORT_OBUF] = "bus busy with axi_obuf",
    [SIMDIT_MEMORY_WAITS + SIMDIT_DRAM_WAIT_BUS + SIMDIT_PORT_SIMD] = "bus busy with axi_simd",
    [SIMDIT_MEMORY_WAITS + SIMDIT_DRAM_WAIT_REFRESH] = "refresh",
    [SIMDIT_MEMORY_WAITS + SIMDIT_DRAM_WAIT_TURNAROUND] = "turnaround",
    [SIMDIT_MEMORY_WAITS + SIMDIT_DRAM_WAIT_CONFLICT] = "bank conflict",
    [SIMDIT_MEMORY_WAITS + SIMDIT_DRAM_WAIT_MISS] = "row miss",
    [SIMDIT_MEMORY_WAITS + SIMDIT_DRAM_WAIT_LATENCY] = "access latency",
  };

  G_STATIC_ASSERT (G_N_ELEMENTS (names) == SIMDIT_N_MEMORY_STATES);
  return names[state];
}

SimditPortHistory *
simdit_port_history_new (void)
{
  SimditPortHistory *self = g_new0 (SimditPortHistory, 1);

  for (guint i = 0; i < SIMDIT_N_PORTS; i++)
    self->pieces[i] = g_array_new (FALSE, FALSE, sizeof (Piece));
  return self;
}

void
simdit_port_history_free (SimditPortHistory *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < SIMDIT_N_PORTS; i++)
    g_array_unref (self->pieces[i]);
  g_free (self);
}

/* Throws away what was forgotten. */
static void
tidy (const SimditPortHistory *self, GArray *pieces)
{
  guint n = 0;

  while (n < pieces->len && g_array_index (pieces, Piece, n).end <= self->forgotten)
    n++;
  if (n > 0)
    g_array_remove_range (pieces, 0, n);
}

void
simdit_port_history_add (SimditPortHistory *self, guint port, uint64_t begin, uint64_t end,
                         SimditMemoryState state)
{
  Piece piece = { begin, end, state };

  if (end <= self->forgotten || begin == end)
    return;
  if (self->pieces[port]->len % TIDY_LENGTH == TIDY_LENGTH - 1)
    tidy (self, self->pieces[port]);
  g_array_append_val (self->pieces[port], piece);
}

void
simdit_port_history_forget (SimditPortHistory *self, uint64_t cycle)
{
  self->forgotten = cycle;
}

void
simdit_port_history_sum (const SimditPortHistory *self, guint port, uint64_t begin, uint64_t end,
                         uint64_t cycles[SIMDIT_N_MEMORY_STATES])
{
  uint64_t left = end - begin;

  tidy (self, self->pieces[port]);
  for (guint i = 0; i < self->pieces[port]->len; i++)
    {
      const Piece *piece = &g_array_index (self->pieces[port], Piece, i);
      uint64_t from = MAX (piece->begin, begin), to = MIN (piece->end, end);

      if (from >= to)
        continue;
      cycles[piece->state] += to - from;
      left -= to - from;
    }
  cycles[SIMDIT_MEMORY_NOTHING] += left;
}
