/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compiled seccomp filters kept between commands, by content: compiling one takes longer than all the
 * rest of a start.  <state root>/.cache/seccomp/<hash>; the whole key is in the file and compared, so
 * that a wrong hit cannot happen.  A container has its own in its directory, for `exec`: mostly a second
 * name of the same file.
 * Runs in: host.
 */
#ifndef TARE_HOST_FILTERS_H
#define TARE_HOST_FILTERS_H

#include <stdbool.h>

#include "plan/seccomp.h"

struct arena;
struct config;
struct err;

/*
 * The filter compiled earlier from exactly the text of @config's seccomp object by this very build.
 * The cache's directory goes to *@ret_cache, which is the caller's then, for filters_attach().
 * False when there is none, or when the cache cannot be trusted or read: it is then compiled again.
 */
bool filters_find(struct arena *arena, const char *root, const struct config *config, struct plan_filter *ret,
		  int *ret_cache);

/*
 * Give the container whose directory is @dirfd the filter that was made from @config's seccomp object: a link
 * to the one that filters_find() found in @cache (-1: none), as far as that goes, else a file of its own.
 */
int filters_attach(int cache, const struct config *config, const struct plan_filter *filter, int dirfd,
		   struct err *err);

/* Keep what filters_attach() wrote to @dirfd for next time.  Best effort: failing costs time, nothing else. */
void filters_keep(const char *root, const struct config *config, int dirfd);

/* The filter of filters_attach(), in @arena.  -1 with @err when it is missing or damaged: there is no other. */
int filters_read(struct arena *arena, int dirfd, struct plan_filter *ret, struct err *err);

#endif
