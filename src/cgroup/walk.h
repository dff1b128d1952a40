/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Going through a cgroup and all cgroups below it, which the container made as it liked.
 * Private to this room.
 * Runs in: host.
 */
#ifndef TARE_CGROUP_WALK_H
#define TARE_CGROUP_WALK_H

#include <stddef.h>
#include <sys/types.h>

/* struct walk_pids - a growing list of process IDs; @pid is malloc(3)ed. */
struct walk_pids {
	pid_t *pid;
	size_t n, room;
};

/*
 * Call @visit for the directory @dir and every directory below it, however deep, parents first.  A directory
 * that vanishes meanwhile is passed over.  A negative result of @visit ends the walk and becomes
 * the result. -1 with errno when a directory cannot be read.
 */
int walk_each(int dir, int (*visit)(int dir, void *data), void *data);

/* Add the processes of @dir and below.  -1 with errno. */
int walk_add_pids(int dir, struct walk_pids *pids);

/*
 * Remove all directories below @dir, deepest first, however deep.  -1 with errno; EBUSY: one of
 * them holds processes.
 */
int walk_remove_below(int dir);

#endif
