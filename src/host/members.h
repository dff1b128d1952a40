/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who belongs to a container: the processes in its cgroup and below it, or, when it has no cgroup of its own, those in
 * its pid namespace and the ones below that.
 * Not here: what is done to them (kill.h, ps.h).
 * Runs in: host.
 */
#ifndef TARE_HOST_MEMBERS_H
#define TARE_HOST_MEMBERS_H

#include <stddef.h>
#include <sys/types.h>

struct err;
struct lookup;

/*
 * The processes of @found, as our pid namespace counts; *@ret_pids is malloc(3)ed, NULL when there is none.
 * -1 with @err, also when nothing tells its processes from others: it has no cgroup and shares a pid namespace.
 */
int members_list(struct lookup *found, pid_t **ret_pids, size_t *ret_n, struct err *err);

/*
 * Is the process @pid, which the caller holds by a descriptor so that the number keeps its owner, one of them?  1, 0,
 * or -1 with @err.
 */
int members_has(struct lookup *found, pid_t pid, struct err *err);

#endif
