/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waiting at a FIFO: what ends it, and what is no FIFO. */
#include "host/hold.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "sys/clone.h"
#include "tests/unit/support.h"

enum how { WRITES, CLOSES, STAYS, ENDS, SIGNALS };

/* A pipe stands for the process (it "ends" when it becomes readable) and one for signals. */
static int wait_for(enum how how, struct err *err)
{
	struct support_dir dir;
	struct hold hold = HOLD_INIT;
	int process[2], end[2], status, r, fd;
	char path[160];
	pid_t pid;

	support_open_dir(&dir);
	(void)snprintf(path, sizeof(path), "%s/fifo", dir.path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(pipe(process) | pipe(end), 0);
	assert_good(hold_open(&hold, path, err), *err);
	pid = fork();
	if (pid == 0) {
		(void)poll(NULL, 0, 50);
		if (how == ENDS || how == SIGNALS)
			_exit(write(how == ENDS ? process[1] : end[1], "x", 1) == 1 ? 0 : 1);
		fd = open(path, O_WRONLY);
		if (how == WRITES && write(fd, "x", 1) != 1)
			_exit(1);
		if (how == STAYS)
			(void)pause();
		_exit(fd < 0);
	}
	r = hold_wait(&hold, process[0], end[0], err);
	if (how == STAYS)
		assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(how == STAYS ? WTERMSIG(status) : status, how == STAYS ? SIGKILL : 0);
	/* It is left for the next to use. */
	assert_int_equal(access(path, F_OK), 0);
	hold_close(&hold);
	for (int i = 0; i < 2; i++) {
		(void)close(process[i]);
		(void)close(end[i]);
	}
	support_remove_dir(&dir);
	return r;
}

static void test_somebody_comes(void **state)
{
	size_t fds = support_count_fds();
	struct err err = ERR_INIT;

	(void)state;
	assert_good(wait_for(WRITES, &err), err);
	assert_good(wait_for(CLOSES, &err), err);
	assert_good(wait_for(STAYS, &err), err);
	assert_int_equal(support_count_fds(), fds);
}

static void test_nobody_comes(void **state)
{
	size_t fds = support_count_fds();
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(wait_for(ENDS, &err), -1);
	assert_int_equal(err.code, EPIPE);
	assert_holds(err.text, "the process ended");
	err = ERR_INIT;
	assert_int_equal(wait_for(SIGNALS, &err), -1);
	assert_holds(err.text, "a signal came");
	assert_int_equal(support_count_fds(), fds);
}

/* Who was there before the wait is not missed. */
static void test_before_the_wait(void **state)
{
	struct hold hold = HOLD_INIT;
	struct support_dir dir;
	struct err err = ERR_INIT;
	char path[160];
	int fd;

	(void)state;
	support_open_dir(&dir);
	(void)snprintf(path, sizeof(path), "%s/fifo", dir.path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_good(hold_open(&hold, path, &err), err);
	fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(fd >= 0);
	(void)close(fd);
	assert_good(hold_wait(&hold, -1, -1, &err), err);
	assert_int_equal(hold.fifo, -1);
	hold_close(&hold);
	support_remove_dir(&dir);
}

static void test_nothing_to_wait_for(void **state)
{
	struct hold hold = HOLD_INIT;
	struct err err = ERR_INIT;

	(void)state;
	assert_good(hold_open(&hold, NULL, &err), err);
	assert_good(hold_wait(&hold, -1, -1, &err), err);
	hold_close(&hold);
}

static void test_no_fifo(void **state)
{
	static const char *const bad[] = { "/dev/null", "/", "/none/such", "/etc/passwd" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct hold hold = HOLD_INIT;
		struct err err = ERR_INIT;

		assert_int_equal(hold_open(&hold, bad[i], &err), -1);
		assert_holds(err.text, "--wait-fifo");
		hold_close(&hold);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_somebody_comes),
		cmocka_unit_test(test_nobody_comes),
		cmocka_unit_test(test_before_the_wait),
		cmocka_unit_test(test_nothing_to_wait_for),
		cmocka_unit_test(test_no_fifo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
