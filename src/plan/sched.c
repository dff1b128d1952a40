/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scheduling and memory settings; see sched.h.  What the kernel would overlook in silence is refused
 * here, since a setting is applied as written or not at all (G-04).
 * Not here: what depends on the running kernel, such as the limits of deadlines; the kernel answers.
 * Runs in: host.
 */
#include "plan/sched.h"

#include <linux/sched.h>

#include "base/err.h"
#include "base/region.h"
#include "libocispec/oci/config.h"
#include "plan/work.h"

/* Reserved in linux/sched.h and implemented by no released kernel, which answers EINVAL. */
#define POLICY_ISO 4

/* sched(7): static priorities of real-time policies */
#define PRIORITY_MIN 1
#define PRIORITY_MAX 99

/* kernel/sched/deadline.c: shorter runtimes are lost in its arithmetic; the top bit marks overflow. */
#define RUNTIME_MIN 1024
#define TIME_MAX INT64_MAX

/* Kernels are built for 8192 CPUs at most, and for 1024 memory nodes (CONFIG_NODES_SHIFT is 10). */
#define CPUS_MAX 65536
#define NODES_MAX 1024

/* linux/mempolicy.h; the newest are Linux 5.12 (NUMA_BALANCING), 5.15 and 6.9. */
enum { MODE_DEFAULT, MODE_PREFERRED, MODE_BIND, MODE_INTERLEAVE, MODE_LOCAL, MODE_PREFERRED_MANY,
       MODE_WEIGHTED_INTERLEAVE };
enum { NODES_STATIC = 1 << 15, NODES_RELATIVE = 1 << 14, NUMA_BALANCING = 1 << 13 };

/* linux/ioprio.h */
#define IO_CLASS_SHIFT 13

static const uint32_t policies[] = {
	[OCI_SCHED_OTHER] = SCHED_NORMAL,
	[OCI_SCHED_FIFO] = SCHED_FIFO,
	[OCI_SCHED_RR] = SCHED_RR,
	[OCI_SCHED_BATCH] = SCHED_BATCH,
	[OCI_SCHED_ISO] = POLICY_ISO,
	[OCI_SCHED_IDLE] = SCHED_IDLE,
	[OCI_SCHED_DEADLINE] = SCHED_DEADLINE,
};

static const uint64_t sched_flags[] = {
	[OCI_SCHED_FLAG_RESET_ON_FORK] = SCHED_FLAG_RESET_ON_FORK,
	[OCI_SCHED_FLAG_RECLAIM] = SCHED_FLAG_RECLAIM,
	[OCI_SCHED_FLAG_DL_OVERRUN] = SCHED_FLAG_DL_OVERRUN,
	[OCI_SCHED_FLAG_KEEP_POLICY] = SCHED_FLAG_KEEP_POLICY,
	[OCI_SCHED_FLAG_KEEP_PARAMS] = SCHED_FLAG_KEEP_PARAMS,
	[OCI_SCHED_FLAG_UTIL_CLAMP_MIN] = SCHED_FLAG_UTIL_CLAMP_MIN,
	[OCI_SCHED_FLAG_UTIL_CLAMP_MAX] = SCHED_FLAG_UTIL_CLAMP_MAX,
};

static const int io_classes[] = {
	[OCI_IOPRIO_CLASS_RT] = 1,
	[OCI_IOPRIO_CLASS_BE] = 2,
	[OCI_IOPRIO_CLASS_IDLE] = 3,
};

/* How a memory policy uses its nodes. */
enum nodes { NODES_NONE, NODES_MAY, NODES_MUST };

