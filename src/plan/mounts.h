/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mounts[] in the vocabulary of fsopen(2), open_tree(2) and mount_setattr(2).
 * Runs in: made in host, read in either.
 */
#ifndef TARE_PLAN_MOUNTS_H
#define TARE_PLAN_MOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plan/namespaces.h"

/* How a mount comes to be, and who makes it. */
enum plan_mount_kind {
	PLAN_MOUNT_FS,		/* a new superblock: fsopen, fsconfig, fsmount, made by init */
	PLAN_MOUNT_BIND,	/* a clone of a host path: open_tree by the host, sent to init */
	PLAN_MOUNT_CGROUP2,	/* type "cgroup" on a v2 host, or "cgroup2": cgroup2 as the container sees it */
	PLAN_MOUNT_CGROUP1,	/* type "cgroup" on v1 or hybrid (or forced): tmpfs with one mount per controller */
	PLAN_MOUNT_REMOUNT,	/* "remount": attributes of what is mounted there already */
};

/* Attributes for one mount_setattr(2): MOUNT_ATTR_* to set and to clear (clear first). */
struct plan_attr {
	uint64_t set, clear;
};

/* What fsconfig(2) gets: a key with a value, or a flag when @value is NULL. */
struct plan_param {
	const char *key, *value;
};

/*
 * struct plan_mount_idmap - ids of the files of an id-mapped mount (mount_setattr(2), MOUNT_ATTR_IDMAP):
 * what the file system has as `inside` is seen outside the container as `outside`.
 * @at:        where the mapping was asked for
 * @recursive: the mounts below the source too
 * Without any map it is the user namespace that the container joins which says.
 */
struct plan_mount_idmap {
	uint32_t at;
	bool recursive;
	struct plan_idmap *uid_map, *gid_map;
	size_t n_uid_map, n_gid_map;
};

/*
 * struct plan_mount - one entry, in document order.
 * @target:    destination, absolute, as written (resolved once, below the root)
 * @source:    for binds an absolute host path (relative ones joined to the bundle); else the source
 *             string for fsconfig "source", or NULL
 * @type:      file system type; "bind" for binds
 * @recursive: rbind
 * @attr:      attributes of this mount; @attr_recursive: of the whole tree (rro ...)
 * @late_readonly: a tmpfs asked to be "ro": made read-only once everything below it is in place
 * @params:    what fsconfig(2) gets, in order: superblock words ("ro", "sync", "lazytime"), then data;
 *             of PLAN_MOUNT_CGROUP1 a context for its tmpfs at most
 * @propagation: MS_* values (| MS_REC) applied one after the other once attached; MS_UNBINDABLE
 *               is MS_PRIVATE until the root file system is finished
 * @label:     SELinux context put on the mount's root once it is attached, or NULL; of other mounts it
 *             is among @params
 * @tmpcopyup: copy what is below the target into the new tmpfs first
 * @copy_symlink, @src_nofollow, @dest_nofollow: crun's options (cli-contract.md section 6)
 * @mode_from_target: tmpfs without mode=: takes the mode of the directory it covers
 * @is_proc_below: the target lies below /proc and is on the allow-list (security.md R4)
 * @is_proc_bound: a bind on /proc, as Podman has it where the pid namespace is the host's and the user namespace is
 *             not; nothing but a whole procfs may be bound there
 * @idmap:     NULL: ids are as the file system has them
 */
struct plan_mount {
	uint32_t at;
	enum plan_mount_kind kind;
	const char *target;
	const char *source;
	const char *type;
	const char *label;
	bool recursive;
	bool late_readonly;
	bool tmpcopyup;
	bool copy_symlink, src_nofollow, dest_nofollow;
	bool mode_from_target;
	bool is_proc_below, is_proc_bound;
	struct plan_attr attr, attr_recursive;
	struct plan_param *params;
	size_t n_params;
	unsigned long *propagation;
	size_t n_propagation;
	const struct plan_mount_idmap *idmap;
};

/*
 * One mounted v1 controller directory, for PLAN_MOUNT_CGROUP1.
 * @options: what to mount, e.g. "cpu,cpuacct" or "name=systemd"; "" for the hybrid's unified tree (cgroup2)
 * @name:    directory below the target; @links: NULL-terminated symlinks to @name ("cpu", "cpuacct"), or NULL
 */
struct plan_cgroup1 {
	const char *options;
	const char *name;
	const char *const *links;
};

/*
 * struct plan_mounts
 * @borrow_cgroup_ns: the container has no cgroup namespace, and sees its own cgroup all the same: cgroup
 *                    mounts are made in a namespace that lasts no longer than that (security.md V20)
 */
struct plan_mounts {
	struct plan_mount *item;
	size_t n;
	bool borrow_cgroup_ns;
	struct plan_cgroup1 *cgroup1;
	size_t n_cgroup1;
};

/*
 * Make every mount of cgroups read-only, for a container that is in the caller's cgroup (V20).  The first one that
 * was not, or NULL.
 */
const struct plan_mount *plan_mounts_protect_cgroup(struct plan_mounts *mounts);

/* Whether something may be mounted on the clean path (paths.h) @clean, a file below /proc (security.md R4). */
bool plan_mounts_is_proc_file(const char *clean);

/* Every option word that a mount may hold, NULL-terminated, for `features` (FT-03). */
const char *const *plan_mount_option_words(void);

#endif
