/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tare events: its options, and what it refuses; that it tells needs a cgroup, see tests/unit/host/events_test.c. */
#include "tests/unit/cmd/fake.h"

static void test_refused(void **state)
{
	struct capture *capture = *state;
	pid_t pid = fake_make_plain(capture, "c", FAKE_RUNNING);

	REFUSED(capture, "container `c` has no cgroup of its own", "events", "c");
	REFUSED(capture, "container `c` has no cgroup of its own", "events", "--stats", "c");
	assert_true(fake_is_alive(pid));
	fake_end(pid);
	REFUSED(capture, "container with id c is not running", "events", "c");
	REFUSED(capture, "container with id c is not running", "events", "--format", "openmetrics", "--stats", "c");
}

static void test_options(void **state)
{
	struct capture *capture = *state;

	(void)fake_make_plain(capture, "c", FAKE_STOPPED);
	REFUSED(capture, "--interval: \"5\" is no duration", "events", "--interval", "5", "c");
	REFUSED(capture, "--interval: duration interval must be greater than 0", "events", "--interval=0s", "c");
	REFUSED(capture, "xml", "events", "--format", "xml", "c");
	REFUSED(capture, "is not running", "events", "--interval", "1m30s", "c");
}

static void test_unknown(void **state)
{
	struct capture *capture = *state;

	REFUSED(capture, "container `c` does not exist", "events", "--stats", "c");
	capture_assert_no_root(capture);
}

static void test_operands(void **state)
{
	capture_check_operands(*state, "events", 1);
}

static void test_help(void **state)
{
	CHECK_HELP(*state, "events", "ID", "--stats", "--interval TIME", "--format json|openmetrics, -f");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CAPTURE_TEST(test_refused),
		CAPTURE_TEST(test_options),
		CAPTURE_TEST(test_unknown),
		CAPTURE_TEST(test_operands),
		CAPTURE_TEST(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
