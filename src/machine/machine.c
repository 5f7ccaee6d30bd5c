/*
 * Hardware definitions: one table says which keys exist, what they may hold and what they mean.
 * Reading, checking, writing back and documenting all follow from it.
 */
#include "machine/machine-private.h"

#include "base/arith.h"
#include "base/json.h"

#include <simdit/error.h>
#include <string.h>

#define MAX_ARRAY 65536
#define MAX_WIDTH 1024                      /* bits of a word */
#define MAX_PORT (UINT64_C (1) << 24)       /* bits per cycle */
#define MAX_CAPACITY (UINT64_C (1) << 48)   /* bits */
#define DEFAULT_CLOCK_FS UINT64_C (1000000) /* 1 GHz */
#define REQUIRED UINT64_MAX                 /* a key without a default */

typedef struct
{
  const char *key;
  size_t offset; /* of a uint64_t in SimditMachine */
  uint64_t min, max, fallback;
  const char *unit, *help;
} Parameter;

#define FIELD(name) offsetof (SimditMachine, name)

/* In the order of the public GeneSys files; our own come last. */
static const Parameter parameters[] = {
  { "ARRAY_N", FIELD (rows), 1, MAX_ARRAY, REQUIRED, "", "PE array rows J (input channels)" },
  { "ARRAY_M", FIELD (columns), 1, MAX_ARRAY, REQUIRED, "",
    "PE array columns K (output channels) and SIMD lanes" },
  { "WGT_DATA_WIDTH", FIELD (weight_width), 1, MAX_WIDTH, REQUIRED, "bit", "weight" },
  { "ACT_DATA_WIDTH", FIELD (activation_width), 1, MAX_WIDTH, REQUIRED, "bit",
    "ifmap of the PE array, and SIMD output before a conv or gemm" },
  { "BIAS_WIDTH", FIELD (bias_width), 1, MAX_WIDTH, REQUIRED, "bit", "bias" },
  { "ACC_WIDTH", FIELD (accumulator_width), 1, MAX_WIDTH, REQUIRED, "bit",
    "psum and ofmap of the PE array, and SIMD word" },
  { "IBUF_CAPACITY_BITS", FIELD (ibuf_bits), 2, MAX_CAPACITY, REQUIRED, "bit",
    "input buffer, both halves" },
  { "WBUF_CAPACITY_BITS", FIELD (wbuf_bits), 2, MAX_CAPACITY, REQUIRED, "bit",
    "weight buffer, both halves" },
  { "OBUF_CAPACITY_BITS", FIELD (obuf_bits), 1, MAX_CAPACITY, REQUIRED, "bit",
    "output buffer, one of its two halves" },
  { "BBUF_CAPACITY_BITS", FIELD (bbuf_bits), 2, MAX_CAPACITY, REQUIRED, "bit",
    "bias buffer, both halves" },
  { "INST_MEM_CAPACITY_BITS", FIELD (instruction_memory_bits), 1, MAX_CAPACITY, 8192, "bit",
    "instruction memory (affects no timing)" },
  { "INST_MEM_AXI_DATA_WIDTH", FIELD (instruction_port), 1, MAX_PORT, 64, "bit/cycle",
    "its port (affects no timing)" },
  { "IBUF_AXI_DATA_WIDTH", FIELD (ibuf_port), 1, MAX_PORT, REQUIRED, "bit/cycle", "IBUF port" },
  { "PARAMBUF_AXI_DATA_WIDTH", FIELD (param_port), 1, MAX_PORT, REQUIRED, "bit/cycle",
    "port of WBUF and BBUF; at most ARRAY_N x WGT_DATA_WIDTH are used" },
  { "OBUF_AXI_DATA_WIDTH", FIELD (obuf_port), 1, MAX_PORT, REQUIRED, "bit/cycle",
    "OBUF port, shared by psum loads and stores" },
  { "SIMD_INST_MEM_ADDR_WIDTH", FIELD (simd_instruction_address_width), 1, 64, 8, "bit",
    "SIMD instruction memory address (affects no timing)" },
  { "SIMD_VMEM_CAPACITY_BITS", FIELD (vmem_bits), 1, MAX_CAPACITY, REQUIRED, "bit",
    "each of VMEM1 and VMEM2" },
  { "SIMD_AXI_DATA_WIDTH", FIELD (simd_port), 1, MAX_PORT, REQUIRED, "bit/cycle",
    "SIMD port, shared by VMEM loads and stores" },
  { "weight_bits", FIELD (stored_weight_width), 0, MAX_WIDTH, 0, "bit",
    "parameters in DRAM; 0, like for the three below: WGT_, ACT_DATA_WIDTH or ACC_WIDTH" },
  { "activation_bits", FIELD (stored_activation_width), 0, MAX_WIDTH, 0, "bit",
    "activations in DRAM" },
  { "gradient_bits", FIELD (stored_gradient_width), 0, MAX_WIDTH, 0, "bit", "gradients in DRAM" },
  { "state_bits", FIELD (stored_state_width), 0, MAX_WIDTH, 0, "bit",
    "state of the optimizer in DRAM" },
  { "axi_burst_bytes", FIELD (axi_burst_bytes), 1, 4096, 256, "byte",
    "longest burst of a port; real DRAM only, like all below" },
  { "axi_outstanding", FIELD (axi_outstanding), 1, 256, 16, "", "bursts of a port under way" },
  { "param_weight", FIELD (param_weight), 1, 64, 1, "",
    "of the weight and bias port, for the arbiter" },
  { "ibuf_weight", FIELD (ibuf_weight), 1, 64, 1, "", "of the ifmap port" },
  { "obuf_weight", FIELD (obuf_weight), 1, 64, 1, "", "of the psum port" },
  { "simd_weight", FIELD (simd_weight), 1, 64, 1, "", "of the SIMD port" },
};

