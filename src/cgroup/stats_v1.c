/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Statistics of v1 hierarchies (Documentation/admin-guide/cgroup-v1/).
 * Runs in: host.
 */
#include "cgroup/stats_rows.h"

#define CPUACCT(file_) .controller = "cpuacct", .file = (file_)
#define CPU_STAT(key_) .controller = "cpu", .file = "cpu.stat", .key = (key_)
#define CPUSET(member) .controller = "cpuset", .file = "cpuset." #member, STATS_AT(cpuset.member)
#define MEMORY(file_) .controller = "memory", .file = (file_)
/* NOLINTBEGIN(bugprone-macro-parentheses): the name of a member cannot have any */
#define AMOUNT(prefix, member)                                                        \
	{ MEMORY(prefix "limit_in_bytes"), STATS_AT(member.limit) },                  \
	{ MEMORY(prefix "usage_in_bytes"), STATS_AT(member.usage) },                  \
	{ MEMORY(prefix "max_usage_in_bytes"), STATS_AT(member.max) },                \
	{ MEMORY(prefix "failcnt"), STATS_AT(member.failcnt) }
/* NOLINTEND(bugprone-macro-parentheses) */
#define BLKIO(file_, member) \
	{ .controller = "blkio", .file = (file_), .kind = STATS_IO_LINES, STATS_AT(blkio.member) }
#define HUGETLB(file_, member) \
	{ .controller = "hugetlb", .file = (file_), .kind = STATS_HUGETLB, STATS_HUGETLB_AT(member) }

/* cpuacct.stat counts in hundredths of a second on every architecture (USER_HZ). */
enum { NS_PER_TICK = 10 * 1000 * 1000 };

static const struct stats_row rows[] = {
	{ CPUACCT("cpuacct.usage"), STATS_AT(usage.total) },
	{ CPUACCT("cpuacct.stat"), .key = "user", STATS_AT(usage.user), .scale = NS_PER_TICK },
	{ CPUACCT("cpuacct.stat"), .key = "system", STATS_AT(usage.kernel), .scale = NS_PER_TICK },
	{ CPUACCT("cpuacct.usage_percpu"), .kind = STATS_SERIES, STATS_AT(usage.percpu) },
	{ CPUACCT("cpuacct.usage_percpu_sys"), .kind = STATS_SERIES, STATS_AT(usage.percpu_kernel) },
	{ CPUACCT("cpuacct.usage_percpu_user"), .kind = STATS_SERIES, STATS_AT(usage.percpu_user) },
	{ CPU_STAT("nr_periods"), STATS_AT(throttling.periods) },
	{ CPU_STAT("nr_throttled"), STATS_AT(throttling.throttled_periods) },
	{ CPU_STAT("throttled_time"), STATS_AT(throttling.throttled_time) },
	{ CPU_STAT("nr_bursts"), STATS_AT(throttling.bursts) },
	{ CPU_STAT("burst_time"), STATS_AT(throttling.burst_time) },

	{ CPUSET(cpus), .kind = STATS_NUMBERS },
	{ CPUSET(mems), .kind = STATS_NUMBERS },
	{ CPUSET(cpu_exclusive) },
	{ CPUSET(mem_hardwall) },
	{ CPUSET(mem_exclusive) },
	{ CPUSET(memory_migrate) },
	{ CPUSET(memory_spread_page) },
	{ CPUSET(memory_spread_slab) },
	{ CPUSET(memory_pressure) },
	{ CPUSET(sched_load_balance) },
	{ CPUSET(sched_relax_domain_level), .kind = STATS_SIGNED },

	{ MEMORY("memory.stat"), .kind = STATS_RAW, STATS_AT(memory.raw) },
	{ MEMORY("memory.stat"), .key = "cache", STATS_AT(memory.cache) },
	AMOUNT("memory.", memory_usage),
	AMOUNT("memory.memsw.", swap),
	AMOUNT("memory.kmem.", kernel),
	AMOUNT("memory.kmem.tcp.", kernel_tcp),
	{ MEMORY("memory.oom_control"), .key = "oom_kill", STATS_AT(events.oom_kill) },

	{ .controller = "pids", .file = "pids.current", STATS_AT(pids.current) },
	{ .controller = "pids", .file = "pids.max", .kind = STATS_LIMIT, STATS_AT(pids.limit) },
	{ .controller = "pids", .file = "pids.peak", STATS_AT(pids.max) },
	{ .controller = "pids", .file = "pids.events", .key = "max", STATS_AT(pids.failcnt) },

	/* What is throttled is counted always; where bfq schedules, it counts better. */
	BLKIO("blkio.throttle.io_service_bytes_recursive", service_bytes),
	BLKIO("blkio.bfq.io_service_bytes_recursive", service_bytes),
	BLKIO("blkio.throttle.io_serviced_recursive", serviced),
	BLKIO("blkio.bfq.io_serviced_recursive", serviced),
	BLKIO("blkio.bfq.io_queued_recursive", queued),
	BLKIO("blkio.bfq.io_service_time_recursive", service_time),
	BLKIO("blkio.bfq.io_wait_time_recursive", wait_time),
	BLKIO("blkio.bfq.io_merged_recursive", merged),
	BLKIO("blkio.bfq.time_recursive", time),
	BLKIO("blkio.bfq.sectors_recursive", sectors),

	HUGETLB("hugetlb.*.usage_in_bytes", usage),
	HUGETLB("hugetlb.*.max_usage_in_bytes", max),
	HUGETLB("hugetlb.*.failcnt", failcnt),
};

const struct stats_table stats_v1_table = { .row = rows, .n = sizeof(rows) / sizeof(rows[0]) };
