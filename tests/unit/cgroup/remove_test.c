/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Removal: what the container made goes along, dying processes are waited for, living ones named. */
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cgroup/tree.h"
#include "tests/unit/support.h"

static void make(struct cgroup *cg, const struct plan_cgroup *plan)
{
	struct err err = ERR_INIT;

	assert_ok(cgroup_open(cg, plan, &err), err);
	assert_ok(cgroup_create(cg, plan, &err), err);
}

static void assert_gone(const struct cgroup *cg)
{
	for (size_t i = 0; i < cg->ref.n; i++)
		assert_false(scratch_exists(cg, i, ""));
}

static void test_nested(void **state)
{
	struct plan_cgroup plan = scratch_plan("/a");
	auto_cgroup struct cgroup cg = CGROUP_INIT;
	struct err err = ERR_INIT;

	(void)state;
	make(&cg, &plan);
	for (size_t i = 0; i < cg.ref.n; i++) {
		assert_int_equal(mkdirat(cg.fd[i], "own", 0755), 0);
		assert_int_equal(mkdirat(cg.fd[i], "own/deeper", 0755), 0);
		assert_int_equal(mkdirat(cg.fd[i], "other", 0755), 0);
	}
	assert_ok(cgroup_remove(&cg, 0, &err), err);
	assert_gone(&cg);
	cg.ref.path = scratch_plan("").path;
	assert_gone(&cg);
}

/* At once only what holds nothing, and of one tree alone; the others have to be asked first. */
static void test_empty(void **state)
{
	struct plan_cgroup plan = scratch_plan("");
	auto_cgroup struct cgroup cg = CGROUP_INIT;
	struct err err = ERR_INIT;
	struct cgroup one;

	(void)state;
	make(&cg, &plan);
	one = cg;
	one.ref.n++;
	assert_false(cgroup_remove_empty(&one));
	one.ref.n = 1;
	assert_int_equal(mkdirat(cg.fd[0], "own", 0755), 0);
	assert_false(cgroup_remove_empty(&one));
	assert_true(scratch_exists(&cg, 0, "/own"));
	assert_int_equal(unlinkat(cg.fd[0], "own", AT_REMOVEDIR), 0);
	/* What was there before us is not ours to remove. */
	one.ref.tree[0].kept = strlen(one.ref.path);
	assert_false(cgroup_remove_empty(&one));
	one.ref.tree[0].kept = cg.ref.tree[0].kept;
	assert_true(cgroup_remove_empty(&one));
	assert_false(scratch_exists(&cg, 0, ""));
	assert_ok(cgroup_remove(&cg, 0, &err), err);
	assert_gone(&cg);
}

