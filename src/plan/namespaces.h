/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * linux.namespaces as clone(2) flags and a list of namespaces to join; id maps and clock offsets.
 * Runs in: made in host, read in either.
 */
#ifndef TARE_PLAN_NAMESPACES_H
#define TARE_PLAN_NAMESPACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A namespace that exists and is joined by setns(2). */
struct plan_join {
	uint32_t at;
	unsigned long flag;	/* one CLONE_NEW* */
	const char *path;	/* opened by the host before anything else */
};

/* One line of uid_map or gid_map, user_namespaces(7). */
struct plan_idmap {
	uint32_t at;
	uint32_t inside, outside, count;
};

/* An offset of one clock of a new time namespace, as /proc/PID/timens_offsets wants it (time_namespaces(7)). */
struct plan_clock {
	uint32_t at;
	const char *name;	/* "monotonic" or "boottime" */
	int64_t secs;
	uint32_t nanosecs;
};

/*
 * struct plan_namespaces
 * @create: CLONE_NEW* of all namespaces to make (CLONE_NEWCGROUP and CLONE_NEWTIME included)
 * @born:   those of @create that the host's clone makes; the cgroup namespace is never among them,
 *          since init makes it once it is in its cgroup
 * @is_staged: init enters @join, then clones a second process that makes the rest of @create and
 *          becomes the container's first one.  Needed where a process cannot enter by itself (pid, a
 *          time namespace with offsets) or where the order of rights wants it: namespaces of the outer
 *          user namespace are entered before the inner one exists, those of the inner one are made in it
 * @join:   those to enter, in the order of entering: user first, mount last
 * @has_user: a user namespace is among the new or joined ones
 * @is_user_implied: the config has no user namespace, and an ordinary user needs one
 * @uid_map, @gid_map: of a new user namespace; of a joined one, if given: to be compared with it
 * @uid_helper, @gid_helper: programs that write the map for us (newuidmap(1)); NULL: we may do it
 * @deny_setgroups: setgroups(2) must be forbidden in the new user namespace before its gid map may be
 *          written (user_namespaces(7)); supplementary groups can then be neither set nor dropped
 * @setup_uid, @setup_gid: ids in the user namespace that set the container up: 0, or the payload's
 *          where 0 is not mapped
 * @clocks: offsets of the new time namespace
 */
struct plan_namespaces {
	unsigned long create;
	unsigned long born;
	bool is_staged;
	struct plan_join *join;
	size_t n_join;
	bool has_user;
	bool is_user_implied;
	struct plan_idmap *uid_map, *gid_map;
	size_t n_uid_map, n_gid_map;
	const char *uid_helper, *gid_helper;
	bool deny_setgroups;
	uid_t setup_uid;
	gid_t setup_gid;
	struct plan_clock *clocks;
	size_t n_clocks;
};

/* True if the container has its own namespace of the kind @flag (CLONE_NEW*), new or joined. */
bool plan_namespaces_has(const struct plan_namespaces *namespaces, unsigned long flag);

/* True if the namespace of the kind @flag is an existing one, to be joined. */
bool plan_namespaces_joins(const struct plan_namespaces *namespaces, unsigned long flag);

/* True if @id can be used inside: @map (of @n lines) has it, or is empty and so unknown. */
bool plan_namespaces_maps(const struct plan_idmap *map, size_t n, uint32_t id);

/* What the id @inside is outside by @map, into *@ret; false when @map does not have it. */
bool plan_namespaces_outside(const struct plan_idmap *map, size_t n, uint32_t inside, uint32_t *ret);

#endif
