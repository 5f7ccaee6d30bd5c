#include <simdit/error.h>

G_DEFINE_QUARK (simdit - error - quark, simdit_error)
