/* The HDF5 types of our records, for writing and reading alike. Close each with H5Tclose(). */
#ifndef SIMDIT_RECORD_TYPES_H
#define SIMDIT_RECORD_TYPES_H

#include "base/table.h"

#include <hdf5.h>

hid_t simdit_record_text_type (void);    /* char * */
hid_t simdit_record_counter_type (void); /* SimditCounterInfo */
hid_t simdit_record_view_type (void);    /* SimditCounterView */
hid_t simdit_record_shape_type (void);   /* SimditShape */
hid_t simdit_record_term_type (void);    /* SimditShapeTerm */
hid_t simdit_record_label_type (void);   /* SimditLabelInfo */

/** simdit_record_member_type: of a column, not to be closed; @text: what a TEXT column is. */
hid_t simdit_record_member_type (SimditColumnType type, hid_t text);
hid_t simdit_record_row_type (const SimditTableInfo *info); /* a row in memory */

/* Attributes of /counters where channels of DRAM are recorded: of which cycles [cycle]. */
#define SIMDIT_RECORD_CHANNELS_FROM "dram_recorded_from"
#define SIMDIT_RECORD_CHANNELS_TO "dram_recorded_to"

/** simdit_record_get_text, simdit_record_read_text: a text attribute, or a dataset that is one
 * string: valid UTF-8, newly allocated; NULL when there is none. */
char *simdit_record_get_text (hid_t file, const char *name);
char *simdit_record_read_text (hid_t file, const char *name);

#endif
