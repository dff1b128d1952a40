/* SPDX-License-Identifier: GPL-2.0-or-later */
/* I/O priority of a process group. */
#include "sys/ioprio.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/support.h"

/* linux/ioprio.h */
#define BEST_EFFORT(level) (2 << 13 | (level))
#define IDLE(level) (3 << 13 | (level))

static long look(pid_t pid)
{
	return syscall(SYS_ioprio_get, 1 /* IOPRIO_WHO_PROCESS */, pid);
}

/* A sibling of the same group gets it too, one of another group does not. */
static void set_group(void *data)
{
	pid_t member, stranger;
	long before;

	(void)data;
	assert_true(setsid() > 0);
	before = look(0);
	member = fork();
	if (member == 0) {
		(void)pause();
		_exit(0);
	}
	stranger = fork();
	if (stranger == 0) {
		(void)pause();
		_exit(0);
	}
	assert_true(member > 0 && stranger > 0);
	assert_int_equal(setpgid(stranger, stranger), 0);
	assert_int_equal(ioprio_set_group(BEST_EFFORT(6)), 0);
	assert_int_equal(look(0), BEST_EFFORT(6));
	assert_int_equal(look(member), BEST_EFFORT(6));
	assert_int_equal(look(stranger), before);
	assert_int_equal(ioprio_set_group(IDLE(3)), 0);
	assert_int_equal(look(0), IDLE(3));
	(void)kill(member, SIGKILL);
	(void)kill(stranger, SIGKILL);
	assert_int_equal(waitpid(member, NULL, 0), member);
	assert_int_equal(waitpid(stranger, NULL, 0), stranger);
}

static void refused(void *data)
{
	(void)data;
	assert_int_equal(ioprio_set_group(7 << 13), -1);
	assert_int_equal(errno, EINVAL);
}

static void test_group(void **state)
{
	(void)state;
	support_run(0, set_group, NULL);
}

static void test_refused(void **state)
{
	(void)state;
	support_run(0, refused, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_group),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
