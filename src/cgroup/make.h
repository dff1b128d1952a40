/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Making the directories of a container's cgroup; remove.h is the counterpart.  Private to this room.
 * Runs in: host.
 */
#ifndef TARE_CGROUP_MAKE_H
#define TARE_CGROUP_MAKE_H

#include <stdbool.h>
#include <stddef.h>

#include "cgroup/cgroup.h"

/* @cg for the hierarchies of @plan, none of them open yet; @path instead of the plan's. */
int make_begin(struct cgroup *cg, const struct plan_cgroup *plan, const char *path, struct err *err);

/* What is wrong with the directories points to the property that names them.  Always -1. */
int make_refusal(const struct plan_cgroup *plan, struct err *err);

/*
 * Open the deepest directory of the path in hierarchy @i that exists, and note in its `kept` how deep it is.
 * Refuses what is no cgroup file system.
 */
int make_open_deepest(struct cgroup *cg, size_t i, struct err *err);

/*
 * Make what is missing below the directory that make_open_deepest() left open, and leave the last one open;
 * `kept` is exact afterwards.  Unless @is_shared, somebody who makes the last one meanwhile is an error.
 */
int make_tree(struct cgroup *cg, size_t i, bool is_shared, struct err *err);

#endif
