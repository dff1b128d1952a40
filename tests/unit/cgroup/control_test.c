/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Freezing, thawing and killing on the machine's own trees. */
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup/tree.h"
#include "tests/unit/support.h"

static void make(struct cgroup *cg, const struct plan_cgroup *plan)
{
	struct err err = ERR_INIT;

	assert_ok(cgroup_open(cg, plan, &err), err);
	assert_ok(cgroup_create(cg, plan, &err), err);
}

static void removes(struct cgroup *cg)
{
	struct err err = ERR_INIT;

	assert_ok(cgroup_remove(cg, 5000, &err), err);
	cgroup_close(cg);
}

static void assert_killed(pid_t pid)
{
	int status = -1;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* Freeze with the v1 freezer, as tools of that age do. */
static void freeze_v1(const struct cgroup *cg)
{
	size_t i = tree_find(&cg->ref, "freezer");

	if (i != TREE_NONE)
		assert_int_equal(tree_write_at(cg->fd[i], "freezer.state", "FROZEN"), 0);
}

static void test_freeze(void **state)
{
	struct plan_cgroup plan = scratch_plan("");
	auto_cgroup struct cgroup cg = CGROUP_INIT, later = CGROUP_INIT;
	struct err err = ERR_INIT;
	pid_t pid = scratch_sleeper();

	(void)state;
	make(&cg, &plan);
	assert_ok(cgroup_enter(&cg, pid, false, &err), err);
	cgroup_find(&later, &cg.ref);
	assert_int_equal(cgroup_is_frozen(&later, &err), 0);
	assert_ok(cgroup_freeze(&later, &err), err);
	assert_int_equal(cgroup_is_frozen(&later, &err), 1);
	assert_ok(cgroup_thaw(&later, &err), err);
	assert_int_equal(cgroup_is_frozen(&later, &err), 0);
	scratch_end(pid);
	removes(&cg);
	assert_int_equal(cgroup_is_frozen(&later, &err), 0);
}

/* Frozen by an ancestor, and by the v1 freezer on a hybrid machine. */
static void test_frozen_by_others(void **state)
{
	struct plan_cgroup plan = scratch_plan(""), below = scratch_plan("/x");
	struct cgroup cg = CGROUP_INIT, child = CGROUP_INIT;
	struct err err = ERR_INIT;
	pid_t pid = scratch_sleeper();

	(void)state;
	make(&cg, &plan);
	make(&child, &below);
	assert_ok(cgroup_enter(&child, pid, false, &err), err);
	assert_ok(cgroup_freeze(&cg, &err), err);
	assert_int_equal(cgroup_is_frozen(&child, &err), 1);
	assert_ok(cgroup_thaw(&cg, &err), err);
	assert_int_equal(cgroup_is_frozen(&child, &err), 0);
	if (tree_find(&cg.ref, "freezer") != TREE_NONE) {
		freeze_v1(&child);
		assert_int_equal(cgroup_is_frozen(&child, &err), 1);
		assert_ok(cgroup_thaw(&child, &err), err);
		assert_int_equal(cgroup_is_frozen(&child, &err), 0);
	}
	scratch_end(pid);
	removes(&child);
	removes(&cg);
}

/* The nearest ancestor that freezes is named, in either kind of tree. */
static void test_find_frozen_above(void **state)
{
	struct plan_cgroup plan = scratch_plan("/a/b"), above = scratch_plan("");
	struct cgroup cg = CGROUP_INIT, upper = CGROUP_INIT;
	char expected[PATH_MAX], path[PATH_MAX];
	struct err err = ERR_INIT;

	(void)state;
	make(&cg, &plan);
	cgroup_find(&upper, &cg.ref);
	upper.ref.path = above.path;
	assert_int_equal(cgroup_find_frozen_above(&cg, path, &err), 0);
	/* Its own freezing is not meant, nor that of a cgroup below. */
	assert_ok(cgroup_freeze(&cg, &err), err);
	assert_int_equal(cgroup_find_frozen_above(&cg, path, &err), 0);
	assert_int_equal(cgroup_find_frozen_above(&upper, path, &err), 0);
	assert_ok(cgroup_thaw(&cg, &err), err);
	for (size_t i = 0; i < cg.ref.n; i++) {
		const char *file = cg.ref.tree[i].is_v2 ? "cgroup.freeze" : "freezer.state";

		if (!cg.ref.tree[i].is_v2 && i != tree_find(&cg.ref, "freezer"))
			continue;
		assert_true(tree_open(&upper, i) >= 0);
		assert_int_equal(tree_write_at(upper.fd[i], file, cg.ref.tree[i].is_v2 ? "1" : "FROZEN"), 0);
		assert_int_equal(cgroup_find_frozen_above(&cg, path, &err), 1);
		assert_int_equal(tree_path(expected, &cg.ref, i, strlen(above.path)), 0);
		assert_string_equal(path, expected);
		assert_int_equal(tree_write_at(upper.fd[i], file, cg.ref.tree[i].is_v2 ? "0" : "THAWED"), 0);
	}
	cgroup_close(&upper);
	removes(&cg);
}

/* No call that waits for a time can be made from here on. */
static void refuse_clocks(void)
{
	static const int calls[] = { SYS_ppoll, SYS_pselect6, SYS_nanosleep, SYS_clock_nanosleep,
#ifdef SYS_poll
				     SYS_poll, SYS_select,
#endif
	};

	for (size_t i = 0; i < COUNT(calls); i++)
		support_refuse(calls[i], EPERM);
}

static void freeze_without_clock(void *data)
{
	struct cgroup *cg = data;
	struct err err = ERR_INIT;

	refuse_clocks();
	for (int i = 0; i < 20; i++) {
		assert_ok(cgroup_freeze(cg, &err), err);
		assert_int_equal(cgroup_is_frozen(cg, &err), 1);
		assert_ok(cgroup_thaw(cg, &err), err);
		assert_int_equal(cgroup_is_frozen(cg, &err), 0);
	}
}

/* v1 tells nobody when it is done, and yet nothing sleeps; busy processes must come to a CPU first. */
static void test_freeze_v1_without_clock(void **state)
{
	struct plan_cgroup plan = scratch_plan("");
	struct cgroup cg = CGROUP_INIT;
	struct err err = ERR_INIT;
	pid_t pids[4];

	(void)state;
	if (plan.mode != CGROUP_MODE_V1 && plan.mode != CGROUP_MODE_HYBRID)
		scratch_skip("controllers on v1");
	plan.mode = CGROUP_MODE_V1;
	if (plan.hierarchies[plan.n_hierarchies - 1].is_v2)
		plan.n_hierarchies--;
	make(&cg, &plan);
	for (size_t i = 0; i < COUNT(pids); i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			for (;;)
				;
		}
		assert_ok(cgroup_enter(&cg, pids[i], false, &err), err);
	}
	support_run(0, freeze_without_clock, &cg);
	assert_ok(cgroup_kill(&cg, &err), err);
	for (size_t i = 0; i < COUNT(pids); i++)
		assert_killed(pids[i]);
	removes(&cg);
}

