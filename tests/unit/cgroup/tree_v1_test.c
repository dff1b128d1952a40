/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which v1 file a limit goes to and how it is spelt; on the machine's own trees what it takes. */
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup/tree.h"

static const struct {
	struct plan_limit limit;
	const char *file, *text;
} rows[] = {
	{ { .kind = LIMIT_MEMORY_MAX, .value = 4096 }, "memory.limit_in_bytes", "4096" },
	{ { .kind = LIMIT_MEMORY_MAX, .value = -1 }, "memory.limit_in_bytes", "-1" },
	{ { .kind = LIMIT_MEMORY_LOW, .value = 5 }, "memory.soft_limit_in_bytes", "5" },
	{ { .kind = LIMIT_MEMSW_MAX, .value = 5 }, "memory.memsw.limit_in_bytes", "5" },
	{ { .kind = LIMIT_MEMORY_KERNEL, .value = 5 }, "memory.kmem.limit_in_bytes", "5" },
	{ { .kind = LIMIT_MEMORY_KERNEL_TCP, .value = 5 }, "memory.kmem.tcp.limit_in_bytes", "5" },
	{ { .kind = LIMIT_MEMORY_SWAPPINESS, .value = 0 }, "memory.swappiness", "0" },
	{ { .kind = LIMIT_MEMORY_OOM_DISABLE, .value = 1 }, "memory.oom_control", "1" },
	{ { .kind = LIMIT_CPU_SHARES, .value = 512 }, "cpu.shares", "512" },
	{ { .kind = LIMIT_CPU_PERIOD, .value = 100000 }, "cpu.cfs_period_us", "100000" },
	{ { .kind = LIMIT_CPU_QUOTA, .value = -1 }, "cpu.cfs_quota_us", "-1" },
	{ { .kind = LIMIT_CPU_BURST, .value = 7 }, "cpu.cfs_burst_us", "7" },
	{ { .kind = LIMIT_CPU_IDLE, .value = 1 }, "cpu.idle", "1" },
	{ { .kind = LIMIT_CPUSET_CPUS, .text = "0-3" }, "cpuset.cpus", "0-3" },
	{ { .kind = LIMIT_CPUSET_MEMS, .text = "0" }, "cpuset.mems", "0" },
	{ { .kind = LIMIT_PIDS_MAX, .value = 0 }, "pids.max", "0" },
	{ { .kind = LIMIT_PIDS_MAX, .value = -1 }, "pids.max", "max" },
};

static void test_files(void **state)
{
	char path[PATH_MAX];
	int dir = scratch_dir(path);
	struct cgroup cg = { .ref = { .path = "/x", .n = 1,
				      .tree = { { .mount = "all",
						  .controllers = "memory,cpu,cpuset,pids" } } },
			     .fd = { dir } };
	struct plan_cgroup plan = { .mode = CGROUP_MODE_V1 };
	struct err err = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		scratch_file(dir, rows[i].file, "");
		assert_ok(tree_v1_write(&cg, &plan, &rows[i].limit, &err), err);
		assert_string_equal(scratch_read(dir, rows[i].file), rows[i].text);
	}
	(void)close(dir);
	scratch_remove_dir(path);
}

static void test_refused(void **state)
{
	char path[PATH_MAX];
	int dir = scratch_dir(path);
	struct cgroup cg = { .ref = { .path = "/x", .n = 1,
				      .tree = { { .mount = "cpu", .controllers = "cpu,cpuacct" } } },
			     .fd = { dir } };
	struct plan_cgroup plan = { .mode = CGROUP_MODE_V1 };
	struct plan_limit limit = { .kind = LIMIT_PIDS_MAX, .value = 3, .at = 5,
				    .name = "linux.resources.pids.limit" };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(tree_v1_write(&cg, &plan, &limit, &err), -1);
	assert_string_equal(err.text, "linux.resources.pids.limit: this machine has no cgroup v1 "
			    "tree with the pids controller");
	assert_int_equal(err.at, 5);
	limit.kind = LIMIT_SWAP_MAX;
	assert_int_equal(tree_v1_write(&cg, &plan, &limit, &err), -1);
	assert_non_null(strstr(err.text, "cgroup v1 has no such limit"));
	limit.kind = LIMIT_CPU_SHARES;
	assert_int_equal(tree_v1_write(&cg, &plan, &limit, &err), -1);
	assert_non_null(strstr(err.text, "write \"3\" to cpu.shares of cgroup /x: it does not exist"));
	(void)close(dir);
	scratch_remove_dir(path);
}

