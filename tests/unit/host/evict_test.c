/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Getting the lock of a container that another process has, whatever that one does. */
#include "host/evict.h"

#include "stage.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "sys/pidfd.h"
#include "state/dir.h"

/* How another command behaves that has the lock. */
enum manner {
	HANGS,		/* whatever happens */
	WATCHES,	/* goes once the container's process has ended */
	REMOVES,	/* the same, and takes the container along */
};

static void __attribute__((noreturn)) hold(const struct stage *stage, enum manner manner, pid_t watched, int ready)
{
	struct state_dir dir = STATE_DIR_INIT;
	struct err err = ERR_INIT;
	int pidfd = pidfd_open(watched);

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (pidfd < 0 || dir_open(&dir, stage->root, "c", DIR_EXCLUSIVE, &err) < 0 || write(ready, "x", 1) != 1)
		_exit(2);
	if (manner == HANGS)
		(void)poll(NULL, 0, -1);
	if (pidfd_has_ended(pidfd, -1) != 1 || (manner == REMOVES && dir_remove(&dir, &err) < 0))
		_exit(3);
	_exit(0);
}

/* A container that runs, and a child that has its lock. */
static pid_t begin(struct stage *stage, struct stage_container *c, enum manner manner)
{
	auto_fd int asked = -1, answer = -1;
	int pair[2];
	char byte;
	pid_t pid;

	stage_open(stage);
	stage_make(stage, c, "c", STAGE_RUNS, NULL);
	assert_int_equal(pipe(pair), 0);
	asked = pair[0];
	answer = pair[1];
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		hold(stage, manner, c->pid, answer);
	assert_int_equal(read(asked, &byte, 1), 1);
	return pid;
}

/* The lock is ours, both processes have ended, and it took at most @seconds. */
static void evicts(enum manner manner, int expected_status, time_t seconds)
{
	auto_state_dir struct state_dir dir = STATE_DIR_INIT;
	size_t fds = support_count_fds();
	struct err err = ERR_INIT;
	struct timespec before, after;
	struct stage_container c;
	struct stage stage;
	int status, r;
	pid_t pid;

	pid = begin(&stage, &c, manner);
	assert_good(dir_open(&dir, stage.root, "c", DIR_UNLOCKED, &err), err);
	(void)clock_gettime(CLOCK_MONOTONIC, &before);
	r = evict_others(&dir, &err);
	(void)clock_gettime(CLOCK_MONOTONIC, &after);
	assert_in_range(after.tv_sec - before.tv_sec, 0, seconds);
	if (manner == REMOVES) {
		assert_int_equal(r, -1);
		assert_int_equal(err.code, ENOENT);
	} else {
		assert_good(r, err);
		assert_int_equal(dir.lock, DIR_EXCLUSIVE);
	}
	dir_close(&dir);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, expected_status);
	stage_ended(&c, SIGKILL);
	stage_unmake(&stage, &c);
	stage_close(&stage);
	assert_int_equal(support_count_fds(), fds);
}

/* It is given the time to leave by itself. */
static void test_who_watches_goes(void **state)
{
	(void)state;
	evicts(WATCHES, 0, 1);
}

static void test_who_hangs_is_killed(void **state)
{
	(void)state;
	evicts(HANGS, SIGKILL, 6);
}

static void test_who_undoes_leaves_nothing(void **state)
{
	(void)state;
	evicts(REMOVES, 0, 1);
}

/* Nobody is at work: nobody is killed. */
static void test_nobody_is_at_work(void **state)
{
	auto_state_dir struct state_dir dir = STATE_DIR_INIT;
	struct err err = ERR_INIT;
	struct stage_container c;
	struct stage stage;

	(void)state;
	stage_open(&stage);
	stage_make(&stage, &c, "c", STAGE_RUNS, NULL);
	assert_good(dir_open(&dir, stage.root, "c", DIR_UNLOCKED, &err), err);
	/* The child closes its copy of what stage_make() had locked. */
	while (dir_is_busy(&dir))
		(void)usleep(1000);
	assert_good(evict_others(&dir, &err), err);
	assert_int_equal(dir.lock, DIR_EXCLUSIVE);
	assert_true(stage_is_alive(&c));
	dir_close(&dir);
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nobody_is_at_work),
		cmocka_unit_test(test_who_watches_goes),
		cmocka_unit_test(test_who_hangs_is_killed),
		cmocka_unit_test(test_who_undoes_leaves_nothing),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
