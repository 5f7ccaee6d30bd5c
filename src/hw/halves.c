#include "hw/halves.h"

#include "hw/counters.h"

#define MASK ((UINT64_C (1) << SIMDIT_HALF_BITS) - 1)

G_STATIC_ASSERT (SIMDIT_MAX_OPERANDS <= MASK);
G_STATIC_ASSERT (2 * SIMDIT_HALF_BITS * SIMDIT_N_BUFFERS <= 64);

/* The load that brings back what @store has stored, to the same half; NULL: there is none. */
static const SimditStream *
load_into (const SimditProgram *program, const SimditStream *store)
{
  for (guint i = 0; i < program->n_streams && store->row->buffer == SIMDIT_BUFFER_OBUF; i++)
    if (program->streams[i].row->buffer == SIMDIT_BUFFER_OBUF
        && program->streams[i].row->direction == SIMDIT_LOAD)
      return &program->streams[i];
  return NULL;
}

static void
add_rule (SimditHalfRuleList *self, const SimditHalfRule *rule)
{
  if (rule->inside == 0 && !rule->stream->skips && rule->load == NULL)
    self->always += rule->change;
  else
    self->rules[self->n++] = *rule;
}

void
simdit_half_rules_init (SimditHalfRules *self, const SimditProgram *program)
{
  self->begins.n = self->ends.n = 0;
  self->begins.always = self->ends.always = 0;
  for (guint i = 0; i < program->n_streams; i++)
    {
      const SimditStream *stream = &program->streams[i];
      SimditBuffer buffer = stream->row->buffer;
      SimditHalfRule rule = { .stream = stream };

      rule.inside = ((1u << program->n_loops) - 1) & ~((1u << stream->depth) - 1);
      if (stream->row->direction == SIMDIT_STORE)
        {
          rule.load = load_into (program, stream);
          rule.change = simdit_half_taken (buffer);
          add_rule (&self->begins, &rule);
        }
      else if (buffer != SIMDIT_BUFFER_OBUF)
        {
          rule.change = simdit_half_freed (buffer);
          add_rule (&self->ends, &rule);
        }
    }
}

/* Of those whose residency begins (@away: loops not at their first iteration) or ends (last). */
static SimditHalfChanges
sum_changes (const SimditHalfRuleList *self, SimditLoopSet away, const SimditProgram *program,
             const SimditCursor *cursor)
{
  SimditHalfChanges changes = self->always;

  for (const SimditHalfRule *rule = self->rules; rule < self->rules + self->n; rule++)
    if ((away & rule->inside) == 0 && simdit_cursor_is_moved (cursor, program, rule->stream)
        && (rule->load == NULL || !simdit_cursor_is_moved (cursor, program, rule->load)))
      changes += rule->change;
  return changes;
}

SimditHalfChanges
simdit_half_rules_begin (const SimditHalfRules *self, const SimditProgram *program,
                         const SimditCursor *cursor)
{
  return sum_changes (&self->begins, cursor->nonzero, program, cursor);
}

SimditHalfChanges
simdit_half_rules_end (const SimditHalfRules *self, const SimditProgram *program,
                       const SimditCursor *cursor)
{
  return sum_changes (&self->ends, ~cursor->last, program, cursor);
}

static void
add_change (SimditShapeBook *book, guint counter, SimditHalfChanges halves)
{
  SimditShapeTerm term = { .counter = counter,
                           .value = halves & MASK,
                           .loops = { { 1, 0 }, { 1, 0 }, { 1, 0 }, { 1, 0 } } };

  simdit_shape_book_add_term (book, &term);
}

uint32_t
simdit_half_changes_shape (SimditHalfChanges changes, uint32_t number, SimditShapeBook *book)
{
  const SimditShape shape = *simdit_shape_book_get (book, number);

  for (uint64_t i = 0; i < shape.n_terms; i++)
    {
      /* Adding may move the terms. */
      SimditShapeTerm term = simdit_shape_book_terms (book)[shape.first_term + i];

      simdit_shape_book_add_term (book, &term);
    }
  for (guint buffer = 0; buffer < SIMDIT_N_BUFFERS; buffer++)
    {
      add_change (book, SIMDIT_COUNTER_HALVES_TAKEN + buffer, changes);
      add_change (book, SIMDIT_COUNTER_HALVES_FREED + buffer, changes >> SIMDIT_HALF_BITS);
      changes >>= 2 * SIMDIT_HALF_BITS;
    }
  return simdit_shape_book_finish (book, shape.label, shape.duration);
}
