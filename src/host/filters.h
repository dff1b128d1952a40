/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compiled seccomp filters kept between commands, by content: compiling one takes longer than all the
 * rest of a start.  <state root>/.cache/seccomp/<hash>; the whole key is in the file and compared, so
 * that a wrong hit cannot happen.
 * Runs in: host.
 */
#ifndef TARE_HOST_FILTERS_H
#define TARE_HOST_FILTERS_H

#include <stdbool.h>

#include "plan/seccomp.h"

struct arena;
struct config;

/*
 * The filter compiled earlier from exactly the text of @config's seccomp object by this very build.
 * False when there is none, or when the cache cannot be trusted or read: it is then compiled again.
 */
bool filters_find(struct arena *arena, const char *root, const struct config *config, struct plan_filter *ret);

/* Keep @filter for next time.  Best effort: failing costs time, nothing else. */
void filters_keep(const char *root, const struct config *config, const struct plan_filter *filter);

#endif
