/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waiting for a lock: who has it, how long, and what is left of the wait. */
#include "sys/flockwait.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "tests/unit/support.h"

static struct support_dir dir;

static int set_up(void **state)
{
	(void)state;
	support_open_dir(&dir);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	support_remove_dir(&dir);
	return 0;
}

static int open_again(void)
{
	int fd = openat(dir.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

/* A child that has the lock for @ms, 0: until it is killed. */
static pid_t lock_in_child(unsigned int ms)
{
	int pair[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(pair), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		int fd = openat(dir.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (fd < 0 || flock(fd, LOCK_EX) < 0 || write(pair[1], "x", 1) != 1)
			_exit(1);
		if (ms == 0)
			(void)pause();
		(void)usleep(ms * 1000);
		_exit(0);
	}
	assert_int_equal(read(pair[0], &byte, 1), 1);
	(void)close(pair[0]);
	(void)close(pair[1]);
	return pid;
}

static long count_waits(void)
{
	struct rusage usage;

	assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
	return usage.ru_nvcsw;
}

/* The lock itself is waited for: nobody looks again and again; a blocked signal is no way to wait for ever. */
static void test_in_vain(void **state)
{
	struct sigaction action = { .sa_handler = SIG_IGN };
	pid_t holder = lock_in_child(0);
	auto_fd int fd = open_again();
	struct itimerval timer;
	sigset_t alarm, mask;
	long before;

	(void)state;
	(void)sigemptyset(&alarm);
	(void)sigaddset(&alarm, SIGALRM);
	assert_int_equal(sigprocmask(SIG_BLOCK, &alarm, &mask), 0);
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(flockwait_exclusive(fd, 0), -1);
	assert_int_equal(errno, EWOULDBLOCK);
	before = count_waits();
	assert_int_equal(flockwait_exclusive(fd, 400), -1);
	assert_int_equal(errno, EWOULDBLOCK);
	assert_true(count_waits() - before < 20);
	/* All is as it was. */
	assert_int_equal(sigprocmask(SIG_SETMASK, &mask, &alarm), 0);
	assert_int_equal(sigismember(&alarm, SIGALRM), 1);
	assert_int_equal(getitimer(ITIMER_REAL, &timer), 0);
	assert_int_equal(timer.it_value.tv_sec + timer.it_value.tv_usec + timer.it_interval.tv_usec, 0);
	assert_int_equal(sigaction(SIGALRM, NULL, &action), 0);
	assert_ptr_equal(action.sa_handler, SIG_IGN);
	(void)signal(SIGALRM, SIG_DFL);
	assert_int_equal(kill(holder, SIGKILL), 0);
	assert_int_equal(waitpid(holder, NULL, 0), holder);
	assert_int_equal(flockwait_exclusive(fd, 0), 0);
}

/* It is ours from then on, and nobody else's. */
static void test_until_it_is_free(void **state)
{
	pid_t holder = lock_in_child(100);
	auto_fd int fd = open_again(), other = open_again();

	(void)state;
	assert_int_equal(flockwait_exclusive(fd, 60000), 0);
	assert_int_equal(waitpid(holder, NULL, 0), holder);
	assert_int_equal(flock(other, LOCK_EX | LOCK_NB), -1);
	fd_close(&fd);
	assert_int_equal(flockwait_exclusive(other, 0), 0);
}

static void test_no_file(void **state)
{
	(void)state;
	assert_int_equal(flockwait_exclusive(-1, 1000), -1);
	assert_int_equal(errno, EBADF);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_in_vain),
		TEST(test_until_it_is_free),
		TEST(test_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
