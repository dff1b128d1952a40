/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * linux.namespaces as clone(2) flags and a list of namespaces to join.
 * Runs in: made in host, read in either.
 */
#ifndef TARE_PLAN_NAMESPACES_H
#define TARE_PLAN_NAMESPACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

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

/*
 * struct plan_namespaces
 * @create: CLONE_NEW* of all namespaces to make (CLONE_NEWCGROUP and CLONE_NEWTIME included)
 * @join:   those to enter, in the order of entering: user first, mount last
 * @uid_map, @gid_map: empty without a new user namespace
 */
struct plan_namespaces {
	unsigned long create;
	struct plan_join *join;
	size_t n_join;
	struct plan_idmap *uid_map, *gid_map;
	size_t n_uid_map, n_gid_map;
};

/* True if the container has its own namespace of the kind @flag (CLONE_NEW*), new or joined. */
bool plan_namespaces_has(const struct plan_namespaces *namespaces, unsigned long flag);

#endif
