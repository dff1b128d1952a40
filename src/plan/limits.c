/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * linux.resources to limits; see limits.h.  Where the cgroup lies is decided in cgroup_path.c,
 * device rules in device_rules.c. Runs in: host.
 */
#include "plan/limits.h"

#include <string.h>

#include "base/err.h"
#include "base/region.h"
#include "libocispec/oci/config.h"
#include "plan/cgroup_path.h"
#include "plan/device_rules.h"
#include "plan/plan.h"

/* A kind that one of the two versions does not have. */
#define NO_LIMIT LIMIT_KINDS

/* Largest and smallest values of cpu.shares, kernel/sched/sched.h. */
enum { SHARES_MIN = 2, SHARES_MAX = 262144, WEIGHT_MAX = 10000 };

/*
 * struct judge - one pass over the resources.
 * @at:    offset of the resources object
 * @is_v2: limits are written to a cgroup2 tree
 */
struct judge {
	const struct plan_input *input;
	struct region *region;
	struct plan_cgroup *ret;
	struct err *err;
	uint32_t at;
	bool is_v2;
};

static const char below_unlimited[] = "negative, and not -1 for \"no limit\"";
static const char not_in_v2[] = "cgroup v2 has no such setting";
static const char unsupported[] = "not supported by this version";

/* @name is a property's path below linux.resources; whoever prints the refusal says it in full. */
static int refuse(const struct judge *j, const char *name, const char *why)
{
	return err_say(j->err, oci_source_find(j->input->source, j->at, name), "%s", why);
}

static void add(const struct judge *j, enum limit kind, uint32_t at, const char *name,
		int64_t value)
{
	j->ret->limits[j->ret->n_limits++] = (struct plan_limit){
		.at = at,
		.kind = kind,
		.value = value,
		.name = region_format(j->region, "linux.resources.%s", name),
	};
}

static void add_text(const struct judge *j, enum limit kind, uint32_t at, const char *name,
		     const char *text)
{
	add(j, kind, at, name, 0);
	j->ret->limits[j->ret->n_limits - 1].text = region_strdup(j->region, text);
}

/*
 * One number whose 0 means "not given" and whose -1 means "no limit".  A kind that this tree
 * lacks is refused, unless no limit was asked for: then there is nothing to do.
 */
static int add_number(const struct judge *j, enum limit kind, uint32_t at, const char *name,
		      const struct opt_i64 *value)
{
	if (!value->set || value->v == 0)
		return 0;
	if (value->v < LIMIT_UNLIMITED)
		return refuse(j, name, below_unlimited);
	if (kind != NO_LIMIT)
		add(j, kind, at, name, value->v);
	else if (value->v != LIMIT_UNLIMITED)
		return refuse(j, name, not_in_v2);
	return 0;
}

/* v2 counts swap alone, v1 and the specification memory and swap together. */
static int judge_swap(const struct judge *j, const struct oci_memory *m)
{
	static const char name[] = "memory.swap";
	int64_t limit = m->limit.set ? m->limit.v : 0;

	if (!m->swap.set || m->swap.v == 0)
		return 0;
	if (m->swap.v < LIMIT_UNLIMITED)
		return refuse(j, name, below_unlimited);
	if (m->swap.v != LIMIT_UNLIMITED && limit <= 0)
		return refuse(j, name, "it counts memory and swap together: it needs memory.limit");
	if (m->swap.v != LIMIT_UNLIMITED && m->swap.v < limit)
		return refuse(j, name, "it counts memory and swap together, so it cannot be less "
			      "than memory.limit");
	if (!j->is_v2)
		add(j, LIMIT_MEMSW_MAX, m->at, name, m->swap.v);
	else if (m->swap.v == LIMIT_UNLIMITED)
		add(j, LIMIT_SWAP_MAX, m->at, name, LIMIT_UNLIMITED);
	else
		add(j, LIMIT_SWAP_MAX, m->at, name, m->swap.v - limit);
	return 0;
}

static int judge_oom(const struct judge *j, const struct oci_memory *m)
{
	static const char swappiness[] = "memory.swappiness";
	static const char oom[] = "memory.disableOOMKiller";

	if (m->swappiness.set && m->swappiness.v > 100)
		return refuse(j, swappiness, "more than 100");
	if (m->swappiness.set && j->is_v2)
		return refuse(j, swappiness, not_in_v2);
	if (m->swappiness.set)
		add(j, LIMIT_MEMORY_SWAPPINESS, m->at, swappiness, (int64_t)m->swappiness.v);
	/* An explicit false is what the kernel does anyway, on both versions. */
	if (m->disable_oom_killer.v && j->is_v2)
		return refuse(j, oom, not_in_v2);
	if (m->disable_oom_killer.v)
		add(j, LIMIT_MEMORY_OOM_DISABLE, m->at, oom, 1);
	/* Since Linux 5.11 there is no other kind of accounting. */
	if (m->use_hierarchy.set && !m->use_hierarchy.v)
		return refuse(j, "memory.useHierarchy", "memory is always counted hierarchically");
	return 0;
}

