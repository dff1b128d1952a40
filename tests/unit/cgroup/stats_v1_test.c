/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every file and key of v1 hierarchies, and where it goes; here all controllers share one. */
#include "counted.h"

#include <string.h>

#define CONTROLLERS "cpu,cpuacct,cpuset,memory,pids,blkio,hugetlb"

static const struct counted_file files[] = {
	{ "cpuacct.usage", "101\n" },
	{ "cpuacct.stat", "user 102\nsystem 103\n" },
	{ "cpuacct.usage_percpu", "104 18446744073709551615 \n" },
	{ "cpuacct.usage_percpu_sys", "105 106 \n" },
	{ "cpuacct.usage_percpu_user", "107 108\n" },
	{ "cpu.stat", "nr_periods 109\nnr_throttled 110\nthrottled_time 111\nnr_bursts 112\nburst_time 113\n" },
	{ "cpuset.cpus", "1,3-4\n" },
	{ "cpuset.mems", "0-1\n" },
	{ "cpuset.cpu_exclusive", "201\n" },
	{ "cpuset.mem_hardwall", "202\n" },
	{ "cpuset.mem_exclusive", "203\n" },
	{ "cpuset.memory_migrate", "204\n" },
	{ "cpuset.memory_spread_page", "205\n" },
	{ "cpuset.memory_spread_slab", "206\n" },
	{ "cpuset.memory_pressure", "207\n" },
	{ "cpuset.sched_load_balance", "208\n" },
	{ "cpuset.sched_relax_domain_level", "-1\n" },
	{ "memory.stat", "cache 301\nrss 302\n" },
	{ "memory.limit_in_bytes", "9223372036854771712\n" },
	{ "memory.usage_in_bytes", "304\n" },
	{ "memory.max_usage_in_bytes", "305\n" },
	{ "memory.failcnt", "306\n" },
	{ "memory.memsw.limit_in_bytes", "307\n" },
	{ "memory.memsw.usage_in_bytes", "308\n" },
	{ "memory.memsw.max_usage_in_bytes", "309\n" },
	{ "memory.memsw.failcnt", "310\n" },
	{ "memory.kmem.limit_in_bytes", "311\n" },
	{ "memory.kmem.usage_in_bytes", "312\n" },
	{ "memory.kmem.max_usage_in_bytes", "313\n" },
	{ "memory.kmem.failcnt", "314\n" },
	{ "memory.kmem.tcp.limit_in_bytes", "315\n" },
	{ "memory.kmem.tcp.usage_in_bytes", "316\n" },
	{ "memory.kmem.tcp.max_usage_in_bytes", "317\n" },
	{ "memory.kmem.tcp.failcnt", "318\n" },
	{ "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 319\n" },
	{ "pids.current", "401\n" },
	{ "pids.max", "max\n" },
	{ "pids.peak", "402\n" },
	{ "pids.events", "max 403\n" },
	{ "blkio.throttle.io_service_bytes_recursive", "8:0 Read 501\n8:0 Write 502\n8:0 Total 1003\nTotal 1003\n" },
	{ "blkio.bfq.io_service_bytes_recursive", "Total 0\n" },
	{ "blkio.throttle.io_serviced_recursive", "8:0 Read 1\nTotal 1\n" },
	{ "blkio.bfq.io_serviced_recursive", "8:16 Read 503\nTotal 503\n" },
	{ "blkio.bfq.io_queued_recursive", "8:0 Read 504\n" },
	{ "blkio.bfq.io_service_time_recursive", "8:0 Read 505\n" },
	{ "blkio.bfq.io_wait_time_recursive", "8:0 Read 506\n" },
	{ "blkio.bfq.io_merged_recursive", "8:0 Read 507\n" },
	{ "blkio.bfq.time_recursive", "8:0 508\n" },
	{ "blkio.bfq.sectors_recursive", "8:0 509\n8:16 510\n" },
	{ "hugetlb.2MB.usage_in_bytes", "601\n" },
	{ "hugetlb.2MB.max_usage_in_bytes", "602\n" },
	{ "hugetlb.2MB.failcnt", "603\n" },
	{ "hugetlb.2MB.rsvd.usage_in_bytes", "999\n" },
};

