#include "energy/model.h"

#include <math.h>
#include <simdit/error.h>
#include <string.h>

/* What is looked up, and where the answers go. */
typedef struct
{
  SimditEnergyModel *model;
  const SimditEnergyTable *table;
  const SimditMachine *machine;
  GError **error;
} Maker;

/* What a component is called, and with which others it is compared. */
static const struct
{
  const char *name, *group;
} components[SIMDIT_N_COMPONENTS] = {
  [SIMDIT_COMPONENT_PE_ARRAY] = { "pe_array", "PEs" },
  [SIMDIT_COMPONENT_SIMD_ARRAY] = { "simd_array", "SIMD" },
  [SIMDIT_COMPONENT_WBUF] = { "wbuf", "SRAM" },
  [SIMDIT_COMPONENT_BBUF] = { "bbuf", "SRAM" },
  [SIMDIT_COMPONENT_IBUF] = { "ibuf", "SRAM" },
  [SIMDIT_COMPONENT_OBUF] = { "obuf", "SRAM" },
  [SIMDIT_COMPONENT_VMEM] = { "vmem", "SRAM" },
  [SIMDIT_COMPONENT_IMM] = { "imm", "SRAM" },
  [SIMDIT_COMPONENT_INSTRUCTION_MEMORY] = { "instruction_memory", "SRAM" },
  [SIMDIT_COMPONENT_AXI] = { "axi", "AXI" },
  [SIMDIT_COMPONENT_DRAM] = { "dram", "DRAM" },
};

const char *
simdit_component_name (SimditComponent component)
{
  return components[component].name;
}

const char *
simdit_energy_group (const char *name)
{
  for (guint i = 0; i < SIMDIT_N_COMPONENTS; i++)
    {
      gsize n = strlen (components[i].name);

      if (strncmp (name, components[i].name, n) == 0
          && (name[n] == '\0' || g_str_equal (name + n, "_pj")))
        return components[i].group;
    }
  return NULL;
}

static void
add_term (Maker *self, SimditComponent component, guint counter, double fj)
{
  SimditEnergyModel *model = self->model;

  g_assert (model->n_terms < SIMDIT_ENERGY_MAX_TERMS);
  model->terms[model->n_terms++] = (SimditEnergyTerm){ .counter = counter,
                                                       .component = component,
                                                       .fj = fj };
}

/* Where a component's quantities are, and of how many. */
typedef struct
{
  SimditComponent component;
  SimditEnergyPart part;
  SimditEnergyKey key;
  double count;
} Place;

static bool
get (Maker *self, const Place *place, const char *quantity, double *value)
{
  return simdit_energy_table_get (self->table, place->part, &place->key, quantity, value,
                                  self->error);
}

/* Clock, leakage and area. A power of 1 W is clock_fs fJ per cycle. */
static bool
add_standing (Maker *self, const Place *place)
{
  SimditEnergyModel *model = self->model;
  double clock, watts, area;

  if (!get (self, place, "clock", &clock) || !get (self, place, "leakage", &watts)
      || !get (self, place, "area", &area))
    return false;
  model->clock_fj[place->component] += clock * place->count;
  model->leakage_fj[place->component] += watts * (double) self->machine->clock_fs * place->count;
  model->area_um2[place->component] += area * place->count;
  return true;
}

static bool
add_event (Maker *self, const Place *place, const char *quantity, guint counter)
{
  double fj;

  if (!get (self, place, quantity, &fj))
    return false;
  add_term (self, place->component, counter, fj);
  return true;
}

static const char *
number_kind (const SimditMachine *machine)
{
  return machine->is_float ? "float" : "int";
}

static bool
add_pe_array (Maker *self)
{
  const SimditMachine *m = self->machine;
  Place place = { .component = SIMDIT_COMPONENT_PE_ARRAY,
                  .part = SIMDIT_ENERGY_PE,
                  .key = { number_kind (m),
                           { m->weight_width, m->activation_width, m->accumulator_width } },
                  .count = (double) (m->rows * m->columns) };

  return add_event (self, &place, "mac", SIMDIT_COUNTER_ACTIVE_PES)
         && add_event (self, &place, "register", SIMDIT_COUNTER_ACTIVE_PES)
         && add_standing (self, &place);
}

