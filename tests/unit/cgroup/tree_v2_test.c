/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which v2 file a limit goes to and how it is spelt.  Handing controllers down works on absolute
 * paths, so it runs on a false /sys/fs/cgroup in a mount namespace of its own.
 */
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup/tree.h"

static struct cgroup fake(int dir)
{
	return (struct cgroup){ .ref = { .path = "/a/b", .n = 1, .mode = CGROUP_MODE_V2,
					 .tree = { { .mount = "", .controllers = "",
						     .is_v2 = true } } },
				.fd = { dir } };
}

static const struct {
	struct plan_limit limit;
	const char *file, *text;
} rows[] = {
	{ { .kind = LIMIT_MEMORY_MAX, .value = 4096 }, "memory.max", "4096" },
	{ { .kind = LIMIT_MEMORY_MAX, .value = -1 }, "memory.max", "max" },
	{ { .kind = LIMIT_MEMORY_LOW, .value = 5 }, "memory.low", "5" },
	{ { .kind = LIMIT_SWAP_MAX, .value = 0 }, "memory.swap.max", "0" },
	{ { .kind = LIMIT_CPU_WEIGHT, .value = 79 }, "cpu.weight", "79" },
	{ { .kind = LIMIT_CPU_BURST, .value = 7 }, "cpu.max.burst", "7" },
	{ { .kind = LIMIT_CPU_IDLE, .value = 1 }, "cpu.idle", "1" },
	{ { .kind = LIMIT_CPUSET_CPUS, .text = "0-3" }, "cpuset.cpus", "0-3" },
	{ { .kind = LIMIT_CPUSET_MEMS, .text = "0" }, "cpuset.mems", "0" },
	{ { .kind = LIMIT_PIDS_MAX, .value = 0 }, "pids.max", "0" },
	{ { .kind = LIMIT_PIDS_MAX, .value = -1 }, "pids.max", "max" },
	{ { .kind = LIMIT_IO_READ_BPS, .key = "8:0", .value = 1048576 }, "io.max", "8:0 rbps=1048576" },
	{ { .kind = LIMIT_IO_WRITE_BPS, .key = "8:0", .value = -1 }, "io.max", "8:0 wbps=max" },
	{ { .kind = LIMIT_IO_READ_IOPS, .key = "8:16", .value = 7 }, "io.max", "8:16 riops=7" },
	{ { .kind = LIMIT_IO_WRITE_IOPS, .key = "8:0", .value = 1 }, "io.max", "8:0 wiops=1" },
	{ { .kind = LIMIT_HUGETLB, .key = "2MB", .value = 0 }, "hugetlb.2MB.rsvd.max", "0" },
	{ { .kind = LIMIT_HUGETLB, .key = "1GB", .value = -1 }, "hugetlb.1GB.rsvd.max", "max" },
	{ { .kind = LIMIT_RDMA_HANDLES, .key = "mlx5_1", .value = 3 }, "rdma.max",
	  "mlx5_1 hca_handle=3" },
	{ { .kind = LIMIT_RDMA_OBJECTS, .key = "mlx5_1", .value = 0 }, "rdma.max",
	  "mlx5_1 hca_object=0" },
	{ { .kind = LIMIT_UNIFIED, .key = "memory.high", .text = "7", .name = "u" }, "memory.high",
	  "7" },
	{ { .kind = LIMIT_UNIFIED, .key = "memory.high", .text = "", .name = "u" }, "memory.high",
	  "" },
};

static void test_files(void **state)
{
	char path[PATH_MAX];
	int dir = scratch_dir(path);
	struct cgroup cg = fake(dir);
	struct plan_cgroup plan = { .mode = CGROUP_MODE_V2 };
	struct err err = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		scratch_file(dir, rows[i].file, "");
		assert_ok(tree_v2_write(&cg, &plan, &rows[i].limit, &err), err);
		assert_string_equal(scratch_read(dir, rows[i].file), rows[i].text);
	}
	(void)close(dir);
	scratch_remove_dir(path);
}

