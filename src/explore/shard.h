/*
 * A part of an exploration as a file: the request, which chunks it covers, and the summaries of
 * what was found there, with a digest, so that damage shows.
 */
#ifndef SIMDIT_EXPLORE_SHARD_H
#define SIMDIT_EXPLORE_SHARD_H

#include "explore/search.h"

typedef struct
{
  uint64_t number, of; /* from 1 */
} SimditShard;

/** simdit_shard_chunks: which chunks of a search a shard covers: below @end. */
void simdit_shard_chunks (const SimditSearch *search, SimditShard shard, uint64_t *begin,
                          uint64_t *end);

/** simdit_shard_write: what @search found; error IO. */
bool simdit_shard_write (const SimditSearch *search, SimditShard shard, const char *path,
                         GError **error);

/** simdit_shard_read_request: what a file is part of, and which part; error IO. */
SimditRequest *simdit_shard_read_request (const char *path, SimditShard *shard, GError **error);

/**
 * simdit_shard_add: adds what is in a file to @search.
 *
 * Errors IO (damaged), INVALID (of another exploration).
 */
bool simdit_shard_add (SimditSearch *search, const char *path, GError **error);

#endif
