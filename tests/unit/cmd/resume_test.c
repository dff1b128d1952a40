/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tare resume: what it refuses; that it works needs a cgroup, see tests/unit/host/pause_test.c. */
#include "tests/unit/cmd/fake.h"

static void test_refused(void **state)
{
	struct capture *capture = *state;
	pid_t pid = fake_make_plain(capture, "c", FAKE_CREATED_WAITS);

	REFUSED(capture, "container `c`, which is created and not paused: container not paused", "resume", "c");
	assert_true(fake_is_alive(pid));
	fake_end(pid);
	REFUSED(capture, "container `c`, which is stopped and not paused: container not paused", "resume", "c");
}

static void test_unknown(void **state)
{
	struct capture *capture = *state;

	REFUSED(capture, "container `c` does not exist", "resume", "c");
	capture_assert_no_root(capture);
}

static void test_operands(void **state)
{
	capture_check_operands(*state, "resume", 1);
}

static void test_help(void **state)
{
	CHECK_HELP(*state, "resume", "ID");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CAPTURE_TEST(test_refused),
		CAPTURE_TEST(test_unknown),
		CAPTURE_TEST(test_operands),
		CAPTURE_TEST(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
