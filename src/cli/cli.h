/* The commands of the simdit program, and what they share. Includes <simdit/...> only. */
#ifndef SIMDIT_CLI_CLI_H
#define SIMDIT_CLI_CLI_H

#include <glib.h>
#include <simdit/simdit.h>
#include <stdbool.h>

#define CLI_OK 0
#define CLI_BAD_INPUT 1
#define CLI_BAD_USAGE 2

#define CLI_MAX_THREADS 1024

/* One row of the command table; @run gets the arguments from the command's name on. */
typedef struct
{
  const char *name, *summary;
  int (*run) (int argc, char **argv);
} CliCommand;

int cli_diff (int argc, char **argv);
int cli_dram (int argc, char **argv);
int cli_explore (int argc, char **argv);
int cli_estimate (int argc, char **argv);
int cli_run (int argc, char **argv);
int cli_counters (int argc, char **argv);
int cli_list (int argc, char **argv);
int cli_top (int argc, char **argv);
int cli_trace (int argc, char **argv);
int cli_report (int argc, char **argv);
int cli_merge (int argc, char **argv);
int cli_net (int argc, char **argv);
int cli_validate (int argc, char **argv);

/**
 * cli_parse_options: parses @argv with @entries.
 * @words: what may stand besides options ("TRACE"), or NULL; left in @argv from 1 on
 *
 * Returns: false after an error was printed: the caller ends with CLI_BAD_USAGE.
 */
bool cli_parse_options (int *argc, char ***argv, const GOptionEntry *entries, const char *words,
                        const char *summary, const char *description);

/** cli_usage_error: prints the message and a hint; returns CLI_BAD_USAGE. */
int cli_usage_error (const char *command, const char *format, ...) G_GNUC_PRINTF (2, 3);

/** cli_check_output: CLI_OK, or prints that @output (NULL: none) would replace one of the @n files
 * @inputs, which are read, and returns CLI_BAD_USAGE. */
int cli_check_output (const char *command, const char *output, char *const *inputs, guint n);

/** cli_one_line: @text for a terminal: valid UTF-8, control characters escaped; newly allocated. */
char *cli_one_line (const char *text);

/** cli_input_error: prints and frees @error; returns CLI_BAD_INPUT. */
int cli_input_error (GError *error);

/** cli_choose: index of @word in the NULL-terminated @names, or -1. */
int cli_choose (const char *word, const char *const *names);

/* Shipped definitions. */
typedef enum
{
  CLI_MACHINES,
  CLI_NETWORKS,
  CLI_DRAMS,
  CLI_ENERGIES,
} CliKind;

/** cli_find_definition: the path of a file or of a shipped definition @name; error IO. */
char *cli_find_definition (CliKind kind, const char *name, GError **error);

/**
 * cli_load_memory: the DRAM @text, NAME[:KEY=VALUE,...], a file or a shipped name; errors as
 * simdit_dram_config_load() and cli_find_definition() have.
 */
SimditDramConfig *cli_load_memory (const char *text, GError **error);

/** cli_load_energy: the energy table @text, NAME[:memory=M], a file or a shipped name; errors as
 * simdit_energy_table_load() and cli_find_definition() have. */
SimditEnergyTable *cli_load_energy (const char *text, GError **error);

/** cli_shipped_definitions: the paths of all, sorted by name. */
GPtrArray *cli_shipped_definitions (CliKind kind);

/* A table for people or programs. */
typedef enum
{
  CLI_FORMAT_TABLE,
  CLI_FORMAT_CSV,
  CLI_FORMAT_JSON,
} CliFormat;

extern const char *const cli_format_names[]; /* by CliFormat */

typedef struct
{
  const char *name;
  bool numeric;
  bool summary; /* shown in CLI_FORMAT_TABLE */
} CliColumn;

typedef struct
{
  GArray *columns; /* of CliColumn */
  GPtrArray *rows; /* of char **, one string per column */
} CliTable;

CliTable *cli_table_new (void);
void cli_table_free (CliTable *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CliTable, cli_table_free)
void cli_table_add_column (CliTable *self, const char *name, bool numeric, bool summary);
/** cli_table_add_row: an empty row; set each of its cells to an owned string. */
char **cli_table_add_row (CliTable *self);

/** cli_table_print: appends the table (aligned text) or CSV to @out; @last_is_total: ruled off. */
void cli_table_print (const CliTable *self, bool last_is_total, GString *out);
void cli_table_print_csv (const CliTable *self, GString *out);
/** cli_table_print_json_row: one row as an object. */
void cli_table_print_json_row (const CliTable *self, guint row, GString *out);
/** cli_table_print_as: in any format, without totals; JSON: an array of objects. */
void cli_table_print_as (const CliTable *self, CliFormat form, GString *out);
/** cli_append_json_string: @text quoted and escaped. */
void cli_append_json_string (GString *out, const char *text);

