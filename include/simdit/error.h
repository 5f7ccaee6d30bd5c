/* What can go wrong: one GError domain for the whole library. */
#ifndef SIMDIT_ERROR_H
#define SIMDIT_ERROR_H

#include <glib.h>
#include <simdit/export.h>

G_BEGIN_DECLS

#define SIMDIT_ERROR (simdit_error_quark ())

/**
 * SimditError:
 * @SIMDIT_ERROR_PARSE: a file is not well-formed (message names file and line)
 * @SIMDIT_ERROR_INVALID: a value is missing, mistyped or out of range (file, JSON path, value, what
 *   is accepted)
 * @SIMDIT_ERROR_UNSUPPORTED: well-formed, but nothing models it: unknown operator, phase, ...
 * @SIMDIT_ERROR_CAPACITY: does not fit: a tile its buffer, a product 64 bits, a run simulated time
 * @SIMDIT_ERROR_DEADLOCK: components wait for each other for ever, or no time passes
 * @SIMDIT_ERROR_IO: a file cannot be read or written
 */
typedef enum
{
  SIMDIT_ERROR_PARSE,
  SIMDIT_ERROR_INVALID,
  SIMDIT_ERROR_UNSUPPORTED,
  SIMDIT_ERROR_CAPACITY,
  SIMDIT_ERROR_DEADLOCK,
  SIMDIT_ERROR_IO,
} SimditError;

SIMDIT_API GQuark simdit_error_quark (void);

G_END_DECLS

#endif
