/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Statistics with something in every member, for the golden texts of both forms.
 */
#ifndef TARE_TESTS_HOST_SAMPLE_H
#define TARE_TESTS_HOST_SAMPLE_H

#include <stdint.h>

#include "cgroup/stats.h"
#include "host/events.h"
#include "host/network.h"

#define SAMPLE_LIST(...)                                                                          \
	{ .set = true, .n = sizeof((void *[]){ __VA_ARGS__ }) / sizeof(void *), .item = (void *[]){ __VA_ARGS__ } }

static struct stats_psi sample_psi = {
	.some = &(struct stats_pressure){ .avg10 = "0.12", .avg60 = "0.00", .avg300 = "100.00", .total = 1500001 },
	.full = &(struct stats_pressure){ .avg10 = "0", .avg60 = "0", .avg300 = "0", .total = 2 },
};

static struct oci_entry sample_raw[] = { { .key = "anon", .string = "18446744073709551615" } };
static struct oci_entry sample_hugetlb[] = {
	{ .key = "2MB", .object = &(struct stats_hugetlb){ .usage = 61, .max = 62, .failcnt = 63 } },
};

static struct events_data sample_full = {
	.cpu = &(struct stats_cpu){
		.usage = &(struct stats_cpu_usage){
			.total = 1000000011, .kernel = 12, .user = 13,
			.percpu = { .set = true, .n = 2, .item = (const char *[]){ "14", "15" } },
			.percpu_kernel = { .set = true, .n = 1, .item = (const char *[]){ "16" } },
			.percpu_user = { .set = true, .n = 1, .item = (const char *[]){ "17" } },
		},
		.throttling = &(struct stats_throttling){
			.periods = 21, .throttled_periods = 22, .throttled_time = 23, .bursts = 24, .burst_time = 25,
		},
		.psi = &sample_psi,
	},
	.cpuset = &(struct stats_cpuset){
		.cpus = { .set = true, .n = 2, .item = (uint32_t[]){ 0, 3 } },
		.mems = { .set = true, .n = 1, .item = (uint32_t[]){ 0 } },
		.cpu_exclusive = 1, .mem_hardwall = 2, .mem_exclusive = 3, .memory_migrate = 4,
		.memory_spread_page = 5, .memory_spread_slab = 6, .memory_pressure = 7, .sched_load_balance = 8,
		.sched_relax_domain_level = -1,
	},
	.memory = &(struct stats_memory){
		.cache = 30,
		.usage = &(struct stats_amount){ .limit = UINT64_MAX, .usage = 31, .max = 32, .failcnt = 33 },
		.swap = &(struct stats_amount){ .limit = 34, .usage = 35, .max = 36, .failcnt = 37 },
		.swap_only = &(struct stats_amount){ .limit = 38, .usage = 39, .max = 40, .failcnt = 41 },
		.kernel = &(struct stats_amount){ .limit = 42, .usage = 43 },
		.kernel_tcp = &(struct stats_amount){ .limit = 44, .usage = 45 },
		.raw = { .set = true, .n = 1, .item = sample_raw },
		.psi = &sample_psi,
		.events = &(struct stats_memory_events){
			.low = 46, .high = 47, .max = 48, .oom = 49, .oom_kill = 50, .oom_group_kill = 51,
		},
	},
	.pids = &(struct stats_pids){ .current = 52, .limit = 53, .max = 54, .failcnt = 55 },
	.blkio = &(struct stats_blkio){
		.service_bytes = SAMPLE_LIST(&(struct stats_io){ .major = 8, .minor = 1, .op = "Read", .value = 56 }),
		.serviced = SAMPLE_LIST(&(struct stats_io){ .major = 8, .op = "Write", .value = 57 }),
		.queued = SAMPLE_LIST(&(struct stats_io){ .major = 8, .value = 58 }),
		.service_time = SAMPLE_LIST(&(struct stats_io){ .value = 59 }),
		.wait_time = SAMPLE_LIST(&(struct stats_io){ .value = 60 }),
		.merged = SAMPLE_LIST(&(struct stats_io){ .value = 61 }),
		.time = SAMPLE_LIST(&(struct stats_io){ .value = 62 }),
		.sectors = SAMPLE_LIST(&(struct stats_io){ .value = 63 }),
		.psi = &sample_psi,
	},
	.hugetlb = { .set = true, .n = 1, .item = sample_hugetlb },
	.rdt = &(struct events_rdt){ .l3_root = "L3:0=f", .l3 = "L3:0=1", .bandwidth_root = "MB:0=100", .bandwidth = "MB:0=5" },
	.network = SAMPLE_LIST(&(struct network_counts){
		.name = "e\"0", .rx_bytes = 71, .rx_packets = 72, .rx_errors = 73, .rx_dropped = 74,
		.tx_bytes = 75, .tx_packets = 76, .tx_errors = 77, .tx_dropped = 78,
	}),
};

/* What is always there, and 0. */
static struct events_data sample_empty = {
	.cpu = &(struct stats_cpu){ .usage = &(struct stats_cpu_usage){ .at = 0 },
				    .throttling = &(struct stats_throttling){ .at = 0 } },
	.cpuset = &(struct stats_cpuset){ .at = 0 },
	.memory = &(struct stats_memory){
		.usage = &(struct stats_amount){ .at = 0 }, .swap = &(struct stats_amount){ .at = 0 },
		.swap_only = &(struct stats_amount){ .at = 0 }, .kernel = &(struct stats_amount){ .at = 0 },
		.kernel_tcp = &(struct stats_amount){ .at = 0 }, .events = &(struct stats_memory_events){ .at = 0 },
	},
	.pids = &(struct stats_pids){ .at = 0 },
	.blkio = &(struct stats_blkio){ .at = 0 },
	.hugetlb = { .set = true },
	.rdt = &(struct events_rdt){ .at = 0 },
	.network = { .set = true },
};

#endif
