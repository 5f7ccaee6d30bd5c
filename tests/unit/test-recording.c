/*
 * What is recorded and read back, against a model that steps through every cycle: all counters over
 * random windows, cycle by cycle and in bins. (That the shapes of units are right, test-units.c
 * checks.)
 */
#include "unit/expect.h"
#include "record/recorder.h"

#include <glib/gstdio.h>
#include <simdit/recording.h>

#define N_PLAIN 3 /* counters with terms of any kind */
#define UP 3
#define DOWN 4
#define LEVEL 5
#define N_COUNTERS 6
#define ENOUGH 1000000 /* for the level never to be negative */
#define START N_SHAPES
#define N_TRACKS 2
#define N_SHAPES 60
#define MAX_CYCLES (1 << 20)

static const SimditCounterInfo counters[N_COUNTERS] = {
  { "a.x", "bit", "of a" },   { "a.y", "bit", "of a" },     { "b.x", "cycle", "of b" },
  { "b.up", "half", "of b" }, { "b.down", "half", "of b" }, { "b.level", "half", "of b" }
};
static const SimditCounterView views[] = { { .counter = LEVEL, .added = UP, .removed = DOWN } };
static const char *const tracks[N_TRACKS] = { "left", "right" };
static const SimditLabelInfo labels[] = { { "compute", "compute", 0 } };

typedef struct
{
  uint64_t cycles[N_COUNTERS][MAX_CYCLES];
  uint64_t end;
  char *path; /* owned */
} Model;

static uint64_t
up_to (gint most)
{
  return (uint64_t) g_test_rand_int_range (1, most + 1);
}

static SimditShapeBook *
random_shapes (void)
{
  SimditShapeBook *book = simdit_shape_book_new (false); /* as many as made */

  for (guint i = 0; i < N_SHAPES; i++)
    {
      for (guint terms = (guint) up_to (4) - 1; terms > 0; terms--)
        {
          SimditShapeTerm term = { .counter = up_to (N_PLAIN) - 1,
                                   .offset = up_to (9) - 1,
                                   .value = up_to (5),
                                   .loops = { { up_to (i == 0 ? 5000 : 30), up_to (2) },
                                              { up_to (9), 1 },
                                              { up_to (3), 1 },
                                              { 1, 0 } } };

          simdit_shape_book_add_term (book, &term);
        }
      if (up_to (3) == 1)
        {
          SimditShapeTerm change = { .counter = up_to (2) == 1 ? UP : DOWN,
                                     .value = up_to (3),
                                     .loops = { { 1, 0 }, { 1, 0 }, { 1, 0 }, { 1, 0 } } };

          simdit_shape_book_add_term (book, &change);
        }
      simdit_shape_book_finish (book, 0, up_to (40) + (i == 0 ? 3000 : 0));
    }
  simdit_shape_book_add_term (
      book, &(SimditShapeTerm){ .counter = UP,
                                .value = ENOUGH,
                                .loops = { { 1, 0 }, { 1, 0 }, { 1, 0 }, { 1, 0 } } });
  simdit_shape_book_finish (book, 0, 1);
  return book;
}

/* One iteration of the term after the other. */
static void
step_through (const SimditShapeTerm *t, uint64_t start, Model *model)
{
  for (uint64_t a = 0; a < t->loops[0].count; a++)
    for (uint64_t b = 0; b < t->loops[1].count; b++)
      for (uint64_t c = 0; c < t->loops[2].count; c++)
        model->cycles[t->counter][start + t->offset + a * t->loops[0].period
                                  + b * t->loops[1].period + c * t->loops[2].period] += t->value;
}

static void
perform (SimditRecorder *recorder, const SimditShapeBook *book, guint track, uint64_t *at,
         Model *model)
{
  uint32_t number = (uint32_t) up_to (N_SHAPES) - 1;
  const SimditShape *shape = simdit_shape_book_get (book, number);

  *at += g_test_rand_int_range (0, 3) == 0 ? up_to (20) : 0;
  simdit_recorder_activity (recorder, track, *at, number);
  for (uint64_t i = 0; i < shape->n_terms; i++)
    step_through (simdit_shape_book_terms (book) + shape->first_term + i, *at, model);
  *at += shape->duration;
}

/* What there was before, and what a cycle brings; nothing after the run's end. */
static void
step_level (Model *model)
{
  uint64_t level = 0;

  for (uint64_t t = 0; t < model->end; t++)
    model->cycles[LEVEL][t] = level += model->cycles[UP][t] - model->cycles[DOWN][t];
}

