/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel counted for a container's cgroup.  Public, beside cgroup.h.
 * Not here: how it is printed (host/events.h).  The structs are laid out for libocispec/shape.h all the same.
 * Runs in: host.
 *
 * Sources: Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/, Documentation/accounting/psi.rst.
 * A value whose file or controller is not there is 0, a list or object not set.
 */
#ifndef TARE_CGROUP_STATS_H
#define TARE_CGROUP_STATS_H

#include <stdint.h>

#include "libocispec/types.h"

struct arena;
struct cgroup;
struct err;

/* A limit that is none. */
#define STATS_UNLIMITED UINT64_MAX

/* struct stats_pressure - how long tasks stalled: averages in percent as the kernel wrote them, @total in microseconds. */
struct stats_pressure {
	uint32_t at, end;
	const char *avg10, *avg60, *avg300;
	uint64_t total;
};

/* @some: at least one task stalled; @full: all did. */
struct stats_psi {
	uint32_t at, end;
	struct stats_pressure *some, *full;
};

/* All in nanoseconds; the lists have a number for each CPU (v1). */
struct stats_cpu_usage {
	uint32_t at, end;
	uint64_t total, kernel, user;
	struct oci_strings percpu, percpu_kernel, percpu_user;
};

/* Times in nanoseconds.  @bursts: periods that went above the quota by what was saved before. */
struct stats_throttling {
	uint32_t at, end;
	uint64_t periods, throttled_periods, throttled_time;
	uint64_t bursts, burst_time;
};

/* struct stats_cpu - @psi NULL where the kernel does not measure pressure (v1, or without CONFIG_PSI). */
struct stats_cpu {
	uint32_t at, end;
	struct stats_cpu_usage *usage;
	struct stats_throttling *throttling;
	struct stats_psi *psi;
};

/* The switches exist on v1 only; @cpus and @mems are those in effect. */
struct stats_cpuset {
	uint32_t at, end;
	struct oci_numbers cpus, mems;
	uint64_t cpu_exclusive, mem_hardwall, mem_exclusive, memory_migrate, memory_spread_page, memory_spread_slab,
		memory_pressure, sched_load_balance;
	int64_t sched_relax_domain_level;
};

/* Bytes.  @max is the peak, @failcnt how often the limit was hit. */
struct stats_amount {
	uint32_t at, end;
	uint64_t limit, usage, max, failcnt;
};

/* How often each happened (memory.events of v2, memory.oom_control of v1 for @oom_kill). */
struct stats_memory_events {
	uint32_t at, end;
	uint64_t low, high, max, oom, oom_kill, oom_group_kill;
};

/*
 * struct stats_memory
 * @swap:      memory and swap together, as v1 counts; its peak is not known on v2
 * @swap_only: swap alone (v2)
 * @raw:       memory.stat
 */
struct stats_memory {
	uint32_t at, end;
	uint64_t cache;
	struct stats_amount *usage, *swap, *swap_only, *kernel, *kernel_tcp;
	struct oci_map raw;
	struct stats_psi *psi;
	struct stats_memory_events *events;
};

/* @limit 0: none.  @failcnt: how often a fork was refused. */
struct stats_pids {
	uint32_t at, end;
	uint64_t current, limit, max, failcnt;
};

/* One device and operation ("Read", "Write", ...; NULL: the device as a whole). */
struct stats_io {
	uint32_t at, end;
	uint64_t major, minor;
	const char *op;
	uint64_t value;
};

/* Lists of struct stats_io; those after @serviced only where the bfq scheduler counts them (v1). */
struct stats_blkio {
	uint32_t at, end;
	struct oci_list service_bytes, serviced, queued, service_time, wait_time, merged, time, sectors;
	struct stats_psi *psi;
};

/* struct stats_hugetlb - bytes, of one page size; @failcnt: how often the limit was met. */
struct stats_hugetlb {
	uint32_t at, end;
	uint64_t usage, max, failcnt;
};

/* @hugetlb: by page size ("2MB"), of struct stats_hugetlb. */
struct stats {
	uint32_t at, end;
	struct stats_cpu *cpu;
	struct stats_cpuset *cpuset;
	struct stats_memory *memory;
	struct stats_pids *pids;
	struct stats_blkio *blkio;
	struct oci_map hugetlb;
};

/*
 * Read all of it.  *@ret_stats and everything in it lives in @arena; every object is there but the psi ones, which need
 * the v2 tree and a kernel that keeps them.  -1 with @err when there is no cgroup or a file cannot be read.
 */
int cgroup_read_stats(struct cgroup *cg, struct arena *arena, struct stats **ret_stats, struct err *err);

#endif
