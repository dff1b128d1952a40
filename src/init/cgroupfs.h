/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mounts of type "cgroup": the container's own subtree of every hierarchy, and nothing above it.
 * Runs in: init.
 */
#ifndef TARE_INIT_CGROUPFS_H
#define TARE_INIT_CGROUPFS_H

struct err;
struct init;
struct plan_mount;

/*
 * The detached mount for @mount (PLAN_MOUNT_CGROUP2, or PLAN_MOUNT_CGROUP1: a tmpfs still to be filled).
 * Returns the descriptor, or -1 with @err filled.
 */
int cgroupfs_make(const struct init *init, const struct plan_mount *mount, struct err *err);

/* Put every v1 hierarchy below the tmpfs @base of cgroupfs_make(), once that is attached. */
int cgroupfs_fill(const struct init *init, const struct plan_mount *mount, int base, struct err *err);

#endif
