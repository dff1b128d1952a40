/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The engine: what is missing, what is long, what is odd, and several hierarchies at once. */
#include "counted.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Nothing is there: all is 0, and every object that is always printed exists. */
static void test_nothing(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct support_dir dir;
	struct cgroup cg = counted_make(&dir, "", true, NULL, 0);
	const struct stats *stats = counted_read(&cg, &arena);

	(void)state;
	assert_int_equal(stats->cpu->usage->total, 0);
	assert_int_equal(stats->cpu->throttling->periods, 0);
	assert_null(stats->cpu->psi);
	assert_null(stats->memory->psi);
	assert_int_equal(stats->memory->usage->limit, 0);
	assert_int_equal(stats->memory->swap->limit, 0);
	assert_false(stats->memory->raw.set);
	assert_false(stats->cpuset->cpus.set);
	assert_false(stats->blkio->service_bytes.set);
	assert_true(stats->hugetlb.set && stats->hugetlb.n == 0);
	support_remove_dir(&dir);
}

/* The cgroup of a container that has just ended. */
static void test_gone(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;
	auto_cgroup struct cgroup cg = CGROUP_INIT;
	struct cgroup_ref ref = { .manager = CGROUP_MANAGER_CGROUPFS, .path = "/tare-test-none/x", .n = 1 };

	(void)state;
	ref.tree[0] = (struct cgroup_tree_ref){ .mount = "", .controllers = "", .is_v2 = true };
	cgroup_find(&cg, &ref);
	assert_int_equal(counted_read(&cg, &arena)->cpu->usage->total, 0);
}

static void test_none(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct cgroup cg = CGROUP_INIT;
	struct err err = ERR_INIT;
	struct stats *stats;

	(void)state;
	assert_int_equal(cgroup_read_stats(&cg, &arena, &stats, &err), -1);
	assert_string_equal(err.text, "the container has no cgroup that would count what it uses");
}

/* What is no file cannot be read, and is named. */
static void test_unreadable(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct support_dir dir;
	struct cgroup cg = counted_make(&dir, "", true, NULL, 0);
	struct err err = ERR_INIT;
	struct stats *stats;

	(void)state;
	assert_int_equal(mkdirat(dir.fd, "memory.max", 0755), 0);
	assert_int_equal(cgroup_read_stats(&cg, &arena, &stats, &err), -1);
	assert_holds(err.text, "read memory.max of cgroup /x: ");
	support_remove_dir(&dir);
}

/* Longer than one read, with the key wanted at the end. */
static void test_long(void **state)
{
	enum { LINES = 2000 };
	static char text[LINES * 32];
	auto_arena struct arena arena = ARENA_INIT;
	struct counted_file file = { "memory.stat", text };
	struct support_dir dir;
	struct cgroup cg;
	const struct stats *stats;
	char *p = text;

	(void)state;
	for (int i = 0; i < LINES; i++)
		p += sprintf(p, "key%d %d\n", i, i + 1);
	(void)sprintf(p, "file 77\n");
	cg = counted_make(&dir, "", true, &file, 1);
	stats = counted_read(&cg, &arena);
	assert_int_equal(stats->memory->raw.n, LINES + 1);
	assert_string_equal(oci_map_string(&stats->memory->raw, "key1999"), "2000");
	assert_int_equal(stats->memory->cache, 77);
	support_remove_dir(&dir);
}

