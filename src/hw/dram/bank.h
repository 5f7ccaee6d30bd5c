/*
 * A bank: its row, and the requests that wait for it, by age, reads and writes apart. Each list
 * remembers its oldest hit and its oldest miss: nothing else can be served next, so that the
 * scheduler looks at two requests of a bank, however many wait.
 */
#ifndef SIMDIT_HW_DRAM_BANK_H
#define SIMDIT_HW_DRAM_BANK_H

#include "hw/dram/timing.h"

#define SIMDIT_DRAM_NONE UINT16_MAX /* no request */

/* Requests lie in one array and know each other by index. */
typedef struct
{
  uint64_t age;             /* number of its acceptance */
  uint64_t accepted, first; /* [clock] when it was taken; of its first command */
  uint32_t row, column, tag;
  uint16_t next, previous;
  uint8_t bank;
  bool write;
  bool started;    /* a command was issued for it: */
  uint8_t outcome; /* of SimditDramOutcome */
} SimditDramRequest;

typedef struct
{
  uint16_t head, tail; /* oldest, youngest */
  uint16_t hit, miss;  /* oldest with and without the open row; meaningless while closed */
} SimditDramList;

typedef struct
{
  uint64_t earliest[SIMDIT_DRAM_N_NEXT]; /* clocks before which no bank of it may see a command */
  uint64_t last_acts[4];                 /* a ring: the clocks of the last four ACTs */
  uint64_t n_acts;
  uint64_t bank_set; /* a bit per bank */
} SimditDramRank;

typedef struct
{
  SimditDramRank *rank;    /* borrowed */
  guint group;             /* the first bank of its group */
  SimditDramList lists[2]; /* [1]: writes */
  uint32_t row;
  uint32_t columns; /* column commands since ACT */
  uint16_t opened;  /* the request whose ACT opened the row, until it is served */
  bool is_open;
  uint64_t refresh_begin, refresh_end; /* the last one: from when it came due */
} SimditDramBank;

static inline uint16_t
simdit_dram_list_find (const SimditDramRequest *requests, uint16_t from, uint32_t row, bool hit)
{
  while (from != SIMDIT_DRAM_NONE && (requests[from].row == row) != hit)
    from = requests[from].next;
  return from;
}

static inline void
simdit_dram_list_append (SimditDramRequest *requests, SimditDramBank *bank, uint16_t i)
{
  SimditDramRequest *request = &requests[i];
  SimditDramList *list = &bank->lists[request->write];
  uint16_t *first = request->row == bank->row ? &list->hit : &list->miss;

  request->previous = list->tail;
  request->next = SIMDIT_DRAM_NONE;
  if (list->tail != SIMDIT_DRAM_NONE)
    requests[list->tail].next = i;
  else
    list->head = i;
  list->tail = i;
  if (bank->is_open && *first == SIMDIT_DRAM_NONE)
    *first = i;
}

static inline void
simdit_dram_list_remove (const SimditDramBank *bank, SimditDramRequest *requests,
                         SimditDramList *list, uint16_t i)
{
  const SimditDramRequest *request = &requests[i];

  if (request->previous != SIMDIT_DRAM_NONE)
    requests[request->previous].next = request->next;
  else
    list->head = request->next;
  if (request->next != SIMDIT_DRAM_NONE)
    requests[request->next].previous = request->previous;
  else
    list->tail = request->previous;
  if (!bank->is_open)
    return;
  if (list->hit == i)
    list->hit = simdit_dram_list_find (requests, request->next, bank->row, true);
  if (list->miss == i)
    list->miss = simdit_dram_list_find (requests, request->next, bank->row, false);
}

/* After a row has been opened. */
static inline void
simdit_dram_bank_sort (SimditDramBank *bank, const SimditDramRequest *requests)
{
  for (guint w = 0; w < 2; w++)
    {
      SimditDramList *list = &bank->lists[w];

      list->hit = simdit_dram_list_find (requests, list->head, bank->row, true);
      list->miss = simdit_dram_list_find (requests, list->head, bank->row, false);
    }
}

#endif
