/*
 * JSON input whose errors say where: "FILE: $.layers[3].kernel: expected ..., got ...".
 *
 * The only user of json-glib's reading side. A SimditJson is a value that points into a document;
 * it stays valid as long as the document does.
 */
#ifndef SIMDIT_BASE_JSON_H
#define SIMDIT_BASE_JSON_H

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct SimditJsonDocument SimditJsonDocument;

typedef struct SimditJson SimditJson;
struct SimditJson
{
  const SimditJsonDocument *document; /* borrowed */
  JsonNode *node;                     /* borrowed; NULL: absent */
  const SimditJson *parent;           /* borrowed: lives in the caller's frame; NULL: the root */
  const char *key;                    /* member name (borrowed), or NULL: element @index */
  guint index;
};

/** simdit_json_read_file: the bytes of @path, followed by a NUL; error IO names the file. */
bool simdit_json_read_file (const char *path, char **text, gsize *length, GError **error);

/** simdit_json_load: errors IO, PARSE (with the line). */
SimditJsonDocument *simdit_json_load (const char *path, GError **error);
/** simdit_json_parse: @name stands for the file name in messages. */
SimditJsonDocument *simdit_json_parse (const char *text, gssize length, const char *name,
                                       GError **error);
void simdit_json_document_free (SimditJsonDocument *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimditJsonDocument, simdit_json_document_free)

SimditJson simdit_json_root (const SimditJsonDocument *document);
const char *simdit_json_file (const SimditJson *self);

/** simdit_json_fail: sets SIMDIT_ERROR_INVALID "FILE: PATH: message" and returns false. */
bool simdit_json_fail (const SimditJson *self, GError **error, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/** simdit_json_describe: the value as it is quoted in messages, shortened; newly allocated. */
char *simdit_json_describe (const SimditJson *self);

bool simdit_json_expect_object (const SimditJson *self, GError **error);
bool simdit_json_expect_array (const SimditJson *self, guint *length, GError **error);

/** simdit_json_member: @self is an object; the result's node is NULL when @key is absent. */
SimditJson simdit_json_member (const SimditJson *self, const char *key);
/** simdit_json_require: a member that must be there. */
bool simdit_json_require (const SimditJson *self, const char *key, SimditJson *member,
                          GError **error);
/** simdit_json_key: the name of member @index of the object @self, in the file's order, or NULL. */
const char *simdit_json_key (const SimditJson *self, guint index);
SimditJson simdit_json_element (const SimditJson *self, guint index);

/** simdit_json_uint: an integer @min..@max; a number with a fraction or a string is an error. */
bool simdit_json_uint (const SimditJson *self, uint64_t min, uint64_t max, uint64_t *value,
                       GError **error);
/** simdit_json_number: not negative, with or without a fraction. */
bool simdit_json_number (const SimditJson *self, double *value, GError **error);
/** simdit_json_is_null: it is there, and null. */
bool simdit_json_is_null (const SimditJson *self);
/**
 * simdit_json_period: a clock period given in ps (0.001 to 1 ms) with at most three decimals, as an
 * integer number of fs.
 */
bool simdit_json_period (const SimditJson *self, uint64_t *fs, GError **error);
/** simdit_json_string: one line of text, not empty; @value is borrowed from the document. */
bool simdit_json_string (const SimditJson *self, const char **value, GError **error);
/** simdit_json_text: a string of any kind: lines, nothing; borrowed likewise. */
bool simdit_json_text (const SimditJson *self, const char **value, GError **error);
bool simdit_json_boolean (const SimditJson *self, bool *value, GError **error);

/**
 * simdit_json_check_keys: every member of the object @self is one of @known (@n names), else an
 * error that names the nearest of them.
 */
bool simdit_json_check_keys (const SimditJson *self, const char *const *known, gsize n,
                             GError **error);

/** simdit_file_stem: what a definition is called: its file's name without ".json"; newly allocated.
 */
char *simdit_file_stem (const char *path);

/** simdit_nearest: the entry of @known closest to @word by edit distance (case ignored). */
const char *simdit_nearest (const char *word, const char *const *known, gsize n);

/** simdit_json_string_text: @text as a JSON string; newly allocated. */
char *simdit_json_string_text (const char *text);

/** simdit_json_period_text: a clock period in ps that simdit_json_period() reads back; newly
 * allocated. */
char *simdit_json_period_text (uint64_t period_fs);

#endif