static const struct {
	int mode;
	enum nodes nodes;
} modes[] = {
	[OCI_MPOL_DEFAULT] = { MODE_DEFAULT, NODES_NONE },
	[OCI_MPOL_BIND] = { MODE_BIND, NODES_MUST },
	[OCI_MPOL_INTERLEAVE] = { MODE_INTERLEAVE, NODES_MUST },
	[OCI_MPOL_WEIGHTED_INTERLEAVE] = { MODE_WEIGHTED_INTERLEAVE, NODES_MUST },
	[OCI_MPOL_PREFERRED] = { MODE_PREFERRED, NODES_MAY },
	[OCI_MPOL_PREFERRED_MANY] = { MODE_PREFERRED_MANY, NODES_MUST },
	[OCI_MPOL_LOCAL] = { MODE_LOCAL, NODES_NONE },
};

static const int mode_flags[] = {
	[OCI_MPOL_F_NUMA_BALANCING] = NUMA_BALANCING,
	[OCI_MPOL_F_RELATIVE_NODES] = NODES_RELATIVE,
	[OCI_MPOL_F_STATIC_NODES] = NODES_STATIC,
};

static const unsigned long domains[] = {
	[OCI_PERSONALITY_LINUX] = 0,
	[OCI_PERSONALITY_LINUX32] = 8, /* PER_LINUX32 of personality(2) */
};

static const char *word(struct plan_work *work, const struct oci_names *names, int value)
{
	return region_strdup(work->region, oci_names_word(names, value));
}

static bool is_real_time(const struct plan_scheduler *scheduler)
{
	return scheduler->policy == SCHED_FIFO || scheduler->policy == SCHED_RR;
}

static int check_priority(const struct plan_work *work, const struct oci_scheduler *given,
			  const struct plan_scheduler *scheduler, struct err *err)
{
	uint32_t at = given->at;

	if (!is_real_time(scheduler) && given->priority != 0)
		return err_say(err, work_place(work, at, "priority"),
			       "%s has no priority; SCHED_FIFO and SCHED_RR have", scheduler->name);
	/* With KEEP_PARAMS the kernel does not look at it. */
	if (is_real_time(scheduler) && (scheduler->flags & SCHED_FLAG_KEEP_PARAMS) == 0 &&
	    (given->priority < PRIORITY_MIN || given->priority > PRIORITY_MAX))
		return err_say(err, work_place(work, at, "priority"),
			       "%s needs a priority from %d to %d, not %d", scheduler->name, PRIORITY_MIN,
			       PRIORITY_MAX, given->priority);
	return 0;
}

/* sched_setattr(2): the kernel takes other policies' times for something else, or for nothing. */
static int check_no_times(const struct plan_work *work, const struct oci_scheduler *given,
			  const char *name, struct err *err)
{
	const char *key = given->runtime != 0 ? "runtime" :
			  given->deadline != 0 ? "deadline" :
			  given->period != 0 ? "period" : NULL;

	if (key == NULL)
		return 0;
	return err_say(err, work_place(work, given->at, "%s", key),
		       "%s has none; SCHED_DEADLINE has", name);
}

static int check_times(const struct plan_work *work, const struct oci_scheduler *given, struct err *err)
{
	const struct {
		const char *key;
		uint64_t ns;
	} times[] = {
		{ "runtime", given->runtime }, { "deadline", given->deadline }, { "period", given->period },
	};
	uint32_t at = given->at;

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		if (times[i].ns > TIME_MAX)
			return err_say(err, work_place(work, at, "%s", times[i].key),
				       "is more than the kernel takes, %lld ns", (long long)TIME_MAX);
	}
	if (given->runtime < RUNTIME_MIN)
		return err_say(err, work_place(work, at, "runtime"),
			       "SCHED_DEADLINE needs a runtime of at least %d ns", RUNTIME_MIN);
	if (given->deadline < given->runtime)
		return err_say(err, work_place(work, at, "deadline"),
			       "the deadline is shorter than the runtime");
	/* Not given means the deadline. */
	if (given->period != 0 && given->period < given->deadline)
		return err_say(err, work_place(work, at, "period"),
			       "the period is shorter than the deadline");
	return 0;
}