/* What was frozen below with the v1 freezer is nothing to wait for, and stays so. */
static void test_freeze_above_v1(void **state)
{
	struct plan_cgroup plan = scratch_plan(""), below = scratch_plan("/x");
	struct cgroup cg = CGROUP_INIT, child = CGROUP_INIT;
	struct err err = ERR_INIT;
	pid_t upper = scratch_sleeper(), lower = scratch_sleeper();
	char text[64];
	size_t i;

	(void)state;
	make(&cg, &plan);
	assert_ok(cgroup_enter(&cg, upper, false, &err), err);
	make(&child, &below);
	assert_ok(cgroup_enter(&child, lower, false, &err), err);
	freeze_v1(&child);
	assert_ok(cgroup_freeze(&cg, &err), err);
	assert_int_equal(cgroup_is_frozen(&cg, &err), 1);
	assert_ok(cgroup_thaw(&cg, &err), err);
	assert_int_equal(cgroup_is_frozen(&cg, &err), 0);
	i = tree_find(&child.ref, "freezer");
	if (i != TREE_NONE) {
		assert_true(tree_read(&child, i, "freezer.state", text, sizeof(text)) > 0);
		assert_string_equal(text, "FROZEN");
		assert_ok(cgroup_thaw(&child, &err), err);
	}
	scratch_end(lower);
	scratch_end(upper);
	removes(&child);
	removes(&cg);
}

/* Frozen processes die too, also those that the container froze in a cgroup of its own. */
static void test_kill_frozen(void **state)
{
	struct plan_cgroup plan = scratch_plan(""), below = scratch_plan("/x");
	struct cgroup cg = CGROUP_INIT, child = CGROUP_INIT;
	struct err err = ERR_INIT;
	pid_t upper = scratch_sleeper(), lower = scratch_sleeper();

	(void)state;
	/* In this order: a v2 cgroup that hands controllers down to a child takes no process. */
	make(&cg, &plan);
	assert_ok(cgroup_enter(&cg, upper, false, &err), err);
	make(&child, &below);
	assert_ok(cgroup_enter(&child, lower, false, &err), err);
	assert_ok(cgroup_freeze(&child, &err), err);
	freeze_v1(&child);
	assert_ok(cgroup_freeze(&cg, &err), err);
	assert_ok(cgroup_kill(&cg, &err), err);
	assert_killed(upper);
	assert_killed(lower);
	removes(&child);
	removes(&cg);
}

