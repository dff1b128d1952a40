/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tare ps: formats, whose options are whose, and what it refuses. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "tests/unit/cmd/fake.h"

static void test_stopped(void **state)
{
	struct capture *capture = *state;

	(void)fake_make_plain(capture, "c", FAKE_STOPPED);
	GOOD(capture, "ps", "--format", "json", "c");
	assert_string_equal(capture->out, "null\n");
	GOOD(capture, "ps", "-f=json", "c");
	assert_string_equal(capture->out, "null\n");
}

/* What follows the ID goes to ps; none gives -ef. */
static void test_table(void **state)
{
	struct capture *capture = *state;

	(void)fake_make_plain(capture, "c", FAKE_STOPPED);
	support_write(capture->dir.fd, "ps", "#!/bin/sh\necho PID of $#: \"$@\"\n");
	assert_int_equal(fchmodat(capture->dir.fd, "ps", 0755, 0), 0);
	assert_int_equal(setenv("PATH", capture->dir.path, 1), 0);
	GOOD(capture, "ps", "c");
	assert_string_equal(capture->out, "PID of 1: -ef\n");
	GOOD(capture, "ps", "-f", "table", "c");
	assert_string_equal(capture->out, "PID of 1: -ef\n");
	GOOD(capture, "ps", "c", "-f", "json", "--help");
	assert_string_equal(capture->out, "PID of 3: -f json --help\n");
}

static void test_refused(void **state)
{
	struct capture *capture = *state;
	pid_t pid = fake_make_plain(capture, "c", FAKE_RUNNING);

	REFUSED(capture, "nothing tells its processes from others", "ps", "-f", "json", "c");
	fake_end(pid);
	REFUSED(capture, "xml", "ps", "--format", "xml", "c");
	REFUSED(capture, "an argument is missing", "ps");
	REFUSED(capture, "`../c` is no container ID", "ps", "../c");
	REFUSED(capture, "unknown option \"--frobnicate\"", "ps", "--frobnicate", "c");
	REFUSED(capture, "container `d` does not exist", "ps", "d");
}

static void test_help(void **state)
{
	CHECK_HELP(*state, "ps", "ID [PS-OPTION...]", "--format table|json, -f");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CAPTURE_TEST(test_stopped),
		CAPTURE_TEST(test_table),
		CAPTURE_TEST(test_refused),
		CAPTURE_TEST(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
