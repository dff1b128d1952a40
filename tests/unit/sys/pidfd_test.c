/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes by descriptor: the right one, its end seen once and for all, how it ended. */
#include "sys/pidfd.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/support.h"

/* More than any pid_max. */
#define NO_PID 2000000000

/* A child that waits for a signal, or exits with @code when that is not negative. */
static pid_t start(int code)
{
	pid_t pid = fork();

	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (code >= 0)
			_exit(code);
		for (;;)
			(void)pause();
	}
	assert_true(pid > 0);
	return pid;
}

static int open_good(pid_t pid)
{
	int fd = pidfd_open(pid);

	assert_true(fd >= 0);
	return fd;
}

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void test_open(void **state)
{
	size_t fds = support_count_fds();
	pid_t pid = start(-1);
	int fd;

	(void)state;
	fd = open_good(pid);
	assert_true(support_is_cloexec(fd));
	assert_int_equal(pidfd_has_ended(fd, 0), 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(pidfd_open(pid), -1);
	assert_int_equal(errno, ESRCH);
	assert_int_equal(pidfd_open(NO_PID), -1);
	assert_int_equal(errno, ESRCH);
	assert_int_equal(pidfd_open(0), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(pidfd_open(-1), -1);
	assert_int_equal(errno, EINVAL);
	(void)close(fd);
	assert_int_equal(support_count_fds(), fds);
}

/* A zombie has ended, before and after it is reaped. */
static void test_has_ended(void **state)
{
	pid_t pid = start(-1);
	int fd = open_good(pid), file;
	double begin = now();

	(void)state;
	assert_int_equal(pidfd_has_ended(fd, 0), 0);
	assert_true(now() - begin < 5);
	begin = now();
	assert_int_equal(pidfd_has_ended(fd, 60), 0);
	assert_true(now() - begin >= 0.05);
	assert_int_equal(pidfd_send_signal(fd, SIGKILL), 0);
	assert_int_equal(pidfd_has_ended(fd, -1), 1);
	assert_int_equal(pidfd_has_ended(fd, 0), 1);
	/* Looking did not reap it. */
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(pidfd_has_ended(fd, 0), 1);
	(void)close(fd);

	/* A closed descriptor is an error, not an end. */
	file = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 500);
	(void)close(file);
	assert_int_equal(pidfd_has_ended(file, 0), -1);
	assert_int_equal(errno, EBADF);
}

static void *sleep_on(void *data)
{
	char byte;

	(void)!read(*(int *)data, &byte, 1);
	_exit(7);
}

static void *say_tid(void *data)
{
	pid_t tid = (pid_t)syscall(SYS_gettid);

	(void)!write(*(int *)data, &tid, sizeof(tid));
	(void)pause();
	return NULL;
}

/* The number of a thread is no process, whatever the kernel calls that. */
static void test_thread_number(void **state)
{
	int ends[2];
	pid_t pid, tid = 0;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		pthread_t thread;

		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (pthread_create(&thread, NULL, say_tid, &ends[1]) == 0)
			(void)pause();
		_exit(1);
	}
	assert_int_equal(read(ends[0], &tid, sizeof(tid)), sizeof(tid));
	assert_true(tid != pid);
	assert_int_equal(pidfd_open(tid), -1);
	assert_int_equal(errno, ESRCH);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

/* The first thread is gone, another one goes on: the process has not ended. */
static void test_threads(void **state)
{
	struct pidfd_exit how;
	int ends[2], fd;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		pthread_t thread;

		(void)close(ends[1]);
		if (pthread_create(&thread, NULL, sleep_on, &ends[0]) == 0)
			(void)syscall(SYS_exit, 1);
		_exit(1);
	}
	fd = open_good(pid);
	assert_int_equal(pidfd_has_ended(fd, 300), 0);
	(void)close(ends[1]);
	assert_int_equal(pidfd_wait(fd, &how), 0);
	assert_int_equal(how.code, 7);
	assert_false(how.by_signal);
	(void)close(ends[0]);
	(void)close(fd);
}

