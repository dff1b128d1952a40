/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What both kinds of trees share, in directories that only look like cgroups. */
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "cgroup/tree.h"

static void test_words(void **state)
{
	(void)state;
	assert_true(tree_has_word("cpu,cpuacct", "cpu", 3));
	assert_true(tree_has_word("cpu,cpuacct", "cpuacct", 7));
	assert_true(tree_has_word("memory pids", "pids", 4));
	assert_false(tree_has_word("cpuset,cpuacct", "cpu", 3));
	assert_false(tree_has_word("", "cpu", 3));
	assert_true(tree_has_word("memory pids", "memory.max", 6));
}

static void test_value(void **state)
{
	(void)state;
	assert_int_equal(tree_find_value("populated 1\nfrozen 0", "populated"), 1);
	assert_int_equal(tree_find_value("populated 1\nfrozen 0", "frozen"), 0);
	assert_int_equal(tree_find_value("populated 1\nfrozen 0", "froze"), -1);
	assert_int_equal(tree_find_value("", "frozen"), -1);
}

static void test_find(void **state)
{
	struct cgroup_ref ref = { .n = 3, .tree = { { .mount = "cpu", .controllers = "cpu,cpuacct" },
						    { .mount = "freezer", .controllers = "freezer" },
						    { .mount = "unified", .controllers = "",
						      .is_v2 = true } } };

	(void)state;
	assert_int_equal(tree_find(&ref, "cpuacct"), 0);
	assert_int_equal(tree_find(&ref, "memory"), TREE_NONE);
	assert_int_equal(tree_find_v2(&ref), 2);
	assert_int_equal(tree_find_lister(&ref), 2);
	ref.n = 2;
	assert_int_equal(tree_find_v2(&ref), TREE_NONE);
	assert_int_equal(tree_find_lister(&ref), 1);
	ref.n = 1;
	assert_int_equal(tree_find_lister(&ref), 0);
	ref.n = 0;
	assert_int_equal(tree_find_lister(&ref), TREE_NONE);
}

static void test_path(void **state)
{
	struct cgroup_ref ref = { .path = "/a/b", .n = 2,
				  .tree = { { .mount = "cpu" }, { .mount = "" } } };
	char path[PATH_MAX], lengthy[PATH_MAX + 2];

	(void)state;
	assert_int_equal(tree_path(path, &ref, 0, 2), 0);
	assert_string_equal(path, "/sys/fs/cgroup/cpu/a");
	assert_int_equal(tree_path(path, &ref, 1, 4), 0);
	assert_string_equal(path, "/sys/fs/cgroup/a/b");
	assert_int_equal(tree_path(path, &ref, 1, 0), 0);
	assert_string_equal(path, "/sys/fs/cgroup");
	memset(lengthy, 'x', sizeof(lengthy) - 1);
	lengthy[sizeof(lengthy) - 1] = '\0';
	ref.path = lengthy;
	assert_int_equal(tree_path(path, &ref, 0, sizeof(lengthy) - 1), -1);
	assert_int_equal(errno, ENAMETOOLONG);
}