/* Quota and period share a line; one alone leaves the other as it is. */
static void test_cpu_max(void **state)
{
	struct plan_limit period = { .kind = LIMIT_CPU_PERIOD, .is_v2 = true, .value = 50000 };
	struct plan_limit quota = { .kind = LIMIT_CPU_QUOTA, .is_v2 = true, .value = 20000 };
	struct plan_limit both[2] = { period, quota };
	char path[PATH_MAX];
	int dir = scratch_dir(path);
	struct cgroup cg = fake(dir);
	struct plan_cgroup plan = { .mode = CGROUP_MODE_V2, .limits = both, .n_limits = 2 };
	struct err err = ERR_INIT;

	(void)state;
	scratch_file(dir, "cpu.max", "max 100000\n");
	assert_ok(tree_write_limits(&cg, &plan, &err), err);
	assert_string_equal(scratch_read(dir, "cpu.max"), "20000 50000");

	plan.limits = &period;
	plan.n_limits = 1;
	scratch_file(dir, "cpu.max", "30000 90000\n");
	assert_ok(tree_write_limits(&cg, &plan, &err), err);
	assert_string_equal(scratch_read(dir, "cpu.max"), "30000 50000");

	/* The kernel keeps the period then; here the file keeps its rest. */
	plan.limits = &quota;
	quota.value = LIMIT_UNLIMITED;
	scratch_file(dir, "cpu.max", "");
	assert_ok(tree_write_limits(&cg, &plan, &err), err);
	assert_string_equal(scratch_read(dir, "cpu.max"), "max");
	(void)close(dir);
	scratch_remove_dir(path);
}

/* The two scales of weights; a file that is not there is passed over, no file at all is not. */
static void test_weights(void **state)
{
	static const struct {
		int64_t value;
		const char *bfq, *scaled;
	} weights[] = {
		{ 10, "10", "1" }, { 1, "1", "1" }, { 500, "500", "4950" }, { 1000, "1000", "10000" },
		{ 100, "100", "910" },
	};
	char path[PATH_MAX];
	int dir = scratch_dir(path);
	struct cgroup cg = fake(dir);
	struct plan_cgroup plan = { .mode = CGROUP_MODE_V2 };
	struct err err = ERR_INIT;
	struct plan_limit group = { .kind = LIMIT_IO_WEIGHT, .name = "w" };
	struct plan_limit device = { .kind = LIMIT_IO_WEIGHT_DEVICE, .key = "8:0", .name = "d" };

	(void)state;
	for (size_t i = 0; i < sizeof(weights) / sizeof(weights[0]); i++) {
		group.value = weights[i].value;
		scratch_file(dir, "io.bfq.weight", "");
		scratch_file(dir, "io.weight", "");
		assert_ok(tree_v2_write(&cg, &plan, &group, &err), err);
		assert_string_equal(scratch_read(dir, "io.bfq.weight"), weights[i].bfq);
		assert_string_equal(scratch_read(dir, "io.weight"), weights[i].scaled);
	}
	assert_int_equal(unlinkat(dir, "io.bfq.weight", 0), 0);
	device.value = 1000;
	scratch_file(dir, "io.weight", "");
	assert_ok(tree_v2_write(&cg, &plan, &device, &err), err);
	assert_string_equal(scratch_read(dir, "io.weight"), "8:0 10000");
	device.value = 0;
	scratch_file(dir, "io.weight", "");
	assert_ok(tree_v2_write(&cg, &plan, &device, &err), err);
	assert_string_equal(scratch_read(dir, "io.weight"), "8:0 default");
	assert_int_equal(unlinkat(dir, "io.weight", 0), 0);
	scratch_file(dir, "io.bfq.weight", "");
	device.value = 7;
	assert_ok(tree_v2_write(&cg, &plan, &device, &err), err);
	assert_string_equal(scratch_read(dir, "io.bfq.weight"), "8:0 7");
	/* Refused by one, taken by the other: it has that scheduler. */
	assert_int_equal(mkdirat(dir, "io.weight", 0755), 0);
	assert_ok(tree_v2_write(&cg, &plan, &device, &err), err);
	assert_false(err_is_set(&err));
	assert_int_equal(unlinkat(dir, "io.bfq.weight", 0), 0);
	device.at = 5;
	assert_int_equal(tree_v2_write(&cg, &plan, &device, &err), -1);
	assert_int_equal(err.at, 5);
	assert_int_equal(err.code, EISDIR);
	(void)close(dir);
	scratch_remove_dir(path);
}

/* Without reservations (before Linux 5.7) the limit is one of faults. */
static void test_huge_faults(void **state)
{
	struct plan_limit limit = { .kind = LIMIT_HUGETLB, .key = "2MB", .value = 5, .name = "h" };
	char path[PATH_MAX];
	int dir = scratch_dir(path);
	struct cgroup cg = fake(dir);
	struct plan_cgroup plan = { .mode = CGROUP_MODE_V2 };
	struct err err = ERR_INIT;

	(void)state;
	scratch_file(dir, "hugetlb.2MB.max", "");
	assert_ok(tree_v2_write(&cg, &plan, &limit, &err), err);
	assert_string_equal(scratch_read(dir, "hugetlb.2MB.max"), "5");
	scratch_file(dir, "hugetlb.2MB.rsvd.max", "");
	limit.value = 6;
	assert_ok(tree_v2_write(&cg, &plan, &limit, &err), err);
	assert_string_equal(scratch_read(dir, "hugetlb.2MB.rsvd.max"), "6");
	assert_string_equal(scratch_read(dir, "hugetlb.2MB.max"), "5");
	(void)close(dir);
	scratch_remove_dir(path);
}