/* A process that holds the cgroup is named, with its command made safe; then it is waited for. */
static void test_holder(void **state)
{
	struct plan_cgroup plan = scratch_plan("");
	auto_cgroup struct cgroup cg = CGROUP_INIT;
	struct err err = ERR_INIT;
	char expected[128];
	pid_t pid;
	int ready[2];
	char byte;

	(void)state;
	make(&cg, &plan);
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_NAME, "evil\033[1m");
		(void)!write(ready[1], "x", 1);
		for (;;)
			(void)pause();
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_ok(cgroup_enter(&cg, pid, false, &err), err);
	assert_int_equal(cgroup_remove(&cg, 20, &err), -1);
	(void)snprintf(expected, sizeof(expected), "remove cgroup %s: it still holds process %d "
		       "(evil\\x1b[1m)", plan.path, (int)pid);
	assert_string_equal(err.text, expected);
	(void)close(ready[0]);
	(void)close(ready[1]);
	scratch_end(pid);
	/* Reaped, and yet maybe counted a moment longer. */
	assert_ok(cgroup_remove(&cg, 5000, &err), err);
	assert_gone(&cg);
}

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Removal returns when the last process ends, long before its deadline; nobody reaped it yet. */
static void wait_for_end(struct plan_cgroup plan)
{
	auto_cgroup struct cgroup cg = CGROUP_INIT;
	struct err err = ERR_INIT;
	double start = now();
	pid_t pid;

	make(&cg, &plan);
	pid = fork();
	if (pid == 0) {
		struct timespec t = { .tv_nsec = 30 * 1000 * 1000 };

		(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL);
		_exit(0);
	}
	assert_ok(cgroup_enter(&cg, pid, false, &err), err);
	assert_ok(cgroup_remove(&cg, 20000, &err), err);
	assert_true(now() - start < 10);
	assert_gone(&cg);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void test_wait(void **state)
{
	struct plan_cgroup plan = scratch_plan("");

	(void)state;
	wait_for_end(plan);
	/* The v1 way, by pidfds. */
	if (plan.mode == CGROUP_MODE_HYBRID) {
		plan.mode = CGROUP_MODE_V1;
		plan.n_hierarchies--;
		wait_for_end(plan);
	}
}

/* No call that waits for a time may be made, and the v1 directories go all the same once everybody is gone. */
static void remove_without_clock(void *data)
{
	struct cgroup *cg = data;
	struct err err = ERR_INIT;

	support_refuse(SYS_ppoll, EPERM);
	support_refuse(SYS_clock_nanosleep, EPERM);
	support_refuse(SYS_nanosleep, EPERM);
#ifdef SYS_poll
	support_refuse(SYS_poll, EPERM);
	support_refuse(SYS_select, EPERM);
#endif
	assert_ok(cgroup_remove(cg, 5000, &err), err);
}

static void test_still_counted(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		struct plan_cgroup plan = scratch_plan("");
		auto_cgroup struct cgroup cg = CGROUP_INIT;
		struct err err = ERR_INIT;
		pid_t pid;

		if (plan.mode != CGROUP_MODE_V1 && plan.mode != CGROUP_MODE_HYBRID)
			scratch_skip("controllers on v1");
		plan.mode = CGROUP_MODE_V1;
		if (plan.hierarchies[plan.n_hierarchies - 1].is_v2)
			plan.n_hierarchies--;
		make(&cg, &plan);
		pid = scratch_sleeper();
		assert_ok(cgroup_enter(&cg, pid, false, &err), err);
		scratch_end(pid);
		support_run(0, remove_without_clock, &cg);
		assert_gone(&cg);
	}
}

/* Any prefix of what the record announces is removed: nothing, an ancestor, one tree of several. */
static void test_prefixes(void **state)
{
	struct plan_cgroup plan = scratch_plan("/a/b");
	auto_cgroup struct cgroup cg = CGROUP_INIT;
	struct err err = ERR_INIT;
	char path[PATH_MAX];

	(void)state;
	assert_ok(cgroup_open(&cg, &plan, &err), err);
	assert_ok(cgroup_remove(&cg, 0, &err), err);
	for (size_t cut = strlen(plan.path) - 4; cut <= strlen(plan.path); cut += 2) {
		for (size_t len = strlen(plan.path) - 4; len <= cut; len += 2) {
			assert_int_equal(tree_path(path, &cg.ref, 0, len), 0);
			assert_int_equal(mkdir(path, 0755), 0);
		}
		assert_ok(cgroup_remove(&cg, 0, &err), err);
		assert_int_equal(tree_path(path, &cg.ref, 0, strlen(plan.path) - 4), 0);
		assert_int_equal(access(path, F_OK), -1);
	}
}

/* A tree that cannot be cleared now does not keep the others. */
static void test_one_refuses(void **state)
{
	struct plan_cgroup plan = scratch_plan("");
	auto_cgroup struct cgroup cg = CGROUP_INIT;
	struct err err = ERR_INIT;
	size_t held;
	pid_t pid;
	char number[16];

	(void)state;
	if (plan.n_hierarchies < 2)
		scratch_skip("more than one hierarchy");
	make(&cg, &plan);
	held = cg.ref.n - 1;
	pid = scratch_sleeper();
	(void)snprintf(number, sizeof(number), "%d", (int)pid);
	assert_int_equal(tree_write_at(cg.fd[held], "cgroup.procs", number), 0);
	assert_int_equal(cgroup_remove(&cg, 0, &err), -1);
	assert_non_null(strstr(err.text, "it still holds process"));
	for (size_t i = 0; i < held; i++)
		assert_false(scratch_exists(&cg, i, ""));
	assert_true(scratch_exists(&cg, held, ""));
	scratch_end(pid);
	assert_ok(cgroup_remove(&cg, 5000, &err), err);
	assert_gone(&cg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_unit_test(test_nested),
		scratch_unit_test(test_empty),
		scratch_unit_test(test_holder),
		scratch_unit_test(test_wait),
		scratch_unit_test(test_still_counted),
		scratch_unit_test(test_prefixes),
		scratch_unit_test(test_one_refuses),
	};

	scratch_need_cgroups();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
