/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signals for containers in every state. */
#include "host/kill.h"

#include "stage.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "state/dir.h"
#include "tests/unit/cgroup/scratch.h"

static void killed(const struct stage *stage, int sig, bool all)
{
	size_t fds = support_count_fds();
	struct err err = ERR_INIT;

	assert_good(kill_container(stage->root, "c", sig, all, &err), err);
	assert_int_equal(support_count_fds(), fds);
}

static void refused(const struct stage *stage, int sig, bool all, const char *part)
{
	size_t fds = support_count_fds();
	struct err err = ERR_INIT;

	assert_int_equal(kill_container(stage->root, "c", sig, all, &err), -1);
	assert_holds(err.text, part);
	assert_int_equal(support_count_fds(), fds);
}

/* A further process in the container's cgroup. */
static pid_t join(const struct stage_container *container)
{
	auto_cgroup struct cgroup cgroup = CGROUP_INIT;
	struct err err = ERR_INIT;
	pid_t pid = scratch_sleeper();

	cgroup_find(&cgroup, &container->record.cgroup);
	assert_good(cgroup_enter(&cgroup, pid, false, &err), err);
	return pid;
}

static void assert_ended(pid_t pid, int sig)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), sig);
}

static void test_created_and_running(void **state)
{
	static const enum stage_life lives[] = { STAGE_WAITS, STAGE_RUNS };
	static const int sigs[] = { SIGTERM, SIGUSR2, SIGKILL };
	struct stage_container c;
	struct stage stage;

	(void)state;
	stage_open(&stage);
	for (size_t i = 0; i < COUNT(lives) * COUNT(sigs); i++) {
		int sig = sigs[i / COUNT(lives)];

		stage_make(&stage, &c, "c", lives[i % COUNT(lives)], NULL);
		killed(&stage, sig, false);
		stage_ended(&c, sig);
		/* The container is still there, and stopped. */
		assert_true(stage_has(&stage, "c"));
		refused(&stage, sig, false, "container `c` is stopped: container not running");
		stage_unmake(&stage, &c);
	}
	stage_close(&stage);
}