/* One write for each line: io.max takes one device at a time. */
static void test_unified_lines(void **state)
{
	struct plan_limit limit = { .kind = LIMIT_UNIFIED, .key = "io.max", .name = "u",
				    .text = "8:0 rbps=1\n8:16 rbps=2222\n" };
	char path[PATH_MAX];
	int dir = scratch_dir(path);
	struct cgroup cg = fake(dir);
	struct plan_cgroup plan = { .mode = CGROUP_MODE_V2 };
	struct err err = ERR_INIT;

	(void)state;
	scratch_file(dir, "io.max", "");
	assert_ok(tree_v2_write(&cg, &plan, &limit, &err), err);
	/* Each write began at the start of the file. */
	assert_string_equal(scratch_read(dir, "io.max"), "8:16 rbps=2222");
	(void)close(dir);
	scratch_remove_dir(path);
}

static void test_no_tree(void **state)
{
	struct cgroup cg = CGROUP_INIT;
	struct plan_cgroup plan = { .mode = CGROUP_MODE_V1 };
	struct plan_limit limit = { .kind = LIMIT_MEMORY_MAX, .is_v2 = true, .name = "m" };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(tree_v2_write(&cg, &plan, &limit, &err), -1);
	assert_string_equal(err.text, "m: this machine has no cgroup2 tree");
	cg = fake(-1);
	limit.kind = LIMIT_MEMSW_MAX;
	assert_int_equal(tree_v2_write(&cg, &plan, &limit, &err), -1);
	assert_string_equal(err.text, "m: cgroup v2 has no such limit");
	tree_v2_hand_down(&(struct cgroup){ .ref = { .n = 0 } }, &plan);
}

