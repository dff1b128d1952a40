/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every file and key of the v2 tree, and where it goes. */
#include "counted.h"

#include <string.h>

static const struct counted_file files[] = {
	{ "cpu.stat", "usage_usec 101\nuser_usec 102\nsystem_usec 103\nnice_usec 0\nnr_periods 104\nnr_throttled 105\n"
		      "throttled_usec 106\nnr_bursts 107\nburst_usec 108\n" },
	{ "cpu.pressure", "some avg10=0.12 avg60=3.40 avg300=100.00 total=109\nfull avg10=0.00 avg60=0.01 avg300=0.02 total=110\n" },
	{ "cpuset.cpus.effective", "0-2,5\n" },
	{ "cpuset.mems.effective", "0\n" },
	{ "memory.stat", "anon 201\nfile 202\nkernel 203\n" },
	{ "memory.current", "204\n" },
	{ "memory.max", "205\n" },
	{ "memory.peak", "206\n" },
	{ "memory.swap.current", "207\n" },
	{ "memory.swap.max", "208\n" },
	{ "memory.swap.peak", "209\n" },
	{ "memory.swap.events", "high 0\nmax 210\nfail 0\n" },
	{ "memory.events", "low 211\nhigh 212\nmax 213\noom 214\noom_kill 215\noom_group_kill 216\n" },
	{ "memory.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00 total=217\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=218\n" },
	{ "pids.current", "301\n" },
	{ "pids.max", "302\n" },
	{ "pids.peak", "303\n" },
	{ "pids.events", "max 304\n" },
	{ "io.stat", "8:0 rbytes=401 wbytes=402 rios=403 wios=404 dbytes=405 dios=406\n253:16 rbytes=407 wbytes=408 rios=409\n" },
	{ "io.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00 total=410\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=411\n" },
	{ "hugetlb.2MB.current", "501\n" },
	{ "hugetlb.2MB.events", "max 502\n" },
	{ "hugetlb.2MB.rsvd.current", "999\n" },
	{ "hugetlb.2MB.events.local", "max 999\n" },
	{ "hugetlb.1GB.current", "503\n" },
	{ "hugetlb.1GB.events", "max 504\n" },
};

static void test_cpu(void **state)
{
	const struct stats *stats = *state;

	assert_int_equal(stats->cpu->usage->total, 101000);
	assert_int_equal(stats->cpu->usage->user, 102000);
	assert_int_equal(stats->cpu->usage->kernel, 103000);
	assert_false(stats->cpu->usage->percpu.set);
	assert_int_equal(stats->cpu->throttling->periods, 104);
	assert_int_equal(stats->cpu->throttling->throttled_periods, 105);
	assert_int_equal(stats->cpu->throttling->throttled_time, 106000);
	assert_int_equal(stats->cpu->throttling->bursts, 107);
	assert_int_equal(stats->cpu->throttling->burst_time, 108000);
	assert_string_equal(stats->cpu->psi->some->avg10, "0.12");
	assert_string_equal(stats->cpu->psi->some->avg60, "3.40");
	assert_string_equal(stats->cpu->psi->some->avg300, "100.00");
	assert_int_equal(stats->cpu->psi->some->total, 109);
	assert_string_equal(stats->cpu->psi->full->avg60, "0.01");
	assert_int_equal(stats->cpu->psi->full->total, 110);
	assert_int_equal(stats->cpuset->cpus.n, 4);
	assert_int_equal(stats->cpuset->cpus.item[3], 5);
	assert_int_equal(stats->cpuset->mems.n, 1);
}

