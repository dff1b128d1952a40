/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What files said before a change, in directories that only look like cgroups. */
#include "cgroup/keep.h"

#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/must.h"

static char path[PATH_MAX];
static struct cgroup cg;

static int set_up(void **state)
{
	(void)state;
	cg = (struct cgroup){ .ref = { .path = "/x", .n = 1, .tree = { { .mount = "m", .controllers = "memory" } } } };
	cg.fd[0] = scratch_dir(path);
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
	(void)unlinkat(cg.fd[0], name, 0);
	scratch_file(cg.fd[0], name, text);
}

static void test_keys(void **state)
{
	static const struct {
		const char *file, *line, *key;
	} rows[] = {
		{ "memory.max", "5", "" },
		{ "cpu.max", "50000 100000", "" },
		{ "io.max", "8:0 rbps=5", "8:0" },
		{ "io.weight", "200", "default" },
		{ "io.weight", "default 200", "default" },
		{ "io.bfq.weight", "8:16 200", "8:16" },
		{ "blkio.throttle.read_bps_device", "8:0 5", "8:0" },
		{ "blkio.bfq.weight_device", "8:0 5", "8:0" },
		{ "blkio.bfq.weight", "500", "" },
		{ "net_prio.ifpriomap", "eth0 3", "eth0" },
		{ "rdma.max", "mlx5_1 hca_handle=3", "mlx5_1" },
	};
	char key[KEEP_KEY_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		keep_find_key(rows[i].file, rows[i].line, key);
		assert_string_equal(key, rows[i].key);
	}
}

static void assert_read(const char *name, const char *key, const char *wanted)
{
	char text[KEEP_TEXT_SIZE];

	assert_int_equal(keep_read(cg.fd[0], name, key, text), 0);
	assert_string_equal(text, wanted);
}

static void test_read(void **state)
{
	char text[KEEP_TEXT_SIZE], *big = must(calloc(1, KEEP_TEXT_SIZE + 1));

	(void)state;
	file("memory.max", "max\n");
	assert_read("memory.max", "", "max");
	file("memory.oom_control", "oom_kill_disable 1\nunder_oom 0\noom_kill 3\n");
	assert_read("memory.oom_control", "", "1");
	file("io.max", "8:16 rbps=1 wbps=max riops=max wiops=max\n8:1 rbps=2 wbps=max riops=max wiops=max\n");
	assert_read("io.max", "8:1", "8:1 rbps=2 wbps=max riops=max wiops=max");
	assert_read("io.max", "8:16", "8:16 rbps=1 wbps=max riops=max wiops=max");
	assert_read("io.max", "8:0", "8:0 rbps=max wbps=max riops=max wiops=max");
	file("blkio.throttle.read_bps_device", "");
	assert_read("blkio.throttle.read_bps_device", "7:0", "7:0 0");
	file("blkio.weight_device", "");
	assert_read("blkio.weight_device", "7:0", "7:0 default");
	file("io.weight", "default 100\n8:0 50\n");
	assert_read("io.weight", "default", "default 100");
	assert_read("io.weight", "8:0", "8:0 50");
	/* Older BFQ. */
	file("io.bfq.weight", "100\n");
	assert_read("io.bfq.weight", "default", "100");
	file("rdma.max", "mlx5_1 hca_handle=2 hca_object=2000\n");
	assert_int_equal(keep_read(cg.fd[0], "rdma.max", "mlx5_2", text), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(keep_read(cg.fd[0], "pids.max", "", text), -1);
	assert_int_equal(errno, ENOENT);
	memset(big, 'x', KEEP_TEXT_SIZE);
	file("cpuset.cpus", big);
	assert_int_equal(keep_read(cg.fd[0], "cpuset.cpus", "", text), -1);
	assert_int_equal(errno, E2BIG);
	free(big);
}

static void test_add(void **state)
{
	auto_keep struct keep keep = KEEP_INIT;
	struct err err = ERR_INIT;

	(void)state;
	file("cpu.idle", "0\n");
	file("cpu.weight", "79\n");
	file("io.max", "8:0 rbps=1 wbps=max riops=max wiops=max\n");
	assert_ok(keep_add(&keep, &cg, 0, "cpu.idle", "1", &err), err);
	/* What the kernel changes along with it, where there is such a file. */
	assert_int_equal(keep.n, 2);
	assert_string_equal(keep.entry[1].file, "cpu.weight");
	assert_string_equal(keep.entry[1].text, "79");
	assert_ok(keep_add(&keep, &cg, 0, "cpu.weight", "5", &err), err);
	assert_int_equal(keep.n, 2);
	assert_ok(keep_add(&keep, &cg, 0, "io.max", "8:0 wbps=5", &err), err);
	assert_ok(keep_add(&keep, &cg, 0, "io.max", "8:0 rbps=5", &err), err);
	assert_ok(keep_add(&keep, &cg, 0, "io.max", "8:16 rbps=5", &err), err);
	assert_int_equal(keep.n, 4);
	assert_string_equal(keep.entry[2].key, "8:0");
	assert_string_equal(keep.entry[3].text, "8:16 rbps=max wbps=max riops=max wiops=max");
	/* Nothing to put back. */
	assert_ok(keep_add(&keep, &cg, 0, "memory.reclaim", "1G", &err), err);
	assert_int_equal(keep.n, 4);
}

static void test_restore(void **state)
{
	auto_keep struct keep keep = KEEP_INIT;
	struct err err = ERR_INIT;

	(void)state;
	file("memory.max", "100\n");
	file("pids.max", "555\n");
	file("cpuset.cpus", "\n");
	assert_ok(keep_add(&keep, &cg, 0, "memory.max", "200", &err), err);
	assert_ok(keep_add(&keep, &cg, 0, "pids.max", "9", &err), err);
	assert_ok(keep_add(&keep, &cg, 0, "cpuset.cpus", "0", &err), err);
	file("memory.max", "200\n");
	file("cpuset.cpus", "0");
	assert_null(keep_restore(&keep, &cg));
	assert_string_equal(scratch_read(cg.fd[0], "memory.max"), "100");
	assert_string_equal(scratch_read(cg.fd[0], "pids.max"), "555");
	assert_string_equal(scratch_read(cg.fd[0], "cpuset.cpus"), "");
}

static void test_restore_fails(void **state)
{
	auto_keep struct keep keep = KEEP_INIT;
	const struct keep_entry *left;
	struct err err = ERR_INIT;

	(void)state;
	file("memory.max", "100\n");
	file("pids.max", "555\n");
	assert_ok(keep_add(&keep, &cg, 0, "memory.max", "200", &err), err);
	assert_ok(keep_add(&keep, &cg, 0, "pids.max", "9", &err), err);
	file("memory.max", "200\n");
	assert_int_equal(unlinkat(cg.fd[0], "pids.max", 0), 0);
	left = keep_restore(&keep, &cg);
	assert_non_null(left);
	assert_string_equal(left->file, "pids.max");
	assert_string_equal(scratch_read(cg.fd[0], "memory.max"), "100");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test_setup_teardown(test_read, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_add, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_restore, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_restore_fails, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
