/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One command after the other: who is waited for, for how long, and what those are told who wait in vain. */
#include "host/turn.h"

#include "stage.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "state/dir.h"

#define assert_bad(call, expected)                           \
	do {                                                 \
		assert_int_equal((call), -1);                \
		assert_string_equal(err.text, (expected));   \
	} while (0)

static struct stage stage;
static struct stage_container c;

static int set_up(void **state)
{
	(void)state;
	stage_open(&stage);
	stage_make(&stage, &c, "c", STAGE_ENDED, NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	stage_unmake(&stage, &c);
	stage_close(&stage);
	return 0;
}

/* A child that has the lock for @ms (0: until it is killed) and then may take the container away. */
static pid_t lock_in_child(unsigned int ms, bool removes)
{
	auto_fd int asked = -1, answer = -1;
	int pair[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(pair), 0);
	asked = pair[0];
	answer = pair[1];
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct state_dir dir = STATE_DIR_INIT;
		struct err err = ERR_INIT;

		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (dir_open(&dir, stage.root, "c", DIR_EXCLUSIVE, &err) < 0 || write(answer, "x", 1) != 1)
			_exit(1);
		if (ms == 0)
			(void)pause();
		(void)usleep(ms * 1000);
		_exit(removes && dir_remove(&dir, &err) < 0);
	}
	assert_int_equal(read(asked, &byte, 1), 1);
	return pid;
}

static void end_child(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void test_nobody_is_at_work(void **state)
{
	auto_state_dir struct state_dir dir = STATE_DIR_INIT;
	struct err err = ERR_INIT;

	(void)state;
	assert_good(dir_open(&dir, stage.root, "c", DIR_UNLOCKED, &err), err);
	assert_good(turn_await(&dir, &err), err);
	assert_int_equal(dir.lock, DIR_EXCLUSIVE);
}

static void test_somebody_is(void **state)
{
	auto_state_dir struct state_dir dir = STATE_DIR_INIT;
	struct err err = ERR_INIT;
	pid_t other;

	(void)state;
	assert_good(dir_open(&dir, stage.root, "c", DIR_UNLOCKED, &err), err);
	other = lock_in_child(300, false);
	assert_good(turn_await(&dir, &err), err);
	assert_int_equal(dir.lock, DIR_EXCLUSIVE);
	assert_int_equal(waitpid(other, NULL, 0), other);
}

static void test_somebody_removes_it(void **state)
{
	auto_state_dir struct state_dir dir = STATE_DIR_INIT;
	struct err err = ERR_INIT;
	pid_t other;

	(void)state;
	assert_good(dir_open(&dir, stage.root, "c", DIR_UNLOCKED, &err), err);
	other = lock_in_child(300, true);
	assert_bad(turn_await(&dir, &err), "container `c` does not exist");
	assert_int_equal(err.code, ENOENT);
	assert_int_equal(waitpid(other, NULL, 0), other);
}

/* At once, and only then: what is left of a create that died is nobody's work. */
static void test_create(void **state)
{
	auto_state_dir struct state_dir dir = STATE_DIR_INIT;
	struct err err = ERR_INIT;
	int64_t before;
	pid_t other;

	(void)state;
	c.record.phase = RECORD_CREATING;
	stage_rewrite(&stage, &c);
	assert_good(dir_open(&dir, stage.root, "c", DIR_UNLOCKED, &err), err);
	other = lock_in_child(0, false);
	before = now_ms();
	assert_int_equal(turn_await(&dir, &err), 1);
	assert_true(now_ms() - before < 2000);
	assert_int_equal(dir.lock, DIR_UNLOCKED);
	end_child(other);
	assert_good(turn_await(&dir, &err), err);
	assert_int_equal(dir.lock, DIR_EXCLUSIVE);
}

/* The wait has an end, and the one who waited knows whom for. */
static void test_in_vain(void **state)
{
	auto_state_dir struct state_dir dir = STATE_DIR_INIT;
	struct err err = ERR_INIT;
	char expected[256];
	int64_t took;
	pid_t other;

	(void)state;
	assert_good(dir_open(&dir, stage.root, "c", DIR_UNLOCKED, &err), err);
	other = lock_in_child(0, false);
	took = now_ms();
	(void)snprintf(expected, sizeof(expected), "container `c` is in the hands of another command, process %d, which has "
		       "not let it go within 10 seconds; `delete --force` ends both", (int)other);
	assert_bad(turn_await(&dir, &err), expected);
	took = now_ms() - took;
	assert_in_range(took, 9000, 20000);
	assert_int_equal(dir.lock, DIR_UNLOCKED);
	end_child(other);
	/* Gone by now; so would be one of another pid namespace. */
	assert_bad(turn_refuse(&dir, "is slow", &err),
		   "container `c` is in the hands of another command, which cannot be seen from here and is slow");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nobody_is_at_work),
		TEST(test_somebody_is),
		TEST(test_somebody_removes_it),
		TEST(test_create),
		TEST(test_in_vain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
