#include "sim/causes.h"

#include <math.h>

#define TOLERANCE 1e-9 /* relative: the estimate is in floating point */

static const char *const names[] = {
  [SIMDIT_CAUSE_RAGGED_TILES] = "ragged tiles",
  [SIMDIT_CAUSE_FEW_TILES] = "fewer than two weight-stationary tiles",
  [SIMDIT_CAUSE_QUIRK] = "known quirk",
  [SIMDIT_CAUSE_VMEM_BUFFERING] = "VMEM double buffering",
  [SIMDIT_CAUSE_IFMAP_RESIDENCY] = "ifmap residency",
  [SIMDIT_CAUSE_PSUM_RESIDENCY] = "psum residency",
  [SIMDIT_CAUSE_PSUM_HAZARD] = "psum hazard",
  [SIMDIT_CAUSE_PORT_SLACK] = "port slack",
  [SIMDIT_CAUSE_BANK_CONFLICTS] = "bank conflicts",
  [SIMDIT_CAUSE_DRAM_CONTENTION] = "DRAM contention",
  [SIMDIT_CAUSE_UNEXPLAINED] = "unexplained",
};

/* SimDIT's stall formula needs two tiles while a weight tile stays (model 4.4). */
static bool
has_few_tiles (const SimditProgram *program)
{
  const SimditExtents *e = &program->extents, *t = &program->tile;

  if (!simdit_operator_is_systolic (program->op)
      || (program->op->output_stationary && e->of[SIMDIT_DIM_N] == 1))
    return false;
  return e->of[SIMDIT_DIM_N] == t->of[SIMDIT_DIM_N] && e->of[SIMDIT_DIM_OH] == t->of[SIMDIT_DIM_OH]
         && e->of[SIMDIT_DIM_OW] == t->of[SIMDIT_DIM_OW];
}

/* Stored in other words than accumulators, which is what the estimate takes them for. */
static bool
stores_narrow (const SimditProgram *program)
{
  for (guint i = 0; i < program->n_streams; i++)
    {
      const SimditOperandRow *row = program->streams[i].row;

      if (row->operand == SIMDIT_OPERAND_OFMAP
          && simdit_program_dram_width (program, row, true)
                 != simdit_program_dram_width (program, row, false))
        return true;
    }
  return false;
}

/* reduce_sum over several tiles is charged one load (Q19), roialign one of three divisions (Q30).
 */
static bool
has_quirk (const SimditProgram *program)
{
  return (simdit_operator_is_systolic (program->op) && stores_narrow (program))
         || (program->op->uncounted != 0 && program->n_steps != program->counted_steps)
         || (program->op->quirks & SIMDIT_QUIRK_ISSUED_ONCE) != 0;
}

void
simdit_evidence_judge (SimditEvidence *self, const SimditProgram *program)
{
  self->ragged = program->ragged != 0;
  self->few_tiles = has_few_tiles (program);
  self->quirk = has_quirk (program);
  self->one_row = program->op->output_stationary && program->extents.of[SIMDIT_DIM_N] == 1;
  self->two_pass = program->op->passes > 1;
}

/* A change that should be 0 but for rounding. */
static double
without_rounding (double change, double scale)
{
  return fabs (change) <= TOLERANCE * fabs (scale) ? 0 : change;
}

/*
 * From SimDIT's formulas to true tiles and slots: what is left with whole tiles is due to the
 * formulas, by way of @cause (UNEXPLAINED: they should hold); the rest to fractions of tiles.
 */
static void
explain_formulas (const SimditPath *path, bool ragged, SimditCause cause, double *parts)
{
  double change = without_rounding (path->exact - path->compatible, path->compatible);
  double whole = without_rounding (path->whole_change, path->compatible);
  double fractions = without_rounding (change - whole, path->compatible);

  if (ragged)
    parts[SIMDIT_CAUSE_RAGGED_TILES] += fractions;
  else
    parts[SIMDIT_CAUSE_UNEXPLAINED] += fabs (fractions);
  parts[cause] += cause == SIMDIT_CAUSE_UNEXPLAINED ? fabs (whole) : whole;
}

/* What takes work away and adds none: the other way it is a bug. */
static void
explain_decrease (double change, SimditCause cause, double *parts)
{
  if (change <= 0)
    parts[cause] += change;
  else
    parts[SIMDIT_CAUSE_UNEXPLAINED] += change;
}

