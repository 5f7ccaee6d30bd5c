/* The counters of a recording as series of changes, in the order of time. */
#ifndef SIMDIT_TRACE_SAMPLES_H
#define SIMDIT_TRACE_SAMPLES_H

#include <simdit/recording.h>

typedef struct SimditSamples SimditSamples;

/** simdit_samples_new: one sample for each @period cycles from @from to before @to. */
SimditSamples *simdit_samples_new (SimditRecording *recording, uint64_t from, uint64_t to,
                                   uint64_t period);
void simdit_samples_free (SimditSamples *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimditSamples, simdit_samples_free)

/** simdit_samples_has: whether @counter is among them: states are not, activities show them; nor
 * what another counter adds up. */
bool simdit_samples_has (const SimditSamples *self, guint counter);

/**
 * simdit_samples_until: calls @change for each sample before @cycle, in the order of time and then
 * of counters, that is not what the one before it was (the first: not 0).
 * @sum: over @cycles cycles from @cycle
 *
 * @cycle must not be less than in the call before. Error IO.
 */
typedef void (*SimditSampleFunc) (void *data, guint counter, uint64_t cycle, uint64_t sum,
                                  uint64_t cycles);
bool simdit_samples_until (SimditSamples *self, uint64_t cycle, SimditSampleFunc change, void *data,
                           GError **error);

#endif
