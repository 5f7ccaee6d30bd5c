#include "hw/dram/watch.h"

#define NEVER UINT64_MAX

/* Commands that are told apart, then the queues: each has a counter in each channel. */
typedef enum
{
  COUNT_ACT,
  COUNT_PRE,
  COUNT_RD,
  COUNT_WR,
  COUNT_REF,
  N_COMMANDS,
  COUNT_READS = N_COMMANDS,
  COUNT_WRITES,
  N_COUNTERS,
} Count;

enum
{
  LABEL_SEVERAL = N_COMMANDS, /* those before: a single command */
  LABEL_QUEUE,
};

#define N_TRACKS 3 /* of a channel: commands, then the queues */

static const struct
{
  const char *name, *unit, *help;
} counters[N_COUNTERS] = {
  [COUNT_ACT] = { "act", "command", "rows opened (ACT)" },
  [COUNT_PRE] = { "pre", "command", "rows closed, of a bank or all (PRE, PREA)" },
  [COUNT_RD] = { "rd", "command", "bursts read (RD, RDA)" },
  [COUNT_WR] = { "wr", "command", "bursts written (WR, WRA)" },
  [COUNT_REF] = { "ref", "command", "refreshes, of a rank or a bank (REF, REFpb)" },
  [COUNT_READS] = { "read_queue", "request", "reads in the queue at the end of the cycle" },
  [COUNT_WRITES] = { "write_queue", "request", "writes in the queue at the end of the cycle" },
};

static const char *const track_suffixes[N_TRACKS] = { "", "_read_queue", "_write_queue" };

const SimditLabelInfo simdit_dram_watch_labels[] = {
  [COUNT_ACT] = { "ACT", "memory", 0 },
  [COUNT_PRE] = { "PRE", "memory", 0 },
  [COUNT_RD] = { "RD", "memory", 0 },
  [COUNT_WR] = { "WR", "memory", 0 },
  [COUNT_REF] = { "REF", "memory", 0 },
  [LABEL_SEVERAL] = { "commands", "memory", 0 },
  [LABEL_QUEUE] = { "requests wait", "memory", 0 },
};

static const Count counts_of[SIMDIT_DRAM_N_COMMANDS] = {
  [SIMDIT_DRAM_ACT] = COUNT_ACT, [SIMDIT_DRAM_PRE] = COUNT_PRE, [SIMDIT_DRAM_PREA] = COUNT_PRE,
  [SIMDIT_DRAM_RD] = COUNT_RD,   [SIMDIT_DRAM_RDA] = COUNT_RD,  [SIMDIT_DRAM_WR] = COUNT_WR,
  [SIMDIT_DRAM_WRA] = COUNT_WR,  [SIMDIT_DRAM_REF] = COUNT_REF, [SIMDIT_DRAM_REFPB] = COUNT_REF,
};

typedef struct
{
  uint32_t depth; /* from cycle @since on, ... */
  uint32_t next;  /* ... and from @change on this one, unless that cycle brings another */
  uint64_t since, change;
} Queue;

typedef struct
{
  uint64_t cycle;                /* of the commands below; NEVER: none */
  uint32_t commands[N_COMMANDS]; /* in that cycle */
  guint n_commands;
  uint32_t singles[N_COMMANDS]; /* number + 1 of the shape of one command; 0: not known yet */
  Queue queues[2];              /* [1]: writes */
} Channel;

struct SimditDramWatch
{
  SimditDramWatchConfig config;
  SimditTick memory_fs, cycle_fs;
  guint n_channels;
  Channel channels[];
};

void
simdit_dram_watch_describe (guint n_channels, GPtrArray *tracks, GArray *infos, GStringChunk *texts)
{
  for (guint c = 0; c < n_channels; c++)
    {
      for (guint i = 0; i < N_TRACKS; i++)
        {
          g_autofree char *name = g_strdup_printf ("dram%u%s", c, track_suffixes[i]);

          g_ptr_array_add (tracks, g_string_chunk_insert (texts, name));
        }
      for (guint i = 0; i < N_COUNTERS; i++)
        {
          g_autofree char *name = g_strdup_printf ("dram%u.%s", c, counters[i].name);
          SimditCounterInfo info = { g_string_chunk_insert (texts, name), counters[i].unit,
                                     counters[i].help };

          g_array_append_val (infos, info);
        }
    }
}

SimditDramWatch *
simdit_dram_watch_new (const SimditDramWatchConfig *config, guint n_channels, SimditTick memory_fs,
                       SimditTick cycle_fs)
{
  SimditDramWatch *self = g_malloc0 (sizeof *self + n_channels * sizeof self->channels[0]);

  self->config = *config;
  self->memory_fs = memory_fs;
  self->cycle_fs = cycle_fs;
  self->n_channels = n_channels;
  for (guint c = 0; c < n_channels; c++)
    self->channels[c].cycle = NEVER;
  return self;
}

