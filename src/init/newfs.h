/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * New superblocks for mounts of the plan, and new parameters for old ones.
 * Runs in: init.
 */
#ifndef TARE_INIT_NEWFS_H
#define TARE_INIT_NEWFS_H

struct err;
struct plan_mount;

/*
 * A detached mount of a new superblock as @mount asks; @mode is the permission bits to give it in octal, or
 * NULL.  Returns the descriptor; -1 with @err filled by the parameter at fault and the kernel's own words.
 */
int newfs_make(const struct plan_mount *mount, const char *mode, struct err *err);

/* Give the parameters of @mount to the superblock that is mounted at @target, the root of a mount. */
int newfs_change(const struct plan_mount *mount, int target, struct err *err);

#endif