/* Several layers; the last one is not finished. */
static void
record (Model *model)
{
  g_autoptr (SimditShapeBook) book = random_shapes ();
  g_autoptr (GError) error = NULL;
  uint64_t end = up_to (MAX_CYCLES - 20000), at[N_TRACKS] = { 0 };
  SimditRecorderConfig config = { .path = model->path,
                                  .tracks = tracks,
                                  .n_tracks = N_TRACKS,
                                  .counters = counters,
                                  .n_counters = N_COUNTERS,
                                  .views = views,
                                  .n_views = G_N_ELEMENTS (views),
                                  .book = book,
                                  .cycles = end / 3 };
  g_autoptr (SimditRecorder) recorder = simdit_recorder_new (&config, &error);

  g_assert_no_error (error);
  simdit_recorder_activity (recorder, 0, 0, START);
  at[0] = simdit_shape_book_get (book, START)->duration;
  model->cycles[UP][0] = ENOUGH;
  while (model->end < end)
    {
      uint64_t layer_end = model->end + up_to (200000);

      for (guint track = 0; track < N_TRACKS; track++)
        while (at[track] < MIN (layer_end, end))
          perform (recorder, book, track, &at[track], model);
      model->end = MAX (at[0], at[1]);
      at[0] = at[1] = model->end;
      simdit_recorder_commit (recorder, model->end);
    }
  step_level (model);
  for (guint i = 0; i < 10000; i++)
    simdit_recorder_activity (recorder, 0, model->end + i, (uint32_t) up_to (N_SHAPES) - 1);
  for (guint i = 0; i < 4; i++)
    {
      static const char *const names[] = { "cycles", "clock_fs", "batch", "partial" };

      simdit_recorder_set_count (recorder, names[i], i == 0 ? model->end : 1);
    }
  simdit_recorder_write_labels (recorder, labels, G_N_ELEMENTS (labels));
  simdit_recorder_finish (recorder, &error);
  g_assert_no_error (error);
}

static void
check_window (SimditRecording *recording, const Model *model, const SimditWindow *window)
{
  uint64_t n = simdit_window_n_values (window);
  g_autofree uint64_t *values = g_new (uint64_t, n + 1);
  g_autoptr (GError) error = NULL;

  simdit_recording_reduce (recording, window, values, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (n, ==, (window->n + window->every - 1) / window->every);
  for (uint64_t i = 0; i < n; i++)
    {
      uint64_t begin = window->from + i * window->every, sum = 0, most = 0;
      uint64_t length = MIN (window->every, window->from + window->n - begin);

      for (uint64_t t = begin; t < MIN (begin + length, MAX_CYCLES); t++)
        {
          sum += model->cycles[window->counter][t];
          most = MAX (most, model->cycles[window->counter][t]);
        }
      g_assert_cmpuint (values[i], ==, window->reduction == SIMDIT_REDUCTION_MAX ? most : sum);
      g_assert_cmpfloat (simdit_window_mean (window, i, sum), ==, (double) sum / (double) length);
    }
}

static SimditWindow
random_window (const Model *model, guint counter)
{
  static const gint lengths[] = { 1, 100, 3000, 100000, MAX_CYCLES };
  SimditWindow window = { .counter = counter, .reduction = (SimditReduction) up_to (3) - 1 };

  window.from = (uint64_t) g_test_rand_int_range (0, (gint) model->end + 100);
  window.n = up_to (lengths[up_to (5) - 1]) - 1;
  if (up_to (4) == 1)
    window.from = 0;
  if (up_to (4) == 1)
    window.n = model->end;
  window.every = up_to (lengths[up_to (5) - 1]);
  return window;
}

static void
check_cycles (SimditRecording *recording, const Model *model, guint counter)
{
  uint64_t values[1000], from = (uint64_t) g_test_rand_int_range (0, (gint) model->end);
  g_autoptr (GError) error = NULL;

  simdit_recording_expand (recording, counter, from, 1000, values, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (values, sizeof values, model->cycles[counter] + from, sizeof values);
}

static void
test_windows (void)
{
  for (guint n = 0; n < 12; n++)
    {
      g_autofree Model *model = g_new0 (Model, 1);
      g_autoptr (SimditRecording) recording = NULL;
      g_autoptr (GError) error = NULL;

      model->path = g_strdup_printf ("%s/test-recording-%u.h5", g_get_tmp_dir (),
                                     g_test_rand_int () & 0xffffff);
      record (model);
      recording = simdit_recording_open (model->path, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (simdit_recording_get_cycles (recording), ==, model->end);
      for (guint i = 0; i < 40; i++)
        for (guint counter = 0; counter < N_COUNTERS; counter++)
          {
            SimditWindow window = random_window (model, counter);

            check_cycles (recording, model, counter);
            check_window (recording, model, &window);
          }
      g_unlink (model->path);
      g_free (model->path);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/recording/windows", test_windows);
  return g_test_run ();
}
