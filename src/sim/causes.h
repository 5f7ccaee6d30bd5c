/* Why a simulated layer and SimDIT's estimate of it differ: from what is known to causes. */
#ifndef SIMDIT_SIM_CAUSES_H
#define SIMDIT_SIM_CAUSES_H

#include "program/program.h"

typedef enum
{
  SIMDIT_CAUSE_RAGGED_TILES,    /* last tiles counted as fractions */
  SIMDIT_CAUSE_FEW_TILES,       /* fewer than two weight-stationary tiles */
  SIMDIT_CAUSE_QUIRK,           /* loads or operations that the estimate leaves out */
  SIMDIT_CAUSE_VMEM_BUFFERING,  /* SIMD transfers overlap computation */
  SIMDIT_CAUSE_IFMAP_RESIDENCY, /* tiles stay on chip */
  SIMDIT_CAUSE_PSUM_RESIDENCY,
  SIMDIT_CAUSE_PSUM_HAZARD,     /* loads that wait for the store of the same tile */
  SIMDIT_CAUSE_PORT_SLACK,      /* ports that run ahead of slots */
  SIMDIT_CAUSE_BANK_CONFLICTS,  /* steps that wait for ports of a buffer's banks */
  SIMDIT_CAUSE_DRAM_CONTENTION, /* what the DRAM model takes beyond ideal ports */
  SIMDIT_CAUSE_UNEXPLAINED,     /* none of these can be: a bug; an absolute value */
  SIMDIT_N_CAUSES,
} SimditCause;

/* A quantity on its way from the estimate to the simulation; each step changes one thing. */
typedef struct
{
  double compatible;   /* SimDIT's formulas */
  double whole_change; /* from them to exact, were all tiles whole */
  double exact;        /* true tiles, true slots, SIMD serial */
  double buffered;     /* SIMD with double buffers, where the machine has them */
  double ifmap_kept;   /* ifmap tiles stay on chip; in lockstep as @buffered */
  double kept;         /* psum tiles, too */
  double ideal;        /* simulated with ideal DRAM, and a port of a bank for everybody */
  double ported;       /* the same with the machine's banks */
  double simulated;
} SimditPath;

typedef struct
{
  bool ragged;    /* a last tile is smaller */
  bool few_tiles; /* SimDIT's stall formula does not hold */
  bool quirk;     /* SimDIT leaves something out */
  bool one_row;   /* a GEMM whose ifmap SimDIT loads too often */
  bool ahead;     /* ports need not keep to slots */
  bool two_pass;  /* spills intermediates */
  double bound;   /* [cycle] work of the unit and of each port: no run is shorter */
  SimditPath cycles, bytes;
} SimditEvidence;

/**
 * simdit_evidence_judge: what @program, in lockstep, is known to be beforehand; @ahead, @bound and
 * the paths are left.
 */
void simdit_evidence_judge (SimditEvidence *self, const SimditProgram *program);

/** simdit_explain: the parts of both differences, by SimditCause; what may not be is UNEXPLAINED.
 */
void simdit_explain (const SimditEvidence *evidence, double *cycles, double *bytes);

/** simdit_list_causes: those that are not 0, the largest first, or "exact"; newly allocated. */
char *simdit_list_causes (const double *parts);

#endif
