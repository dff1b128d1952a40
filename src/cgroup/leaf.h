/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cgroup below the container's that holds its processes and is theirs to manage (plan_cgroup.leaf); the
 * container's own has the limits.  Of the v2 tree alone.  Private to this room.
 * Runs in: host.
 */
#ifndef TARE_CGROUP_LEAF_H
#define TARE_CGROUP_LEAF_H

#include "cgroup/cgroup.h"

/*
 * Make it below the container's directory, which is open, and leave it open in cg->leaf; does nothing for a plan
 * without one.  One that is there already is used.  It goes with the container's, as all below that does.
 */
int leaf_make(struct cgroup *cg, const struct plan_cgroup *plan, struct err *err);

/* The directory of hierarchy @i that processes are put into: that of the leaf where there is one. */
int leaf_dir(const struct cgroup *cg, size_t i);

#endif
