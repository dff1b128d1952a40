/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Limits of a cgroup in use: on the machine's own trees where it has the controllers, and in directories that
 * stand in for those that it lacks.  A file that stands in for one of the kernel keeps its length.
 */
#include "cgroup/update.h"

#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "cgroup/tree.h"

static char path[PATH_MAX];
static struct cgroup cg;

/* A tree that is nowhere below /sys/fs/cgroup, so that nothing is handed down on the machine's own. */
static int set_up(void **state)
{
	(void)state;
	cg = (struct cgroup){
		.ref = { .path = "/x", .n = 1, .mode = CGROUP_MODE_V2, .manager = CGROUP_MANAGER_CGROUPFS,
			 .tree = { { .mount = "no-such-tree", .controllers = "", .is_v2 = true } } },
	};
	cg.fd[0] = scratch_dir(path);
	return 0;
}

static int set_up_v1(void **state)
{
	(void)set_up(state);
	cg.ref.mode = CGROUP_MODE_V1;
	cg.ref.tree[0].is_v2 = false;
	cg.ref.tree[0].controllers = "memory,cpu,pids,blkio,hugetlb,rdma,net_cls,net_prio,cpuset";
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	(void)close(cg.fd[0]);
	scratch_remove_dir(path);
	return 0;
}

static void file(const char *name, const char *text)
{
	scratch_file(cg.fd[0], name, text);
}

static void assert_file(const char *name, const char *text)
{
	assert_string_equal(scratch_read(cg.fd[0], name), text);
}

static int update(struct plan_limit *limits, size_t n, struct err *err)
{
	const struct plan_cgroup plan = { .mode = cg.ref.mode, .limits = limits, .n_limits = n };

	*err = ERR_INIT;
	for (size_t i = 0; i < n; i++) {
		limits[i].is_v2 = cg.ref.tree[0].is_v2;
		limits[i].at = (uint32_t)(10 + i);
		if (!limits[i].name)
			limits[i].name = "limit";
	}
	return cgroup_update(&cg, &plan, err);
}

#define UPDATE(err, ...)                                                                     \
	update((struct plan_limit[]){ __VA_ARGS__ },                                         \
	       sizeof((struct plan_limit[]){ __VA_ARGS__ }) / sizeof(struct plan_limit), (err))

