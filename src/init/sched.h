/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings of the payload's process that the kernel keeps over execve(2): scheduling policy, I/O
 * priority, memory policy, execution domain.
 * Runs in: init.
 */
#ifndef TARE_INIT_SCHED_H
#define TARE_INIT_SCHED_H

struct init;
struct err;

/*
 * process.scheduler, process.ioPriority, linux.memoryPolicy, linux.personality.  While still
 * privileged, after the cgroup was entered (a cpuset bounds CPUs and nodes), as leader of a process
 * group of our own, and before a filter could forbid the calls (security.md step 13).
 */
int sched_apply(struct init *init, struct err *err);

#endif
