/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scheduling and memory settings; see sched.h.
 * Runs in: init.
 */
#include "init/sched.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>

#include "init/init.h"
#include "sys/ioprio.h"
#include "sys/mempolicy.h"
#include "sys/sched.h"

static int apply_scheduler(const struct plan_scheduler *scheduler, struct err *err)
{
	const struct sched_params params = {
		.policy = scheduler->policy,
		.flags = scheduler->flags,
		.nice = scheduler->nice,
		.priority = scheduler->priority,
		.runtime = scheduler->runtime,
		.deadline = scheduler->deadline,
		.period = scheduler->period,
	};
	int error;

	if (!scheduler->present)
		return 0;
	if (scheduler->nice_apart && setpriority(PRIO_PROCESS, 0, scheduler->nice) < 0)
		return err_errno(err, scheduler->at, "set the nice value %d", scheduler->nice);
	if (sched_set(&params) == 0)
		return 0;
	error = errno;
	(void)err_say(err, scheduler->at, "set the scheduling policy %s: %s%s", scheduler->name, err_reason(error),
		      sched_hint(&params, error));
	err->code = error;
	return -1;
}

static int apply_io_priority(const struct plan_io_priority *priority, struct err *err)
{
	if (priority->present && ioprio_set_group(priority->value) < 0)
		return err_errno(err, priority->at, "set the I/O priority %s %d", priority->name, priority->level);
	return 0;
}

/* The kernel silently leaves out nodes that do not exist or that the cpuset forbids. */
static int check_nodes(const struct plan_memory_policy *policy, struct err *err)
{
	unsigned long nodes[PLAN_BITS_WORDS(MEMPOLICY_NODES)] = { 0 };

	if (policy->nodes.n == 0)
		return 0;
	if (mempolicy_get_nodes(nodes) < 0)
		return err_errno(err, policy->at, "look at the memory policy");
	for (size_t i = 0; i < policy->nodes.n; i++) {
		unsigned long bit = 1UL << i % PLAN_BITS_WORD;

		if ((policy->nodes.word[i / PLAN_BITS_WORD] & ~nodes[i / PLAN_BITS_WORD] & bit) != 0)
			return err_say(err, policy->at, "set the memory policy %s for nodes %s: this machine has no "
				       "node %zu, or the cpuset forbids it", policy->name, policy->nodes_text, i);
	}
	return 0;
}

static int apply_memory_policy(const struct plan_memory_policy *policy, struct err *err)
{
	if (!policy->present)
		return 0;
	if (mempolicy_set(policy->mode, policy->nodes.word, policy->nodes.n) < 0)
		return err_errno(err, policy->at, "set the memory policy %s%s%s", policy->name,
				 policy->nodes.n > 0 ? " for nodes " : "", policy->nodes.n > 0 ? policy->nodes_text : "");
	/* Of nodes that are counted relative to the allowed ones the kernel keeps what was asked for. */
	return check_nodes(policy, err);
}

/* The domain alone: flags such as ADDR_NO_RANDOMIZE that our caller has set do not stay. */
static int apply_personality(const struct plan_personality *persona, struct err *err)
{
	if (persona->present && personality(persona->domain) < 0)
		return err_errno(err, persona->at, "set the execution domain %s", persona->name);
	return 0;
}

int sched_apply(struct init *init, struct err *err)
{
	const struct plan_process *process = &init->plan->process;

	if (!process->present)
		return 0;
	/* For exec the host does it, to the process that stays: a policy need not pass to a child, nor allow one. */
	if ((!init->plan->exec.present && apply_scheduler(&process->scheduler, err) < 0) || apply_io_priority(&process->io_priority, err) < 0 ||
	    apply_memory_policy(&init->plan->memory_policy, err) < 0)
		return -1;
	return apply_personality(&init->plan->personality, err);
}
