/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of the host's file systems and namespaces goes into the container, opened before anything is
 * made: the root tree, sources of bind mounts, namespaces to join.
 * Runs in: host.
 */
#ifndef TARE_HOST_MOUNTS_H
#define TARE_HOST_MOUNTS_H

#include <stddef.h>

struct err;
struct plan;

/*
 * struct host_mounts
 * @root_dir: O_PATH of the root file system's directory
 * @user_ns:  malloc(3)ed, by plan mount: the user namespace that maps its ids, -1 where there is none
 * @join:     malloc(3)ed, of @n_join: the namespaces to join, until mounts_open() puts them behind the others in @fds
 * @fds:      malloc(3)ed, in the order of WIRE_GO (wire/message.h) without the FIFO ends
 */
struct host_mounts {
	int root_dir;
	int *user_ns;
	size_t n_user_ns;
	int *join;
	size_t n_join;
	int *fds;
	size_t n;
};

#define HOST_MOUNTS_INIT ((struct host_mounts){ .root_dir = -1 })

/*
 * Open everything that the plan names.  @container is -1, or with a plan for a container that is there already a pidfd
 * of its first process.  -1 with @err naming the path and its place.
 */
int mounts_open(struct host_mounts *mounts, const struct plan *plan, int container, struct err *err);

/*
 * The namespace of kind @flag (CLONE_NEW*) that is to be joined, opened: borrowed, until mounts_close().  -1 when
 * none of that kind is.
 */
int mounts_namespace(const struct host_mounts *mounts, const struct plan *plan, unsigned long flag);

/* Close all; accepts HOST_MOUNTS_INIT. */
void mounts_close(struct host_mounts *mounts);

#endif
