/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which v1 file a limit goes to and how it is spelt; on the machine's own trees what it takes. */
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
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
	{ { .kind = LIMIT_MEMORY_HIERARCHY, .value = 1 }, "memory.use_hierarchy", "1" },
	{ { .kind = LIMIT_MEMORY_OOM_DISABLE, .value = 0 }, "memory.oom_control", "0" },
	{ { .kind = LIMIT_CPU_RT_PERIOD, .value = 1000000 }, "cpu.rt_period_us", "1000000" },
	{ { .kind = LIMIT_CPU_RT_RUNTIME, .value = 950 }, "cpu.rt_runtime_us", "950" },
	{ { .kind = LIMIT_IO_WEIGHT, .value = 300 }, "blkio.weight", "300" },
	{ { .kind = LIMIT_IO_LEAF_WEIGHT, .value = 10 }, "blkio.leaf_weight", "10" },
	{ { .kind = LIMIT_IO_WEIGHT_DEVICE, .key = "8:0", .value = 300 }, "blkio.weight_device",
	  "8:0 300" },
	{ { .kind = LIMIT_IO_LEAF_WEIGHT_DEVICE, .key = "8:16", .value = 0 },
	  "blkio.leaf_weight_device", "8:16 default" },
	{ { .kind = LIMIT_IO_READ_BPS, .key = "8:0", .value = 1048576 },
	  "blkio.throttle.read_bps_device", "8:0 1048576" },
	{ { .kind = LIMIT_IO_WRITE_BPS, .key = "8:0", .value = -1 },
	  "blkio.throttle.write_bps_device", "8:0 0" },
	{ { .kind = LIMIT_IO_READ_IOPS, .key = "8:0", .value = 7 },
	  "blkio.throttle.read_iops_device", "8:0 7" },
	{ { .kind = LIMIT_IO_WRITE_IOPS, .key = "8:0", .value = 4294967295 },
	  "blkio.throttle.write_iops_device", "8:0 4294967295" },
	{ { .kind = LIMIT_HUGETLB, .key = "2MB", .value = 4194304 },
	  "hugetlb.2MB.rsvd.limit_in_bytes", "4194304" },
	{ { .kind = LIMIT_HUGETLB, .key = "1GB", .value = -1 },
	  "hugetlb.1GB.rsvd.limit_in_bytes", "-1" },
	{ { .kind = LIMIT_NET_CLASS, .value = 4294967295 }, "net_cls.classid", "4294967295" },
	{ { .kind = LIMIT_NET_PRIORITY, .key = "eth0", .value = 0 }, "net_prio.ifpriomap", "eth0 0" },
	{ { .kind = LIMIT_RDMA_HANDLES, .key = "mlx5_1", .value = 3 }, "rdma.max",
	  "mlx5_1 hca_handle=3" },
	{ { .kind = LIMIT_RDMA_OBJECTS, .key = "mlx5_1", .value = 0 }, "rdma.max",
	  "mlx5_1 hca_object=0" },
};

#define ALL_CONTROLLERS "memory,cpu,cpuset,pids,blkio,hugetlb,net_cls,net_prio,rdma"

