/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Descriptors: ownership, whole reads and writes under signals, and the clean table at program start. */
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "tests/unit/must.h"
#include "tests/unit/support.h"

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

#define BIG (3 << 20)

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void test_ownership(void **state)
{
	int seen, none = -1, kept;

	(void)state;
	{
		auto_fd int fd = dup(0);

		seen = fd;
		assert_true(is_open(seen));
	}
	assert_false(is_open(seen));
	{
		auto_fd int fd = dup(0);

		seen = fd;
		kept = take_fd(&fd);
		assert_int_equal(fd, -1);
	}
	assert_int_equal(kept, seen);
	assert_true(is_open(kept));
	fd_close(&kept);
	assert_int_equal(kept, -1);
	assert_false(is_open(seen));
	fd_close(&none);
	assert_int_equal(none, -1);
	errno = ENOSPC;
	none = 1 << 20; /* close(2) gives EBADF, which must not be seen */
	fd_close(&none);
	assert_int_equal(errno, ENOSPC);
}

static void on_alarm(int signal_number)
{
	(void)signal_number;
}

/* Interrupt every blocking call a thousand times a second, without restarting it. */
static void start_interrupting(void)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval timer = { .it_interval = { .tv_usec = 1000 }, .it_value = { .tv_usec = 1000 } };

	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

static void stop_interrupting(void)
{
	struct itimerval timer = { .it_value = { .tv_usec = 0 } };

	(void)setitimer(ITIMER_REAL, &timer, NULL);
	(void)signal(SIGALRM, SIG_DFL);
}

static unsigned char byte_at(size_t i)
{
	return (unsigned char)(i * 2654435761u >> 13);
}

/* One side writes three megabytes through a pipe, the other reads them, both disturbed all the time. */
static void test_whole_under_interruption(void **state)
{
	unsigned char *out = must(malloc(BIG)), *in = must(malloc(BIG + 1));
	int ends[2], status;
	pid_t pid;

	(void)state;
	for (size_t i = 0; i < BIG; i++)
		out[i] = byte_at(i);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		start_interrupting();
		_exit(fd_write_all(ends[1], out, BIG) == 0 ? 0 : 1);
	}
	(void)close(ends[1]);
	start_interrupting();
	/* One byte more is asked for than comes: end of file is no error. */
	assert_int_equal(fd_read_all(ends[0], in, BIG + 1), BIG);
	stop_interrupting();
	assert_memory_equal(in, out, BIG);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	(void)close(ends[0]);
	free(out);
	free(in);
}

static void test_reading_stops_where_asked(void **state)
{
	char data[8] = "........";
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(fd_write_all(ends[1], "abcdef", 6), 0);
	assert_int_equal(fd_read_all(ends[0], data, 4), 4);
	assert_memory_equal(data, "abcd....", 8);
	(void)close(ends[1]);
	assert_int_equal(fd_read_all(ends[0], data, sizeof(data)), 2);
	assert_int_equal(fd_read_all(ends[0], data, sizeof(data)), 0);
	(void)close(ends[0]);
}

static void test_failures_have_errno(void **state)
{
	char data[8] = "";
	int ends[2], dir = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	assert_int_equal(fd_read_all(dir, data, sizeof(data)), -1);
	assert_int_equal(errno, EISDIR);
	assert_int_equal(fd_write_all(dir, data, 1), -1);
	assert_int_equal(errno, EBADF);
	(void)close(dir);
	(void)signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	(void)close(ends[0]);
	assert_int_equal(fd_write_all(ends[1], data, 1), -1);
	assert_int_equal(errno, EPIPE);
	assert_int_equal(fd_write_all(ends[1], data, 0), 0);
	(void)close(ends[1]);
	(void)signal(SIGPIPE, SIG_DFL);
}

static void test_cloexec(void **state)
{
	auto_fd int fd = dup(0);

	(void)state;
	assert_false(support_is_cloexec(fd));
	assert_int_equal(fd_set_cloexec(fd, 1), 0);
	assert_true(support_is_cloexec(fd));
	assert_int_equal(fd_set_cloexec(fd, 0), 0);
	assert_false(support_is_cloexec(fd));
	assert_int_equal(fd_set_cloexec(-1, 1), -1);
	assert_int_equal(errno, EBADF);
}

static bool is_null_device(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3) &&
	       (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR && !support_is_cloexec(fd);
}

/* A caller that closed some of 0-2 and left descriptors open without close-on-exec. */
static void sanitize(void *data)
{
	static const int left[] = { 3, 4, 5, 6, 40, 900 };
	struct err err = ERR_INIT;
	int messages = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 100);
	bool null_in, null_err;
	int r;

	(void)data;
	for (size_t i = 0; i < COUNT(left); i++)
		assert_int_equal(dup2(1, left[i]), left[i]);
	(void)close(0);
	(void)close(2);
	r = fd_open_standard(&err);
	if (r == 0)
		r = fd_seal_inherited(2, &err);
	null_in = is_null_device(0);
	null_err = is_null_device(2);
	(void)dup2(messages, 2);
	assert_good(r, err);
	assert_true(null_in);
	assert_true(null_err);
	assert_false(support_is_cloexec(1));
	for (size_t i = 0; i < COUNT(left); i++) {
		assert_true(is_open(left[i]));
		assert_int_equal(support_is_cloexec(left[i]), left[i] >= 3 + 2);
	}
}

/* The same on a kernel before Linux 5.11. */
static void sanitize_by_listing(void *data)
{
	support_refuse(SYS_close_range, EINVAL);
	sanitize(data);
}

static void test_sanitize(void **state)
{
	(void)state;
	support_run(0, sanitize, NULL);
	support_run(0, sanitize_by_listing, NULL);
}

static void seal(void *data)
{
	int fds[] = { 3, 4, 5, 77, 1000 };

	(void)data;
	for (size_t i = 0; i < COUNT(fds); i++)
		assert_int_equal(dup2(1, fds[i]), fds[i]);
	/* A hole among those that stay. */
	(void)close(3);
	fd_seal(5);
	for (size_t i = 1; i < COUNT(fds); i++)
		assert_int_equal(support_is_cloexec(fds[i]), fds[i] >= 5);
	assert_false(support_is_cloexec(1));
}

/* The same on a kernel before Linux 5.11. */
static void seal_one_by_one(void *data)
{
	support_refuse(SYS_close_range, EINVAL);
	seal(data);
}

static void test_seal(void **state)
{
	(void)state;
	support_run(0, seal, NULL);
	support_run(0, seal_one_by_one, NULL);
}

static void sanitize_without_room(void *data)
{
	struct rlimit none = { .rlim_cur = 0, .rlim_max = 0 };
	struct err err = ERR_INIT;

	(void)data;
	(void)close(0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(fd_open_standard(&err), -1);
	assert_holds(err.text, "open /dev/null as descriptor 0");
	assert_int_equal(err.code, EMFILE);
}

static void test_sanitize_fails_aloud(void **state)
{
	(void)state;
	support_run(0, sanitize_without_room, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ownership),
		cmocka_unit_test(test_whole_under_interruption),
		cmocka_unit_test(test_reading_stops_where_asked),
		cmocka_unit_test(test_failures_have_errno),
		cmocka_unit_test(test_cloexec),
		cmocka_unit_test(test_seal),
		cmocka_unit_test(test_sanitize),
		cmocka_unit_test(test_sanitize_fails_aloud),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