/* A false tree: root (memory pids cpu), /a (hands memory down), /a/b. */
static int make_false_tree(void)
{
	int root;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", "/sys/fs/cgroup", "tmpfs", 0, NULL) < 0)
		_exit(77);
	root = open("/sys/fs/cgroup", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	(void)mkdirat(root, "a", 0755);
	(void)mkdirat(root, "a/b", 0755);
	scratch_file(root, "cgroup.controllers", "memory pids cpu\n");
	scratch_file(root, "cgroup.subtree_control", "memory pids cpu\n");
	scratch_file(root, "a/cgroup.controllers", "memory pids cpu\n");
	scratch_file(root, "a/cgroup.subtree_control", "memory\n");
	scratch_file(root, "a/b/cgroup.controllers", "memory\n");
	return root;
}

static int hand_down(void)
{
	int root = make_false_tree();
	struct cgroup cg = fake(openat(root, "a/b", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct plan_cgroup plan = { .mode = CGROUP_MODE_V2 };

	tree_v2_hand_down(&cg, &plan);
	/* What is there is not asked for again. */
	if (strcmp(scratch_read(root, "cgroup.subtree_control"), "memory pids cpu") != 0)
		return 1;
	if (strcmp(scratch_read(root, "a/cgroup.subtree_control"), "+pids +cpu") != 0)
		return 2;
	/* One that holds processes would become the root of threads. */
	scratch_file(root, "a/cgroup.type", "domain\n");
	scratch_file(root, "a/cgroup.procs", "12\n");
	scratch_file(root, "a/cgroup.subtree_control", "memory\n");
	tree_v2_hand_down(&cg, &plan);
	if (strcmp(scratch_read(root, "a/cgroup.subtree_control"), "memory") != 0)
		return 4;
	scratch_file(root, "a/cgroup.procs", "");
	tree_v2_hand_down(&cg, &plan);
	if (strcmp(scratch_read(root, "a/cgroup.subtree_control"), "+pids +cpu") != 0)
		return 5;
	/* Nothing to do when all arrived. */
	scratch_file(root, "a/b/cgroup.controllers", "cpu memory pids\n");
	scratch_file(root, "a/cgroup.subtree_control", "untouched\n");
	tree_v2_hand_down(&cg, &plan);
	return strcmp(scratch_read(root, "a/cgroup.subtree_control"), "untouched") == 0 ? 0 : 3;
}

/* A hybrid machine's v2 tree has what v1 left over: only what a limit needs is handed down. */
static int hand_down_hybrid(void)
{
	int root = make_false_tree();
	struct cgroup cg = fake(openat(root, "a/b", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct plan_limit limits[] = {
		{ .kind = LIMIT_MEMORY_MAX },
		{ .kind = LIMIT_UNIFIED, .is_v2 = true, .key = "cgroup.max.depth" },
		{ .kind = LIMIT_UNIFIED, .is_v2 = true, .key = "rdma.max" },
		{ .kind = LIMIT_UNIFIED, .is_v2 = true, .key = "pids.max" },
		{ .kind = LIMIT_PIDS_MAX, .is_v2 = true },
	};
	struct plan_cgroup plan = { .mode = CGROUP_MODE_HYBRID, .limits = limits, .n_limits = 3 };

	tree_v2_hand_down(&cg, &plan);
	if (strcmp(scratch_read(root, "a/cgroup.subtree_control"), "memory") != 0)
		return 1;
	plan.n_limits = 5;
	tree_v2_hand_down(&cg, &plan);
	/* The last letter is what "memory" leaves of itself in an ordinary file. */
	if (strcmp(scratch_read(root, "a/cgroup.subtree_control"), "+pidsy") != 0)
		return 2;
	return strcmp(scratch_read(root, "cgroup.subtree_control"), "memory pids cpu") == 0 ? 0 : 3;
}

static int name_missing(void)
{
	int root = make_false_tree();
	struct cgroup cg = fake(openat(root, "a/b", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct plan_cgroup plan = { .mode = CGROUP_MODE_V2 };
	struct plan_limit limit = { .kind = LIMIT_CPUSET_CPUS, .text = "0", .name = "p" };
	struct err err = ERR_INIT;

	if (tree_v2_write(&cg, &plan, &limit, &err) == 0 ||
	    strcmp(err.text, "p: this machine's cgroup2 tree has no cpuset controller") != 0)
		return 1;
	limit.kind = LIMIT_PIDS_MAX;
	if (tree_v2_write(&cg, &plan, &limit, &err) == 0 ||
	    strcmp(err.text, "p: the pids controller could not be handed down to cgroup /a/b: an "
		   "ancestor holds processes or is not ours to change") != 0)
		return 2;
	limit.kind = LIMIT_MEMORY_LOW;
	if (tree_v2_write(&cg, &plan, &limit, &err) == 0 ||
	    strcmp(err.text, "p: this kernel's memory controller has no such file") != 0)
		return 3;
	limit = (struct plan_limit){ .kind = LIMIT_IO_WEIGHT, .value = 10, .name = "p" };
	if (tree_v2_write(&cg, &plan, &limit, &err) == 0 ||
	    strcmp(err.text, "p: this machine's cgroup2 tree has no io controller") != 0)
		return 7;
	/* Nothing but what the kernel does anyway was asked for. */
	limit = (struct plan_limit){ .kind = LIMIT_CPU_IDLE, .value = 0, .name = "p" };
	if (tree_v2_write(&cg, &plan, &limit, &err) < 0)
		return 8;
	limit = (struct plan_limit){ .kind = LIMIT_UNIFIED, .key = "io.max", .text = "1",
				     .name = "p" };
	if (tree_v2_write(&cg, &plan, &limit, &err) == 0 ||
	    strcmp(err.text, "p: this machine's cgroup2 tree has no io controller") != 0)
		return 4;
	limit.key = "cgroup.future";
	if (tree_v2_write(&cg, &plan, &limit, &err) == 0 ||
	    strcmp(err.text, "p: this kernel has no such file") != 0)
		return 5;
	/* No swap accounting: memory.max is there and memory.swap.max is not. */
	scratch_file(cg.fd[0], "memory.max", "");
	limit = (struct plan_limit){ .kind = LIMIT_SWAP_MAX, .value = LIMIT_UNLIMITED, .name = "p" };
	return tree_v2_write(&cg, &plan, &limit, &err) == 0 ? 0 : 6;
}

static void run_apart(int (*check)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(check());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		scratch_skip("mount namespaces, which may not be made here");
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_hand_down(void **state)
{
	(void)state;
	run_apart(hand_down);
}

static void test_hand_down_hybrid(void **state)
{
	(void)state;
	run_apart(hand_down_hybrid);
}

static void test_missing(void **state)
{
	(void)state;
	run_apart(name_missing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_cpu_max),
		cmocka_unit_test(test_unified_lines),
		cmocka_unit_test(test_no_tree),
		cmocka_unit_test(test_weights),
		cmocka_unit_test(test_huge_faults),
		cmocka_unit_test(test_hand_down),
		cmocka_unit_test(test_hand_down_hybrid),
		cmocka_unit_test(test_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