static int judge_memory(const struct judge *j, const struct oci_memory *m)
{
	const enum limit kernel = j->is_v2 ? NO_LIMIT : LIMIT_MEMORY_KERNEL;
	const enum limit tcp = j->is_v2 ? NO_LIMIT : LIMIT_MEMORY_KERNEL_TCP;

	j->ret->check_memory = m->check_before_update.v;
	if (add_number(j, LIMIT_MEMORY_MAX, m->at, "memory.limit", &m->limit) < 0 ||
	    add_number(j, LIMIT_MEMORY_LOW, m->at, "memory.reservation", &m->reservation) < 0 ||
	    judge_swap(j, m) < 0 ||
	    add_number(j, kernel, m->at, "memory.kernel", &m->kernel) < 0 ||
	    add_number(j, tcp, m->at, "memory.kernelTCP", &m->kernel_tcp) < 0)
		return -1;
	return judge_oom(j, m);
}

/*
 * Logarithm to base 2 of @x >= 1 by squaring: each step yields one binary digit.  Its error is
 * below 1e-13, far less than limits_cpu_weight() needs, and the C library's libm stays out.
 */
static double log2_of(double x)
{
	double result = 0, digit = 0.5;

	for (; x >= 2; x /= 2)
		result += 1;
	for (int i = 0; i < 50; i++, digit /= 2) {
		x *= x;
		if (x >= 2) {
			x /= 2;
			result += digit;
		}
	}
	return result;
}

