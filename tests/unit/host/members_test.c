/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who belongs to a container, by its cgroup and by its pid namespace. */
#include "host/members.h"

#include "stage.h"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "host/lookup.h"
#include "tests/unit/cgroup/scratch.h"

static void find(const struct stage *stage, struct lookup *found)
{
	struct err err = ERR_INIT;

	assert_good(lookup_container(stage->root, "c", found, &err), err);
}

/* @n processes, and @first among them. */
static void expect(struct lookup *found, size_t n, pid_t first)
{
	auto_free pid_t *pids = NULL;
	struct err err = ERR_INIT;
	size_t got = 99;

	assert_good(members_list(found, &pids, &got, &err), err);
	assert_int_equal(got, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(members_has(found, pids[i], &err), 1);
	if (n == 0)
		return;
	assert_int_equal(members_has(found, first, &err), 1);
	assert_int_equal(members_has(found, getpid(), &err), 0);
}

static void test_cgroup(void **state)
{
	auto_lookup struct lookup found = LOOKUP_INIT;
	struct err err = ERR_INIT;
	struct plan_cgroup plan;
	struct stage_container c;
	struct stage stage;
	pid_t second;

	(void)state;
	stage_need_cgroups();
	stage_open(&stage);
	plan = scratch_plan("-members");
	stage_make(&stage, &c, "c", STAGE_RUNS, &plan);
	find(&stage, &found);
	expect(&found, 1, c.pid);
	second = scratch_sleeper();
	assert_int_equal(members_has(&found, second, &err), 0);
	assert_good(cgroup_enter(&found.cgroup, second, false, &err), err);
	expect(&found, 2, c.pid);
	assert_int_equal(members_has(&found, second, &err), 1);
	scratch_end(second);
	stage_unmake(&stage, &c);
	expect(&found, 0, 0);
	stage_close(&stage);
}

/* A first process in a pid namespace of its own, with a child there and one in a namespace further below. */
static void __attribute__((noreturn)) be_first(int ready)
{
	pid_t pid = fork();

	if (pid == 0) {
		for (;;)
			(void)pause();
	}
	if (unshare(CLONE_NEWPID) == 0 && fork() == 0) {
		for (;;)
			(void)pause();
	}
	(void)!write(ready, "", 1);
	for (;;)
		(void)pause();
}

/* Its number as we count, once its children are there. */
static pid_t make_namespace(void)
{
	int ready[2], number[2];
	pid_t maker, pid;
	char byte;

	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(number), 0);
	maker = fork();
	if (maker == 0) {
		if (unshare(CLONE_NEWPID) < 0)
			_exit(1);
		pid = fork();
		if (pid == 0)
			be_first(ready[1]);
		_exit(write(number[1], &pid, sizeof(pid)) == (ssize_t)sizeof(pid) ? 0 : 1);
	}
	assert_int_equal(waitpid(maker, NULL, 0), maker);
	assert_int_equal(read(number[0], &pid, sizeof(pid)), sizeof(pid));
	assert_int_equal(read(ready[0], &byte, 1), 1);
	for (int i = 0; i < 2; i++) {
		(void)close(ready[i]);
		(void)close(number[i]);
	}
	return pid;
}

static void test_pid_namespace(void **state)
{
	auto_lookup struct lookup found = LOOKUP_INIT;
	struct stage_container c;
	struct err err = ERR_INIT;
	struct stage stage;
	pid_t first;

	(void)state;
	stage_open(&stage);
	stage_make(&stage, &c, "c", STAGE_RUNS, NULL);
	find(&stage, &found);
	first = make_namespace();
	found.record.init.pid = first;
	expect(&found, 3, first);
	assert_int_equal(members_has(&found, c.pid, &err), 0);
	assert_int_equal(kill(first, SIGKILL), 0);
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

/* A namespace that is ours as well says nothing, whatever the record claims. */
static void test_nothing_tells(void **state)
{
	auto_lookup struct lookup found = LOOKUP_INIT;
	struct err err = ERR_INIT;
	struct stage_container c;
	struct stage stage;
	pid_t *pids;
	size_t n;

	(void)state;
	stage_open(&stage);
	stage_make(&stage, &c, "c", STAGE_RUNS, NULL);
	find(&stage, &found);
	for (int shares = 0; shares <= 1; shares++) {
		found.record.shares_pids = shares;
		assert_int_equal(members_list(&found, &pids, &n, &err), -1);
		assert_string_equal(err.text, "container `c` has neither a cgroup nor a pid namespace of its own: "
				    "nothing tells its processes from others");
		assert_null(pids);
		assert_int_equal(members_has(&found, c.pid, &err), -1);
	}
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

/* With its first process the namespace has ended. */
static void test_stopped(void **state)
{
	auto_lookup struct lookup found = LOOKUP_INIT;
	struct stage_container c;
	struct stage stage;

	(void)state;
	stage_open(&stage);
	stage_make(&stage, &c, "c", STAGE_ENDED, NULL);
	find(&stage, &found);
	expect(&found, 0, 0);
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cgroup),
		cmocka_unit_test(test_pid_namespace),
		cmocka_unit_test(test_nothing_tells),
		cmocka_unit_test(test_stopped),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
