#include <simdit/explore.h>

#include <simdit/error.h>

typedef struct
{
  const char *name;
  const char *missing; /* what it waits for; NULL: nothing */
} Objective;

/* Searches add up what each layer contributes; an objective of another kind has to say how. */
static const Objective objectives[] = {
  { "cycles", NULL },
  { "energy", "explorations do not add up energy yet" },
  { "edp", "explorations do not add up energy yet" },
};

const char *const *
simdit_objective_names (void)
{
  static const char *const names[] = { "cycles", "energy", "edp", NULL };

  G_STATIC_ASSERT (G_N_ELEMENTS (names) == G_N_ELEMENTS (objectives) + 1);
  return names;
}

bool
simdit_objective_check (guint objective, GError **error)
{
  if (objective < G_N_ELEMENTS (objectives) && objectives[objective].missing == NULL)
    return true;
  g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_UNSUPPORTED, "objective %s: %s; expected cycles",
               objective < G_N_ELEMENTS (objectives) ? objectives[objective].name : "?",
               objective < G_N_ELEMENTS (objectives) ? objectives[objective].missing
                                                     : "there is none of that number");
  return false;
}
