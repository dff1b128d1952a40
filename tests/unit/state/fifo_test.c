/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two FIFOs between `start` and a waiting init, with a child in the part of init. */
#include "state/fifo.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "tests/unit/state/stage.h"

#define assert_fails(call, expected, error)                    \
	do {                                                 \
		err = ERR_INIT;                              \
		assert_int_equal(call, -1);                  \
		assert_string_equal(err.text, expected);     \
		assert_int_equal(err.code, error);           \
	} while (0)

#define GONE "the container's process does not wait to be started"

static void make(void)
{
	struct err err = ERR_INIT;

	assert_good(fifo_make(dir.fd, &err), err);
}

static void test_make(void **state)
{
	static const char *const names[] = { FIFO_GO, FIFO_STATUS };
	struct err err = ERR_INIT;
	struct stat st;

	(void)state;
	make();
	for (size_t i = 0; i < COUNT(names); i++) {
		assert_int_equal(fstatat(dir.fd, names[i], &st, AT_SYMLINK_NOFOLLOW), 0);
		assert_true(S_ISFIFO(st.st_mode));
		assert_int_equal(st.st_mode & 07777, 0600);
	}
	assert_fails(fifo_make(dir.fd, &err), "make exec.status: File exists", EEXIST);
	assert_int_equal(unlinkat(dir.fd, FIFO_STATUS, 0), 0);
	assert_fails(fifo_make(dir.fd, &err), "make exec.fifo: File exists", EEXIST);
}

