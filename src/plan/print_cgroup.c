/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of the printed plan that says what is limited: the cgroup with its limits and device
 * rules, and the resctrl group.
 * Runs in: host.
 */
#include "plan/print_parts.h"

#include "plan/plan.h"
#include "plan/print_text.h"

static const struct word access_words[] = {
	{ DEVICE_READ,  "read" },
	{ DEVICE_WRITE, "write" },
	{ DEVICE_MKNOD, "mknod" },
};

static const char *const managers[] = {
	[CGROUP_MANAGER_CGROUPFS] = "cgroupfs",
	[CGROUP_MANAGER_SYSTEMD] = "systemd",
	[CGROUP_MANAGER_DISABLED] = "disabled",
};

static const char *const modes[] = {
	[CGROUP_MODE_NONE] = "none",
	[CGROUP_MODE_V1] = "v1",
	[CGROUP_MODE_HYBRID] = "hybrid",
	[CGROUP_MODE_V2] = "v2",
};

static const char *const limits[LIMIT_KINDS] = {
	[LIMIT_MEMORY_HIERARCHY] = "memory-hierarchy",
	[LIMIT_MEMORY_MAX] = "memory-max",
	[LIMIT_MEMORY_LOW] = "memory-low",
	[LIMIT_MEMSW_MAX] = "memory-and-swap-max",
	[LIMIT_SWAP_MAX] = "swap-max",
	[LIMIT_MEMORY_KERNEL] = "kernel-memory-max",
	[LIMIT_MEMORY_KERNEL_TCP] = "kernel-tcp-memory-max",
	[LIMIT_MEMORY_SWAPPINESS] = "swappiness",
	[LIMIT_MEMORY_OOM_DISABLE] = "oom-killer-disabled",
	[LIMIT_CPU_IDLE] = "cpu-idle",
	[LIMIT_CPU_SHARES] = "cpu-shares",
	[LIMIT_CPU_WEIGHT] = "cpu-weight",
	[LIMIT_CPU_PERIOD] = "cpu-period",
	[LIMIT_CPU_QUOTA] = "cpu-quota",
	[LIMIT_CPU_BURST] = "cpu-burst",
	[LIMIT_CPU_RT_PERIOD] = "realtime-period",
	[LIMIT_CPU_RT_RUNTIME] = "realtime-runtime",
	[LIMIT_CPUSET_CPUS] = "cpuset-cpus",
	[LIMIT_CPUSET_MEMS] = "cpuset-mems",
	[LIMIT_PIDS_MAX] = "pids-max",
	[LIMIT_IO_WEIGHT] = "io-weight",
	[LIMIT_IO_LEAF_WEIGHT] = "io-leaf-weight",
	[LIMIT_IO_WEIGHT_DEVICE] = "io-weight-of",
	[LIMIT_IO_LEAF_WEIGHT_DEVICE] = "io-leaf-weight-of",
	[LIMIT_IO_READ_BPS] = "io-read-bytes-of",
	[LIMIT_IO_WRITE_BPS] = "io-write-bytes-of",
	[LIMIT_IO_READ_IOPS] = "io-reads-of",
	[LIMIT_IO_WRITE_IOPS] = "io-writes-of",
	[LIMIT_HUGETLB] = "huge-pages-of",
	[LIMIT_NET_CLASS] = "network-class",
	[LIMIT_NET_PRIORITY] = "network-priority-on",
	[LIMIT_RDMA_HANDLES] = "rdma-handles-of",
	[LIMIT_RDMA_OBJECTS] = "rdma-objects-of",
	[LIMIT_UNIFIED] = "unified",
};

static void print_limit(const struct out *out, const struct plan_limit *limit, bool is_hybrid)
{
	out_say(out, "  limit %s", limits[limit->kind]);
	if (limit->key != NULL) {
		out_say(out, " ");
		out_quote(out, limit->key);
	}
	if (limit->text != NULL) {
		out_say(out, " ");
		out_quote(out, limit->text);
	} else if (limit->value == LIMIT_UNLIMITED) {
		out_say(out, " unlimited");
	} else {
		out_say(out, " %lld", (long long)limit->value);
	}
	if (is_hybrid && limit->is_v2 && limit->kind != LIMIT_UNIFIED)
		out_say(out, " on v2");
	out_line_text(out, " from", limit->name);
}

static void say_number(const struct out *out, const char *sign, int64_t number)
{
	if (number == DEVICE_ANY)
		out_say(out, "%s*", sign);
	else
		out_say(out, "%s%lld", sign, (long long)number);
}

void print_cgroup(const struct out *out, const struct plan_cgroup *cgroup)
{
	out_say(out, "cgroup %s by %s\n", modes[cgroup->mode], managers[cgroup->manager]);
	out_line_text(out, "  path", cgroup->path);
	out_line_flag(out, "  path-given", cgroup->path_given);
	out_line_flag(out, "  has-resources", cgroup->has_resources);
	out_line_flag(out, "  rootless", cgroup->is_rootless);
	out_line_flag(out, "  check-memory", cgroup->check_memory);
	if (cgroup->delegate)
		out_say(out, "  delegate to %u\n", cgroup->delegate_uid);
	if (cgroup->leaf != NULL)
		out_line_text(out, "  processes-in", cgroup->leaf);
	for (size_t i = 0; i < cgroup->n_hierarchies; i++) {
		const struct plan_hierarchy *hierarchy = &cgroup->hierarchies[i];

		out_say(out, "  hierarchy ");
		out_quote(out, hierarchy->mount);
		out_line_text(out, hierarchy->is_v2 ? " v2" : " v1", hierarchy->controllers);
	}
	if (cgroup->scope.unit != NULL)
		print_scope(out, cgroup);
	for (size_t i = 0; i < cgroup->n_limits; i++)
		print_limit(out, &cgroup->limits[i], cgroup->mode == CGROUP_MODE_HYBRID);
	for (size_t i = 0; i < cgroup->n_rules; i++) {
		const struct plan_device_rule *rule = &cgroup->rules[i];

		out_say(out, "  device %s %c", rule->allow ? "allow" : "deny", rule->type);
		say_number(out, " ", rule->major);
		say_number(out, ":", rule->minor);
		out_bits(out, WORDS(access_words), "", rule->access);
		out_say(out, "\n");
	}
}

void print_rdt(const struct out *out, const struct plan_rdt *rdt)
{
	if (!rdt->present)
		return;
	out_line_text(out, rdt->is_own ? "rdt-group own" : "rdt-group", rdt->group);
	if (rdt->l3 != NULL)
		out_line_text(out, "  schema", rdt->l3);
	if (rdt->mb != NULL)
		out_line_text(out, "  schema", rdt->mb);
	for (const char *const *line = rdt->lines; *line != NULL; line++)
		out_line_text(out, "  schema", *line);
	out_line_flag(out, "  monitoring", rdt->monitoring);
}