/* Without the v2 tree's cgroup.kill, and without its cgroup.freeze. */
static void test_kill_v1(void **state)
{
	struct plan_cgroup plan = scratch_plan("");
	struct cgroup cg = CGROUP_INIT;
	struct err err = ERR_INIT;
	pid_t pids[3], *listed = NULL;
	size_t n = 0;

	(void)state;
	if (plan.mode != CGROUP_MODE_V1 && plan.mode != CGROUP_MODE_HYBRID)
		scratch_skip("controllers on v1");
	plan.mode = CGROUP_MODE_V1;
	if (plan.hierarchies[plan.n_hierarchies - 1].is_v2)
		plan.n_hierarchies--;
	make(&cg, &plan);
	for (size_t i = 0; i < 3; i++) {
		pids[i] = scratch_sleeper();
		assert_ok(cgroup_enter(&cg, pids[i], false, &err), err);
	}
	assert_ok(cgroup_freeze(&cg, &err), err);
	assert_int_equal(cgroup_is_frozen(&cg, &err), 1);
	assert_ok(cgroup_pids(&cg, &listed, &n, &err), err);
	assert_int_equal(n, 3);
	free(listed);
	assert_ok(cgroup_kill(&cg, &err), err);
	for (size_t i = 0; i < 3; i++)
		assert_killed(pids[i]);
	removes(&cg);
}

/* A process that forks all the time cannot outrun it. */
static void test_kill_forking(void **state)
{
	struct plan_cgroup plan = scratch_plan("");
	auto_cgroup struct cgroup cg = CGROUP_INIT;
	struct err err = ERR_INIT;
	pid_t pid, *pids = NULL;
	int gate[2];
	size_t n = 0;

	(void)state;
	make(&cg, &plan);
	assert_int_equal(pipe(gate), 0);
	pid = fork();
	if (pid == 0) {
		char byte;

		if (read(gate[0], &byte, 1) != 1)
			_exit(1);
		/* Each one ends when its child lives: the process's number changes all the time. */
		for (;;) {
			if (fork() > 0)
				_exit(0);
		}
	}
	assert_ok(cgroup_enter(&cg, pid, false, &err), err);
	assert_int_equal(write(gate[1], "x", 1), 1);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_ok(cgroup_kill(&cg, &err), err);
	assert_ok(cgroup_remove(&cg, 5000, &err), err);
	assert_ok(cgroup_pids(&cg, &pids, &n, &err), err);
	assert_int_equal(n, 0);
	free(pids);
	(void)close(gate[0]);
	(void)close(gate[1]);
}

/* Files as the kernel has them, in a tree of our own: who asks is in /a/b. */
static void write_group(const char *dir, const char *value)
{
	char path[128];
	int fd;

	(void)snprintf(path, sizeof(path), "/sys/fs/cgroup%s/memory.oom.group", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, value, strlen(value)), (ssize_t)strlen(value));
	(void)close(fd);
}

static void die_as_one(void *data)
{
	const struct cgroup_ref ref = { .manager = CGROUP_MANAGER_CGROUPFS, .mode = CGROUP_MODE_V2, .path = "/a/b/c", .n = 1,
					.tree = { { .mount = "", .controllers = "", .is_v2 = true } } };
	auto_cgroup struct cgroup cg = CGROUP_INIT;

	(void)data;
	assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	assert_int_equal(mount("tmpfs", "/sys/fs/cgroup", "tmpfs", 0, NULL), 0);
	assert_int_equal(mkdir("/sys/fs/cgroup/a", 0755) | mkdir("/sys/fs/cgroup/a/b", 0755) |
			 mkdir("/sys/fs/cgroup/a/b/c", 0755), 0);
	cgroup_find(&cg, &ref);
	/* Without the memory controller; and nobody has said so. */
	assert_false(cgroup_dies_as_one(&cg, true));
	write_group("/a", "0\n");
	write_group("/a/b", "0\n");
	write_group("/a/b/c", "0\n");
	assert_false(cgroup_dies_as_one(&cg, true));
	/* Its own counts once others are in it, that of any above always. */
	write_group("/a/b/c", "1\n");
	assert_true(cgroup_dies_as_one(&cg, true));
	assert_false(cgroup_dies_as_one(&cg, false));
	write_group("/a/b/c", "0\n");
	write_group("/a", "1\n");
	assert_true(cgroup_dies_as_one(&cg, false));
	write_group("/a", "0\n");
	write_group("/a/b", "1\n");
	assert_true(cgroup_dies_as_one(&cg, false));
}

static void test_dies_as_one(void **state)
{
	(void)state;
	support_run(CLONE_NEWNS, die_as_one, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_unit_test(test_dies_as_one),
		scratch_unit_test(test_freeze),
		scratch_unit_test(test_freeze_above_v1),
		scratch_unit_test(test_frozen_by_others),
		scratch_unit_test(test_find_frozen_above),
		scratch_unit_test(test_freeze_v1_without_clock),
		scratch_unit_test(test_kill_frozen),
		scratch_unit_test(test_kill_v1),
		scratch_unit_test(test_kill_forking),
	};

	scratch_need_cgroups();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