/* Only these two speak of deadlines; for other policies the kernel forgets them. */
static int check_flags(const struct plan_work *work, const struct oci_scheduler *given, const char *name,
		       struct err *err)
{
	for (uint32_t i = 0; i < given->flags.n; i++) {
		int flag = given->flags.item[i];

		if (flag == OCI_SCHED_FLAG_RECLAIM || flag == OCI_SCHED_FLAG_DL_OVERRUN)
			return err_say(err, work_place(work, given->at, "flags[%u]", i),
				       "%s means nothing to %s", oci_names_word(&oci_sched_flag_names, flag),
				       name);
	}
	return 0;
}

/*
 * A process with a deadline may not fork (sched(7)), and hooks that run after it got one are
 * children of the container's first process.
 */
static int check_hooks(const struct plan_work *work, const struct plan_scheduler *scheduler, struct err *err)
{
	const struct oci_hooks *hooks = work->input->config->hooks;

	if (hooks == NULL || hooks->start_container.n == 0 ||
	    (scheduler->flags & SCHED_FLAG_RESET_ON_FORK) != 0)
		return 0;
	return err_say(err, scheduler->at,
		       "SCHED_DEADLINE without SCHED_FLAG_RESET_ON_FORK leaves no way to run startContainer "
		       "hooks");
}

static int check_scheduler(const struct plan_work *work, const struct oci_scheduler *given,
			   const struct plan_scheduler *scheduler, struct err *err)
{
	if (check_priority(work, given, scheduler, err) < 0)
		return -1;
	if (scheduler->policy != SCHED_DEADLINE)
		return check_no_times(work, given, scheduler->name, err) < 0 ?
		       -1 : check_flags(work, given, scheduler->name, err);
	if ((scheduler->flags & SCHED_FLAG_KEEP_PARAMS) == 0 && check_times(work, given, err) < 0)
		return -1;
	return check_hooks(work, scheduler, err);
}

static int plan_scheduler(struct plan_work *work, const struct oci_scheduler *given,
			  struct plan_scheduler *ret, struct err *err)
{
	if (given == NULL)
		return 0;
	*ret = (struct plan_scheduler){
		.at = given->at,
		.present = true,
		.name = word(work, &oci_sched_policy_names, (int)given->policy),
		.policy = policies[given->policy],
		.nice = given->nice,
		.priority = (uint32_t)given->priority,
		.runtime = given->runtime,
		.deadline = given->deadline,
		.period = given->period,
	};
	for (uint32_t i = 0; i < given->flags.n; i++)
		ret->flags |= sched_flags[given->flags.item[i]];
	ret->nice_apart = ret->policy != SCHED_NORMAL && ret->policy != SCHED_BATCH &&
			  (ret->flags & SCHED_FLAG_KEEP_PARAMS) == 0;
	return check_scheduler(work, given, ret, err);
}

static void plan_io_priority(struct plan_work *work, const struct oci_io_priority *given,
			     struct plan_io_priority *ret)
{
	if (given == NULL)
		return;
	*ret = (struct plan_io_priority){
		.at = given->at,
		.present = true,
		.name = word(work, &oci_ioprio_class_names, (int)given->class),
		.level = given->priority,
		.value = io_classes[given->class] << IO_CLASS_SHIFT | given->priority,
	};
}

static int plan_cpus(struct plan_work *work, uint32_t at, const char *key, const char *text,
		     struct plan_bits *ret, struct err *err)
{
	if (text == NULL || text[0] == '\0')
		return 0;
	if (plan_bits_parse(work->region, text, CPUS_MAX, work_place(work, at, "%s", key), ret, err) < 0)
		return -1;
	if (ret->n == 0)
		return err_say(err, work_place(work, at, "%s", key), "names no CPU");
	return 0;
}

