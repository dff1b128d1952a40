/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tare pause: what it refuses; that it works needs a cgroup, see tests/unit/host/pause_test.c. */
#include "tests/unit/cmd/fake.h"

static void test_refused(void **state)
{
	struct capture *capture = *state;
	pid_t pid = fake_make_plain(capture, "c", FAKE_RUNNING);

	REFUSED(capture, "pause container `c`: the container has no cgroup to freeze", "pause", "c");
	assert_true(fake_is_alive(pid));
	fake_end(pid);
	REFUSED(capture, "container `c`, which is stopped and not created or running: container not running", "pause", "c");
}

static void test_unknown(void **state)
{
	struct capture *capture = *state;

	REFUSED(capture, "container `c` does not exist", "pause", "c");
	capture_assert_no_root(capture);
}

static void test_operands(void **state)
{
	capture_check_operands(*state, "pause", 1);
}

static void test_help(void **state)
{
	CHECK_HELP(*state, "pause", "ID");
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
