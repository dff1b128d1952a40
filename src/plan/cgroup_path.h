/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the container's cgroup lies, in which trees, and whom it belongs to.
 * Runs in: host.
 */
#ifndef TARE_PLAN_CGROUP_PATH_H
#define TARE_PLAN_CGROUP_PATH_H

struct err;
struct plan_cgroup;
struct plan_input;
struct region;

/*
 * Fill path, path_at, path_given, hierarchies, delegate and delegate_uid of @ret, whose manager is
 * cgroupfs or systemd; of the latter the names of its scope, too.  Refuses a linux.cgroupsPath with ".." or that names the root of the tree.
 */
int cgroup_path_plan(struct region *region, const struct plan_input *input,
		     struct plan_cgroup *ret, struct err *err);

#endif
