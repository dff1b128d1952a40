/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A cgroup's events, on the machine's own trees. */
#include "scratch.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup/tree.h"
#include "cgroup/watch.h"
#include "tests/unit/support.h"

enum { DEADLINE_MS = 10000 };

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

/* The last process's end wakes whoever waits. */
static void test_end(void **state)
{
	struct plan_cgroup plan = scratch_plan("");
	auto_watch struct watch watch = WATCH_INIT;
	struct cgroup cg = CGROUP_INIT;
	struct err err = ERR_INIT;
	pid_t pid = scratch_sleeper();
	size_t fds;

	(void)state;
	make(&cg, &plan);
	if (tree_find_v2(&cg.ref) == TREE_NONE) {
		scratch_end(pid);
		removes(&cg);
		scratch_skip("a cgroup v2 tree");
	}
	fds = support_count_fds();
	assert_ok(cgroup_enter(&cg, pid, false, &err), err);
	assert_ok(cgroup_watch_open(&cg, &watch, &err), err);
	assert_true(support_is_cloexec(watch.end.fd));
	assert_int_equal(cgroup_watch_has_ended(&watch), 0);
	assert_int_equal(cgroup_watch_oom(&watch), 0);
	assert_int_equal(poll(&watch.end, 1, 0), 0);
	scratch_end(pid);
	assert_int_equal(poll(&watch.end, 1, DEADLINE_MS), 1);
	assert_int_equal(cgroup_watch_has_ended(&watch), 1);
	assert_int_equal(cgroup_watch_oom(&watch), 0);
	removes(&cg);
	/* Gone altogether is the same, and no lack of memory. */
	assert_int_equal(cgroup_watch_has_ended(&watch), 1);
	assert_int_equal(cgroup_watch_oom(&watch), 0);
	cgroup_watch_close(&watch);
	assert_true(support_count_fds() <= fds);
	assert_int_equal(watch.end.fd, -1);
}

/* A child that waits for a byte, then touches more memory than it may. */
static pid_t start_glutton(int gate)
{
	enum { SIZE = 64 << 20 };
	pid_t pid = fork();
	char *block, byte;

	if (pid != 0)
		return pid;
	if (read(gate, &byte, 1) != 1)
		_exit(1);
	block = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (block == MAP_FAILED)
		_exit(2);
	memset(block, 1, SIZE);
	_exit(0);
}

/* No swap, or it goes there. */
static bool limit(const struct cgroup *cg)
{
	size_t v1 = tree_find(&cg->ref, "memory"), v2 = tree_find_v2(&cg->ref);

	if (v1 != TREE_NONE) {
		(void)tree_write_at(cg->fd[v1], "memory.limit_in_bytes", "16777216");
		(void)tree_write_at(cg->fd[v1], "memory.memsw.limit_in_bytes", "16777216");
		return true;
	}
	if (v2 == TREE_NONE || tree_write_at(cg->fd[v2], "memory.max", "16777216") < 0)
		return false;
	(void)tree_write_at(cg->fd[v2], "memory.swap.max", "0");
	return true;
}

static void test_oom(void **state)
{
	struct plan_cgroup plan = scratch_plan("");
	auto_watch struct watch watch = WATCH_INIT;
	struct cgroup cg = CGROUP_INIT;
	struct err err = ERR_INIT;
	int gate[2], status = 0;
	pid_t pid;

	(void)state;
	make(&cg, &plan);
	assert_ok(cgroup_open_trees(&cg, &err), err);
	if (!limit(&cg)) {
		removes(&cg);
		scratch_skip("the memory controller");
	}
	assert_int_equal(pipe(gate), 0);
	pid = start_glutton(gate[0]);
	assert_ok(cgroup_enter(&cg, pid, false, &err), err);
	assert_ok(cgroup_watch_open(&cg, &watch, &err), err);
	assert_true(support_is_cloexec(watch.oom.fd));
	assert_int_equal(poll(&watch.oom, 1, 0), 0);
	assert_int_equal(write(gate[1], "x", 1), 1);
	assert_int_equal(poll(&watch.oom, 1, DEADLINE_MS), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	/* Once. */
	assert_int_equal(cgroup_watch_oom(&watch), 1);
	while (cgroup_watch_oom(&watch) == 1)
		;
	removes(&cg);
	assert_int_equal(cgroup_watch_oom(&watch), 0);
	(void)close(gate[0]);
	(void)close(gate[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_unit_test(test_end),
		scratch_unit_test(test_oom),
	};

	scratch_need_cgroups();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