static void test_files(void **state)
{
	char path[PATH_MAX];
	int dir = scratch_dir(path);
	struct cgroup cg = { .ref = { .path = "/x", .n = 1,
				      .tree = { { .mount = "all",
						  .controllers = ALL_CONTROLLERS, .kept = 2 } } },
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

/* BFQ's names and fault limits, where CFQ's and reservations are not there; and where nothing is. */
static void test_other_files(void **state)
{
	struct plan_limit weight = { .kind = LIMIT_IO_WEIGHT, .value = 300, .name = "w" };
	struct plan_limit device = { .kind = LIMIT_IO_WEIGHT_DEVICE, .key = "8:0", .value = 0,
				     .name = "d" };
	struct plan_limit huge = { .kind = LIMIT_HUGETLB, .key = "2MB", .value = 5, .name = "h" };
	struct plan_limit idle = { .kind = LIMIT_CPU_IDLE, .value = 0, .name = "i" };
	char path[PATH_MAX];
	int dir = scratch_dir(path);
	struct cgroup cg = { .ref = { .path = "/x", .n = 1,
				      .tree = { { .mount = "all",
						  .controllers = ALL_CONTROLLERS } } },
			     .fd = { dir } };
	struct plan_cgroup plan = { .mode = CGROUP_MODE_V1 };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(tree_v1_write(&cg, &plan, &weight, &err), -1);
	assert_int_equal(err.code, ENOENT);
	assert_int_equal(tree_v1_write(&cg, &plan, &huge, &err), -1);
	assert_string_equal(err.text, "h: this kernel has no huge pages of 2MB");
	scratch_file(dir, "blkio.bfq.weight", "");
	scratch_file(dir, "blkio.bfq.weight_device", "");
	scratch_file(dir, "hugetlb.2MB.limit_in_bytes", "");
	assert_ok(tree_v1_write(&cg, &plan, &weight, &err), err);
	assert_ok(tree_v1_write(&cg, &plan, &device, &err), err);
	assert_ok(tree_v1_write(&cg, &plan, &huge, &err), err);
	assert_string_equal(scratch_read(dir, "blkio.bfq.weight"), "300");
	assert_string_equal(scratch_read(dir, "blkio.bfq.weight_device"), "8:0 default");
	assert_string_equal(scratch_read(dir, "hugetlb.2MB.limit_in_bytes"), "5");
	/* Kernels before 5.15 have no such file, and no idle cgroups. */
	assert_ok(tree_v1_write(&cg, &plan, &idle, &err), err);
	idle.value = 1;
	assert_int_equal(tree_v1_write(&cg, &plan, &idle, &err), -1);
	(void)close(dir);
	scratch_remove_dir(path);
}

/* Read back and larger than written: the kernel took it and forgot it. */
static void test_kernel_memory(void **state)
{
	struct plan_limit limit = { .kind = LIMIT_MEMORY_KERNEL, .value = 4096, .at = 8, .name = "k" };
	char path[PATH_MAX];
	int dir = scratch_dir(path);
	struct cgroup cg = { .ref = { .path = "/x", .n = 1,
				      .tree = { { .mount = "memory", .controllers = "memory" } } },
			     .fd = { dir } };
	struct plan_cgroup plan = { .mode = CGROUP_MODE_V1 };
	struct err err = ERR_INIT;

	(void)state;
	/* The rest of what was there stays behind the number that is written. */
	scratch_file(dir, "memory.kmem.limit_in_bytes", "9223372036854771712\n");
	assert_int_equal(tree_v1_write(&cg, &plan, &limit, &err), -1);
	assert_string_equal(err.text, "k: this kernel has no limit for kernel memory alone; "
			    "memory.limit counts it too");
	assert_int_equal(err.at, 8);
	limit.value = LIMIT_UNLIMITED;
	assert_ok(tree_v1_write(&cg, &plan, &limit, &err), err);
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

/* Somebody made a path and filled nothing: however long it is, the stack is not. */
static void fill_deep(void)
{
	char path[PATH_MAX];
	int dir = scratch_dir(path), at = dup(dir);

	scratch_file(dir, "cpuset.cpus", "0-7");
	scratch_file(dir, "cpuset.mems", "1");
	for (int i = 0; i < 300; i++) {
		int next;

		assert_int_equal(mkdirat(at, "d", 0755), 0);
		next = openat(at, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true(next >= 0);
		scratch_file(next, "cpuset.cpus", "");
		scratch_file(next, "cpuset.mems", "");
		(void)close(at);
		at = next;
	}
	assert_int_equal(tree_v1_fill_cpuset(at), 0);
	assert_string_equal(scratch_read(at, "cpuset.cpus"), "0-7");
	assert_string_equal(scratch_read(at, "../cpuset.mems"), "1");
	assert_string_equal(scratch_read(dir, "d/cpuset.mems"), "1");
	(void)close(at);
	(void)close(dir);
	scratch_remove_dir(path);
}

static void *fill_deep_with_little_stack(void *data)
{
	fill_deep();
	return data;
}

static void test_cpuset_deep(void **state)
{
	pthread_attr_t attr;
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_attr_init(&attr), 0);
	assert_int_equal(pthread_attr_setstacksize(&attr, 1 << 17), 0);
	assert_int_equal(pthread_create(&thread, &attr, fill_deep_with_little_stack, NULL), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	(void)pthread_attr_destroy(&attr);
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
		scratch_skip("root");
	plan = scratch_plan("");
	if (plan.mode != CGROUP_MODE_V1 && plan.mode != CGROUP_MODE_HYBRID)
		scratch_skip("controllers on v1");
	plan.limits = low;
	plan.n_limits = 5;
	assert_ok(cgroup_open(&cg, &plan, &err), err);
	memory = tree_find(&cg.ref, "memory");
	cpu = tree_find(&cg.ref, "cpu");
	if (memory == TREE_NONE || cpu == TREE_NONE)
		scratch_skip("v1 trees with memory and cpu");
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

/* One limit in a fresh cgroup at @below; where it landed as the tree's number, TREE_NONE when refused. */
static size_t make_with(struct cgroup *cg, const char *below, struct plan_limit *limits, size_t n,
			const char *controller, struct err *err)
{
	struct plan_cgroup plan = scratch_plan(below);

	plan.limits = limits;
	plan.n_limits = n;
	assert_ok(cgroup_open(cg, &plan, err), *err);
	if (cgroup_create(cg, &plan, err) < 0)
		return TREE_NONE;
	return tree_find(&cg->ref, controller);
}

/* True when there is a v1 cgroup of @controller that would have the file @name. */
static bool has_file(const char *controller, const char *name)
{
	struct cgroup cg = CGROUP_INIT;
	struct err err = ERR_INIT;
	bool r = false;
	size_t i;

	if (geteuid() != 0)
		return false;
	i = make_with(&cg, "", NULL, 0, controller, &err);
	if (i != TREE_NONE)
		r = faccessat(cg.fd[i], name, F_OK, 0) == 0;
	assert_ok(cgroup_remove(&cg, 0, &err), err);
	cgroup_close(&cg);
	return r;
}

/* A budget of real time comes from the parent's, which has none when it is fresh. */
static void test_realtime(void **state)
{
	struct plan_limit limits[] = {
		{ .kind = LIMIT_CPU_RT_PERIOD, .value = 500000, .name = "p" },
		{ .kind = LIMIT_CPU_RT_RUNTIME, .value = 2000, .name = "r" },
	};
	struct cgroup cg = CGROUP_INIT;
	struct err err = ERR_INIT;
	size_t cpu;

	(void)state;
	if (!has_file("cpu", "cpu.rt_runtime_us"))
		scratch_skip("root, and a v1 cpu controller with real-time budgets");
	cpu = make_with(&cg, "/a/b", limits, 2, "cpu", &err);
	if (cpu == TREE_NONE)
		fail_msg("%s", err.text);
	assert_string_equal(scratch_read(cg.fd[cpu], "cpu.rt_runtime_us"), "2000");
	assert_string_equal(scratch_read(cg.fd[cpu], "cpu.rt_period_us"), "500000");
	assert_string_equal(scratch_read(cg.fd[cpu], "../cpu.rt_runtime_us"), "2000");
	assert_string_equal(scratch_read(cg.fd[cpu], "../../cpu.rt_period_us"), "500000");
	assert_ok(cgroup_remove(&cg, 0, &err), err);
	cgroup_close(&cg);
}

/* What the kernel takes and does not do must be refused; what it does is read back. */
static void test_kernel_memory_alone(void **state)
{
	struct plan_limit limit = { .kind = LIMIT_MEMORY_KERNEL, .value = 1 << 24, .name = "k" };
	struct cgroup cg = CGROUP_INIT;
	struct err err = ERR_INIT;
	size_t memory;

	(void)state;
	if (!has_file("memory", "memory.kmem.limit_in_bytes"))
		scratch_skip("root, and a v1 memory controller");
	memory = make_with(&cg, "", &limit, 1, "memory", &err);
	if (memory != TREE_NONE)
		assert_string_equal(scratch_read(cg.fd[memory], "memory.kmem.limit_in_bytes"), "16777216");
	else
		assert_non_null(strstr(err.text, "kernel memory alone"));
	assert_ok(cgroup_remove(&cg, 0, &err), err);
	cgroup_close(&cg);
}

static void test_weight_of_bfq(void **state)
{
	struct plan_limit limit = { .kind = LIMIT_IO_WEIGHT, .value = 321, .name = "w" };
	struct cgroup cg = CGROUP_INIT;
	struct err err = ERR_INIT;
	size_t blkio;

	(void)state;
	if (!has_file("blkio", "blkio.bfq.weight"))
		scratch_skip("root, and BFQ in a v1 blkio controller");
	blkio = make_with(&cg, "", &limit, 1, "blkio", &err);
	if (blkio == TREE_NONE)
		fail_msg("%s", err.text);
	assert_string_equal(scratch_read(cg.fd[blkio], "blkio.bfq.weight"), "321");
	assert_ok(cgroup_remove(&cg, 0, &err), err);
	cgroup_close(&cg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_other_files),
		cmocka_unit_test(test_kernel_memory),
		scratch_unit_test(test_realtime),
		scratch_unit_test(test_kernel_memory_alone),
		scratch_unit_test(test_weight_of_bfq),
		cmocka_unit_test(test_cpuset),
		scratch_unit_test(test_cpuset_deep),
		scratch_unit_test(test_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
