/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tare restore: its options and whom it refuses.  What it does: tests/unit/host/restore_test.c. */
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/cmd/fake.h"

static void test_operands(void **state)
{
	struct capture *capture = *state;

	capture_check_operands(capture, "restore", 1);
	/* The directory exists, but only run makes IDs up. */
	REFUSED(capture, "`../bundle` is no container ID", "restore", "../bundle");
	/* The sentence that Podman looks for. */
	REFUSED(capture, "requires an argument", "restore", "--lsm-mount-context");
	REFUSED(capture, "unknown option \"--leave-running\"", "restore", "--leave-running", "c");
	REFUSED(capture, "option '--empty-ns' does not take the value \"pid\"", "restore", "--empty-ns=pid", "c");
	capture_assert_no_root(capture);
}

/* Every option is known: what is then missing is CRIU, or the right to use it. */
static void test_all_options(void **state)
{
	struct capture *capture = *state;

	(void)setenv("PATH", "/nowhere", 1);
	REFUSED(capture, geteuid() == 0 ? "CRIU is needed and is not installed" : "only root", "restore", "-b", "/b",
		"--image-path=/i", "--work-path=/w", "--parent-path=/p", "--tcp-established", "--ext-unix-sk", "--shell-job",
		"--file-locks", "--manage-cgroups-mode=ignore", "--detach", "-d", "--pid-file=/p", "--console-socket=/s",
		"--lsm-profile=apparmor:x", "--lsm-mount-context=c", "--tcp-close", "--network-lock=nftables", "-no-subreaper",
		"--no-pivot", "--no-new-keyring", "--empty-ns=network", "--auto-dedup", "--lazy-pages", "--keep",
		"--preserve-fds=0", "--pidfd-socket=/s", "c");
	capture_assert_no_root(capture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CAPTURE_TEST(test_operands),
		CAPTURE_TEST(test_all_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