void
simdit_dram_watch_free (SimditDramWatch *self)
{
  g_free (self);
}

/* The cycle that edge @clock of the memory lies in. */
static inline uint64_t
cycle_of (const SimditDramWatch *self, uint64_t clock)
{
  return clock * self->memory_fs / self->cycle_fs;
}

static void
add_term (const SimditDramWatch *self, guint channel, Count counter, uint64_t value,
          uint64_t cycles)
{
  SimditShapeTerm term = { .counter = self->config.first_counter + channel * N_COUNTERS + counter,
                           .value = value,
                           .loops = { { cycles, 1 }, { 1, 0 }, { 1, 0 }, { 1, 0 } } };

  simdit_shape_book_add_term (self->config.book, &term);
}

static void
tell (const SimditDramWatch *self, guint channel, guint track, uint64_t start, uint32_t shape)
{
  self->config.sink.activity (self->config.sink.data,
                              self->config.first_track + channel * N_TRACKS + track, start, shape);
}

/* The shape of the channel's commands in a cycle. */
static uint32_t
commands_shape (SimditDramWatch *self, guint c)
{
  Channel *channel = &self->channels[c];
  guint label = LABEL_SEVERAL;
  uint32_t shape;

  for (guint i = 0; i < N_COMMANDS; i++)
    if (channel->n_commands == 1 && channel->commands[i] == 1)
      label = i;
  if (label != LABEL_SEVERAL && channel->singles[label] != 0)
    return channel->singles[label] - 1;
  for (guint i = 0; i < N_COMMANDS; i++)
    add_term (self, c, (Count) i, channel->commands[i], 1);
  shape = simdit_shape_book_finish (self->config.book, self->config.first_label + label, 1);
  if (label != LABEL_SEVERAL)
    channel->singles[label] = shape + 1;
  return shape;
}

static void
tell_commands (SimditDramWatch *self, guint c)
{
  Channel *channel = &self->channels[c];

  if (channel->cycle == NEVER)
    return;
  tell (self, c, 0, channel->cycle, commands_shape (self, c));
  for (guint i = 0; i < N_COMMANDS; i++)
    channel->commands[i] = 0;
  channel->n_commands = 0;
  channel->cycle = NEVER;
}

bool
simdit_dram_watch_issue (SimditDramWatch *self, guint c, SimditDramCommand command, uint64_t clock)
{
  Channel *channel = &self->channels[c];
  uint64_t cycle = cycle_of (self, clock);

  if (cycle != channel->cycle)
    tell_commands (self, c);
  if (cycle < self->config.from || cycle >= self->config.to)
    return cycle < self->config.to;
  channel->cycle = cycle;
  channel->commands[counts_of[command]]++;
  channel->n_commands++;
  return true;
}

/* The queue is as deep as it was up to @end. */
static void
tell_queue (SimditDramWatch *self, guint c, bool write, uint64_t end)
{
  const Queue *queue = &self->channels[c].queues[write];
  uint64_t start = MAX (queue->since, self->config.from);

  end = MIN (end, self->config.to);
  if (start >= end || queue->depth == 0)
    return;
  add_term (self, c, write ? COUNT_WRITES : COUNT_READS, queue->depth, end - start);
  tell (self, c, 1 + write, start,
        simdit_shape_book_finish (self->config.book, self->config.first_label + LABEL_QUEUE,
                                  end - start));
}

/* Nothing else changes in the cycle of the last change. */
static void
settle_queue (SimditDramWatch *self, guint c, bool write)
{
  Queue *queue = &self->channels[c].queues[write];

  if (queue->next == queue->depth)
    return;
  tell_queue (self, c, write, queue->change);
  queue->depth = queue->next;
  queue->since = queue->change;
}

bool
simdit_dram_watch_queue (SimditDramWatch *self, guint c, bool write, uint32_t n, uint64_t clock)
{
  Queue *queue = &self->channels[c].queues[write];
  uint64_t cycle = cycle_of (self, clock);

  if (cycle != queue->change)
    settle_queue (self, c, write);
  queue->change = cycle;
  queue->next = n;
  return cycle < self->config.to;
}

void
simdit_dram_watch_flush (SimditDramWatch *self, uint64_t cycle)
{
  for (guint c = 0; c < self->n_channels; c++)
    {
      tell_commands (self, c);
      for (guint w = 0; w < 2; w++)
        {
          settle_queue (self, c, w);
          tell_queue (self, c, w, cycle);
          self->channels[c].queues[w].since = MAX (self->channels[c].queues[w].since, cycle);
        }
    }
}
