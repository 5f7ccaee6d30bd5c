/* JSON text to the tree that json.h reads from; stricter than json-glib. */
#ifndef SIMDIT_BASE_JSON_TEXT_H
#define SIMDIT_BASE_JSON_TEXT_H

#include <json-glib/json-glib.h>
#include <stdbool.h>

/** simdit_json_parse_text: fills the new @parser from UTF-8 text; error PARSE names @name and line.
 */
bool simdit_json_parse_text (JsonParser *parser, const char *text, gsize size, const char *name,
                             GError **error);

/** simdit_json_quote: @text as it goes into a message, one line and not too long; newly allocated.
 */
char *simdit_json_quote (const char *text);

#endif