static bool
add_simd_array (Maker *self)
{
  static const char *const operations[SIMDIT_N_OPS] = { [SIMDIT_OP_MAX] = "max",
                                                        [SIMDIT_OP_ADD] = "add",
                                                        [SIMDIT_OP_SUB] = "sub",
                                                        [SIMDIT_OP_MUL] = "mul",
                                                        [SIMDIT_OP_DIV] = "div",
                                                        [SIMDIT_OP_EXP] = "exp",
                                                        [SIMDIT_OP_LOG] = "log",
                                                        [SIMDIT_OP_INV_SQRT] = "inv_sqrt",
                                                        [SIMDIT_OP_COND_MOVE] = "cond_move",
                                                        [SIMDIT_OP_GENERIC] = "generic" };
  const SimditMachine *m = self->machine;
  Place place = { .component = SIMDIT_COMPONENT_SIMD_ARRAY,
                  .part = SIMDIT_ENERGY_SIMD_LANE,
                  .key = { number_kind (m), { m->accumulator_width } },
                  .count = (double) m->columns };

  for (guint i = 0; i < SIMDIT_N_OPS; i++)
    if (!add_event (self, &place, operations[i], SIMDIT_COUNTER_SIMD_OPERATIONS + i))
      return false;
  return add_event (self, &place, "register", SIMDIT_COUNTER_ACTIVE_LANES)
         && add_standing (self, &place);
}

/* SRAMs of one size. */
typedef struct
{
  SimditComponent component;
  uint64_t width;     /* [bit] of a word */
  double bank_bits;   /* of one SRAM */
  double count;       /* of them */
  double read, write; /* [fJ/bit], what is looked up */
} Memory;

static bool
add_memory (Maker *self, Memory *memory)
{
  SimditEnergyModel *model = self->model;
  const SimditEnergyTable *table = self->table;
  double watts, area;

  if (!simdit_energy_table_get_sram (table, memory->bank_bits, memory->width, "read", &memory->read,
                                     self->error)
      || !simdit_energy_table_get_sram (table, memory->bank_bits, memory->width, "write",
                                        &memory->write, self->error)
      || !simdit_energy_table_get_sram (table, memory->bank_bits, memory->width, "leakage", &watts,
                                        self->error)
      || !simdit_energy_table_get_sram (table, memory->bank_bits, memory->width, "area", &area,
                                        self->error))
    return false;
  memory->read /= (double) memory->width;
  memory->write /= (double) memory->width;
  model->leakage_fj[memory->component] += watts * (double) self->machine->clock_fs * memory->count;
  model->area_um2[memory->component] += area * memory->count;
  return true;
}

/* A buffer: banks, of @bits all together with all halves. */
typedef struct
{
  SimditBuffer buffer;
  uint64_t width, bits, banks;
  guint halves; /* that have SRAMs of their own */
} Buffer;

static bool
add_buffer (Maker *self, const Buffer *buffer)
{
  SimditComponent component = SIMDIT_COMPONENT_WBUF + (guint) buffer->buffer;
  Place periphery = { .component = component,
                      .part = SIMDIT_ENERGY_BUFFER_BANK,
                      .key = { NULL, { buffer->width } },
                      .count = (double) buffer->banks };
  Memory memory = { .component = component,
                    .width = buffer->width,
                    .count = (double) (buffer->banks * buffer->halves),
                    .bank_bits = (double) buffer->bits
                                 / (double) (buffer->banks * buffer->halves) };
  double access;

  if (!get (self, &periphery, "access", &access) || !add_standing (self, &periphery)
      || !add_memory (self, &memory))
    return false;
  access /= (double) buffer->width;
  for (guint i = 0; i < SIMDIT_N_ACCESSES; i++)
    {
      bool reads = i == SIMDIT_ACCESS_READ || i == SIMDIT_ACCESS_DMA_READ;

      add_term (self, component, simdit_counter_sram (buffer->buffer, (SimditAccess) i),
                (reads ? memory.read : memory.write) + access);
    }
  return true;
}

