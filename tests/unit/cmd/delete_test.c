/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tare delete: what goes as it is, what needs --force, and what is not there. */
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/unit/cmd/fake.h"

static void assert_was_killed(pid_t pid)
{
	int status = fake_wait(pid);

	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
}

static void test_stopped(void **state)
{
	struct capture *capture = *state;

	(void)fake_make_plain(capture, "c", FAKE_STOPPED);
	(void)fake_make_plain(capture, "other", FAKE_STOPPED);
	GOOD(capture, "delete", "c");
	assert_string_equal(capture->out, "");
	assert_false(fake_exists(capture, "c"));
	assert_true(fake_exists(capture, "other"));
	REFUSED(capture, "container `c` does not exist", "delete", "c");
}

/* Managers take away with a plain delete what they could not start. */
static void test_created(void **state)
{
	struct capture *capture = *state;
	pid_t pid = fake_make_plain(capture, "c", FAKE_CREATED_WAITS);

	GOOD(capture, "delete", "c");
	assert_was_killed(pid);
	assert_false(fake_exists(capture, "c"));
}

static void test_running(void **state)
{
	struct capture *capture = *state;
	pid_t pid = fake_make_plain(capture, "c", FAKE_RUNNING);

	REFUSED(capture, "cannot delete container `c` that is not stopped: running", "delete", "c");
	REFUSED(capture, "that is not stopped: running", "delete", "--force", "--force=false", "c");
	assert_true(fake_is_alive(pid));
	assert_true(fake_exists(capture, "c"));
	GOOD(capture, "delete", "c", "-f");
	assert_was_killed(pid);
	assert_false(fake_exists(capture, "c"));
}

/* Managers look for "does not exist"; with --force it must be silent. */
static void test_unknown(void **state)
{
	struct capture *capture = *state;

	REFUSED(capture, "container `c` does not exist", "delete", "c");
	GOOD(capture, "delete", "--force", "c");
	assert_string_equal(capture->out, "");
	capture_assert_no_root(capture);
}

/* Create died before it wrote anything down: the leavings go, the container was none. */
static void test_without_record(void **state)
{
	struct capture *capture = *state;

	assert_int_equal(mkdirat(capture->dir.fd, "state", 0700), 0);
	assert_int_equal(mkdirat(capture->dir.fd, "state/a", 0700), 0);
	assert_int_equal(mkdirat(capture->dir.fd, "state/b", 0700), 0);
	REFUSED(capture, "container `a` does not exist", "delete", "a");
	assert_false(fake_exists(capture, "a"));
	GOOD(capture, "delete", "--force", "b");
	assert_false(fake_exists(capture, "b"));
}

static void test_torn_record(void **state)
{
	struct capture *capture = *state;

	(void)fake_make_plain(capture, "c", FAKE_STOPPED);
	support_write(capture->dir.fd, "state/c/state.json", "{\"version\": 1, \"id\"");
	REFUSED(capture, "state.json:1:", "delete", "c");
	assert_true(fake_exists(capture, "c"));
	GOOD(capture, "delete", "--force", "c");
	assert_false(fake_exists(capture, "c"));
}

static void test_regex(void **state)
{
	struct capture *capture = *state;
	pid_t pid;

	(void)fake_make_plain(capture, "a1", FAKE_STOPPED);
	(void)fake_make_plain(capture, "a2", FAKE_STOPPED);
	(void)fake_make_plain(capture, "b", FAKE_STOPPED);
	pid = fake_make_plain(capture, "a0", FAKE_RUNNING);
	REFUSED(capture, "is no regular expression", "delete", "--regex", "a[");
	GOOD(capture, "delete", "--regex", "^x");
	/* One that runs keeps itself alone. */
	REFUSED(capture, "1 of 3 containers failed, the first: cannot delete container `a0` that is not stopped: running",
		"delete", "--regex", "^a");
	assert_true(fake_is_alive(pid) && fake_exists(capture, "a0") && fake_exists(capture, "b"));
	assert_false(fake_exists(capture, "a1") || fake_exists(capture, "a2"));
	GOOD(capture, "delete", "-f", "-r", "^a");
	assert_false(fake_exists(capture, "a0"));
	(void)fake_wait(pid);
	assert_true(fake_exists(capture, "b"));
	GOOD(capture, "delete", "-r", "");
	capture_assert_empty_root(capture);
}

static void test_operands(void **state)
{
	struct capture *capture = *state;

	capture_check_operands(capture, "delete", 1);
	/* --force excuses a missing container, not a wrong ID. */
	REFUSED(capture, "`../x` is no container ID", "delete", "--force", "../x");
	REFUSED(capture, "delete: an argument is missing", "delete", "--force");
}

static void test_help(void **state)
{
	CHECK_HELP(*state, "delete", "ID", "--force, -f", "--regex, -r");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CAPTURE_TEST(test_stopped),
		CAPTURE_TEST(test_created),
		CAPTURE_TEST(test_running),
		CAPTURE_TEST(test_unknown),
		CAPTURE_TEST(test_without_record),
		CAPTURE_TEST(test_torn_record),
		CAPTURE_TEST(test_regex),
		CAPTURE_TEST(test_operands),
		CAPTURE_TEST(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