/** cli_number_text: the shortest decimal that reads back as @value; newly allocated. */
char *cli_number_text (double value);

/* The machine and network a command is about, and what is asked of them. Strings are owned. */
typedef struct
{
  char *hw, *net, *phase, *format; /* as given */
  char *expand, *optimizer;        /* likewise */
  gboolean weight_decay;
  gint64 batch;
  CliFormat form;
  SimditTrainingOptions training;
  SimditMachine *machine; /* owned, like @network; NULL until loaded */
  SimditNetwork *network;
} CliSubject;

void cli_subject_clear (CliSubject *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CliSubject, cli_subject_clear)

/* The options that say what is made of a network. */
#define CLI_NETWORK_OPTIONS(subject)                                                               \
  {                                                                                                \
    "net", 0, 0, G_OPTION_ARG_FILENAME, &(subject).net, "network: a file or a shipped name", "N"   \
  },                                                                                               \
      { "phase", 0, 0, G_OPTION_ARG_STRING, &(subject).phase, "inference or training", "PHASE" },  \
      { "expand",                                                                                  \
        0,                                                                                         \
        0,                                                                                         \
        G_OPTION_ARG_STRING,                                                                       \
        &(subject).expand,                                                                         \
        "training: full (default), or simdit, the reference's graph",                              \
        "E" },                                                                                     \
      { "optimizer",                                                                               \
        0,                                                                                         \
        0,                                                                                         \
        G_OPTION_ARG_STRING,                                                                       \
        &(subject).optimizer,                                                                      \
        "training: sgd (default), momentum or adam",                                               \
        "O" },                                                                                     \
      { "weight-decay",                                                                            \
        0,                                                                                         \
        0,                                                                                         \
        G_OPTION_ARG_NONE,                                                                         \
        &(subject).weight_decay,                                                                   \
        "training: with weight decay",                                                             \
        NULL },                                                                                    \
  {                                                                                                \
    "format", 0, 0, G_OPTION_ARG_STRING, &(subject).format, "table (default), csv or json",        \
        "FORMAT"                                                                                   \
  }

/* The options that set a subject's strings and batch. */
#define CLI_SUBJECT_OPTIONS(subject)                                                               \
  { "hw", 0, 0, G_OPTION_ARG_FILENAME, &(subject).hw, "machine: a file or a shipped name", "H" },  \
      { "batch", 0, 0, G_OPTION_ARG_INT64, &(subject).batch, "images at a time (1)", "B" },        \
      CLI_NETWORK_OPTIONS (subject)

/** cli_subject_check: CLI_OK or, after a message, CLI_BAD_USAGE. */
int cli_subject_check (CliSubject *self, const char *command);

/** cli_subject_load: reads both definitions; errors as they have, and UNSUPPORTED (phase). */
bool cli_subject_load (CliSubject *self, GError **error);

/** cli_network_check, cli_network_load: the same for commands that need no machine. */
int cli_network_check (CliSubject *self, const char *command);
bool cli_network_load (CliSubject *self, GError **error);

/* A simulation that a command makes: on what, and how. Strings are owned. */
typedef struct
{
  CliSubject subject;
  char *pipeline, *dram, *output; /* as given */
  char *energy;                   /* likewise; run only */
  gboolean fuse;
  SimditEnergyTable *table; /* owned; NULL: energy is not accounted, or not loaded yet */
  SimditDramConfig *memory; /* owned; NULL: none, or not loaded yet */
  SimditRunOptions run;
} CliSimulation;

#define CLI_SIMULATION_INIT                                                                        \
  {                                                                                                \
    .subject = { .batch = 1 }, .run = SIMDIT_RUN_OPTIONS_INIT                                      \
  }

void cli_simulation_clear (CliSimulation *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CliSimulation, cli_simulation_clear)

#define CLI_SIMULATION_OPTIONS(simulation)                                                           \
  { "pipeline",                                                                                      \
    0,                                                                                               \
    0,                                                                                               \
    G_OPTION_ARG_STRING,                                                                             \
    &(simulation).pipeline,                                                                          \
    "lockstep or decoupled (the machine's)",                                                         \
    "P" },                                                                                           \
      { "dram",                                                                                      \
        0,                                                                                           \
        0,                                                                                           \
        G_OPTION_ARG_STRING,                                                                         \
        &(simulation).dram,                                                                          \
        "ideal, shared:width=N,... or real DRAM, NAME[:KEY=VALUE,...] (the machine's)",              \
        "NAME" },                                                                                    \
      { "fuse", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &(simulation).fuse, "not simulated yet", \
        NULL },                                                                                      \
  {                                                                                                  \
    "output", 'o', 0, G_OPTION_ARG_FILENAME, &(simulation).output,                                   \
        "write an HDF5 file with every counter", "FILE.h5"                                           \
  }

/** cli_simulation_check: CLI_OK or, after a message, CLI_BAD_USAGE. */
int cli_simulation_check (CliSimulation *self, const char *command);