static bool
add_buffers (Maker *self)
{
  const SimditMachine *m = self->machine;
  guint halves = m->sram_shared ? 1 : 2;
  const Buffer buffers[] = {
    { SIMDIT_BUFFER_WBUF, m->weight_width, m->wbuf_bits, m->rows * m->columns, halves },
    { SIMDIT_BUFFER_BBUF, m->bias_width, m->bbuf_bits, m->columns, halves },
    { SIMDIT_BUFFER_IBUF, m->activation_width, m->ibuf_bits, m->rows, halves },
    { SIMDIT_BUFFER_OBUF, m->accumulator_width, 2 * m->obuf_bits, m->columns, halves },
    { SIMDIT_BUFFER_VMEM, m->accumulator_width, 2 * m->vmem_bits, 2 * m->columns,
      m->vmem_double ? halves : 1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (buffers); i++)
    if (!add_buffer (self, &buffers[i]))
      return false;
  return true;
}

/* Immediates and instructions, which are only read. */
static bool
add_small_memories (Maker *self)
{
  const SimditMachine *m = self->machine;
  Memory immediates = { .component = SIMDIT_COMPONENT_IMM,
                        .width = m->accumulator_width,
                        .bank_bits = (double) (SIMDIT_IMM_WORDS * m->accumulator_width),
                        .count = 1 };
  Memory instructions = { .component = SIMDIT_COMPONENT_INSTRUCTION_MEMORY,
                          .width = SIMDIT_SIMD_INSTRUCTION_BITS,
                          .bank_bits = (double) m->instruction_memory_bits,
                          .count = 1 };

  if (!add_memory (self, &immediates) || !add_memory (self, &instructions))
    return false;
  add_term (self, SIMDIT_COMPONENT_IMM, SIMDIT_COUNTER_IMM_READ, immediates.read);
  add_term (self, SIMDIT_COMPONENT_INSTRUCTION_MEMORY, SIMDIT_COUNTER_INSTRUCTION_READ,
            instructions.read);
  return true;
}

static bool
add_ports (Maker *self)
{
  const SimditMachine *m = self->machine;
  Place place = { .component = SIMDIT_COMPONENT_AXI,
                  .part = SIMDIT_ENERGY_AXI_PORT,
                  .count = (double) (m->ibuf_port + m->param_port + m->obuf_port + m->simd_port) };

  return add_event (self, &place, "transfer", SIMDIT_COUNTER_DRAM_READ)
         && add_event (self, &place, "transfer", SIMDIT_COUNTER_DRAM_WRITE)
         && add_standing (self, &place);
}

/* ---- DRAM ---- */

static bool
add_commands (Maker *self, const SimditDramConfig *memory)
{
  const SimditDramEnergy *energy = &memory->energy;
  const char *missing = energy->act == 0   ? "act_fj"
                        : energy->rd == 0  ? "rd_fj"
                        : energy->wr == 0  ? "wr_fj"
                        : energy->ref == 0 ? "ref_fj"
                                           : NULL;

  if (missing != NULL)
    {
      g_set_error (self->error, SIMDIT_ERROR, SIMDIT_ERROR_INVALID,
                   "%s: $.energy.%s: expected the energy of the command, more than 0, since energy "
                   "is accounted",
                   memory->name, missing);
      return false;
    }
  for (guint i = 0; i < SIMDIT_DRAM_N_COMMANDS; i++)
    self->model->command_fj[i] = simdit_dram_command_energy (memory, (SimditDramCommand) i);
  return true;
}

/* The row of "dram": the one asked for, the one of the memory's standard, or the first. */
static char *
choose_memory (const Maker *self, const SimditDramConfig *memory)
{
  const SimditEnergyTable *table = self->table;
  const GArray *rows = table->parts[SIMDIT_ENERGY_DRAM];

  if (table->memory != NULL)
    return g_strdup (table->memory);
  if (memory != NULL)
    return g_strndup (memory->name, strcspn (memory->name, "-"));
  return g_strdup (rows->len > 0 ? g_array_index (rows, SimditEnergyRow, 0).key.word : "any");
}

static bool
add_dram (Maker *self, const SimditDramConfig *memory)
{
  SimditEnergyModel *model = self->model;
  g_autofree char *word = choose_memory (self, memory);
  const SimditEnergyRow *row = simdit_energy_table_row (self->table, SIMDIT_ENERGY_DRAM, word);
  Place place = { .part = SIMDIT_ENERGY_DRAM, .key = { .word = word } };

  if (!get (self, &place, memory != NULL ? "io" : "read", &model->bit_fj[SIMDIT_LOAD])
      || !get (self, &place, memory != NULL ? "io" : "write", &model->bit_fj[SIMDIT_STORE]))
    {
      if (row == NULL)
        g_prefix_error (self->error, "(memory=... after the table's name chooses a row) ");
      return false;
    }
  model->memory = row->key.word;
  add_term (self, SIMDIT_COMPONENT_DRAM, SIMDIT_COUNTER_DRAM_READ, model->bit_fj[SIMDIT_LOAD]);
  add_term (self, SIMDIT_COMPONENT_DRAM, SIMDIT_COUNTER_DRAM_WRITE, model->bit_fj[SIMDIT_STORE]);
  return memory == NULL || add_commands (self, memory);
}

bool
simdit_energy_model_init (SimditEnergyModel *self, const SimditEnergyTable *table,
                          const SimditMachine *machine, const SimditDramConfig *memory,
                          GError **error)
{
  Maker maker = { self, table, machine, error };

  *self = (SimditEnergyModel){ 0 };
  if (add_pe_array (&maker) && add_simd_array (&maker) && add_buffers (&maker)
      && add_small_memories (&maker) && add_ports (&maker) && add_dram (&maker, memory))
    return true;
  g_prefix_error (error, "energy of %s: ", machine->name);
  return false;
}

void
simdit_energy_model_take (SimditEnergyModel *self, SimditComponent component,
                          const SimditEnergyModel *from)
{
  for (guint i = 0; i < self->n_terms; i++)
    if (self->terms[i].component == component)
      self->terms[i] = from->terms[i];
  self->clock_fj[component] = from->clock_fj[component];
  self->leakage_fj[component] = from->leakage_fj[component];
  self->area_um2[component] = from->area_um2[component];
}

/* ---- what something cost ---- */

static SimditDirection
direction_of (guint operand)
{
  return operand == SIMDIT_OPERAND_PSUM_STORE || operand == SIMDIT_OPERAND_OFMAP ? SIMDIT_STORE
                                                                                 : SIMDIT_LOAD;
}

/* Divides the energy of commands among operands by how many of their requests were @outcomes (a
 * set); what nobody asked for is left in @use->other. */
static void
share_commands (SimditEnergyUse *use, const SimditDramReport *dram, double fj, guint outcomes,
                const SimditDirection *direction)
{
  double counts[SIMDIT_N_OPERANDS] = { 0 }, all = 0;

  for (guint i = 0; i < SIMDIT_N_OPERANDS; i++)
    for (guint o = 0; o < SIMDIT_DRAM_N_OUTCOMES; o++)
      if ((outcomes >> o & 1) != 0 && (direction == NULL || direction_of (i) == *direction))
        counts[i] += (double) dram->requests[i][o];
  for (guint i = 0; i < SIMDIT_N_OPERANDS; i++)
    all += counts[i];
  for (guint i = 0; i < SIMDIT_N_OPERANDS && all > 0; i++)
    use->operands[i] += fj * counts[i] / all;
  if (all <= 0)
    use->other += fj;
}

static double
command_energy (const SimditEnergyModel *self, const SimditDramReport *dram,
                SimditDramCommand command)
{
  return (double) dram->commands[command] * self->command_fj[command];
}

static void
add_dram_commands (const SimditEnergyModel *self, const SimditDramReport *dram,
                   SimditEnergyUse *use)
{
  static const SimditDirection load = SIMDIT_LOAD, store = SIMDIT_STORE;
  const guint opened = 1u << SIMDIT_DRAM_MISS | 1u << SIMDIT_DRAM_CONFLICT;
  const guint served = opened | 1u << SIMDIT_DRAM_HIT;
  double act = command_energy (self, dram, SIMDIT_DRAM_ACT);
  double reads = command_energy (self, dram, SIMDIT_DRAM_RD)
                 + command_energy (self, dram, SIMDIT_DRAM_RDA);
  double writes = command_energy (self, dram, SIMDIT_DRAM_WR)
                  + command_energy (self, dram, SIMDIT_DRAM_WRA);
  double refreshes = command_energy (self, dram, SIMDIT_DRAM_REF)
                     + command_energy (self, dram, SIMDIT_DRAM_REFPB);

  share_commands (use, dram, act, opened, NULL);
  share_commands (use, dram, reads, served, &load);
  share_commands (use, dram, writes, served, &store);
  use->other += refreshes;
  use->commands = act + reads + writes + refreshes;
  use->dynamic[SIMDIT_COMPONENT_DRAM] += use->commands;
}

void
simdit_energy_use (const SimditEnergyModel *self, const SimditEnergyActivity *activity,
                   SimditEnergyUse *use)
{
  *use = (SimditEnergyUse){ 0 };
  for (guint i = 0; i < self->n_terms; i++)
    use->dynamic[self->terms[i].component] += (double) activity->counters[self->terms[i].counter]
                                              * self->terms[i].fj;
  for (guint i = 0; i < SIMDIT_N_COMPONENTS; i++)
    {
      use->clock[i] = (double) activity->cycles * self->clock_fj[i];
      use->leakage[i] = (double) activity->cycles * self->leakage_fj[i];
    }
  for (guint i = 0; i < SIMDIT_N_OPERANDS; i++)
    use->operands[i] = (double) activity->dram_bits[i] * self->bit_fj[direction_of (i)];
  if (activity->dram != NULL)
    add_dram_commands (self, activity->dram, use);
}
