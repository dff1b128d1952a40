/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory limits; see memory_limits.h.
 * Runs in: host.
 */
#include "plan/memory_limits.h"

#include "base/err.h"
#include "libocispec/oci/resources.h"
#include "plan/judge.h"

/*
 * The memory limit of a container that has one changes, and nothing is said of swap.  Taken away, it takes
 * that of swap along, as managers expect; raised, v1 would refuse it in the kernel's words.
 */
static int judge_swap_beside(const struct judge *j, const struct oci_memory *m)
{
	if (m->limit.v == LIMIT_UNLIMITED)
		judge_add(j, j->is_v2 ? LIMIT_SWAP_MAX : LIMIT_MEMSW_MAX, m->at, "memory.limit", LIMIT_UNLIMITED);
	else if (j->is_v1 && j->present->memsw != LIMIT_UNLIMITED && m->limit.v > j->present->memsw)
		return err_say(j->err, oci_source_find(j->input->source, j->at, "memory.limit"),
			       "more than the %lld bytes that the container has for memory and swap together; "
			       "change memory.swap as well", (long long)j->present->memsw);
	return 0;
}

/*
 * Without a memory limit beside it, v1 judges swap by the limit that the cgroup has; v2 could not be
 * told a sum, unless the cgroup has a limit already.
 */
static int judge_swap(const struct judge *j, const struct oci_memory *m)
{
	static const char name[] = "memory.swap";
	int64_t limit = m->limit.set ? m->limit.v : 0;
	bool needs_limit = j->is_v2 || limit != 0 || j->present;

	if (!m->swap.set || m->swap.v == 0)
		return j->present ? judge_swap_beside(j, m) : 0;
	if (limit == 0 && j->present)
		limit = j->present->memory;
	if (m->swap.v < LIMIT_UNLIMITED)
		return judge_refuse(j, name, judge_below_unlimited);
	if (m->swap.v != LIMIT_UNLIMITED && needs_limit && limit <= 0)
		return judge_refuse(j, name, "it counts memory and swap together: it needs memory.limit");
	if (m->swap.v != LIMIT_UNLIMITED && m->swap.v < limit)
		return judge_refuse(j, name, "it counts memory and swap together, so it cannot be less "
				    "than memory.limit");
	if (!j->is_v2)
		judge_add(j, LIMIT_MEMSW_MAX, m->at, name, m->swap.v);
	else if (m->swap.v == LIMIT_UNLIMITED)
		judge_add(j, LIMIT_SWAP_MAX, m->at, name, LIMIT_UNLIMITED);
	else
		judge_add(j, LIMIT_SWAP_MAX, m->at, name, m->swap.v - limit);
	return 0;
}

/*
 * One that is switched on or off.  What the kernel does anyway where there is no v1 controller needs
 * no limit there; elsewhere it is written, since an ancestor's value may have been inherited.
 */
static int judge_switch(const struct judge *j, enum limit kind, uint32_t at, const char *name,
			const struct opt_bool *value, bool usual)
{
	if (!value->set)
		return 0;
	if (value->v != usual && j->is_v2)
		return judge_refuse_v2(j, name);
	if (j->is_v1 || value->v != usual)
		judge_add(j, kind, at, name, value->v);
	return 0;
}

static int judge_swappiness(const struct judge *j, const struct oci_memory *m)
{
	static const char name[] = "memory.swappiness";

	if (!m->swappiness.set)
		return 0;
	if (m->swappiness.v > 100)
		return judge_refuse(j, name, "more than 100");
	if (j->is_v2)
		return judge_refuse_v2(j, name);
	judge_add(j, LIMIT_MEMORY_SWAPPINESS, m->at, name, (int64_t)m->swappiness.v);
	return 0;
}

/* v2 never had another kind of accounting, v1 not since Linux 5.11. */
static int judge_hierarchy(const struct judge *j, const struct oci_memory *m)
{
	static const char name[] = "memory.useHierarchy";

	if (m->use_hierarchy.set && !m->use_hierarchy.v && j->is_v2)
		return judge_refuse(j, name, "memory is always counted hierarchically");
	return judge_switch(j, LIMIT_MEMORY_HIERARCHY, m->at, name, &m->use_hierarchy, true);
}

int memory_limits_judge(const struct judge *all, const struct oci_memory *m)
{
	const struct judge j = judge_of(all, "memory");
	const enum limit kernel = j.is_v2 ? JUDGE_NO_LIMIT : LIMIT_MEMORY_KERNEL;
	const enum limit tcp = j.is_v2 ? JUDGE_NO_LIMIT : LIMIT_MEMORY_KERNEL_TCP;

	j.ret->check_memory = m->check_before_update.v;
	if (judge_hierarchy(&j, m) < 0 ||
	    judge_number(&j, LIMIT_MEMORY_MAX, m->at, "memory.limit", &m->limit) < 0 ||
	    judge_number(&j, LIMIT_MEMORY_LOW, m->at, "memory.reservation", &m->reservation) < 0 ||
	    judge_swap(&j, m) < 0 ||
	    judge_number(&j, kernel, m->at, "memory.kernel", &m->kernel) < 0 ||
	    judge_number(&j, tcp, m->at, "memory.kernelTCP", &m->kernel_tcp) < 0 ||
	    judge_swappiness(&j, m) < 0)
		return -1;
	return judge_switch(&j, LIMIT_MEMORY_OOM_DISABLE, m->at, "memory.disableOOMKiller",
			    &m->disable_oom_killer, false);
}
