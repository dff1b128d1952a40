/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tare checkpoint: its options and whom it refuses.  What it does: tests/unit/host/checkpoint_test.c. */
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/cmd/fake.h"

static void test_operands(void **state)
{
	struct capture *capture = *state;

	capture_check_operands(capture, "checkpoint", 1);
	REFUSED(capture, "`../c` is no container ID", "checkpoint", "../c");
	REFUSED(capture, "option '--image-path' requires an argument", "checkpoint", "--image-path");
	REFUSED(capture, "unknown option \"--tcp-close\"", "checkpoint", "--tcp-close", "c");
	capture_assert_no_root(capture);
}

static void test_values(void **state)
{
	struct capture *capture = *state;

	REFUSED(capture, "option '--empty-ns' does not take the value \"pid\"", "checkpoint", "--empty-ns=network", "--empty-ns=pid", "c");
	REFUSED(capture, "option '--manage-cgroups-mode' does not take the value \"x\"", "checkpoint", "--manage-cgroups-mode=x", "c");
	REFUSED(capture, "option '--network-lock' does not take the value \"x\"", "checkpoint", "--network-lock=x", "c");
	REFUSED(capture, "option '--status-fd' does not take the value \"-1\"", "checkpoint", "--status-fd=-1", "c");
	capture_assert_no_root(capture);
}

/* Every option is known: what is then missing is CRIU, or the right to use it. */
static void test_all_options(void **state)
{
	struct capture *capture = *state;

	(void)setenv("PATH", "/nowhere", 1);
	REFUSED(capture, geteuid() == 0 ? "CRIU is needed and is not installed" : "only root", "checkpoint", "--image-path=/i",
		"--work-path=/w", "--parent-path=../p", "--leave-running", "--leave-running", "--tcp-established",
		"--ext-unix-sk", "--shell-job", "--file-locks", "--pre-dump", "--manage-cgroups-mode=", "--tcp-skip-in-flight",
		"--link-remap", "--lazy-pages", "--status-fd=3", "--page-server=h:1", "--empty-ns=network", "--auto-dedup",
		"--network-lock=skip", "c");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CAPTURE_TEST(test_operands),
		CAPTURE_TEST(test_values),
		CAPTURE_TEST(test_all_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