/* One word out of a few, kept as its index in a bool or an enum. */
typedef struct
{
  const char *key;
  size_t offset, size;
  guint fallback;
  const char *names[4]; /* NULL-terminated */
  const char *help;
} Choice;

#define CHOICE_FIELD(name) offsetof (SimditMachine, name), sizeof ((SimditMachine *) NULL)->name

static const Choice choices[] = {
  /* first: see simdit_pipeline_name() */
  { "pipeline",
    CHOICE_FIELD (pipeline),
    SIMDIT_PIPELINE_DECOUPLED,
    { [SIMDIT_PIPELINE_LOCKSTEP] = "lockstep", [SIMDIT_PIPELINE_DECOUPLED] = "decoupled" },
    "how transfers and computation overlap" },
  { "vmem_buffering",
    CHOICE_FIELD (vmem_double),
    false,
    { "single", "double" },
    "halves of each VMEM" },
  { "sram_ports",
    CHOICE_FIELD (sram_ports),
    SIMDIT_SRAM_1R1W,
    { [SIMDIT_SRAM_1R1W] = "1r1w", [SIMDIT_SRAM_1RW] = "1rw", [SIMDIT_SRAM_2RW] = "2rw" },
    "of each bank of the buffers" },
  { "sram_halves",
    CHOICE_FIELD (sram_shared),
    false,
    { "separate", "shared" },
    "banks of a buffer's two halves" },
  { "number", CHOICE_FIELD (is_float), false, { "int", "float" }, "of the arithmetic, for energy" },
  { "tensor_layout",
    CHOICE_FIELD (channels_first),
    false,
    { "nhwc", "nchw" },
    "of tensors in real DRAM, weights likewise (ohwi, oihw)" },
  { "arbiter",
    CHOICE_FIELD (arbiter),
    SIMDIT_ARBITER_ROUND_ROBIN,
    { [SIMDIT_ARBITER_ROUND_ROBIN] = "round_robin",
      [SIMDIT_ARBITER_WEIGHTED] = "weighted",
      [SIMDIT_ARBITER_PRIORITY] = "priority" },
    "whose requests real DRAM takes: in turn, as many in a row as weights say, largest weight" },
};

/* Our own keys of other kinds. */
static const char *const own_keys[] = { "description", "clock_ps", "dram", "energy" };

static uint64_t *
field (SimditMachine *self, const Parameter *parameter)
{
  return (uint64_t *) (void *) ((char *) self + parameter->offset);
}

static uint64_t
value_of (const SimditMachine *self, const Parameter *parameter)
{
  return *(const uint64_t *) (const void *) ((const char *) self + parameter->offset);
}

