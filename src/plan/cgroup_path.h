/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the container's cgroup lies, in which trees, and whom it belongs to.
 * Runs in: host.
 */
#ifndef TARE_PLAN_CGROUP_PATH_H
#define TARE_PLAN_CGROUP_PATH_H

#include <stdbool.h>

struct err;
struct plan_cgroup;
struct plan_input;
struct region;

/*
 * Fill path, path_at, path_given, hierarchies, delegate, delegate_uid, leaf and leaf_at of @ret, whose manager and
 * mode are known; of systemd the names of its scope, too.  Nothing without a manager.  Refuses a linux.cgroupsPath
 * with ".." or that names the root of the tree, and a leaf (run.oci.delegate-cgroup) where there can be none.
 */
int cgroup_path_plan(struct region *region, const struct plan_input *input,
		     struct plan_cgroup *ret, struct err *err);

/* @name can be that of one directory of ours within a cgroup; "" is left to the caller. */
bool cgroup_path_is_name(const char *name);

#endif