static void test_files(void **state)
{
	char path[PATH_MAX], buf[5];
	int dir = scratch_dir(path);

	(void)state;
	scratch_file(dir, "f", "ab\n");
	assert_int_equal(tree_read_at(dir, "f", buf, sizeof(buf)), 2);
	assert_string_equal(buf, "ab");
	assert_int_equal(tree_write_at(dir, "f", "xyzxyz"), 0);
	assert_int_equal(tree_read_at(dir, "f", buf, sizeof(buf)), 4);
	assert_string_equal(buf, "xyzx");
	assert_int_equal(tree_write_at(dir, "missing", "1"), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(tree_read_at(dir, "missing", buf, sizeof(buf)), -1);
	(void)close(dir);
	scratch_remove_dir(path);
}

static void test_wait_event(void **state)
{
	char path[PATH_MAX];
	int dir = scratch_dir(path);

	(void)state;
	assert_int_equal(tree_wait_event(dir, "populated", 0, 0), -1);
	assert_int_equal(errno, ENOENT);
	scratch_file(dir, "cgroup.events", "populated 0\nfrozen 1\n");
	assert_int_equal(tree_wait_event(dir, "populated", 0, 0), 0);
	assert_int_equal(tree_wait_event(dir, "frozen", 1, 1000), 0);
	assert_int_equal(tree_wait_event(dir, "populated", 1, 10), -1);
	assert_int_equal(errno, ETIMEDOUT);
	(void)close(dir);
	scratch_remove_dir(path);
}

/* Swap that is not counted matters only when there is swap and a limit to it. */
static void test_no_swap(void **state)
{
	struct plan_limit limit = { .kind = LIMIT_SWAP_MAX, .value = LIMIT_UNLIMITED,
				    .name = "linux.resources.memory.swap" };
	struct err err = ERR_INIT;
	const char *swaps = scratch_read(AT_FDCWD, "/proc/swaps");

	(void)state;
	assert_int_equal(tree_judge_no_swap(&limit, &err), 0);
	limit.value = 5;
	assert_int_equal(tree_judge_no_swap(&limit, &err), strchr(swaps, '\n') ? -1 : 0);
}

/* A machine whose trees are directories of ours. */
static struct cgroup fake(int memory, int v2)
{
	return (struct cgroup){
		.ref = { .path = "/x", .n = 2,
			 .tree = { { .mount = "memory", .controllers = "memory" },
				   { .mount = "unified", .controllers = "", .is_v2 = true } } },
		.fd = { memory, v2 },
	};
}

static void test_check_memory(void **state)
{
	char path[PATH_MAX];
	int dir = scratch_dir(path);
	struct cgroup cg = fake(dir, dir);
	struct plan_limit limit = { .kind = LIMIT_MEMORY_MAX, .value = 100, .at = 9, .name = "m" };
	struct plan_cgroup plan = { .mode = CGROUP_MODE_V1, .limits = &limit, .n_limits = 1,
				    .check_memory = true };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(tree_check_memory(&cg, &plan, &err), 0);
	scratch_file(dir, "memory.usage_in_bytes", "101\n");
	scratch_file(dir, "memory.current", "99\n");
	assert_int_equal(tree_check_memory(&cg, &plan, &err), -1);
	assert_string_equal(err.text, "m: the cgroup uses 101 bytes already, "
			    "and memory.checkBeforeUpdate is on");
	limit.is_v2 = true;
	assert_int_equal(tree_check_memory(&cg, &plan, &err), 0);
	limit.is_v2 = false;
	plan.check_memory = false;
	assert_int_equal(tree_check_memory(&cg, &plan, &err), 0);
	limit.value = LIMIT_UNLIMITED;
	plan.check_memory = true;
	assert_int_equal(tree_check_memory(&cg, &plan, &err), 0);

	/* Swap has files of its own. */
	scratch_file(dir, "memory.memsw.usage_in_bytes", "301\n");
	scratch_file(dir, "memory.swap.current", "31\n");
	limit = (struct plan_limit){ .kind = LIMIT_MEMSW_MAX, .value = 301, .name = "s" };
	assert_int_equal(tree_check_memory(&cg, &plan, &err), 0);
	limit.value = 300;
	assert_int_equal(tree_check_memory(&cg, &plan, &err), -1);
	limit = (struct plan_limit){ .kind = LIMIT_SWAP_MAX, .is_v2 = true, .value = 31, .name = "s" };
	assert_int_equal(tree_check_memory(&cg, &plan, &err), 0);
	limit.value = 30;
	assert_int_equal(tree_check_memory(&cg, &plan, &err), -1);
	assert_string_equal(err.text, "s: the cgroup uses 31 bytes already, "
			    "and memory.checkBeforeUpdate is on");
	limit = (struct plan_limit){ .kind = LIMIT_PIDS_MAX, .value = 0, .name = "p" };
	assert_int_equal(tree_check_memory(&cg, &plan, &err), 0);
	(void)close(dir);
	scratch_remove_dir(path);
}

/* A '*' is where the part of a limit goes, a page size for example. */
static void test_file_name(void **state)
{
	char name[20];

	(void)state;
	assert_int_equal(tree_file_name(name, sizeof(name), "hugetlb.*.max", "2MB"), 0);
	assert_string_equal(name, "hugetlb.2MB.max");
	assert_int_equal(tree_file_name(name, sizeof(name), "memory.max", NULL), 0);
	assert_string_equal(name, "memory.max");
	assert_int_equal(tree_file_name(name, sizeof(name), "hugetlb.*.max", "1234567890"), -1);
	assert_int_equal(errno, ENAMETOOLONG);
}

static void test_usual(void **state)
{
	struct plan_limit limit = { .kind = LIMIT_CPU_IDLE };

	(void)state;
	assert_true(tree_is_usual(&limit));
	limit.value = 1;
	assert_false(tree_is_usual(&limit));
	limit.kind = LIMIT_MEMORY_HIERARCHY;
	assert_true(tree_is_usual(&limit));
	limit.value = 0;
	assert_false(tree_is_usual(&limit));
	limit.kind = LIMIT_PIDS_MAX;
	assert_false(tree_is_usual(&limit));
}

/*
 * `unified` comes after all others, also after those that the kernel refused the first time.  Since
 * only the kernel says EINVAL, a file of /proc that wants another number stands in for the limit's.
 */
static void test_unified_is_last(void **state)
{
	struct plan_limit limits[] = {
		{ .kind = LIMIT_MEMORY_MAX, .is_v2 = true, .value = 5000, .name = "m" },
		{ .kind = LIMIT_MEMORY_LOW, .is_v2 = true, .value = 7, .name = "l" },
		{ .kind = LIMIT_UNIFIED, .is_v2 = true, .key = "memory.high", .text = "3", .name = "u" },
	};
	struct plan_cgroup plan = { .mode = CGROUP_MODE_V2, .limits = limits, .n_limits = 3 };
	char path[PATH_MAX];
	int dir = scratch_dir(path);
	struct cgroup cg = fake(-1, dir);
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(symlinkat("/proc/self/oom_score_adj", dir, "memory.max"), 0);
	scratch_file(dir, "memory.low", "");
	scratch_file(dir, "memory.high", "");
	assert_int_equal(tree_write_limits(&cg, &plan, &err), -1);
	assert_int_equal(err.code, EINVAL);
	assert_string_equal(scratch_read(dir, "memory.low"), "7");
	assert_string_equal(scratch_read(dir, "memory.high"), "");
	(void)close(dir);
	scratch_remove_dir(path);
}

/* What would keep the container from being made is written once it is. */
static void test_late_limits(void **state)
{
	struct plan_limit limits[] = {
		{ .kind = LIMIT_PIDS_MAX, .is_v2 = true, .is_late = true, .value = 1, .name = "p" },
		{ .kind = LIMIT_MEMORY_LOW, .is_v2 = true, .value = 7, .name = "l" },
		{ .kind = LIMIT_UNIFIED, .is_v2 = true, .is_late = true, .key = "pids.new", .text = "3", .name = "u" },
	};
	struct plan_cgroup plan = { .mode = CGROUP_MODE_V2, .limits = limits, .n_limits = 3 };
	char path[PATH_MAX];
	int dir = scratch_dir(path);
	struct cgroup cg = fake(-1, dir);
	struct err err = ERR_INIT;

	(void)state;
	scratch_file(dir, "pids.max", "");
	scratch_file(dir, "memory.low", "");
	scratch_file(dir, "pids.new", "");
	assert_ok(tree_write_limits(&cg, &plan, &err), err);
	assert_string_equal(scratch_read(dir, "pids.max"), "");
	assert_string_equal(scratch_read(dir, "memory.low"), "7");
	assert_string_equal(scratch_read(dir, "pids.new"), "");
	assert_ok(tree_write_late_limits(&cg, &plan, &err), err);
	assert_string_equal(scratch_read(dir, "pids.max"), "1");
	assert_string_equal(scratch_read(dir, "pids.new"), "3");
	(void)close(dir);
	scratch_remove_dir(path);
}

/* Each limit goes to the tree that knows it; `unified` to the v2 one, also on a hybrid machine. */
static void test_write_limits(void **state)
{
	char v1_path[PATH_MAX], v2_path[PATH_MAX];
	int v1 = scratch_dir(v1_path), v2 = scratch_dir(v2_path);
	struct cgroup cg = fake(v1, v2);
	struct plan_limit limits[] = {
		{ .kind = LIMIT_MEMORY_MAX, .value = 100, .name = "m" },
		{ .kind = LIMIT_UNIFIED, .is_v2 = true, .key = "cgroup.max.depth", .text = "3",
		  .name = "u" },
	};
	struct plan_cgroup plan = { .mode = CGROUP_MODE_HYBRID, .limits = limits, .n_limits = 2 };
	struct err err = ERR_INIT;

	(void)state;
	scratch_file(v1, "memory.limit_in_bytes", "");
	scratch_file(v2, "cgroup.max.depth", "");
	assert_ok(tree_write_limits(&cg, &plan, &err), err);
	assert_string_equal(scratch_read(v1, "memory.limit_in_bytes"), "100");
	assert_string_equal(scratch_read(v2, "cgroup.max.depth"), "3");
	assert_int_equal(unlinkat(v1, "memory.limit_in_bytes", 0), 0);
	limits[0].at = 33;
	assert_int_equal(tree_write_limits(&cg, &plan, &err), -1);
	assert_int_equal(err.at, 33);
	assert_int_equal(err.code, ENOENT);
	(void)close(v1);
	(void)close(v2);
	scratch_remove_dir(v1_path);
	scratch_remove_dir(v2_path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_value),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_wait_event),
		cmocka_unit_test(test_no_swap),
		cmocka_unit_test(test_check_memory),
		cmocka_unit_test(test_file_name),
		cmocka_unit_test(test_usual),
		cmocka_unit_test(test_unified_is_last),
		cmocka_unit_test(test_late_limits),
		cmocka_unit_test(test_write_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
