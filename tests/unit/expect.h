/* Assertions on errors: the code, and phrases that the message must contain. */
#ifndef SIMDIT_TESTS_EXPECT_H
#define SIMDIT_TESTS_EXPECT_H

#include <glib.h>
#include <simdit/error.h>
#include <string.h>

/* Clears the error afterwards, so that the variable can serve again. */
static inline void
expect_error_phrases (GError **error, SimditError code, const char *const *phrases)
{
  g_assert_error (*error, SIMDIT_ERROR, (gint) code);
  g_assert_true (g_utf8_validate ((*error)->message, -1, NULL));
  for (; *phrases != NULL; phrases++)
    if (strstr ((*error)->message, *phrases) == NULL)
      g_error ("expected \"%s\" in the message \"%s\"", *phrases, (*error)->message);
  g_clear_error (error);
}

#define expect_error(error, code, ...)                                                             \
  expect_error_phrases ((error), (code), (const char *const[]){ __VA_ARGS__, NULL })

#endif
