/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Removing what place_fs.c made.  Private to this room.
 * Runs in: host.
 */
#ifndef TARE_CGROUP_REMOVE_H
#define TARE_CGROUP_REMOVE_H

#include "cgroup/cgroup.h"

/* cgroup_remove() for directories that we made ourselves. */
int remove_directories(struct cgroup *cg, int deadline_ms, struct err *err);

/* cgroup_remove_empty() for the directory in the first tree, if we made it. */
bool remove_empty(const struct cgroup *cg);

#endif
