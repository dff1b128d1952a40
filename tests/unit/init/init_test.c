/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The entry of init: plans that it refuses, what it tells the host then, and what it makes of itself
 * before the first step.
 */
#include "init/init.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/region.h"
#include "tests/unit/support.h"
#include "wire/channel.h"

/* A sealed copy of @plan in a memory file. */
static int seal(const struct plan *plan)
{
	auto_region struct region region = { .base = NULL };
	struct err err = ERR_INIT;
	int fd;

	assert_good(region_open(&region, &err), err);
	assert_ptr_equal(region_memdup(&region, plan, sizeof(*plan)), region.base);
	fd = region_seal(&region, &err);
	assert_good(fd, err);
	return fd;
}

static struct plan good_plan(void)
{
	return (struct plan){ .magic = PLAN_MAGIC, .size = sizeof(struct plan), .id = NULL };
}

/* Run init in a child; the host's end of the channel is *@host. */
static pid_t start(int plan_fd, int *host)
{
	struct err err = ERR_INIT;
	int wire = -1;
	pid_t pid;

	assert_good(channel_open(host, &wire, &err), err);
	pid = fork();
	if (pid == 0) {
		fd_close(host);
		_exit(init_main(plan_fd, wire));
	}
	assert_true(pid > 0);
	fd_close(&wire);
	return pid;
}

/* It fails with @expected and exits with 1, and nothing else is said. */
static void expect_failure(int plan_fd, const char *expected, int code)
{
	struct err err = ERR_INIT;
	int host = -1, status = -1;
	pid_t pid = start(plan_fd, &host);

	assert_int_equal(channel_wait(host, WIRE_READY, NULL, 0, NULL, &err), -1);
	assert_string_equal(err.text, expected);
	assert_int_equal(err.code, code);
	assert_int_equal(err.at, ERR_NOWHERE);
	assert_string_equal(err.phase, "");
	err = ERR_INIT;
	assert_good(channel_wait_end(host, &err), err);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	fd_close(&host);
}

static void test_other_build(void **state)
{
	struct plan plan = good_plan();
	int fd;

	(void)state;
	plan.magic ^= 1;
	fd = seal(&plan);
	expect_failure(fd, "the plan is of another build", 0);
	fd_close(&fd);
	plan = good_plan();
	plan.size--;
	fd = seal(&plan);
	expect_failure(fd, "the plan is of another build", 0);
	fd_close(&fd);
	plan = (struct plan){ .magic = 0 };
	fd = seal(&plan);
	expect_failure(fd, "the plan is of another build", 0);
	fd_close(&fd);
}

static void test_no_plan(void **state)
{
	int empty = (int)syscall(SYS_memfd_create, "empty", 1u), ends[2];

	(void)state;
	expect_failure(-1, "look at the plan's memory file: Bad file descriptor", EBADF);
	expect_failure(empty, "map the plan: Invalid argument", EINVAL);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	expect_failure(ends[0], "map the plan: Invalid argument", EINVAL);
	fd_close(&empty);
	fd_close(&ends[0]);
	fd_close(&ends[1]);
}

/* A good plan: init waits for its descriptors, shielded, with clean signals; then fails by the step's name. */
static void meet_init(void *data)
{
	struct plan plan = good_plan();
	int fd = seal(&plan), host = -1, status = -1;
	struct err err = ERR_INIT;
	char path[64], text[4096];
	struct stat st;
	sigset_t all;
	pid_t pid;

	(void)data;
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGCHLD, SIG_IGN);
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	(void)umask(077);
	pid = start(fd, &host);
	(void)signal(SIGCHLD, SIG_DFL);
	/* It says nothing before it is spoken to: wait until it has its name, the first thing it does ... */
	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	for (int i = 0; i < 500; i++) {
		support_read(AT_FDCWD, path, text, sizeof(text));
		if (strstr(text, "Name:\ttare-init") != NULL && strstr(text, "State:\tS") != NULL)
			break;
		(void)usleep(10000);
	}
	/* ... and sleeps at the channel. */
	assert_holds(text, "Name:\ttare-init\n");
	assert_holds(text, "Umask:\t0000\n");
	assert_holds(text, "SigBlk:\t0000000000000000\n");
	/* SIGPIPE, 13, and nothing else. */
	assert_holds(text, "SigIgn:\t0000000000001000\n");
	/* Undumpable: its files in /proc are root's, of the machine's user namespace, and no others'. */
	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_uid, 0);
	/* A message that does not belong here. */
	assert_good(channel_tell(host, WIRE_COMMIT, NULL, 0, &err), err);
	assert_int_equal(channel_wait(host, WIRE_READY, NULL, 0, NULL, &err), -1);
	assert_string_equal(err.text, "commit came where go was awaited");
	assert_string_equal(err.phase, "receive descriptors");
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 1 << 8);
}

static void test_good_plan(void **state)
{
	support_run(0, meet_init, *state);
}

/* Nobody listens any more: it ends all the same, and not by SIGPIPE. */
static void test_nobody_listens(void **state)
{
	struct plan plan = good_plan();
	int fd = seal(&plan), host = -1, status = -1;
	pid_t pid;

	(void)state;
	pid = start(fd, &host);
	fd_close(&host);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 1 << 8);
	pid = start(-1, &host);
	fd_close(&host);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 1 << 8);
	fd_close(&fd);
}

/* A channel that is none: nothing can be told, and nothing is done. */
static void test_no_channel(void **state)
{
	struct plan plan = good_plan();
	int fd = seal(&plan), status = -1;
	pid_t pid;

	(void)state;
	pid = fork();
	if (pid == 0)
		_exit(init_main(fd, 999));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 1 << 8);
	fd_close(&fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_other_build),
		cmocka_unit_test(test_no_plan),
		cmocka_unit_test(test_good_plan),
		cmocka_unit_test(test_nobody_listens),
		cmocka_unit_test(test_no_channel),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
