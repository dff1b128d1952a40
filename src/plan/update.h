/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * New limits for a container that exists: the same judging as when it was made, of what is named alone.
 * Runs in: host.
 */
#ifndef TARE_PLAN_UPDATE_H
#define TARE_PLAN_UPDATE_H

#include "plan/limits.h"

struct oci_resources;
struct oci_source;

/*
 * struct plan_update
 * @resources: what is to change; what is absent stays as it is, and 0 is absent as when a container is made,
 *             but for a burst, which 0 takes back
 * @source:    the document they are from
 * @mode, @controllers: the trees that the container is in: the latter as in struct facts, names of v1
 *             controllers, NULL-terminated
 * @present:   what it has
 * @has_scope: systemd keeps its cgroup; @is_user: that of an ordinary user does
 */
struct plan_update {
	const struct oci_resources *resources;
	const struct oci_source *source;
	enum cgroup_mode mode;
	const char *const *controllers;
	struct plan_present present;
	bool has_scope, is_user;
};

/*
 * Judge @update.  Of *@ret only mode, has_resources, check_memory, the two lists and, for a scope, its
 * properties are filled; there are no
 * device rules unless `devices` names some.  Names of limits are those of the document: "memory.limit".
 * -1 with @err filled, placed in the source.
 */
int plan_update_limits(struct region *region, const struct plan_update *update, struct plan_cgroup *ret,
		       struct err *err);

#endif
