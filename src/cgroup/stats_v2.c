/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Statistics of the v2 tree (Documentation/admin-guide/cgroup-v2.rst).  cpu.stat's times and the pressure files are there
 * without any controller, so on a hybrid machine, too.
 * Runs in: host.
 */
#include "cgroup/stats_rows.h"

enum { NS_PER_US = 1000 };

static const struct stats_row rows[] = {
	{ .file = "cpu.stat", .key = "usage_usec", STATS_AT(usage.total), .scale = NS_PER_US },
	{ .file = "cpu.stat", .key = "user_usec", STATS_AT(usage.user), .scale = NS_PER_US },
	{ .file = "cpu.stat", .key = "system_usec", STATS_AT(usage.kernel), .scale = NS_PER_US },
	{ .file = "cpu.stat", .key = "nr_periods", STATS_AT(throttling.periods) },
	{ .file = "cpu.stat", .key = "nr_throttled", STATS_AT(throttling.throttled_periods) },
	{ .file = "cpu.stat", .key = "throttled_usec", STATS_AT(throttling.throttled_time), .scale = NS_PER_US },
	{ .file = "cpu.stat", .key = "nr_bursts", STATS_AT(throttling.bursts) },
	{ .file = "cpu.stat", .key = "burst_usec", STATS_AT(throttling.burst_time), .scale = NS_PER_US },
	{ .file = "cpu.pressure", .kind = STATS_PSI, STATS_AT(cpu.psi) },

	{ .file = "cpuset.cpus.effective", .kind = STATS_NUMBERS, STATS_AT(cpuset.cpus) },
	{ .file = "cpuset.mems.effective", .kind = STATS_NUMBERS, STATS_AT(cpuset.mems) },

	{ .file = "memory.stat", .kind = STATS_RAW, STATS_AT(memory.raw) },
	{ .file = "memory.stat", .key = "file", STATS_AT(memory.cache) },
	{ .file = "memory.current", STATS_AT(memory_usage.usage) },
	{ .file = "memory.max", STATS_AT(memory_usage.limit) },
	{ .file = "memory.peak", STATS_AT(memory_usage.max) },		/* Linux 5.19 */
	{ .file = "memory.swap.current", STATS_AT(swap_only.usage) },
	{ .file = "memory.swap.max", STATS_AT(swap_only.limit) },
	{ .file = "memory.swap.peak", STATS_AT(swap_only.max) },	/* Linux 6.5 */
	{ .file = "memory.swap.events", .key = "max", STATS_AT(swap_only.failcnt) },
	{ .file = "memory.events", .key = "low", STATS_AT(events.low) },
	{ .file = "memory.events", .key = "high", STATS_AT(events.high) },
	{ .file = "memory.events", .key = "max", STATS_AT(events.max) },
	{ .file = "memory.events", .key = "max", STATS_AT(memory_usage.failcnt) },
	{ .file = "memory.events", .key = "oom", STATS_AT(events.oom) },
	{ .file = "memory.events", .key = "oom_kill", STATS_AT(events.oom_kill) },
	{ .file = "memory.events", .key = "oom_group_kill", STATS_AT(events.oom_group_kill) },
	{ .file = "memory.pressure", .kind = STATS_PSI, STATS_AT(memory.psi) },

	{ .file = "pids.current", STATS_AT(pids.current) },
	{ .file = "pids.max", .kind = STATS_LIMIT, STATS_AT(pids.limit) },
	{ .file = "pids.peak", STATS_AT(pids.max) },			/* Linux 6.6 */
	{ .file = "pids.events", .key = "max", STATS_AT(pids.failcnt) },

	{ .file = "io.stat", .key = "rbytes", .op = "Read", .kind = STATS_IO_KEYS, STATS_AT(blkio.service_bytes) },
	{ .file = "io.stat", .key = "wbytes", .op = "Write", .kind = STATS_IO_KEYS, STATS_AT(blkio.service_bytes) },
	{ .file = "io.stat", .key = "dbytes", .op = "Discard", .kind = STATS_IO_KEYS, STATS_AT(blkio.service_bytes) },
	{ .file = "io.stat", .key = "rios", .op = "Read", .kind = STATS_IO_KEYS, STATS_AT(blkio.serviced) },
	{ .file = "io.stat", .key = "wios", .op = "Write", .kind = STATS_IO_KEYS, STATS_AT(blkio.serviced) },
	{ .file = "io.stat", .key = "dios", .op = "Discard", .kind = STATS_IO_KEYS, STATS_AT(blkio.serviced) },
	{ .file = "io.pressure", .kind = STATS_PSI, STATS_AT(blkio.psi) },

	{ .file = "hugetlb.*.current", .kind = STATS_HUGETLB, STATS_HUGETLB_AT(usage) },
	{ .file = "hugetlb.*.events", .key = "max", .kind = STATS_HUGETLB, STATS_HUGETLB_AT(failcnt) },
};

const struct stats_table stats_v2_table = { .row = rows, .n = sizeof(rows) / sizeof(rows[0]) };
