/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The root file system: attach its tree, put every mount of the plan in its place, and change root.
 * Runs in: init.
 */
#ifndef TARE_INIT_ROOTFS_H
#define TARE_INIT_ROOTFS_H

#include <stdbool.h>
#include <stddef.h>

struct init;
struct err;

/* Make the procfs that serves as trusted handle before any path of the container counts. */
int rootfs_prepare_proc(struct init *init, struct err *err);

/* Cut our mount namespace off from the host's and attach the root tree where the host sees it. */
int rootfs_attach(struct init *init, struct err *err);

/*
 * Put mount @i of the plan in its place; init->tree[i] is it then, also when a later part of it fails.  With a plan
 * of `mounts` its place cannot be the root itself.
 */
int rootfs_place(struct init *init, size_t i, struct err *err);

/*
 * What had to wait until all mounts were in place: make mount @i read-only, and unbindable.  *@is_below_late, false at
 * the first mount, tells the next ones that one before them has set a type on everything below it.
 */
int rootfs_seal(struct init *init, size_t i, bool *is_below_late, struct err *err);

/* All mounts, in document order. */
int rootfs_mount(struct init *init, struct err *err);

/* pivot_root(2) (or --no-pivot: move and chroot), and let the old root go. */
int rootfs_change(struct init *init, struct err *err);

/* What could not be read-only before, then the propagation of "/"; closes all mounts. */
int rootfs_finish(struct init *init, struct err *err);

/* Close the handles that only setting up needed, so that waiting for `start` holds none. */
int rootfs_release(struct init *init, struct err *err);

#endif
