/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * User namespaces that say how the ids of a mount are mapped.  The kernel takes such a mapping as a
 * namespace, so one is made for it, in a process that exists only for that.
 * Runs in: host.
 */
#ifndef TARE_HOST_IDMAPS_H
#define TARE_HOST_IDMAPS_H

struct err;
struct plan;
struct plan_mount;

/*
 * For every mount of the plan: its user namespace in @user_ns (plan->mounts.n descriptors, owned by the
 * caller, all -1 before), -1 for a mount that has no mapping.  @joined (borrowed, -1 without one) is the user
 * namespace that the container joins, whose mapping is that of a mount without one of its own.  Equal mappings get
 * the same namespace.  -1 with @err filled; what was opened until then is in @user_ns.
 */
int idmaps_open(const struct plan *plan, int joined, int *user_ns, struct err *err);

/*
 * Map the ids of the detached copy @tree of what @source (O_PATH) is, as @mount asks.  The error for a file
 * system that cannot do that names it.
 */
int idmaps_apply(const struct plan_mount *mount, int source, int tree, int user_ns, struct err *err);

#endif