static void test_said(void **state)
{
	static const struct {
		const char *present, *wanted;
		long long granule;
		bool is_same;
	} rows[] = {
		{ "5", "5", 1, true },
		{ "5", "6", 1, false },
		{ "4096", "5000", 4096, true },
		{ "4096", "8192", 4096, false },
		{ "8192", "5000", 4096, false },
		{ "max", "max", 1, true },
		{ "max", "5", 1, false },
		{ "5", "max", 1, false },
		{ "9223372036854771712", "-1", 4096, true },
		{ "9223372036854771712", "9223372036854775807", 4096, true },
		{ "-1", "-1", 1, true },
		{ "-1", "0", 1, false },
		{ "50000 100000", "50000", 1, true },
		{ "50000 100000", "50000 100000", 1, true },
		{ "50000 100000", "50000 200000", 1, false },
		{ "max 100000", "max 100000", 1, true },
		{ "8:0 rbps=5 wbps=max riops=max wiops=7", "8:0 rbps=5", 1, true },
		{ "8:0 rbps=5 wbps=max riops=max wiops=7", "8:0 wbps=max", 1, true },
		{ "8:0 rbps=5 wbps=max riops=max wiops=7", "8:0 wiops=8", 1, false },
		{ "8:0 rbps=5", "8:0 wiops=8", 1, false },
		{ "8:0 0", "8:0 0", 1, true },
		{ "8:1 7", "8:0 7", 1, false },
		{ "8:0 default", "8:0 default", 1, true },
		{ "8:0 100", "8:0 default", 1, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (update_is_said(rows[i].present, rows[i].wanted, rows[i].granule) != rows[i].is_same)
			fail_msg("\"%s\" after \"%s\"", rows[i].present, rows[i].wanted);
	}
}

static void test_list(void **state)
{
	(void)state;
	assert_true(update_is_same_list("0-1", "0,1"));
	assert_true(update_is_same_list("0-3,7", "7,0-2,3"));
	assert_false(update_is_same_list("0", "0-1"));
	assert_false(update_is_same_list("", "0"));
	assert_false(update_is_same_list("what", "0"));
	/* The kernel reads it, we do not. */
	assert_true(update_is_same_list("0,2", "0-3:1/2"));
}

static void test_v2(void **state)
{
	struct err err;

	(void)state;
	file("memory.max", "100000000\n");
	file("pids.max", "55\n");
	file("cpu.max", "50000 100000\n");
	file("memory.swap.max", "7\n");
	assert_ok(UPDATE(&err, { .kind = LIMIT_MEMORY_MAX, .value = 204800000 },
			 { .kind = LIMIT_CPU_PERIOD, .value = 200000 }, { .kind = LIMIT_CPU_QUOTA, .value = 60000 },
			 { .kind = LIMIT_PIDS_MAX, .value = 66 }), err);
	assert_file("memory.max", "204800000");
	assert_file("pids.max", "66");
	assert_file("cpu.max", "60000 200000");
	assert_file("memory.swap.max", "7");
	/* A period alone keeps the quota. */
	assert_ok(UPDATE(&err, { .kind = LIMIT_CPU_PERIOD, .value = 300000 }), err);
	assert_file("cpu.max", "60000 300000");
}

/* The second write fails for good: this "kernel" has no pids.max. */
static void test_v2_failure(void **state)
{
	struct err err;

	(void)state;
	file("memory.max", "1000\n");
	file("memory.low", "30\n");
	assert_int_equal(UPDATE(&err, { .kind = LIMIT_MEMORY_MAX, .value = 2000 }, { .kind = LIMIT_MEMORY_LOW, .value = 40 },
				{ .kind = LIMIT_PIDS_MAX, .value = 5, .name = "pids.limit" }), -1);
	assert_non_null(strstr(err.text, "pids.limit"));
	assert_int_equal(err.at, 12);
	assert_file("memory.max", "1000");
	assert_file("memory.low", "30");
}

/* The file takes what is written and says something else: it is longer than what is written. */
static void test_read_back(void **state)
{
	struct err err;

	(void)state;
	file("memory.max", "1000\n");
	file("pids.max", "77777\n");
	assert_int_equal(UPDATE(&err, { .kind = LIMIT_MEMORY_MAX, .value = 2000 },
				{ .kind = LIMIT_PIDS_MAX, .value = 5, .name = "pids.limit" }), -1);
	assert_string_equal(err.text, "pids.limit: pids.max of cgroup /x is \"57777\" after \"5\" was written to it");
	assert_int_equal(err.at, 11);
	assert_file("memory.max", "1000");
	assert_file("pids.max", "77777");
}

/* A device's weight is in one of two files; v1's 500 is 4950 on the scale of the second one. */
static void test_v2_weights(void **state)
{
	struct plan_limit weight = { .kind = LIMIT_IO_WEIGHT_DEVICE, .key = "8:0", .value = 500 };
	struct err err;

	(void)state;
	file("io.weight", "8:0 0050\n");
	assert_int_equal(UPDATE(&err, weight, { .kind = LIMIT_HUGETLB, .key = "2MB", .value = 5, .name = "pages" }), -1);
	assert_non_null(strstr(err.text, "pages"));
	assert_file("io.weight", "8:0 0050");
	assert_ok(UPDATE(&err, weight), err);
	assert_file("io.weight", "8:0 4950");
	/* BFQ has another one for that device: either may be the one that counts. */
	file("io.bfq.weight", "8:0 111\n");
	assert_ok(UPDATE(&err, weight), err);
	assert_file("io.bfq.weight", "8:0 500");
}

/* The group's weight has to be in each file. */
static void test_v2_group_weight(void **state)
{
	struct err err;

	(void)state;
	file("io.weight", "1000\n");
	file("io.bfq.weight", "100\n");
	assert_ok(UPDATE(&err, { .kind = LIMIT_IO_WEIGHT, .value = 500 }), err);
	assert_file("io.weight", "4950");
	assert_file("io.bfq.weight", "500");
	assert_int_equal(UPDATE(&err, { .kind = LIMIT_IO_WEIGHT, .value = 50 }), -1);
	assert_non_null(strstr(err.text, "io.bfq.weight"));
	assert_file("io.weight", "4950");
	assert_file("io.bfq.weight", "500");
}

static void test_v2_unified(void **state)
{
	struct err err;

	(void)state;
	file("memory.high", "100\n");
	file("io.latency", "8:0 target=5\n");
	assert_int_equal(UPDATE(&err, { .kind = LIMIT_UNIFIED, .key = "memory.high", .text = "200" },
				{ .kind = LIMIT_UNIFIED, .key = "io.latency", .text = "8:0 target=7" },
				{ .kind = LIMIT_UNIFIED, .key = "memory.nonsense", .text = "5", .name = "unified" }), -1);
	assert_non_null(strstr(err.text, "unified"));
	assert_file("memory.high", "100");
	assert_file("io.latency", "8:0 target=5");
}

static void test_v1(void **state)
{
	struct err err;

	(void)state;
	file("memory.limit_in_bytes", "1024000\n");
	file("blkio.throttle.read_bps_device", "8:0 1111\n");
	file("rdma.max", "mlx5_1 hca_handle=2 hca_object=2000\n");
	file("net_cls.classid", "5\n");
	file("hugetlb.1GB.limit_in_bytes", "1073741824\n");
	assert_ok(UPDATE(&err, { .kind = LIMIT_MEMORY_MAX, .value = 2048000 },
			 { .kind = LIMIT_IO_READ_BPS, .key = "8:0", .value = 2222 },
			 { .kind = LIMIT_HUGETLB, .key = "1GB", .value = 2147483648 },
			 { .kind = LIMIT_NET_CLASS, .value = 7 },
			 { .kind = LIMIT_RDMA_HANDLES, .key = "mlx5_1", .value = 3 }), err);
	assert_file("memory.limit_in_bytes", "2048000");
	assert_file("blkio.throttle.read_bps_device", "8:0 2222");
	assert_file("hugetlb.1GB.limit_in_bytes", "2147483648");
	assert_file("net_cls.classid", "7");
	assert_file("rdma.max", "mlx5_1 hca_handle=3 hca_object=2000");
	assert_int_equal(UPDATE(&err, { .kind = LIMIT_NET_CLASS, .value = 9 },
				{ .kind = LIMIT_IO_READ_BPS, .key = "8:0", .value = 3333 },
				{ .kind = LIMIT_IO_WRITE_BPS, .key = "8:0", .value = 1, .name = "writes" }), -1);
	assert_non_null(strstr(err.text, "writes"));
	assert_file("net_cls.classid", "7");
	assert_file("blkio.throttle.read_bps_device", "8:0 2222");
}

/* The kernel's default needs no file, and none is read back. */
static void test_usual(void **state)
{
	struct err err;

	(void)state;
	assert_ok(UPDATE(&err, { .kind = LIMIT_CPU_IDLE, .value = 0 }, { .kind = LIMIT_CPU_BURST, .value = 0 }), err);
	assert_int_equal(UPDATE(&err, { .kind = LIMIT_CPU_BURST, .value = 5 }), -1);
}

static void test_nothing(void **state)
{
	const struct plan_cgroup plan = { .mode = CGROUP_MODE_V2 };
	struct cgroup gone = { .ref = { .manager = CGROUP_MANAGER_CGROUPFS, .n = 1, .path = "/never-was",
					.tree = { { .mount = "no-such-tree" } } }, .fd = { -1 } };
	struct plan_limit limit = { .kind = LIMIT_PIDS_MAX, .value = 5, .name = "pids.limit" };
	const struct plan_cgroup one = { .mode = CGROUP_MODE_V1, .limits = &limit, .n_limits = 1 };
	struct err err = ERR_INIT;

	(void)state;
	assert_ok(cgroup_update(&gone, &plan, &err), err);
	assert_int_equal(cgroup_update(&gone, &one, &err), -1);
	assert_non_null(strstr(err.text, "/never-was"));
}

static void test_check_memory(void **state)
{
	struct plan_limit limit = { .kind = LIMIT_MEMORY_MAX, .is_v2 = true, .value = 2000, .name = "memory.limit", .at = 3 };
	const struct plan_cgroup plan = { .mode = CGROUP_MODE_V2, .limits = &limit, .n_limits = 1, .check_memory = true };
	struct err err = ERR_INIT;

	(void)state;
	file("memory.max", "9000\n");
	file("memory.current", "2001\n");
	assert_int_equal(cgroup_update(&cg, &plan, &err), -1);
	assert_non_null(strstr(err.text, "checkBeforeUpdate"));
	assert_int_equal(err.at, 3);
	assert_file("memory.max", "9000");
	limit.value = 2001;
	err = ERR_INIT;
	assert_ok(cgroup_update(&cg, &plan, &err), err);
	assert_file("memory.max", "2001");
}

static void test_present(void **state)
{
	struct plan_present present;
	struct err err = ERR_INIT;

	(void)state;
	assert_ok(cgroup_present(&cg, &present, &err), err);
	assert_int_equal(present.memory, LIMIT_UNLIMITED);
	assert_int_equal(present.memsw, LIMIT_UNLIMITED);
	file("memory.max", "4096\n");
	assert_ok(cgroup_present(&cg, &present, &err), err);
	assert_int_equal(present.memory, 4096);
	cg.ref.tree[0].is_v2 = false;
	cg.ref.tree[0].controllers = "memory";
	file("memory.limit_in_bytes", "9223372036854771712\n");
	file("memory.memsw.limit_in_bytes", "8192\n");
	assert_ok(cgroup_present(&cg, &present, &err), err);
	assert_int_equal(present.memory, LIMIT_UNLIMITED);
	assert_int_equal(present.memsw, 8192);
}

/* On the machine's own v1 trees: values that depend on each other, in both directions, and a refusal. */
static void test_kernel(void **state)
{
	struct plan_cgroup plan = scratch_plan("");
	struct plan_limit wide[] = { { .kind = LIMIT_MEMORY_MAX, .value = 512 << 20, .name = "memory.limit" },
				     { .kind = LIMIT_MEMSW_MAX, .value = 600 << 20, .name = "memory.swap" } };
	struct plan_limit narrow[] = { { .kind = LIMIT_MEMORY_MAX, .value = 64 << 20, .name = "memory.limit" },
				       { .kind = LIMIT_MEMSW_MAX, .value = 70 << 20, .name = "memory.swap" } };
	struct plan_limit wrong[] = { { .kind = LIMIT_MEMORY_MAX, .value = 32 << 20, .name = "memory.limit" },
				      { .kind = LIMIT_MEMSW_MAX, .value = 16 << 20, .name = "memory.swap" } };
	auto_cgroup struct cgroup real = CGROUP_INIT;
	struct err err = ERR_INIT;
	size_t memory;

	(void)state;
	assert_ok(cgroup_open(&real, &plan, &err), err);
	memory = tree_find(&real.ref, "memory");
	if (memory == TREE_NONE)
		scratch_skip("the memory controller on a cgroup v1 tree");
	assert_ok(cgroup_create(&real, &plan, &err), err);
	if (faccessat(real.fd[memory], "memory.memsw.limit_in_bytes", F_OK, 0) < 0) {
		assert_ok(cgroup_remove(&real, 0, &err), err);
		scratch_skip("a kernel that counts swap");
	}
	plan.n_rules = 0;
	plan.n_limits = 2;
	for (int round = 0; round < 2; round++) {
		plan.limits = narrow;
		assert_ok(cgroup_update(&real, &plan, &err), err);
		assert_string_equal(scratch_read(real.fd[memory], "memory.memsw.limit_in_bytes"), "73400320");
		plan.limits = wide;
		assert_ok(cgroup_update(&real, &plan, &err), err);
		assert_string_equal(scratch_read(real.fd[memory], "memory.limit_in_bytes"), "536870912");
	}
	plan.limits = wrong;
	assert_int_equal(cgroup_update(&real, &plan, &err), -1);
	assert_non_null(strstr(err.text, "memory.swap"));
	assert_string_equal(scratch_read(real.fd[memory], "memory.limit_in_bytes"), "536870912");
	assert_string_equal(scratch_read(real.fd[memory], "memory.memsw.limit_in_bytes"), "629145600");
	err = ERR_INIT;
	assert_ok(cgroup_remove(&real, 1000, &err), err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_said),
		cmocka_unit_test(test_list),
		cmocka_unit_test_setup_teardown(test_v2, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_v2_failure, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_read_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_v2_weights, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_v2_group_weight, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_v2_unified, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_v1, set_up_v1, tear_down),
		cmocka_unit_test_setup_teardown(test_usual, set_up, tear_down),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test_setup_teardown(test_check_memory, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_present, set_up, tear_down),
		scratch_unit_test(test_kernel),
	};

	scratch_need_cgroups();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