/*
 * Slower banks or a slower memory make no slot shorter. Ports that run ahead may get into a better
 * order by it, but have the same work.
 */
static void
explain_hindrance (const SimditEvidence *evidence, double before, double after, SimditCause cause,
                   double *parts)
{
  if (after >= before || (evidence->ahead && after >= evidence->bound))
    parts[cause] += after - before;
  else
    parts[SIMDIT_CAUSE_UNEXPLAINED] += before - after;
}

static void
explain_cycles (const SimditEvidence *evidence, double *parts)
{
  const SimditPath *path = &evidence->cycles;
  double pipeline = path->ideal - path->kept;
  SimditCause formulas = evidence->quirk       ? SIMDIT_CAUSE_QUIRK
                         : evidence->few_tiles ? SIMDIT_CAUSE_FEW_TILES
                                               : SIMDIT_CAUSE_UNEXPLAINED;

  explain_formulas (path, evidence->ragged, formulas, parts);
  explain_decrease (path->buffered - path->exact, SIMDIT_CAUSE_VMEM_BUFFERING, parts);
  explain_decrease (path->ifmap_kept - path->buffered, SIMDIT_CAUSE_IFMAP_RESIDENCY, parts);
  explain_decrease (path->kept - path->ifmap_kept, SIMDIT_CAUSE_PSUM_RESIDENCY, parts);
  if (evidence->ahead && pipeline < 0 && path->ideal >= evidence->bound)
    parts[SIMDIT_CAUSE_PORT_SLACK] += pipeline;
  else if (evidence->ahead && pipeline > 0 && evidence->two_pass)
    parts[SIMDIT_CAUSE_PSUM_HAZARD] += pipeline;
  else
    parts[SIMDIT_CAUSE_UNEXPLAINED] += fabs (pipeline);
  explain_hindrance (evidence, path->ideal, path->ported, SIMDIT_CAUSE_BANK_CONFLICTS, parts);
  explain_hindrance (evidence, path->ported, path->simulated, SIMDIT_CAUSE_DRAM_CONTENTION, parts);
}

static void
explain_bytes (const SimditEvidence *evidence, double *parts)
{
  const SimditPath *path = &evidence->bytes;
  SimditCause formulas = evidence->quirk     ? SIMDIT_CAUSE_QUIRK
                         : evidence->one_row ? SIMDIT_CAUSE_IFMAP_RESIDENCY
                                             : SIMDIT_CAUSE_UNEXPLAINED;

  explain_formulas (path, evidence->ragged, formulas, parts);
  explain_decrease (path->ifmap_kept - path->buffered, SIMDIT_CAUSE_IFMAP_RESIDENCY, parts);
  explain_decrease (path->kept - path->ifmap_kept, SIMDIT_CAUSE_PSUM_RESIDENCY, parts);
  /* When data moves changes nothing in how much. */
  parts[SIMDIT_CAUSE_UNEXPLAINED] += fabs (path->buffered - path->exact)
                                     + fabs (path->ideal - path->kept)
                                     + fabs (path->simulated - path->ideal);
}

void
simdit_explain (const SimditEvidence *evidence, double *cycles, double *bytes)
{
  for (guint i = 0; i < SIMDIT_N_CAUSES; i++)
    cycles[i] = bytes[i] = 0;
  explain_cycles (evidence, cycles);
  explain_bytes (evidence, bytes);
}

char *
simdit_list_causes (const double *parts)
{
  g_autoptr (GString) text = g_string_new (NULL);
  bool listed[SIMDIT_N_CAUSES] = { false };

  for (guint n = 0; n < SIMDIT_N_CAUSES; n++)
    {
      guint largest = SIMDIT_N_CAUSES;

      for (guint i = 0; i < SIMDIT_N_CAUSES; i++)
        if (!listed[i] && parts[i] != 0
            && (largest == SIMDIT_N_CAUSES || fabs (parts[i]) > fabs (parts[largest])))
          largest = i;
      if (largest == SIMDIT_N_CAUSES)
        break;
      listed[largest] = true;
      g_string_append_printf (text, "%s%s", n > 0 ? " + " : "", names[largest]);
    }
  return text->len > 0 ? g_string_free (g_steal_pointer (&text), FALSE) : g_strdup ("exact");
}