static void test_init_ends(void **state)
{
	size_t fds = support_count_fds();
	struct err err = ERR_INIT;
	int go = -1, status = -1;

	(void)state;
	assert_fails(fifo_open_init_ends(dir.fd, &go, &status, &err), "open exec.fifo: it does not exist (ENOENT)", ENOENT);
	make();
	assert_good(fifo_open_init_ends(dir.fd, &go, &status, &err), err);
	assert_true(support_is_cloexec(go) && support_is_cloexec(status));
	assert_int_equal(fcntl(go, F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_RDWR);
	assert_int_equal(fcntl(status, F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_RDWR);
	/* Nobody reads, and that is no SIGPIPE. */
	assert_int_equal(write(status, "x", 1), 1);
	(void)close(go);
	(void)close(status);
	assert_int_equal(unlinkat(dir.fd, FIFO_STATUS, 0), 0);
	go = status = -1;
	assert_fails(fifo_open_init_ends(dir.fd, &go, &status, &err), "open exec.status: it does not exist (ENOENT)", ENOENT);
	assert_int_equal(go, -1);
	assert_int_equal(status, -1);
	assert_int_equal(support_count_fds(), fds);
}

/* Whatever else has the name is not opened, or not used. */
static void test_no_fifo(void **state)
{
	size_t fds = support_count_fds();
	struct err err = ERR_INIT;
	int go = -1, status = -1;
	char text[16];

	(void)state;
	support_write(dir.fd, FIFO_GO, "text");
	support_write(dir.fd, FIFO_STATUS, "text");
	assert_fails(fifo_open_init_ends(dir.fd, &go, &status, &err), "open exec.fifo: Invalid argument", EINVAL);
	assert_fails(fifo_is_held(dir.fd, &err), "open exec.status: Invalid argument", EINVAL);
	assert_fails(fifo_release(dir.fd, &err), "open exec.status: Invalid argument", EINVAL);
	support_read(dir.fd, FIFO_GO, text, sizeof(text));
	assert_string_equal(text, "text");
	assert_int_equal(unlinkat(dir.fd, FIFO_GO, 0), 0);
	assert_int_equal(unlinkat(dir.fd, FIFO_STATUS, 0), 0);
	assert_int_equal(mkfifoat(dir.fd, "elsewhere", 0600), 0);
	assert_int_equal(symlinkat("elsewhere", dir.fd, FIFO_GO), 0);
	assert_int_equal(symlinkat("elsewhere", dir.fd, FIFO_STATUS), 0);
	assert_fails(fifo_is_held(dir.fd, &err), "open exec.status: Too many levels of symbolic links", ELOOP);
	assert_fails(fifo_open_init_ends(dir.fd, &go, &status, &err),
		   "open exec.fifo: Too many levels of symbolic links", ELOOP);
	assert_fails(fifo_release(dir.fd, &err), "open exec.status: Too many levels of symbolic links", ELOOP);
	assert_int_equal(support_count_fds(), fds);
}

static void test_held(void **state)
{
	size_t fds = support_count_fds();
	struct err err = ERR_INIT;
	int go = -1, status = -1;
	char byte;

	(void)state;
	assert_int_equal(fifo_is_held(dir.fd, &err), 0);
	make();
	assert_int_equal(fifo_is_held(dir.fd, &err), 0);
	assert_good(fifo_open_init_ends(dir.fd, &go, &status, &err), err);
	for (int i = 0; i < 3; i++)
		assert_int_equal(fifo_is_held(dir.fd, &err), 1);
	/* Looking lets nobody go: nothing came, and it is no end of file either. */
	assert_int_equal(fcntl(go, F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(read(go, &byte, 1), -1);
	assert_int_equal(errno, EAGAIN);
	(void)close(go);
	/* Let go, and in its hooks. */
	assert_int_equal(fifo_is_held(dir.fd, &err), 1);
	(void)close(status);
	assert_int_equal(fifo_is_held(dir.fd, &err), 0);
	assert_int_equal(support_count_fds(), fds);
	assert_false(err_is_set(&err));
}

static void test_nobody_waits(void **state)
{
	size_t fds = support_count_fds();
	struct err err = ERR_INIT;

	(void)state;
	assert_fails(fifo_release(dir.fd, &err), GONE, ENXIO);
	make();
	assert_fails(fifo_release(dir.fd, &err), GONE, ENXIO);
	/* It is for delete to remove them. */
	assert_true(is_there(FIFO_GO) && is_there(FIFO_STATUS));
	assert_int_equal(unlinkat(dir.fd, FIFO_GO, 0), 0);
	assert_fails(fifo_release(dir.fd, &err), GONE, ENXIO);
	assert_int_equal(support_count_fds(), fds);
}

/* What the child does once it was let go. */
typedef void (*deed_of_init)(int status);

/* The child in init's part; its ends are open once this returns. */
static pid_t start_init(deed_of_init deed)
{
	struct err err = ERR_INIT;
	int go = -1, status = -1;
	char byte;
	pid_t pid;

	assert_good(fifo_open_init_ends(dir.fd, &go, &status, &err), err);
	pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (read(go, &byte, 1) != 1)
			_exit(9);
		/* One byte, whoever else thinks that he starts it. */
		if (fcntl(go, F_SETFL, O_NONBLOCK) < 0 || read(go, &byte, 1) != -1 || errno != EAGAIN)
			_exit(8);
		(void)close(go);
		deed(status);
		(void)close(status);
		_exit(0);
	}
	assert_true(pid > 0);
	(void)close(go);
	(void)close(status);
	return pid;
}

static int reap(pid_t pid)
{
	int status = -1;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* execve(2) closes its ends. */
static void execute(int status)
{
	(void)usleep(200000);
	(void)!write(status, "", 1);
	(void)execl("/bin/sh", "sh", "-c", "exit 5", (char *)NULL);
	_exit(7);
}

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void test_release(void **state)
{
	size_t fds = support_count_fds();
	struct err err = ERR_INIT;
	double begin;
	pid_t pid;

	(void)state;
	make();
	pid = start_init(execute);
	assert_int_equal(fifo_is_held(dir.fd, &err), 1);
	begin = now();
	assert_good(fifo_release(dir.fd, &err), err);
	/* Not before it executed. */
	assert_true(now() - begin >= 0.2);
	assert_false(is_there(FIFO_GO) || is_there(FIFO_STATUS));
	assert_int_equal(fifo_is_held(dir.fd, &err), 0);
	/* Once only. */
	assert_fails(fifo_release(dir.fd, &err), GONE, ENXIO);
	assert_int_equal(WEXITSTATUS(reap(pid)), 5);
	assert_int_equal(support_count_fds(), fds);
}

/* Let go already but not executed yet: it waits no more. */
static void dawdle(int status)
{
	(void)usleep(500000);
	(void)!write(status, "", 1);
}

static bool waits(void)
{
	int go = openat(dir.fd, FIFO_GO, O_WRONLY | O_NONBLOCK | O_CLOEXEC);

	if (go >= 0)
		(void)close(go);
	return go >= 0;
}

static void test_second_start(void **state)
{
	struct err err = ERR_INIT;
	pid_t pid, first;

	(void)state;
	make();
	pid = start_init(dawdle);
	first = fork();
	if (first == 0)
		_exit(fifo_release(dir.fd, &err) < 0);
	while (waits())
		(void)usleep(1000);
	assert_int_equal(fifo_is_held(dir.fd, &err), 1);
	assert_fails(fifo_release(dir.fd, &err), GONE, ENXIO);
	assert_int_equal(reap(first), 0);
	assert_int_equal(reap(pid), 0);
}

static void report(int status)
{
	struct err failure = { .code = ENOENT, .at = 123, .phase = "execute", .text = "exec: \"x\": no such file or directory" };

	(void)fd_write_all(status, &failure, sizeof(failure));
}

static void test_failure(void **state)
{
	size_t fds = support_count_fds();
	struct err err = ERR_INIT;
	pid_t pid;

	(void)state;
	make();
	pid = start_init(report);
	assert_fails(fifo_release(dir.fd, &err), "exec: \"x\": no such file or directory", ENOENT);
	assert_int_equal(err.at, 123);
	assert_string_equal(err.phase, "execute");
	/* The container is not running, and the next one is told so. */
	assert_true(is_there(FIFO_GO) && is_there(FIFO_STATUS));
	assert_int_equal(reap(pid), 0);
	assert_fails(fifo_release(dir.fd, &err), GONE, ENXIO);
	assert_int_equal(support_count_fds(), fds);
}

/* It said that it would, and then could not. */
static void report_late(int status)
{
	(void)!write(status, "", 1);
	report(status);
}

static void test_late_failure(void **state)
{
	struct err err = ERR_INIT;
	pid_t pid;

	(void)state;
	make();
	pid = start_init(report_late);
	assert_fails(fifo_release(dir.fd, &err), "exec: \"x\": no such file or directory", ENOENT);
	assert_int_equal(err.at, 123);
	assert_int_equal(reap(pid), 0);
}

/* An end of file alone is nobody's word. */
static void die(int status)
{
	(void)status;
	(void)raise(SIGKILL);
}

static void test_killed(void **state)
{
	struct err err = ERR_INIT;
	pid_t pid;

	(void)state;
	make();
	pid = start_init(die);
	assert_fails(fifo_release(dir.fd, &err), "the container's process was killed before it executed its program", 0);
	assert_int_equal(reap(pid), SIGKILL);
}

/* The process is the container's: what it says need not be a record. */
static void report_half(int status)
{
	struct err failure = { .code = ENOENT, .text = "half" };

	(void)fd_write_all(status, &failure, sizeof(failure) / 2);
}

static void report_endless(int status)
{
	struct err failure;

	memset(&failure, 'x', sizeof(failure));
	(void)fd_write_all(status, &failure, sizeof(failure));
}

static void test_bad_reports(void **state)
{
	struct err err = ERR_INIT;
	pid_t pid;

	(void)state;
	make();
	pid = start_init(report_half);
	assert_fails(fifo_release(dir.fd, &err), "the container's process failed and its report broke off", 0);
	assert_int_equal(reap(pid), 0);
	pid = start_init(report_endless);
	err = ERR_INIT;
	assert_int_equal(fifo_release(dir.fd, &err), -1);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	assert_int_equal(strlen(err.phase), sizeof(err.phase) - 1);
	assert_int_equal(strlen(err.file), sizeof(err.file) - 1);
	assert_int_equal(strlen(err.excerpt), sizeof(err.excerpt) - 1);
	assert_int_equal(reap(pid), 0);
}

/* It died while it waited: there is nobody to start. */
static void test_killed_before(void **state)
{
	struct err err = ERR_INIT;
	pid_t pid;

	(void)state;
	make();
	pid = start_init(execute);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(WTERMSIG(reap(pid)), SIGKILL);
	assert_int_equal(fifo_is_held(dir.fd, &err), 0);
	assert_fails(fifo_release(dir.fd, &err), GONE, ENXIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_make),
		TEST(test_init_ends),
		TEST(test_no_fifo),
		TEST(test_held),
		TEST(test_nobody_waits),
		TEST(test_release),
		TEST(test_second_start),
		TEST(test_failure),
		TEST(test_late_failure),
		TEST(test_killed),
		TEST(test_bad_reports),
		TEST(test_killed_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