static void test_send_signal(void **state)
{
	struct pidfd_exit how;
	pid_t pid = start(-1), other;
	int fd = open_good(pid);

	(void)state;
	assert_int_equal(pidfd_send_signal(fd, 0), 0);
	assert_int_equal(pidfd_send_signal(fd, 1000), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(pidfd_send_signal(STDERR_FILENO, 0), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(pidfd_send_signal(fd, SIGTERM), 0);
	assert_int_equal(pidfd_has_ended(fd, -1), 1);
	/* To a zombie as to a process. */
	assert_int_equal(pidfd_send_signal(fd, SIGTERM), 0);
	assert_int_equal(pidfd_wait(fd, &how), 0);
	assert_true(how.by_signal);
	assert_int_equal(how.code, SIGTERM);
	/* Reaped: gone for ever, whoever has the number now. */
	other = start(-1);
	assert_int_equal(pidfd_send_signal(fd, SIGKILL), -1);
	assert_int_equal(errno, ESRCH);
	assert_int_equal(waitpid(other, NULL, WNOHANG), 0);
	assert_int_equal(kill(other, SIGKILL), 0);
	assert_int_equal(waitpid(other, NULL, 0), other);
	(void)close(fd);
}

static void test_exit_codes(void **state)
{
	static const int codes[] = { 0, 1, 9, 126, 127, 128 + SIGKILL, 255 };

	(void)state;
	for (size_t i = 0; i < COUNT(codes); i++) {
		struct pidfd_exit how = { .code = -1, .by_signal = true };
		int fd = open_good(start(codes[i]));

		assert_int_equal(pidfd_wait(fd, &how), 0);
		assert_int_equal(how.code, codes[i]);
		assert_false(how.by_signal);
		(void)close(fd);
	}
}

static void test_signals(void **state)
{
	/* SIGQUIT and SIGABRT dump core: that is a death by signal, too. */
	static const int signals[] = { SIGKILL, SIGTERM, SIGHUP, SIGQUIT, SIGABRT, SIGUSR1 };

	(void)state;
	for (size_t i = 0; i < COUNT(signals); i++) {
		struct pidfd_exit how = { .code = -1 };
		int fd;

		/* nohup(1), or a shell that runs us in the background, may have had it ignored. */
		(void)signal(signals[i], SIG_DFL);
		fd = open_good(start(-1));
		assert_int_equal(pidfd_send_signal(fd, signals[i]), 0);
		assert_int_equal(pidfd_wait(fd, &how), 0);
		assert_int_equal(how.code, signals[i]);
		assert_true(how.by_signal);
		(void)close(fd);
	}
}

static void on_alarm(int number)
{
	(void)number;
}

/* A signal to us does not end the waiting. */
static void test_interrupted(void **state)
{
	const struct sigaction action = { .sa_handler = on_alarm };
	const struct itimerval often = { .it_interval.tv_usec = 10000, .it_value.tv_usec = 10000 }, never = { 0 };
	struct pidfd_exit how = { .code = -1 };
	pid_t pid = fork();
	int fd;

	(void)state;
	if (pid == 0) {
		(void)usleep(300000);
		_exit(3);
	}
	fd = open_good(pid);
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	assert_int_equal(pidfd_wait(fd, &how), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	(void)signal(SIGALRM, SIG_DFL);
	assert_int_equal(how.code, 3);
	(void)close(fd);
}

static void test_not_our_child(void **state)
{
	struct pidfd_exit how = { .code = 77 };
	int parent = open_good(getppid()), own = open_good(getpid());
	int done = open_good(start(0));

	(void)state;
	assert_int_equal(pidfd_wait(parent, &how), -1);
	assert_int_equal(errno, ECHILD);
	assert_int_equal(pidfd_wait(own, &how), -1);
	assert_int_equal(errno, ECHILD);
	assert_int_equal(how.code, 77);
	assert_int_equal(pidfd_wait(done, &how), 0);
	/* Once only. */
	assert_int_equal(pidfd_wait(done, &how), -1);
	assert_int_equal(errno, ECHILD);
	assert_int_equal(pidfd_wait(STDERR_FILENO, &how), -1);
	assert_int_equal(errno, EBADF);
	(void)close(parent);
	(void)close(own);
	(void)close(done);
}

/* Two descriptors of one process have one inode, two processes never; what is no pidfd has none. */
static void test_inode(void **state)
{
	pid_t one = start(-1), two = start(-1);
	int a = open_good(one), b = open_good(one), c = open_good(two);
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(pidfd_inode(ends[0]), 0);
	assert_int_equal(pidfd_inode(-1), 0);
	assert_true(pidfd_inode(a) == pidfd_inode(b));
	if (pidfd_inode(a) == 0)
		print_message("no pidfs before Linux 6.9: inodes tell nothing\n");
	else
		assert_true(pidfd_inode(a) != pidfd_inode(c));
	assert_int_equal(kill(one, SIGKILL), 0);
	assert_int_equal(kill(two, SIGKILL), 0);
	assert_int_equal(waitpid(one, NULL, 0), one);
	assert_int_equal(waitpid(two, NULL, 0), two);
	/* It outlives its process. */
	assert_true(pidfd_inode(a) == pidfd_inode(b));
	for (size_t i = 0; i < 5; i++) {
		int fds[] = { ends[0], ends[1], a, b, c };

		(void)close(fds[i]);
	}
}

/* No core files of the processes that are killed here. */
static int forbid_cores(void **state)
{
	const struct rlimit none = { 0, 0 };

	(void)state;
	return setrlimit(RLIMIT_CORE, &none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_has_ended),
		cmocka_unit_test(test_thread_number),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_send_signal),
		cmocka_unit_test(test_exit_codes),
		cmocka_unit_test(test_signals),
		cmocka_unit_test(test_interrupted),
		cmocka_unit_test(test_not_our_child),
		cmocka_unit_test(test_inode),
	};

	return cmocka_run_group_tests(tests, forbid_cores, NULL);
}
