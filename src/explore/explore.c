/*
 * An exploration from options to tables: READ THIS FIRST in this directory. The request says what
 * is explored (request.c); the search evaluates every design of it (search.c, with evaluator.c),
 * keeping a summary (summary.c); the report lists designs and has them simulated (report.c,
 * confirm.c). A shard is a search of some chunks whose summaries go to a file (shard.c).
 */
#include "explore/report.h"
#include "explore/shard.h"

#include <simdit/error.h>

static SimditSearchRun
run_of (const SimditExploreOptions *options)
{
  return (SimditSearchRun){ .n_threads = options->n_threads,
                            .progress = options->progress,
                            .progress_data = options->progress_data };
}

static SimditExploration *
finish (const SimditSearch *search, const SimditSearchRun *run, const char *output_path,
        GError **error)
{
  g_autoptr (SimditExploration) self = simdit_report (search, run, error);

  if (self == NULL
      || (output_path != NULL && !simdit_exploration_write (self, search, output_path, error)))
    return NULL;
  return g_steal_pointer (&self);
}

SimditExploration *
simdit_explore (const SimditExploreOptions *options, GError **error)
{
  g_autoptr (SimditRequest) request = simdit_request_new (options, error);
  g_autoptr (SimditSearch) search = request != NULL ? simdit_search_new (request, error) : NULL;
  SimditSearchRun run = run_of (options);

  if (search == NULL)
    return NULL;
  run.end = search->n_chunks;
  if (!simdit_search_run (search, &run, error))
    return NULL;
  return finish (search, &run, options->output_path, error);
}

static bool
fail_shard (const SimditExploreOptions *options, GError **error)
{
  g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_INVALID,
               "shard: expected one of 1 to %u and a file to write, got %u", options->n_shards,
               options->shard);
  return false;
}

/*
 * Whether the file at the output path is what would be written: a complete one is not made again;
 * what cannot be read is, since it was cut short or has nothing to do with us.
 */
static bool
find_complete (const SimditExploreOptions *options, const SimditRequest *request, bool *found,
               GError **error)
{
  g_autoptr (SimditSearch) scratch = NULL;
  g_autoptr (SimditRequest) other = NULL;
  SimditShard shard;

  *found = false;
  other = simdit_shard_read_request (options->output_path, &shard, NULL);
  if (other == NULL)
    return true;
  if (!g_str_equal (other->digest, request->digest) || shard.number != options->shard
      || shard.of != options->n_shards)
    {
      g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_INVALID,
                   "%s: expected shard %u of %u of this exploration, or no file, got shard "
                   "%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " of %s",
                   options->output_path, options->shard, options->n_shards, shard.number, shard.of,
                   g_str_equal (other->digest, request->digest) ? "it" : "another");
      return false;
    }
  scratch = simdit_search_new (request, error);
  if (scratch == NULL)
    return false;
  *found = simdit_shard_add (scratch, options->output_path, NULL);
  return true;
}

bool
simdit_explore_shard (const SimditExploreOptions *options, bool *redone, GError **error)
{
  g_autoptr (SimditRequest) request = NULL;
  g_autoptr (SimditSearch) search = NULL;
  SimditShard shard = { options->shard, options->n_shards };
  SimditSearchRun run = run_of (options);
  bool complete;

  if (shard.number < 1 || shard.number > shard.of || options->output_path == NULL)
    return fail_shard (options, error);
  request = simdit_request_new (options, error);
  if (request == NULL || !find_complete (options, request, &complete, error))
    return false;
  if (redone != NULL)
    *redone = !complete;
  if (complete)
    return true;
  search = simdit_search_new (request, error);
  if (search == NULL)
    return false;
  simdit_shard_chunks (search, shard, &run.begin, &run.end);
  return simdit_search_run (search, &run, error)
         && simdit_shard_write (search, shard, options->output_path, error);
}

/* ---- merging ---- */

/* Notes that part @shard is there; error INVALID: it was already, or does not belong. */
static bool
check_shard (const char *const *paths, guint i, SimditShard shard, guint *holders, guint n,
             GError **error)
{
  if (shard.of != n)
    g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_INVALID,
                 "%s: it is shard %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
                 "; expected as many files, got %u",
                 paths[i], shard.number, shard.of, n);
  else if (holders[shard.number - 1] != 0)
    g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_INVALID,
                 "%s: expected each shard once, got shard %" G_GUINT64_FORMAT " in %s, too",
                 paths[i], shard.number, paths[holders[shard.number - 1] - 1]);
  else
    {
      holders[shard.number - 1] = i + 1;
      return true;
    }
  return false;
}

SimditExploration *
simdit_explore_merge (const char *const *paths, guint n, const char *output_path, guint n_threads,
                      GError **error)
{
  g_autoptr (SimditRequest) request = NULL;
  g_autoptr (SimditSearch) search = NULL;
  g_autofree guint *holders = g_new0 (guint, n);
  SimditSearchRun run = { .n_threads = n_threads };

  for (guint i = 0; i < n; i++)
    {
      SimditShard shard;
      g_autoptr (SimditRequest) other = simdit_shard_read_request (paths[i], &shard, error);

      if (other == NULL || !check_shard (paths, i, shard, holders, n, error))
        return NULL;
      if (request == NULL)
        {
          request = g_steal_pointer (&other);
          search = simdit_search_new (request, error);
        }
      if (search == NULL || !simdit_shard_add (search, paths[i], error))
        return NULL;
    }
  if (search == NULL)
    {
      g_set_error_literal (error, SIMDIT_ERROR, SIMDIT_ERROR_INVALID,
                           "expected at least one file of a shard, got none");
      return NULL;
    }
  return finish (search, &run, output_path, error);
}
