/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scheduling policy and parameters: sched_setattr(2).
 * Runs in: either.
 */
#ifndef TARE_SYS_SCHED_H
#define TARE_SYS_SCHED_H

#include <stdint.h>
#include <sys/types.h>

/*
 * struct sched_params - what sched_setattr(2) takes, Linux 3.14.
 * @policy:   SCHED_*
 * @flags:    SCHED_FLAG_* of linux/sched.h
 * @nice:     looked at for SCHED_OTHER and SCHED_BATCH only
 * @priority: of SCHED_FIFO and SCHED_RR, 1..99; 0 for the others
 * @runtime, @deadline, @period: of SCHED_DEADLINE, in nanoseconds; a @period of 0 means @deadline
 */
struct sched_params {
	uint32_t policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

/*
 * Give the calling thread @params; utilization clamps that @flags names become 0.  0, or -1 with errno
 * set: EPERM also for a real-time policy in a cgroup without real-time budget (cgroups v1), and for
 * SCHED_DEADLINE on fewer CPUs than the root domain has; EBUSY without deadline bandwidth left.
 */
int sched_set(const struct sched_params *params);

/* The same for the thread @pid, which needs CAP_SYS_NICE unless it is one of our own user's. */
int sched_set_of(pid_t pid, const struct sched_params *params);

/* What the kernel means by @error for @params, where it has more than one meaning: "; ...", or "". */
const char *sched_hint(const struct sched_params *params, int error);

#endif