static bool
read_parameter (SimditMachine *self, const SimditJson *root, const Parameter *parameter,
                GError **error)
{
  SimditJson member = simdit_json_member (root, parameter->key);

  if (member.node == NULL && parameter->fallback != REQUIRED)
    {
      *field (self, parameter) = parameter->fallback;
      return true;
    }
  return simdit_json_require (root, parameter->key, &member, error)
         && simdit_json_uint (&member, parameter->min, parameter->max, field (self, parameter),
                              error);
}

static bool
read_clock (SimditMachine *self, const SimditJson *root, GError **error)
{
  SimditJson member = simdit_json_member (root, "clock_ps");

  self->clock_fs = DEFAULT_CLOCK_FS;
  return member.node == NULL || simdit_json_period (&member, &self->clock_fs, error);
}

static guint
get_choice (const SimditMachine *self, const Choice *choice)
{
  const void *place = (const char *) self + choice->offset;

  return choice->size == sizeof (bool) ? *(const bool *) place : *(const guint *) place;
}

static void
set_choice (SimditMachine *self, const Choice *choice, guint index)
{
  void *place = (char *) self + choice->offset;

  if (choice->size == sizeof (bool))
    *(bool *) place = index != 0;
  else
    *(guint *) place = index;
}

/* The words quoted: "a", "b" or "c". */
static char *
list_words (const Choice *choice)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; choice->names[i] != NULL; i++)
    g_string_append_printf (text, "%s\"%s\"",
                            i == 0                         ? ""
                            : choice->names[i + 1] == NULL ? " or "
                                                           : ", ",
                            choice->names[i]);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static bool
read_choice (SimditMachine *self, const SimditJson *root, const Choice *choice, GError **error)
{
  SimditJson member = simdit_json_member (root, choice->key);
  g_autofree char *accepted = NULL;
  const char *word;

  set_choice (self, choice, choice->fallback);
  if (member.node == NULL)
    return true;
  if (!simdit_json_string (&member, &word, error))
    return false;
  for (guint i = 0; choice->names[i] != NULL; i++)
    if (g_str_equal (word, choice->names[i]))
      {
        set_choice (self, choice, i);
        return true;
      }
  accepted = list_words (choice);
  return simdit_json_fail (&member, error, "expected %s, got \"%s\"", accepted, word);
}

static bool
read_own_keys (SimditMachine *self, const SimditJson *root, GError **error)
{
  SimditJson description = simdit_json_member (root, "description");
  SimditJson dram = simdit_json_member (root, "dram");
  SimditJson energy = simdit_json_member (root, "energy");
  const char *text = "", *memory = "ideal", *table = NULL;

  if (dram.node != NULL && !simdit_json_string (&dram, &memory, error))
    return false;
  self->dram = g_strdup (memory);
  if (energy.node != NULL && !simdit_json_string (&energy, &table, error))
    return false;
  self->energy = g_strdup (table);
  if (description.node != NULL && !simdit_json_string (&description, &text, error))
    return false;
  self->description = g_strdup (text);
  for (gsize i = 0; i < G_N_ELEMENTS (choices); i++)
    if (!read_choice (self, root, &choices[i], error))
      return false;
  return read_clock (self, root, error);
}

static bool
check_keys (const SimditJson *root, GError **error)
{
  const char *known[G_N_ELEMENTS (parameters) + G_N_ELEMENTS (choices) + G_N_ELEMENTS (own_keys)];
  gsize n = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (parameters); i++)
    known[n++] = parameters[i].key;
  for (gsize i = 0; i < G_N_ELEMENTS (choices); i++)
    known[n++] = choices[i].key;
  for (gsize i = 0; i < G_N_ELEMENTS (own_keys); i++)
    known[n++] = own_keys[i];
  return simdit_json_check_keys (root, known, n, error);
}

static SimditMachine *
machine_from_document (const SimditJsonDocument *document, GError **error)
{
  g_autoptr (SimditMachine) self = g_new0 (SimditMachine, 1);
  SimditJson root = simdit_json_root (document);

  if (!check_keys (&root, error))
    return NULL;
  self->name = simdit_file_stem (simdit_json_file (&root));
  self->file = g_strdup (simdit_json_file (&root));
  for (gsize i = 0; i < G_N_ELEMENTS (parameters); i++)
    if (!read_parameter (self, &root, &parameters[i], error))
      return NULL;
  if (!read_own_keys (self, &root, error))
    return NULL;
  return g_steal_pointer (&self);
}

