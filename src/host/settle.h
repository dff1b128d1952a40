/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What only the host can do to the container's first process, while that waits for WIRE_SETTLED: write
 * the id maps of its new user namespace, and what needs rights that no user namespace gives.
 * Runs in: host.
 */
#ifndef TARE_HOST_SETTLE_H
#define TARE_HOST_SETTLE_H

#include <sys/types.h>

struct err;
struct plan;
struct plan_process;

/*
 * For a container with a user namespace, new or joined, do all of that to @pid, our child that was not
 * waited for.  The maps of a joined one are compared with those that the config gives, if any.
 */
int settle_process(const struct plan *plan, pid_t pid, struct err *err);

/*
 * Of that only what is the process's own: resource limits that are to rise, and oomScoreAdj.  For exec, whose
 * process gives its rights away before it is the one that stays.
 */
int settle_rights(const struct plan_process *process, pid_t pid, struct err *err);

#endif
