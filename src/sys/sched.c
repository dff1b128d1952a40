/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scheduling policy; see sched.h.
 * Runs in: init.
 */
#include "sys/sched.h"

#include <unistd.h>

#include "sys/uapi.h"

/* struct sched_attr of linux/sched/types.h; the last two since Linux 5.3, zero is fine before. */
struct attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t util_min, util_max;
};

int sched_set(const struct sched_params *params)
{
	struct attributes attributes = {
		.size = sizeof(attributes),
		.policy = params->policy,
		.flags = params->flags,
		.nice = params->nice,
		.priority = params->priority,
		.runtime = params->runtime,
		.deadline = params->deadline,
		.period = params->period,
	};

	return (int)syscall(SYS_sched_setattr, 0, &attributes, 0);
}
