/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scheduling policy; see sched.h.
 * Runs in: either.
 */
#include "sys/sched.h"

#include <errno.h>
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

/* sched(7), linux/sched.h; a C library may hide the name */
#define POLICY_DEADLINE 6

int sched_set_of(pid_t pid, const struct sched_params *params)
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

	return (int)syscall(SYS_sched_setattr, pid, &attributes, 0);
}

int sched_set(const struct sched_params *params)
{
	return sched_set_of(0, params);
}

const char *sched_hint(const struct sched_params *params, int error)
{
	if (params->policy == POLICY_DEADLINE && error == EPERM)
		return "; deadlines need CAP_SYS_NICE and all CPUs of the machine or of the cpuset";
	if (params->policy == POLICY_DEADLINE && error == EBUSY)
		return "; the CPUs have not as much time left to promise";
	if (params->priority != 0 && error == EPERM)
		return "; real-time policies need CAP_SYS_NICE and, with cgroups v1, a real-time budget of the "
		       "container's cgroup (cpu.rt_runtime_us)";
	return "";
}
