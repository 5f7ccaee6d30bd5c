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
};

/* Our own keys, which are not plain integers. */
static const char *const own_keys[] = { "description", "clock_ps", "pipeline", "dram",
                                        "vmem_buffering" };

static const char *const pipeline_names[] = {
  [SIMDIT_PIPELINE_LOCKSTEP] = "lockstep", [SIMDIT_PIPELINE_DECOUPLED] = "decoupled"
};
static const char *const buffering_names[] = { "single", "double" };

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

/* One word out of @names; @choice keeps its value when the key is absent. */
static bool
read_choice (const SimditJson *root, const char *key, const char *const *names, guint n,
             guint *choice, GError **error)
{
  SimditJson member = simdit_json_member (root, key);
  g_autofree char *accepted = NULL;
  const char *word;

  if (member.node == NULL)
    return true;
  if (!simdit_json_string (&member, &word, error))
    return false;
  for (guint i = 0; i < n; i++)
    if (g_str_equal (word, names[i]))
      {
        *choice = i;
        return true;
      }
  for (guint i = 0; i < n; i++)
    {
      char *longer = g_strdup_printf ("%s%s\"%s\"", i ? accepted : "", i ? " or " : "", names[i]);

      g_free (accepted);
      accepted = longer;
    }
  return simdit_json_fail (&member, error, "expected %s, got \"%s\"", accepted, word);
}

static bool
read_own_keys (SimditMachine *self, const SimditJson *root, GError **error)
{
  SimditJson description = simdit_json_member (root, "description");
  guint pipeline = SIMDIT_PIPELINE_DECOUPLED, buffering = 0;
  SimditJson dram = simdit_json_member (root, "dram");
  const char *text = "", *memory = "ideal";

  if (dram.node != NULL && !simdit_json_string (&dram, &memory, error))
    return false;
  self->dram = g_strdup (memory);
  if (description.node != NULL && !simdit_json_string (&description, &text, error))
    return false;
  self->description = g_strdup (text);
  if (!read_clock (self, root, error)
      || !read_choice (root, "pipeline", pipeline_names, G_N_ELEMENTS (pipeline_names), &pipeline,
                       error)
      || !read_choice (root, "vmem_buffering", buffering_names, G_N_ELEMENTS (buffering_names),
                       &buffering, error))
    return false;
  self->pipeline = (SimditPipeline) pipeline;
  self->vmem_double = buffering == 1;
  return true;
}

static bool
check_keys (const SimditJson *root, GError **error)
{
  const char *known[G_N_ELEMENTS (parameters) + G_N_ELEMENTS (own_keys)];
  gsize n = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (parameters); i++)
    known[n++] = parameters[i].key;
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
  return pipeline_names[pipeline];
}

/* The clock period in ps as a decimal that reads back exactly. */
static char *
clock_ps_text (uint64_t clock_fs)
{
  if (clock_fs % 1000 == 0)
    return g_strdup_printf ("%" G_GUINT64_FORMAT, clock_fs / 1000);
  return g_strdup_printf ("%" G_GUINT64_FORMAT ".%03u", clock_fs / 1000,
                          (unsigned) (clock_fs % 1000));
}

char *
simdit_machine_to_json (const SimditMachine *self)
{
  g_autoptr (GString) text = g_string_new ("{\n");
  g_autoptr (JsonNode) description = json_node_init_string (json_node_alloc (), self->description);
  g_autofree char *quoted = json_to_string (description, FALSE);
  g_autofree char *clock = clock_ps_text (self->clock_fs);

  if (self->description[0] != '\0')
    g_string_append_printf (text, "  \"description\": %s,\n", quoted);
  for (gsize i = 0; i < G_N_ELEMENTS (parameters); i++)
    g_string_append_printf (text, "  \"%s\": %" G_GUINT64_FORMAT ",\n", parameters[i].key,
                            value_of (self, &parameters[i]));
  g_string_append_printf (text,
                          "  \"clock_ps\": %s,\n  \"pipeline\": \"%s\",\n  \"dram\": \"%s\",\n"
                          "  \"vmem_buffering\": \"%s\"\n}\n",
                          clock, pipeline_names[self->pipeline], self->dram,
                          buffering_names[self->vmem_double]);
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
  g_string_append (text,
                   "  description                one line of text\n"
                   "  clock_ps                   clock period [ps]; default 1000\n"
                   "  pipeline                   \"lockstep\" or \"decoupled\" (default)\n"
                   "  dram                       \"ideal\" (default), or \"shared:width=N,...\"\n"
                   "  vmem_buffering             \"single\" (default) or \"double\"\n");
  return g_string_free (g_steal_pointer (&text), FALSE);
}