/* Signal 0 asks, a number that is no signal is refused; neither does harm. */
static void test_no_signal(void **state)
{
	struct stage_container c;
	struct stage stage;

	(void)state;
	stage_open(&stage);
	stage_make(&stage, &c, "c", STAGE_RUNS, NULL);
	killed(&stage, 0, false);
	refused(&stage, 200, false, "send signal 200 to container `c`");
	assert_true(stage_is_alive(&c));
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

static void test_stopped(void **state)
{
	struct stage_container c;
	struct stage stage;

	(void)state;
	stage_open(&stage);
	stage_make(&stage, &c, "c", STAGE_ENDED, NULL);
	refused(&stage, SIGTERM, false, "container not running");
	refused(&stage, SIGKILL, false, "container not running");
	killed(&stage, SIGTERM, true);
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

static void test_creating(void **state)
{
	struct state_dir dir = STATE_DIR_INIT;
	struct err err = ERR_INIT;
	struct stage_container c;
	struct stage stage;

	(void)state;
	stage_open(&stage);
	stage_make(&stage, &c, "c", STAGE_RUNS, NULL);
	c.record.phase = RECORD_CREATING;
	stage_rewrite(&stage, &c);
	assert_good(dir_open(&dir, stage.root, "c", DIR_EXCLUSIVE, &err), err);
	refused(&stage, SIGKILL, false, "container `c` is still being created: container not running");
	refused(&stage, SIGKILL, true, "container not running");
	dir_close(&dir);
	assert_true(stage_is_alive(&c));
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

/* A start that hangs holds the lock, and kill does not wait for it. */
static void test_needs_no_lock(void **state)
{
	struct state_dir dir = STATE_DIR_INIT;
	struct err err = ERR_INIT;
	struct stage_container c;
	struct stage stage;

	(void)state;
	stage_open(&stage);
	stage_make(&stage, &c, "c", STAGE_WAITS, NULL);
	assert_good(dir_open(&dir, stage.root, "c", DIR_EXCLUSIVE, &err), err);
	(void)alarm(30);
	killed(&stage, SIGTERM, false);
	(void)alarm(0);
	dir_close(&dir);
	stage_ended(&c, SIGTERM);
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

static void test_unknown(void **state)
{
	struct stage stage;

	(void)state;
	stage_open(&stage);
	refused(&stage, SIGTERM, false, "container `c` does not exist");
	refused(&stage, SIGKILL, true, "container `c` does not exist");
	stage_close(&stage);
}

static void test_number_was_used_again(void **state)
{
	struct stage_container c;
	struct stage stage;

	(void)state;
	stage_open(&stage);
	stage_make(&stage, &c, "c", STAGE_RUNS, NULL);
	c.record.init.pidfs_inode = 0;
	c.record.init.start_time++;
	stage_rewrite(&stage, &c);
	refused(&stage, SIGKILL, false, "container not running");
	assert_true(stage_is_alive(&c));
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

/* Without a cgroup, and in our own pid namespace whatever the record says, nothing tells who belongs to it. */
static void test_all_without_cgroup(void **state)
{
	struct stage_container c;
	struct stage stage;

	(void)state;
	stage_open(&stage);
	stage_make(&stage, &c, "c", STAGE_RUNS, NULL);
	for (int shares = 0; shares <= 1; shares++) {
		c.record.shares_pids = shares;
		stage_rewrite(&stage, &c);
		refused(&stage, SIGTERM, true, "neither a cgroup nor a pid namespace of its own");
		assert_true(stage_is_alive(&c));
	}
	refused(&stage, SIGKILL, true, "neither a cgroup nor a pid namespace of its own");
	killed(&stage, SIGTERM, false);
	stage_ended(&c, SIGTERM);
	/* Managers make sure this way after the end. */
	killed(&stage, SIGKILL, true);
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

static void test_one_or_all(void **state)
{
	struct plan_cgroup plan;
	struct stage_container c;
	struct stage stage;
	pid_t second;

	(void)state;
	stage_need_cgroups();
	stage_open(&stage);
	plan = scratch_plan("-kill");
	stage_make(&stage, &c, "c", STAGE_RUNS, &plan);
	second = join(&c);
	killed(&stage, SIGTERM, false);
	stage_ended(&c, SIGTERM);
	(void)usleep(50000);
	assert_int_equal(waitpid(second, NULL, WNOHANG), 0);
	/* Stopped; what was left behind is reached by --all alone. */
	refused(&stage, SIGTERM, false, "container not running");
	killed(&stage, SIGUSR1, true);
	assert_ended(second, SIGUSR1);
	stage_unmake(&stage, &c);
	stage_make(&stage, &c, "c", STAGE_RUNS, &plan);
	second = join(&c);
	killed(&stage, SIGTERM, true);
	stage_ended(&c, SIGTERM);
	assert_ended(second, SIGTERM);
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

/* SIGKILL means all exactly when no pid namespace sees to that. */
static void test_shared_pid_namespace(void **state)
{
	struct plan_cgroup plan;
	struct stage_container c;
	struct stage stage;
	pid_t second;

	(void)state;
	stage_need_cgroups();
	stage_open(&stage);
	plan = scratch_plan("-shared");
	for (int shares = 0; shares <= 1; shares++) {
		stage_make(&stage, &c, "c", STAGE_RUNS, &plan);
		c.record.shares_pids = shares;
		stage_rewrite(&stage, &c);
		second = join(&c);
		killed(&stage, SIGKILL, false);
		stage_ended(&c, SIGKILL);
		if (shares) {
			assert_ended(second, SIGKILL);
		} else {
			(void)usleep(50000);
			assert_int_equal(waitpid(second, NULL, WNOHANG), 0);
			scratch_end(second);
		}
		stage_unmake(&stage, &c);
	}
	stage_close(&stage);
}

/* A frozen one takes SIGKILL at once; other signals, on v1, once it is thawed. */
static void test_paused(void **state)
{
	auto_cgroup struct cgroup cgroup = CGROUP_INIT;
	struct plan_cgroup plan;
	struct err err = ERR_INIT;
	struct stage_container c;
	struct stage stage;

	(void)state;
	stage_need_cgroups();
	stage_open(&stage);
	plan = scratch_plan("-frozen");
	stage_make(&stage, &c, "c", STAGE_RUNS, &plan);
	cgroup_find(&cgroup, &c.record.cgroup);
	assert_good(cgroup_freeze(&cgroup, &err), err);
	killed(&stage, SIGTERM, false);
	assert_good(cgroup_thaw(&cgroup, &err), err);
	stage_ended(&c, SIGTERM);
	stage_unmake(&stage, &c);
	for (int all = 0; all <= 1; all++) {
		cgroup_close(&cgroup);
		stage_make(&stage, &c, "c", STAGE_RUNS, &plan);
		cgroup_find(&cgroup, &c.record.cgroup);
		assert_good(cgroup_freeze(&cgroup, &err), err);
		(void)alarm(30);
		killed(&stage, SIGKILL, all);
		stage_ended(&c, SIGKILL);
		(void)alarm(0);
		stage_unmake(&stage, &c);
	}
	stage_close(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_created_and_running),
		cmocka_unit_test(test_no_signal),
		cmocka_unit_test(test_stopped),
		cmocka_unit_test(test_creating),
		cmocka_unit_test(test_needs_no_lock),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_number_was_used_again),
		cmocka_unit_test(test_all_without_cgroup),
		cmocka_unit_test(test_one_or_all),
		cmocka_unit_test(test_shared_pid_namespace),
		cmocka_unit_test(test_paused),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