unsigned int limits_cpu_weight(uint64_t shares)
{
	static const double log2_of_10 = 3.32192809488736234787;
	unsigned int low = 1, high = WEIGHT_MAX;
	double l, wanted;

	if (shares <= SHARES_MIN)
		return 1;
	if (shares >= SHARES_MAX)
		return WEIGHT_MAX;
	l = log2_of((double)shares);
	wanted = ((l * l + 125 * l) / 612 - 7.0 / 34) * log2_of_10 - 1e-12;
	/* The ceiling of 10^exponent is the smallest whole number whose logarithm reaches it. */
	while (low < high) {
		unsigned int middle = (low + high) / 2;

		if (log2_of(middle) >= wanted)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static int judge_shares(const struct judge *j, const struct oci_cpu *c)
{
	static const char shares[] = "cpu.shares";
	uint64_t v = c->shares.v;

	if (c->idle.set && (c->idle.v < 0 || c->idle.v > 1))
		return refuse(j, "cpu.idle", "neither 0 nor 1");
	if (c->idle.v == 1) {
		/* An idle cgroup has no weight, the kernel refuses to take one. */
		add(j, LIMIT_CPU_IDLE, c->at, "cpu.idle", 1);
		return 0;
	}
	if (v == 0)
		return 0;
	if (j->is_v2)
		add(j, LIMIT_CPU_WEIGHT, c->at, shares, limits_cpu_weight(v));
	else
		add(j, LIMIT_CPU_SHARES, c->at, shares, v > SHARES_MAX ? SHARES_MAX : (int64_t)v);
	return 0;
}

static int judge_cpu(const struct judge *j, const struct oci_cpu *c)
{
	int64_t quota = c->quota.v < 0 ? LIMIT_UNLIMITED : c->quota.v;

	if (judge_shares(j, c) < 0)
		return -1;
	if (c->realtime_runtime.v != 0)
		return refuse(j, "cpu.realtimeRuntime", j->is_v2 ? not_in_v2 : unsupported);
	if (c->realtime_period.v != 0)
		return refuse(j, "cpu.realtimePeriod", j->is_v2 ? not_in_v2 : unsupported);
	if (c->period.v > INT64_MAX)
		return refuse(j, "cpu.period", "too large");
	if (c->period.v != 0)
		add(j, LIMIT_CPU_PERIOD, c->at, "cpu.period", (int64_t)c->period.v);
	if (quota != 0)
		add(j, LIMIT_CPU_QUOTA, c->at, "cpu.quota", quota);
	if (c->burst.v > INT64_MAX || (quota > 0 && c->burst.v > (uint64_t)quota))
		return refuse(j, "cpu.burst", "more than cpu.quota");
	if (c->burst.v != 0)
		add(j, LIMIT_CPU_BURST, c->at, "cpu.burst", (int64_t)c->burst.v);
	if (c->cpus && *c->cpus)
		add_text(j, LIMIT_CPUSET_CPUS, c->at, "cpu.cpus", c->cpus);
	if (c->mems && *c->mems)
		add_text(j, LIMIT_CPUSET_MEMS, c->at, "cpu.mems", c->mems);
	return 0;
}

static int judge_pids(const struct judge *j, const struct oci_pids *pids)
{
	static const char name[] = "pids.limit";

	if (!pids->limit.set)
		return 0;
	if (pids->limit.v < LIMIT_UNLIMITED)
		return refuse(j, name, below_unlimited);
	add(j, LIMIT_PIDS_MAX, pids->at, name, pids->limit.v);
	return 0;
}

/* Limits that are not carried out: empty objects, as Docker writes them, ask for nothing. */
static int judge_unsupported(const struct judge *j, const struct oci_resources *r)
{
	const struct oci_block_io *b = r->block_io;
	const struct oci_net_limits *n = r->network;
	const struct {
		bool is_asked;
		const char *name;
	} table[] = {
		{ b && b->weight.v,              "blockIO.weight" },
		{ b && b->leaf_weight.v,         "blockIO.leafWeight" },
		{ b && b->weight_device.n,       "blockIO.weightDevice" },
		{ b && b->throttle_read_bps.n,   "blockIO.throttleReadBpsDevice" },
		{ b && b->throttle_write_bps.n,  "blockIO.throttleWriteBpsDevice" },
		{ b && b->throttle_read_iops.n,  "blockIO.throttleReadIOPSDevice" },
		{ b && b->throttle_write_iops.n, "blockIO.throttleWriteIOPSDevice" },
		{ r->hugepages.n,                "hugepageLimits" },
		{ n && n->class_id.v,            "network.classID" },
		{ n && n->priorities.n,          "network.priorities" },
		{ r->rdma.n,                     "rdma" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].is_asked)
			return refuse(j, table[i].name, unsupported);
	}
	return 0;
}

static int judge_unified(const struct judge *j, const struct oci_map *unified)
{
	const struct oci_entry *e;

	oci_for_entry(e, unified) {
		if (j->ret->mode == CGROUP_MODE_V1)
			return err_say(j->err, e->at, "needs cgroup v2");
		if (strchr(e->key, '/') || strstr(e->key, ".."))
			return err_say(j->err, e->at, "is not the name of a file");
		j->ret->limits[j->ret->n_limits++] = (struct plan_limit){
			.at = e->at,
			.kind = LIMIT_UNIFIED,
			.text = region_strdup(j->region, e->string),
			.key = region_strdup(j->region, e->key),
			.name = region_format(j->region, "linux.resources.unified[\"%s\"]", e->key),
		};
	}
	return 0;
}

static int judge_resources(const struct judge *j, const struct oci_resources *r)
{
	j->ret->limits = region_alloc(j->region,
				      (LIMIT_KINDS + r->unified.n) * sizeof(*j->ret->limits));
	if ((r->memory && judge_memory(j, r->memory) < 0) ||
	    (r->cpu && judge_cpu(j, r->cpu) < 0) ||
	    (r->pids && judge_pids(j, r->pids) < 0) ||
	    judge_unsupported(j, r) < 0)
		return -1;
	return judge_unified(j, &r->unified);
}

/* Without any tree, only those do without a cgroup who asked for nothing and could not make one. */
static int judge_no_tree(struct plan_cgroup *ret, struct err *err)
{
	static const char why[] = "no control group file system is mounted at /sys/fs/cgroup";

	if (ret->n_limits > 0)
		return err_say(err, ret->limits[0].at, "%s: %s", ret->limits[0].name, why);
	if (ret->path_given)
		return err_say(err, ret->path_at, "%s", why);
	if (!ret->is_rootless)
		return err_say(err, ERR_NOWHERE, "%s, so devices cannot be kept from the container",
			       why);
	ret->manager = CGROUP_MANAGER_DISABLED;
	return 0;
}

int plan_limits(struct region *region, const struct plan_input *input, struct plan_cgroup *ret,
		struct err *err)
{
	const struct facts *facts = input->facts;
	const struct oci_linux *l = input->config->on_linux;
	const struct oci_resources *r = l ? l->resources : NULL;
	struct plan_cgroup made = {
		.manager = input->options->manager,
		.mode = facts->cgroup_mode,
		.path_at = ERR_NOWHERE,
		.has_resources = r != NULL,
		.is_rootless = facts->euid != 0 || facts->in_user_ns,
	};
	const struct judge j = {
		.input = input,
		.region = region,
		.ret = &made,
		.err = err,
		.at = r ? r->at : ERR_NOWHERE,
		.is_v2 = facts->cgroup_mode == CGROUP_MODE_V2,
	};

	if (made.manager == CGROUP_MANAGER_SYSTEMD)
		return err_say(err, ERR_NOWHERE, "the systemd cgroup manager is not supported by "
			       "this version; use the cgroupfs manager");
	if (made.manager == CGROUP_MANAGER_DISABLED) {
		*ret = made;
		return 0;
	}
	if (cgroup_path_plan(region, input, &made, err) < 0 ||
	    (r && judge_resources(&j, r) < 0) ||
	    device_rules_plan(region, r ? &r->devices : NULL, &made, err) < 0)
		return -1;
	if (made.mode == CGROUP_MODE_NONE && judge_no_tree(&made, err) < 0)
		return -1;
	*ret = made;
	return 0;
}
