/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tare start: containers in every status. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/cmd/fake.h"

static void test_created(void **state)
{
	struct capture *capture = *state;
	pid_t pid = fake_make_plain(capture, "c", FAKE_CREATED_WAITS);

	GOOD(capture, "start", "c");
	assert_string_equal(capture->out, "");
	assert_true(fake_is_alive(pid));
	/* "created" no more. */
	assert_int_equal(faccessat(capture->dir.fd, "state/c/exec.fifo", F_OK, 0), -1);
	REFUSED(capture, "cannot start an already running container", "start", "c");
	fake_end(pid);
	REFUSED(capture, "cannot start a container that has stopped", "start", "c");
	assert_true(fake_exists(capture, "c"));
}

/* The payload's own failure is start's, and leaves a stopped container. */
static void test_failing_payload(void **state)
{
	struct capture *capture = *state;
	pid_t pid = fake_make_plain(capture, "c", FAKE_CREATED_FAILS);
	int status;

	REFUSED(capture, FAKE_FAILURE, "start", "c");
	status = fake_wait(pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	GOOD(capture, "state", "c");
	assert_holds(capture->out, "\"status\": \"stopped\"");
	REFUSED(capture, "cannot start a container that has stopped", "start", "c");
}

static void test_wrong_status(void **state)
{
	struct capture *capture = *state;
	struct record record = fake_record("without-process");
	pid_t pid;

	(void)fake_make_plain(capture, "stopped", FAKE_STOPPED);
	REFUSED(capture, "cannot start a container that has stopped", "start", "stopped");
	record.process = NULL;
	pid = fake_make(capture, record, FAKE_CREATED_WAITS);
	REFUSED(capture, "container `without-process` has no process", "start", "without-process");
	assert_true(fake_is_alive(pid));
	fake_end(pid);
	record = fake_record("half-made");
	record.phase = RECORD_CREATING;
	(void)fake_make(capture, record, FAKE_STOPPED);
	REFUSED(capture, "cannot start a container that has stopped", "start", "half-made");
}

static void test_unknown(void **state)
{
	struct capture *capture = *state;

	REFUSED(capture, "container `c` does not exist", "start", "c");
	capture_assert_no_root(capture);
}

static void test_operands(void **state)
{
	capture_check_operands(*state, "start", 1);
}

static void test_help(void **state)
{
	CHECK_HELP(*state, "start", "ID");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CAPTURE_TEST(test_created),
		CAPTURE_TEST(test_failing_payload),
		CAPTURE_TEST(test_wrong_status),
		CAPTURE_TEST(test_unknown),
		CAPTURE_TEST(test_operands),
		CAPTURE_TEST(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
