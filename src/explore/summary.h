/*
 * What is kept of very many designs: counts, the best, the worst, where the median is, and, for
 * each sum of SRAM and bandwidth, those that no other beats in cycles and energy. Summaries of
 * parts add up to that of the whole in any order.
 */
#ifndef SIMDIT_EXPLORE_SUMMARY_H
#define SIMDIT_EXPLORE_SUMMARY_H

#include "explore/splits.h"

/* A design by its number, and its score by the objective. */
typedef struct
{
  uint64_t index;
  int64_t value;
} SimditScore;

/* A design by its number, its scaled cycles, and its energy [fJ]; 0: unknown, of all designs. */
typedef struct
{
  uint64_t index;
  int64_t cycles, energy;
} SimditPoint;

/* How much of the budgets a design uses; each includes those after it. */
typedef enum
{
  SIMDIT_USE_WITHIN, /* not more than both */
  SIMDIT_USE_HALF,   /* more than half of both */
  SIMDIT_USE_ALL,    /* both, exactly */
  SIMDIT_N_USES,
} SimditUse;

/* Designs whose scores have the same leading 13 bits: 2^-12 apart, relatively. */
typedef struct
{
  uint64_t count;
  uint64_t first; /* the lowest number among them */
  int64_t value;  /* its score */
} SimditBucket;

#define SIMDIT_BUCKET_BITS 12
#define SIMDIT_N_BUCKETS (64u << SIMDIT_BUCKET_BITS)

typedef struct
{
  uint64_t count;
  SimditScore worst;     /* count 0: means nothing */
  SimditBucket *buckets; /* owned: SIMDIT_N_BUCKETS */
} SimditUseSummary;

typedef struct
{
  uint64_t left_out;                    /* designs: some layer does not fit */
  SimditUseSummary uses[SIMDIT_N_USES]; /* each without the others */
  SimditScore *top;                     /* owned: ascending, room for n_top + 1 */
  guint n_top, most;
  uint64_t *sram_sums, *width_sums; /* owned, ascending: those that occur */
  guint n_sram_sums, n_width_sums;
  GArray **fronts; /* owned: by both sums, of SimditPoint, fewer cycles first; NULL: none */
} SimditSummary;

SimditSummary *simdit_summary_new (const SimditSplits *sram, const SimditSplits *widths,
                                   guint most);
void simdit_summary_free (SimditSummary *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimditSummary, simdit_summary_free)

/* Designs with the same sums and successive numbers. */
typedef struct
{
  SimditUse use;
  guint front; /* into fronts */
  uint64_t first;
  guint n;
} SimditRun;

void simdit_summary_add (SimditSummary *self, const SimditRun *run, const int64_t *values);

/**
 * simdit_summary_needs: whether a design can still change the best or the front.
 * @value, @bound: it has no lower score, and takes no less cycles and energy
 */
bool simdit_summary_needs (const SimditSummary *self, guint front, int64_t value,
                           SimditPoint bound);

/** simdit_summary_offer_point: @point may be one of @front; false: there is no such front. */
bool simdit_summary_offer_point (SimditSummary *self, uint64_t front, SimditPoint point);

/** simdit_summary_offer: @score may be one of the best. */
void simdit_summary_offer (SimditSummary *self, SimditScore score);

/**
 * simdit_summary_note: @count designs of a use, the worst among them.
 * simdit_summary_fill: @count designs in bucket @bucket of a use, the first among them.
 *
 * Of parts of a summary that were stored; false where there can be no such.
 */
bool simdit_summary_note (SimditSummary *self, SimditUse use, uint64_t count, SimditScore worst);
bool simdit_summary_fill (SimditSummary *self, SimditUse use, guint bucket, uint64_t count,
                          SimditScore first);

void simdit_summary_merge (SimditSummary *self, const SimditSummary *other);

/** simdit_summary_count: of designs that use that much, or more. */
uint64_t simdit_summary_count (const SimditSummary *self, SimditUse use);

/** simdit_summary_worst, simdit_summary_median: of these; false: there are none. */
bool simdit_summary_worst (const SimditSummary *self, SimditUse use, SimditScore *worst);
bool simdit_summary_median (const SimditSummary *self, SimditUse use, SimditScore *median);

#endif
