/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who owns the tree, and so who makes and removes a container's cgroup: one table of functions for
 * each enum cgroup_manager.  Private to this room; the meaning of each is that of cgroup_open(),
 * cgroup_create(), cgroup_adopt(), cgroup_update() and cgroup_remove().  Whoever has further records of the
 * limits, to be kept in step with the files, changes them around a call of update_files() (update.h): before it,
 * and back when it fails.
 * Runs in: host.
 */
#ifndef TARE_CGROUP_PLACE_H
#define TARE_CGROUP_PLACE_H

#include "cgroup/cgroup.h"

/*
 * @adopt: cgroup_adopt(), of those that need a process before there is a cgroup; NULL of others
 */
struct place {
	int (*open)(struct cgroup *cg, const struct plan_cgroup *plan, struct err *err);
	int (*create)(struct cgroup *cg, const struct plan_cgroup *plan, struct err *err);
	int (*adopt)(struct cgroup *cg, const struct plan_cgroup *plan, pid_t pid, struct err *err);
	int (*update)(struct cgroup *cg, const struct plan_cgroup *plan, struct err *err);
	int (*remove)(struct cgroup *cg, int deadline_ms, struct err *err);
};

/* We do, with mkdir(2) and rmdir(2). */
extern const struct place place_fs;

/* systemd does; what is below the container's scope is ours. */
extern const struct place place_systemd;

/* Nobody: the container stays in our cgroup. */
extern const struct place place_none;

#endif