static void test_memory(void **state)
{
	const struct stats_memory *memory = ((const struct stats *)*state)->memory;

	assert_int_equal(memory->cache, 202);
	assert_int_equal(memory->raw.n, 3);
	assert_string_equal(oci_map_string(&memory->raw, "anon"), "201");
	assert_string_equal(oci_map_string(&memory->raw, "kernel"), "203");
	assert_int_equal(memory->usage->usage, 204);
	assert_int_equal(memory->usage->limit, 205);
	assert_int_equal(memory->usage->max, 206);
	assert_int_equal(memory->usage->failcnt, 213);
	assert_int_equal(memory->swap_only->usage, 207);
	assert_int_equal(memory->swap_only->limit, 208);
	assert_int_equal(memory->swap_only->max, 209);
	assert_int_equal(memory->swap_only->failcnt, 210);
	/* As v1 counts: together. */
	assert_int_equal(memory->swap->usage, 204 + 207);
	assert_int_equal(memory->swap->limit, 205 + 208);
	assert_int_equal(memory->swap->max, 0);
	assert_int_equal(memory->events->low, 211);
	assert_int_equal(memory->events->high, 212);
	assert_int_equal(memory->events->max, 213);
	assert_int_equal(memory->events->oom, 214);
	assert_int_equal(memory->events->oom_kill, 215);
	assert_int_equal(memory->events->oom_group_kill, 216);
	assert_int_equal(memory->psi->some->total, 217);
	assert_int_equal(memory->psi->full->total, 218);
}

static void test_others(void **state)
{
	const struct stats *stats = *state;
	const struct stats_blkio *blkio = stats->blkio;
	const struct stats_hugetlb *small = oci_map_find(&stats->hugetlb, "2MB")->object;
	const struct stats_hugetlb *large = oci_map_find(&stats->hugetlb, "1GB")->object;

	assert_int_equal(stats->pids->current, 301);
	assert_int_equal(stats->pids->limit, 302);
	assert_int_equal(stats->pids->max, 303);
	assert_int_equal(stats->pids->failcnt, 304);
	assert_int_equal(blkio->service_bytes.n, 5);
	assert_io(blkio->service_bytes, 0, 8, 0, "Read", 401);
	assert_io(blkio->service_bytes, 1, 253, 16, "Read", 407);
	assert_io(blkio->service_bytes, 2, 8, 0, "Write", 402);
	assert_io(blkio->service_bytes, 3, 253, 16, "Write", 408);
	assert_io(blkio->service_bytes, 4, 8, 0, "Discard", 405);
	assert_int_equal(blkio->serviced.n, 4);
	assert_io(blkio->serviced, 0, 8, 0, "Read", 403);
	assert_io(blkio->serviced, 1, 253, 16, "Read", 409);
	assert_io(blkio->serviced, 2, 8, 0, "Write", 404);
	assert_io(blkio->serviced, 3, 8, 0, "Discard", 406);
	assert_false(blkio->queued.set);
	assert_int_equal(blkio->psi->full->total, 411);
	assert_int_equal(stats->hugetlb.n, 2);
	assert_int_equal(small->usage, 501);
	assert_int_equal(small->failcnt, 502);
	assert_int_equal(large->usage, 503);
	assert_int_equal(large->failcnt, 504);
}

/* "max" is no limit, and no sum overflows with it. */
static void test_unlimited(void **state)
{
	static const struct counted_file some[] = {
		{ "memory.max", "max\n" }, { "memory.swap.max", "5\n" }, { "memory.current", "7\n" }, { "pids.max", "max\n" },
	};
	auto_arena struct arena arena = ARENA_INIT;
	struct support_dir dir;
	struct cgroup cg = counted_make(&dir, "", true, some, COUNT(some));
	const struct stats *stats = counted_read(&cg, &arena);

	(void)state;
	assert_true(stats->memory->usage->limit == STATS_UNLIMITED);
	assert_true(stats->memory->swap->limit == STATS_UNLIMITED);
	assert_int_equal(stats->memory->swap->usage, 7);
	assert_int_equal(stats->pids->limit, 0);
	support_remove_dir(&dir);
}

int main(void)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct support_dir dir;
	struct cgroup cg = counted_make(&dir, "", true, files, COUNT(files));
	struct stats *stats = NULL;
	struct err err = ERR_INIT;
	int r = cgroup_read_stats(&cg, &arena, &stats, &err);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(test_cpu, stats),
		cmocka_unit_test_prestate(test_memory, stats),
		cmocka_unit_test_prestate(test_others, stats),
		cmocka_unit_test(test_unlimited),
	};
	int failed = r < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);

	support_remove_dir(&dir);
	return failed;
}
