/*
 * An energy table made out for a machine: energy as a linear function of counters.
 *
 *   energy = sum over terms of counter * fJ  +  cycles * (clock + leakage)  +  commands of real
 * DRAM
 *
 * What a machine consists of: rows x columns PEs; a SIMD lane per column; banks of buffers, one per
 * PE (WBUF), row (IBUF) or column (BBUF, OBUF, both VMEMs), each an SRAM per half (or one SRAM,
 * where halves share it) with what surrounds it; the immediates' and the instructions' memories;
 * the AXI ports, all of their bits. An access of an SRAM costs what it does per bit of its word.
 */
#ifndef SIMDIT_ENERGY_MODEL_H
#define SIMDIT_ENERGY_MODEL_H

#include "energy/table.h"
#include "hw/counters.h"
#include "hw/dram/config.h"
#include "hw/dram/dram.h"
#include "machine/machine-private.h"

#define SIMDIT_IMM_WORDS 32 /* immediates: the machine says nothing of their number */

typedef enum
{
  SIMDIT_COMPONENT_PE_ARRAY,
  SIMDIT_COMPONENT_SIMD_ARRAY,
  SIMDIT_COMPONENT_WBUF, /* in the order of SimditBuffer from here on */
  SIMDIT_COMPONENT_BBUF,
  SIMDIT_COMPONENT_IBUF,
  SIMDIT_COMPONENT_OBUF,
  SIMDIT_COMPONENT_VMEM,
  SIMDIT_COMPONENT_IMM,
  SIMDIT_COMPONENT_INSTRUCTION_MEMORY,
  SIMDIT_COMPONENT_AXI,
  SIMDIT_COMPONENT_DRAM,
  SIMDIT_N_COMPONENTS,
} SimditComponent;

typedef struct
{
  guint counter;
  SimditComponent component;
  double fj; /* per unit of the counter */
} SimditEnergyTerm;

#define SIMDIT_ENERGY_MAX_TERMS 64

typedef struct
{
  SimditEnergyTerm terms[SIMDIT_ENERGY_MAX_TERMS];
  guint n_terms;
  double clock_fj[SIMDIT_N_COMPONENTS], leakage_fj[SIMDIT_N_COMPONENTS]; /* per cycle */
  double area_um2[SIMDIT_N_COMPONENTS];                                  /* NAN: not in the table */
  double bit_fj[2];                          /* of DRAM, by SimditDirection; also among the terms */
  double command_fj[SIMDIT_DRAM_N_COMMANDS]; /* of real DRAM; else 0 */
  const char *memory;                        /* the row of "dram"; owned by the table */
} SimditEnergyModel;

/**
 * simdit_energy_model_init: errors INVALID: the table lacks what the machine needs.
 * @memory: real DRAM, or NULL: every bit costs the same
 */
bool simdit_energy_model_init (SimditEnergyModel *self, const SimditEnergyTable *table,
                               const SimditMachine *machine, const SimditDramConfig *memory,
                               GError **error);

/**
 * simdit_energy_model_take: @component becomes that of @from, a model by the same table of a
 * machine that differs in it.
 */
void simdit_energy_model_take (SimditEnergyModel *self, SimditComponent component,
                               const SimditEnergyModel *from);

/* What was done; all borrowed. */
typedef struct
{
  const uint64_t *counters;     /* SIMDIT_N_COUNTERS sums */
  const uint64_t *dram_bits;    /* by operand */
  const SimditDramReport *dram; /* NULL: no commands */
  uint64_t cycles;
} SimditEnergyActivity;

/* Energies [fJ]. */
typedef struct
{
  double dynamic[SIMDIT_N_COMPONENTS], clock[SIMDIT_N_COMPONENTS], leakage[SIMDIT_N_COMPONENTS];
  double operands[SIMDIT_N_OPERANDS]; /* of DRAM */
  double other;                       /* of DRAM: what is of no operand: refreshes */
  double commands;                    /* of DRAM, part of the above: no counter has it */
} SimditEnergyUse;

void simdit_energy_use (const SimditEnergyModel *self, const SimditEnergyActivity *activity,
                        SimditEnergyUse *use);

/** simdit_component_name: "pe_array", "wbuf", ... */
const char *simdit_component_name (SimditComponent component);

#endif