static int plan_affinity(struct plan_work *work, const struct oci_exec_affinity *given,
			 struct plan_affinity *ret, struct err *err)
{
	if (given == NULL)
		return 0;
	ret->at = given->at;
	if (plan_cpus(work, given->at, "initial", given->initial, &ret->initial, err) < 0)
		return -1;
	return plan_cpus(work, given->at, "final", given->final, &ret->final, err);
}

int plan_sched(struct plan_work *work, const struct oci_process *process, struct plan_process *ret,
	       struct err *err)
{
	if (plan_scheduler(work, process->scheduler, &ret->scheduler, err) < 0)
		return -1;
	plan_io_priority(work, process->io_priority, &ret->io_priority);
	return plan_affinity(work, process->exec_cpu_affinity, &ret->affinity, err);
}

/* The rules of sanitize_mpol_flags() and mpol_new() in mm/mempolicy.c, so that they have a place. */
static int check_mode_flags(const struct plan_work *work, const struct oci_mempolicy *given,
			    const struct plan_memory_policy *policy, struct err *err)
{
	const int both = NODES_STATIC | NODES_RELATIVE;
	int mode = modes[given->mode].mode;

	if ((policy->mode & both) == both)
		return err_say(err, work_place(work, given->at, "flags"),
			       "MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES exclude each other");
	if ((policy->mode & both) != 0 && policy->nodes.n == 0)
		return err_say(err, work_place(work, given->at, "flags"),
			       "there are no nodes that could be static or relative");
	if ((policy->mode & NUMA_BALANCING) != 0 && mode != MODE_BIND && mode != MODE_PREFERRED_MANY)
		return err_say(err, work_place(work, given->at, "flags"),
			       "MPOL_F_NUMA_BALANCING goes with MPOL_BIND and MPOL_PREFERRED_MANY, not with "
			       "%s", policy->name);
	return 0;
}

static int plan_memory_policy(struct plan_work *work, const struct oci_mempolicy *given,
			      struct plan_memory_policy *ret, struct err *err)
{
	const char *nodes;

	if (given == NULL)
		return 0;
	nodes = given->nodes == NULL ? "" : given->nodes;
	*ret = (struct plan_memory_policy){
		.at = given->at,
		.present = true,
		.name = word(work, &oci_mempolicy_mode_names, (int)given->mode),
		.nodes_text = region_strdup(work->region, nodes),
		.mode = modes[given->mode].mode,
	};
	for (uint32_t i = 0; i < given->flags.n; i++)
		ret->mode |= mode_flags[given->flags.item[i]];
	/* work_place() walks the text; the common case is no list at all. */
	if (nodes[0] != '\0' &&
	    plan_bits_parse(work->region, nodes, NODES_MAX, work_place(work, given->at, "nodes"),
			    &ret->nodes, err) < 0)
		return -1;
	if (modes[given->mode].nodes == NODES_NONE && ret->nodes.n > 0)
		return err_say(err, work_place(work, given->at, "nodes"), "%s takes no nodes", ret->name);
	if (modes[given->mode].nodes == NODES_MUST && ret->nodes.n == 0)
		return err_say(err, given->nodes == NULL ? given->at : work_place(work, given->at, "nodes"),
			       "%s needs one node or more in nodes", ret->name);
	return check_mode_flags(work, given, ret, err);
}

static void plan_personality(struct plan_work *work, const struct oci_personality *given,
			     struct plan_personality *ret)
{
	if (given == NULL)
		return;
	*ret = (struct plan_personality){
		.at = given->at,
		.present = true,
		.name = word(work, &oci_personality_domain_names, (int)given->domain),
		.domain = domains[given->domain],
	};
}

int plan_memory(struct plan_work *work, struct err *err)
{
	const struct oci_linux *on_linux = work->input->config->on_linux;

	if (on_linux == NULL)
		return 0;
	plan_personality(work, on_linux->personality, &work->plan->personality);
	return plan_memory_policy(work, on_linux->memory_policy, &work->plan->memory_policy, err);
}