SimditMachine *
simdit_machine_load (const char *path, GError **error)
{
  g_autoptr (SimditJsonDocument) document = simdit_json_load (path, error);

  return document != NULL ? machine_from_document (document, error) : NULL;
}

SimditMachine *
simdit_machine_parse (const char *text, gssize length, const char *name, GError **error)
{
  g_autoptr (SimditJsonDocument) document = simdit_json_parse (text, length, name, error);

  return document != NULL ? machine_from_document (document, error) : NULL;
}

void
simdit_machine_free (SimditMachine *self)
{
  if (self == NULL)
    return;
  g_free (self->name);
  g_free (self->file);
  g_free (self->description);
  g_free (self->dram);
  g_free (self->energy);
  g_free (self);
}

const char *
simdit_machine_get_name (const SimditMachine *self)
{
  return self->name;
}

const char *
simdit_machine_get_description (const SimditMachine *self)
{
  return self->description;
}

const char *
simdit_machine_get_dram (const SimditMachine *self)
{
  return self->dram;
}

const char *
simdit_machine_get_energy (const SimditMachine *self)
{
  return self->energy;
}

uint64_t
simdit_machine_get_clock_fs (const SimditMachine *self)
{
  return self->clock_fs;
}

void
simdit_machine_get_array (const SimditMachine *self, uint64_t *rows, uint64_t *columns)
{
  *rows = self->rows;
  *columns = self->columns;
}

uint64_t
simdit_machine_param_port_width (const SimditMachine *self)
{
  return MIN (self->rows * self->weight_width, self->param_port);
}

const char *
simdit_pipeline_name (SimditPipeline pipeline)
{
  return choices[0].names[pipeline];
}

char *
simdit_machine_to_json (const SimditMachine *self)
{
  g_autoptr (GString) text = g_string_new ("{\n");
  g_autofree char *quoted = simdit_json_string_text (self->description);
  g_autofree char *memory = simdit_json_string_text (self->dram);
  g_autofree char *clock = simdit_json_period_text (self->clock_fs);

  if (self->description[0] != '\0')
    g_string_append_printf (text, "  \"description\": %s,\n", quoted);
  for (gsize i = 0; i < G_N_ELEMENTS (parameters); i++)
    g_string_append_printf (text, "  \"%s\": %" G_GUINT64_FORMAT ",\n", parameters[i].key,
                            value_of (self, &parameters[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (choices); i++)
    g_string_append_printf (text, "  \"%s\": \"%s\",\n", choices[i].key,
                            choices[i].names[get_choice (self, &choices[i])]);
  if (self->energy != NULL)
    {
      g_autofree char *energy = simdit_json_string_text (self->energy);

      g_string_append_printf (text, "  \"energy\": %s,\n", energy);
    }
  g_string_append_printf (text, "  \"clock_ps\": %s,\n  \"dram\": %s\n}\n", clock, memory);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

char *
simdit_machine_describe_keys (void)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (parameters); i++)
    {
      const Parameter *p = &parameters[i];

      g_string_append_printf (text, "  %-26s %s%s%s%s%" G_GUINT64_FORMAT "..%" G_GUINT64_FORMAT,
                              p->key, p->help, p->unit[0] ? " [" : "", p->unit,
                              p->unit[0] ? "]; " : "; ", p->min, p->max);
      if (p->fallback != REQUIRED)
        g_string_append_printf (text, "; default %" G_GUINT64_FORMAT, p->fallback);
      g_string_append_c (text, '\n');
    }
  for (gsize i = 0; i < G_N_ELEMENTS (choices); i++)
    {
      g_autofree char *words = list_words (&choices[i]);

      g_string_append_printf (text, "  %-26s %s; %s; default \"%s\"\n", choices[i].key,
                              choices[i].help, words, choices[i].names[choices[i].fallback]);
    }
  g_string_append (text, "  description                one line of text\n"
                         "  clock_ps                   clock period [ps]; default 1000\n"
                         "  dram                       what --dram takes; default \"ideal\"\n"
                         "  energy                     what --energy takes; default: none\n");
  return g_string_free (g_steal_pointer (&text), FALSE);
}