/* Empty ones are filled from above, parents first; what is set stays. */
static void test_cpuset(void **state)
{
	char path[PATH_MAX];
	int dir = scratch_dir(path), below;

	(void)state;
	assert_int_equal(mkdirat(dir, "a", 0755), 0);
	assert_int_equal(mkdirat(dir, "a/b", 0755), 0);
	scratch_file(dir, "cpuset.cpus", "0-7\n");
	scratch_file(dir, "cpuset.mems", "0\n");
	scratch_file(dir, "a/cpuset.cpus", "");
	scratch_file(dir, "a/cpuset.mems", "1\n");
	scratch_file(dir, "a/b/cpuset.cpus", "");
	scratch_file(dir, "a/b/cpuset.mems", "");
	below = openat(dir, "a/b", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(tree_v1_fill_cpuset(below), 0);
	assert_string_equal(scratch_read(dir, "a/cpuset.cpus"), "0-7");
	assert_string_equal(scratch_read(below, "cpuset.cpus"), "0-7");
	assert_string_equal(scratch_read(below, "cpuset.mems"), "1");
	assert_int_equal(tree_v1_fill_cpuset(dir), 0);
	assert_int_equal(unlinkat(below, "cpuset.mems", 0), 0);
	assert_int_equal(tree_v1_fill_cpuset(below), -1);
	(void)close(below);
	(void)close(dir);
	scratch_remove_dir(path);
}

/* The kernel's own v1 controllers: memory cannot go over memory with swap, so order matters. */
static void test_kernel(void **state)
{
	struct plan_cgroup plan;
	struct plan_limit low[] = {
		{ .kind = LIMIT_MEMORY_MAX, .value = 1 << 26, .name = "memory.limit" },
		{ .kind = LIMIT_MEMSW_MAX, .value = 1 << 27, .name = "memory.swap" },
		{ .kind = LIMIT_CPU_PERIOD, .value = 50000, .name = "cpu.period" },
		{ .kind = LIMIT_CPU_QUOTA, .value = 20000, .name = "cpu.quota" },
		{ .kind = LIMIT_PIDS_MAX, .value = 10, .name = "pids.limit" },
	};
	struct plan_limit high[] = {
		{ .kind = LIMIT_MEMORY_MAX, .value = 1 << 28, .name = "memory.limit" },
		{ .kind = LIMIT_MEMSW_MAX, .value = 1 << 29, .name = "memory.swap" },
	};
	struct cgroup cg = CGROUP_INIT;
	struct err err = ERR_INIT;
	size_t memory, cpu;

	(void)state;
	if (geteuid() != 0)
		skip();
	plan = scratch_plan("");
	if (plan.mode != CGROUP_MODE_V1 && plan.mode != CGROUP_MODE_HYBRID)
		skip();
	plan.limits = low;
	plan.n_limits = 5;
	assert_ok(cgroup_open(&cg, &plan, &err), err);
	memory = tree_find(&cg.ref, "memory");
	cpu = tree_find(&cg.ref, "cpu");
	if (memory == TREE_NONE || cpu == TREE_NONE)
		skip();
	assert_ok(cgroup_create(&cg, &plan, &err), err);
	assert_string_equal(scratch_read(cg.fd[memory], "memory.limit_in_bytes"), "67108864");
	assert_string_equal(scratch_read(cg.fd[memory], "memory.memsw.limit_in_bytes"), "134217728");
	assert_string_equal(scratch_read(cg.fd[cpu], "cpu.cfs_quota_us"), "20000");
	plan.limits = high;
	plan.n_limits = 2;
	assert_ok(tree_write_limits(&cg, &plan, &err), err);
	assert_string_equal(scratch_read(cg.fd[memory], "memory.limit_in_bytes"), "268435456");
	high[0].value = LIMIT_UNLIMITED;
	assert_int_equal(tree_write_limits(&cg, &plan, &err), -1);
	assert_int_equal(err.code, EINVAL);
	assert_ok(cgroup_remove(&cg, 0, &err), err);
	cgroup_close(&cg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_cpuset),
		scratch_unit_test(test_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
