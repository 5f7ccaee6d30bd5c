/* Counters that are sums of the changes so far: what there was before a window, then its changes.
 */
#include "record/recording-private.h"

#include <string.h>

SimditRecordedView *
simdit_recording_find_view (const SimditRecording *self, guint counter)
{
  for (guint i = 0; i < self->n_views; i++)
    if (self->views[i].of.counter == counter)
      return &self->views[i];
  return NULL;
}

bool
simdit_recording_is_change (const SimditRecording *self, guint counter)
{
  for (guint i = 0; i < self->n_views; i++)
    if (self->views[i].of.added == counter || self->views[i].of.removed == counter)
      return true;
  return false;
}

/* The value before cycle @from: from the one known last if that was earlier. */
static bool
find_level (SimditRecording *self, SimditRecordedView *view, uint64_t from, GError **error)
{
  uint64_t begin = view->cycle <= from ? view->cycle : 0;
  uint64_t level = begin > 0 ? view->level : 0, added = 0, removed = 0;

  if (!simdit_recording_sum_range (self, (guint) view->of.added, begin, from - begin, &added, error)
      || !simdit_recording_sum_range (self, (guint) view->of.removed, begin, from - begin, &removed,
                                      error))
    return false;
  view->cycle = from;
  view->level = level + added - removed;
  return true;
}

bool
simdit_recording_expand_view (SimditRecording *self, SimditRecordedView *view, uint64_t from,
                              uint64_t n, uint64_t *values, GError **error)
{
  uint64_t left = self->cycles - MIN (self->cycles, from), end = MIN (n, left);
  g_autofree uint64_t *removed = g_new (uint64_t, end + 1);

  memset (values, 0, n * sizeof *values);
  if (end == 0)
    return true;
  if (!find_level (self, view, from, error)
      || !simdit_recording_expand (self, (guint) view->of.added, from, end, values, error)
      || !simdit_recording_expand (self, (guint) view->of.removed, from, end, removed, error))
    return false;
  for (uint64_t t = 0; t < end; t++)
    values[t] = view->level += values[t] - removed[t];
  view->cycle = from + end;
  return true;
}

bool
simdit_recording_sum_view (SimditRecording *self, SimditRecordedView *view,
                           const SimditWindow *window, uint64_t *values, GError **error)
{
  uint64_t left = self->cycles - MIN (self->cycles, window->from);
  SimditWindow added = { .counter = (guint) view->of.added,
                         .from = window->from,
                         .n = MIN (window->n, left),
                         .every = window->every };
  SimditWindow removed = added;
  uint64_t n_bins = simdit_window_n_values (&added);
  g_autofree SimditBinChanges *more = g_new0 (SimditBinChanges, n_bins + 1);
  g_autofree SimditBinChanges *less = g_new0 (SimditBinChanges, n_bins + 1);

  removed.counter = (guint) view->of.removed;
  if (n_bins == 0)
    return true;
  if (!find_level (self, view, window->from, error)
      || !simdit_recording_sum_changes (self, &added, more, error)
      || !simdit_recording_sum_changes (self, &removed, less, error))
    return false;
  for (uint64_t bin = 0; bin < n_bins; bin++)
    {
      uint64_t length = MIN (added.every, added.n - bin * added.every);

      values[bin] += view->level * length + more[bin].moment - less[bin].moment;
      view->level += more[bin].sum - less[bin].sum;
    }
  view->cycle = added.from + added.n;
  return true;
}