/** cli_simulation_run: loads the subject and calls @simulate, with a progress bar on a terminal. */
typedef SimditResult *(*CliSimulate) (const SimditMachine *machine, const SimditNetwork *network,
                                      const SimditRunOptions *options, GError **error);
bool cli_simulation_run (CliSimulation *self, CliSimulate simulate, SimditResult **result,
                         GError **error);

/** cli_simulation_end: @status, unless @result is partial: says so and dies of the signal. */
int cli_simulation_end (const CliSimulation *self, const SimditResult *result, int status);
/** cli_catch_signals: SIGINT and the like are noted, so that unfinished files can be removed. */
void cli_catch_signals (void);
/** cli_is_interrupted: whether such a signal came. */
bool cli_is_interrupted (void);
/** cli_end_interrupted: if so, prints @error and dies of that signal. */
void cli_end_interrupted (const GError *error);

/** cli_quote_command_line: the command as a shell takes it; newly allocated. */
char *cli_quote_command_line (char **argv);

/** cli_part_name: what such a column is called as a cause: "fill", "stall_weights". */
const char *cli_part_name (const SimditColumn *column);

/* A result to print. */
typedef struct
{
  const CliSubject *subject;
  const SimditResult *result;
  const uint64_t *rows; /* which, in this order; NULL: the first @n_rows */
  uint64_t n_rows;
  bool stalls;       /* the table shows what the stalls are due to */
  guint first_cause; /* from this column on: causes of differences; 0: there are none */
} CliReport;

/** cli_report_table: columns and rows as text, rounded @for_people. */
CliTable *cli_report_table (const CliReport *report, bool for_people);

/** cli_report_print: in the subject's format; returns the exit status. */
int cli_report_print (const CliReport *report);

/**
 * cli_memory_print: what real DRAM did for each operand of each layer, and how much longer a layer
 * takes than on the ideal one; in the subject's format; returns the exit status.
 * @ideal: the same run on ideal DRAM
 */
int cli_memory_print (const CliSubject *subject, const SimditResult *result,
                      const SimditResult *ideal);

#define CLI_ENERGY_OPTION(energy)                                                                  \
  {                                                                                                \
    "energy", 0, 0, G_OPTION_ARG_STRING, &(energy),                                                \
        "show energy with this table, NAME[:memory=DRAM] (the machine's)", "TABLE"                 \
  }

/** cli_energy_print: the energy of @result for people: by layer, component, operand, phase. */
int cli_energy_print (const CliSubject *subject, const SimditResult *result,
                      const SimditEnergyTable *table);

/** cli_energy_summary: appends a line for people, if @result has energy. */
void cli_energy_summary (const SimditResult *result, GString *text);

/** cli_energy_json: appends the member "energy" of a report, if @result has it. */
void cli_energy_json (const SimditResult *result, GString *text);

/** cli_memory_stalls_table: of all layers, what the memory was doing while units waited for data,
 * the most first; NULL on ideal DRAM. */
CliTable *cli_memory_stalls_table (const SimditResult *result);

/** cli_find_column: the number of a result's column called @name, which is there. */
guint cli_find_column (const SimditResult *result, const char *name);

/** cli_cell_text: a value of @result, rounded @for_people; of what is not a number "-" for them,
 * else ""; newly allocated. */
char *cli_cell_text (const SimditResult *result, uint64_t row, guint column, bool for_people);

/* What is printed of an exploration: one of its tables, or for people those that matter most. */
typedef struct
{
  char *format, *table; /* owned, as given */
  CliFormat form;
  int choice; /* SimditExplorationTable; -1: none was asked for */
} CliExplorationReport;

void cli_exploration_clear (CliExplorationReport *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CliExplorationReport, cli_exploration_clear)

#define CLI_EXPLORATION_TABLE_OPTION(report)                                                       \
  {                                                                                                \
    "table", 0, 0, G_OPTION_ARG_STRING, &(report).table,                                           \
        "only designs, budgets, sharing or pareto (csv: designs)", "TABLE"                         \
  }

/** cli_exploration_check: CLI_OK or, after a message, CLI_BAD_USAGE. */
int cli_exploration_check (CliExplorationReport *self, const char *command);

/** cli_exploration_print: returns the exit status. */
int cli_exploration_print (const CliExplorationReport *self, const SimditExploration *exploration);

/** cli_note_unrecorded: a note on stderr if @counter was not recorded in all of the cycles of the
 * run from @from to before @to; returns whether it was. */
bool cli_note_unrecorded (const SimditRecording *recording, guint counter, uint64_t from,
                          uint64_t to);

/** cli_write_stdout: false, with a message, when it cannot be written in full. */
bool cli_write_stdout (const GString *text);

/** cli_check_stdout: for atexit(): turns into a failure what GLib's own --help could not write. */
void cli_check_stdout (void);

#endif
