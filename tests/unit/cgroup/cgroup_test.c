/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The life of a cgroup on the machine's own trees: made, entered, listed, killed, removed. */
#include "scratch.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup/tree.h"
#include "sys/clone.h"

/* Every tree of @cg lists @pid. */
static void assert_in(struct cgroup *cg, pid_t pid)
{
	char number[16];

	(void)snprintf(number, sizeof(number), "%d", (int)pid);
	for (size_t i = 0; i < cg->ref.n; i++)
		assert_string_equal(scratch_read(cg->fd[i], "cgroup.procs"), number);
}

static void test_life(void **state)
{
	struct plan_cgroup plan = scratch_plan("");
	auto_cgroup struct cgroup cg = CGROUP_INIT;
	auto_cgroup struct cgroup later = CGROUP_INIT;
	struct err err = ERR_INIT;
	pid_t pid = scratch_sleeper(), *pids = NULL;
	size_t n = 0;

	(void)state;
	assert_ok(cgroup_open(&cg, &plan, &err), err);
	assert_true(cgroup_is_present(&cg));
	for (size_t i = 0; i < cg.ref.n; i++) {
		assert_int_equal(cg.ref.tree[i].kept, 0);
		assert_false(scratch_exists(&cg, i, ""));
	}
	assert_ok(cgroup_create(&cg, &plan, &err), err);
	for (size_t i = 0; i < cg.ref.n; i++)
		assert_true(scratch_exists(&cg, i, "/cgroup.procs"));
	assert_ok(cgroup_enter(&cg, pid, false, &err), err);
	assert_in(&cg, pid);

	/* A later command knows only the record. */
	cgroup_find(&later, &cg.ref);
	assert_ok(cgroup_pids(&later, &pids, &n, &err), err);
	assert_int_equal(n, 1);
	assert_int_equal(pids[0], pid);
	free(pids);
	assert_ok(cgroup_open_trees(&later, &err), err);
	assert_in(&later, pid);
	assert_ok(cgroup_kill(&later, &err), err);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_ok(cgroup_remove(&later, 5000, &err), err);
	for (size_t i = 0; i < cg.ref.n; i++)
		assert_false(scratch_exists(&cg, i, ""));

	/* All of it again, of what is not there any more. */
	assert_ok(cgroup_kill(&later, &err), err);
	assert_ok(cgroup_remove(&later, 0, &err), err);
	assert_ok(cgroup_pids(&later, &pids, &n, &err), err);
	assert_int_equal(n, 0);
	free(pids);
	assert_int_equal(cgroup_open_trees(&later, &err), -1);
	assert_int_equal(err.code, ENOENT);
}

/* Born in the v2 tree, gone into the v1 trees by itself. */
static void test_born_inside(void **state)
{
	struct plan_cgroup plan = scratch_plan("");
	auto_cgroup struct cgroup cg = CGROUP_INIT;
	struct err err = ERR_INIT;
	int fd, pidfd = -1, status = -1, talk[2];
	char byte = 0;
	pid_t pid;

	(void)state;
	assert_ok(cgroup_open(&cg, &plan, &err), err);
	assert_ok(cgroup_create(&cg, &plan, &err), err);
	fd = cgroup_clone_fd(&cg);
	assert_int_equal(fd >= 0, plan.mode != CGROUP_MODE_V1);
	assert_int_equal(pipe(talk), 0);
	pid = clone_process(0, fd, &pidfd);
	if (pid == 0) {
		size_t tree = 0;

		if (cgroup_enter_self(&cg, fd >= 0, &tree) < 0)
			_exit((int)(100 + tree));
		(void)!write(talk[1], "x", 1);
		(void)pause();
		_exit(1);
	}
	assert_true(pid > 0);
	assert_int_equal(read(talk[0], &byte, 1), 1);
	assert_in(&cg, pid);
	assert_ok(cgroup_kill(&cg, &err), err);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	(void)close(talk[0]);
	(void)close(talk[1]);
	(void)close(pidfd);
	assert_ok(cgroup_remove(&cg, 5000, &err), err);
}

static void test_enter_fails(void **state)
{
	struct plan_cgroup plan = scratch_plan("");
	auto_cgroup struct cgroup cg = CGROUP_INIT;
	struct err err = ERR_INIT;
	size_t tree = 77;

	(void)state;
	assert_ok(cgroup_open(&cg, &plan, &err), err);
	assert_ok(cgroup_create(&cg, &plan, &err), err);
	assert_int_equal(cgroup_enter(&cg, 0x7ffffff0, false, &err), -1);
	assert_non_null(strstr(err.text, "put process 2147483632 into cgroup /tare-test-"));
	assert_non_null(strstr(err.text, "the process is gone"));
	assert_ok(cgroup_remove(&cg, 0, &err), err);
	assert_int_equal(cgroup_enter_self(&cg, false, &tree), -1);
	assert_int_equal(tree, 0);
}

/* --cgroup-manager disabled: nothing is made, and what needs a cgroup says so. */
static void test_disabled(void **state)
{
	struct plan_cgroup plan = { .manager = CGROUP_MANAGER_DISABLED };
	struct cgroup cg;
	struct err err = ERR_INIT;
	pid_t *pids = NULL;
	size_t n = 0;

	(void)state;
	assert_ok(cgroup_open(&cg, &plan, &err), err);
	assert_ok(cgroup_create(&cg, &plan, &err), err);
	assert_false(cgroup_is_present(&cg));
	assert_int_equal(cgroup_clone_fd(&cg), -1);
	assert_ok(cgroup_enter(&cg, getpid(), false, &err), err);
	assert_int_equal(cgroup_enter_self(&cg, false, &n), 0);
	assert_int_equal(cgroup_is_frozen(&cg, &err), 0);
	assert_ok(cgroup_kill(&cg, &err), err);
	assert_ok(cgroup_thaw(&cg, &err), err);
	assert_ok(cgroup_remove(&cg, 0, &err), err);
	assert_int_equal(cgroup_pids(&cg, &pids, &n, &err), -1);
	assert_string_equal(err.text, "the container has no cgroup to list processes of");
	assert_int_equal(cgroup_freeze(&cg, &err), -1);
	cgroup_close(&cg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_unit_test(test_life),
		scratch_unit_test(test_born_inside),
		scratch_unit_test(test_enter_fails),
		scratch_unit_test(test_disabled),
	};

	scratch_need_cgroups();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