static void test_cpu(void **state)
{
	const struct stats_cpu *cpu = ((const struct stats *)*state)->cpu;

	assert_int_equal(cpu->usage->total, 101);
	assert_int_equal(cpu->usage->user, 1020000000);
	assert_int_equal(cpu->usage->kernel, 1030000000);
	assert_int_equal(cpu->usage->percpu.n, 2);
	assert_string_equal(cpu->usage->percpu.item[0], "104");
	assert_string_equal(cpu->usage->percpu.item[1], "18446744073709551615");
	assert_int_equal(cpu->usage->percpu_kernel.n, 2);
	assert_string_equal(cpu->usage->percpu_kernel.item[1], "106");
	assert_int_equal(cpu->usage->percpu_user.n, 2);
	assert_string_equal(cpu->usage->percpu_user.item[1], "108");
	assert_int_equal(cpu->throttling->periods, 109);
	assert_int_equal(cpu->throttling->throttled_periods, 110);
	assert_int_equal(cpu->throttling->throttled_time, 111);
	assert_int_equal(cpu->throttling->bursts, 112);
	assert_int_equal(cpu->throttling->burst_time, 113);
	assert_null(cpu->psi);
}

static void test_cpuset(void **state)
{
	const struct stats_cpuset *cpuset = ((const struct stats *)*state)->cpuset;

	assert_int_equal(cpuset->cpus.n, 3);
	assert_int_equal(cpuset->cpus.item[0], 1);
	assert_int_equal(cpuset->cpus.item[2], 4);
	assert_int_equal(cpuset->mems.n, 2);
	assert_int_equal(cpuset->cpu_exclusive, 201);
	assert_int_equal(cpuset->mem_hardwall, 202);
	assert_int_equal(cpuset->mem_exclusive, 203);
	assert_int_equal(cpuset->memory_migrate, 204);
	assert_int_equal(cpuset->memory_spread_page, 205);
	assert_int_equal(cpuset->memory_spread_slab, 206);
	assert_int_equal(cpuset->memory_pressure, 207);
	assert_int_equal(cpuset->sched_load_balance, 208);
	assert_int_equal(cpuset->sched_relax_domain_level, -1);
}

static void assert_amount(const struct stats_amount *amount, uint64_t limit, uint64_t usage)
{
	assert_int_equal(amount->limit, limit);
	assert_int_equal(amount->usage, usage);
	assert_int_equal(amount->max, usage + 1);
	assert_int_equal(amount->failcnt, usage + 2);
}

static void test_memory(void **state)
{
	const struct stats_memory *memory = ((const struct stats *)*state)->memory;

	assert_int_equal(memory->cache, 301);
	assert_int_equal(memory->raw.n, 2);
	assert_string_equal(oci_map_string(&memory->raw, "rss"), "302");
	assert_amount(memory->usage, 9223372036854771712U, 304);
	assert_amount(memory->swap, 307, 308);
	assert_amount(memory->kernel, 311, 312);
	assert_amount(memory->kernel_tcp, 315, 316);
	assert_int_equal(memory->events->oom_kill, 319);
	assert_int_equal(memory->swap_only->usage, 0);
}

static void test_others(void **state)
{
	const struct stats *stats = *state;
	const struct stats_blkio *blkio = stats->blkio;
	const struct stats_hugetlb *hugetlb = oci_map_find(&stats->hugetlb, "2MB")->object;

	assert_int_equal(stats->pids->current, 401);
	assert_int_equal(stats->pids->limit, 0);
	assert_int_equal(stats->pids->max, 402);
	assert_int_equal(stats->pids->failcnt, 403);
	/* bfq's only where it counted for a device. */
	assert_int_equal(blkio->service_bytes.n, 3);
	assert_io(blkio->service_bytes, 0, 8, 0, "Read", 501);
	assert_io(blkio->service_bytes, 2, 8, 0, "Total", 1003);
	assert_int_equal(blkio->serviced.n, 1);
	assert_io(blkio->serviced, 0, 8, 16, "Read", 503);
	assert_io(blkio->queued, 0, 8, 0, "Read", 504);
	assert_io(blkio->service_time, 0, 8, 0, "Read", 505);
	assert_io(blkio->wait_time, 0, 8, 0, "Read", 506);
	assert_io(blkio->merged, 0, 8, 0, "Read", 507);
	assert_io(blkio->time, 0, 8, 0, NULL, 508);
	assert_int_equal(blkio->sectors.n, 2);
	assert_io(blkio->sectors, 1, 8, 16, NULL, 510);
	assert_int_equal(stats->hugetlb.n, 1);
	assert_int_equal(hugetlb->usage, 601);
	assert_int_equal(hugetlb->max, 602);
	assert_int_equal(hugetlb->failcnt, 603);
}

int main(void)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct support_dir dir;
	struct cgroup cg = counted_make(&dir, CONTROLLERS, false, files, COUNT(files));
	struct stats *stats = NULL;
	struct err err = ERR_INIT;
	int r = cgroup_read_stats(&cg, &arena, &stats, &err);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(test_cpu, stats),
		cmocka_unit_test_prestate(test_cpuset, stats),
		cmocka_unit_test_prestate(test_memory, stats),
		cmocka_unit_test_prestate(test_others, stats),
	};
	int failed = r < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);

	support_remove_dir(&dir);
	return failed;
}