/* A key is a whole word at the beginning of a line; what is no number, or cut off, harms nothing. */
static void test_odd_texts(void **state)
{
	static const struct counted_file files[] = {
		{ "memory.stat", "xfile 1\nfile_mapped 2\nfile\nfile 3\nnoise x\n\n 5\nlast 9" },
		{ "memory.current", "" },
		{ "cpuset.cpus.effective", "3-1,7,99999999,x" },
		{ "cpuset.mems.effective", "\n" },
		{ "cpu.pressure", "some avg10=1.50\n" },
		{ "io.stat", "8:0\n8 rbytes=1\nx:y rbytes=1\n8:1 xrbytes=1 rbytes rbytes=2\n" },
		{ "hugetlb..current", "1\n" },
		{ "hugetlb.current", "1\n" },
	};
	auto_arena struct arena arena = ARENA_INIT;
	struct support_dir dir;
	struct cgroup cg = counted_make(&dir, "", true, files, COUNT(files));
	const struct stats *stats = counted_read(&cg, &arena);

	(void)state;
	assert_int_equal(stats->memory->cache, 3);
	assert_int_equal(stats->memory->raw.n, 4);
	assert_string_equal(oci_map_string(&stats->memory->raw, "last"), "9");
	assert_int_equal(stats->memory->usage->usage, 0);
	assert_int_equal(stats->cpuset->cpus.n, 1);
	assert_int_equal(stats->cpuset->cpus.item[0], 7);
	assert_false(stats->cpuset->mems.set);
	assert_string_equal(stats->cpu->psi->some->avg10, "1.50");
	assert_string_equal(stats->cpu->psi->some->avg300, "0");
	assert_string_equal(stats->cpu->psi->full->avg10, "0");
	assert_int_equal(stats->blkio->service_bytes.n, 1);
	assert_io(stats->blkio->service_bytes, 0, 8, 1, "Read", 2);
	assert_int_equal(stats->hugetlb.n, 0);
	support_remove_dir(&dir);
}

/* Many CPUs, and many devices: lists grow. */
static void test_many(void **state)
{
	static const struct counted_file files[] = {
		{ "cpuset.cpus.effective", "0-1023\n" },
		{ "io.stat", "8:0 rbytes=0\n8:1 rbytes=1\n8:2 rbytes=2\n8:3 rbytes=3\n8:4 rbytes=4\n8:5 rbytes=5\n8:6 rbytes=6\n" },
	};
	auto_arena struct arena arena = ARENA_INIT;
	struct support_dir dir;
	struct cgroup cg = counted_make(&dir, "", true, files, COUNT(files));
	const struct stats *stats = counted_read(&cg, &arena);

	(void)state;
	assert_int_equal(stats->cpuset->cpus.n, 1024);
	for (unsigned int i = 0; i < 1024; i++)
		assert_int_equal(stats->cpuset->cpus.item[i], i);
	assert_int_equal(stats->blkio->service_bytes.n, 7);
	for (unsigned int i = 0; i < 7; i++)
		assert_io(stats->blkio->service_bytes, i, 8, i, "Read", i);
	support_remove_dir(&dir);
}

/* Hybrid: the pressure of v2, the numbers of v1 where it has the controller. */
static void test_hybrid(void **state)
{
	static const struct counted_file v2_files[] = {
		{ "cpu.stat", "usage_usec 5\n" },
		{ "cpu.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00 total=1\n" },
		{ "hugetlb.2MB.current", "8\n" },
	};
	static const struct counted_file v1_files[] = {
		{ "cpuacct.usage", "5001\n" },
		{ "memory.memsw.usage_in_bytes", "6\n" },
	};
	auto_arena struct arena arena = ARENA_INIT;
	struct support_dir v1_dir, v2_dir;
	struct cgroup cg = counted_make(&v1_dir, "cpuacct,memory", false, v1_files, COUNT(v1_files));
	struct cgroup v2 = counted_make(&v2_dir, "", true, v2_files, COUNT(v2_files));
	const struct stats *stats;

	(void)state;
	cg.ref.tree[1] = v2.ref.tree[0];
	cg.fd[1] = v2.fd[0];
	cg.ref.n = 2;
	stats = counted_read(&cg, &arena);
	assert_int_equal(stats->cpu->usage->total, 5001);
	assert_int_equal(stats->cpu->psi->some->total, 1);
	assert_int_equal(stats->memory->swap->usage, 6);
	assert_int_equal(((const struct stats_hugetlb *)oci_map_find(&stats->hugetlb, "2MB")->object)->usage, 8);
	support_remove_dir(&v1_dir);
	support_remove_dir(&v2_dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_gone),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_odd_texts),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_hybrid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
