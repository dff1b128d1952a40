/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tare run: an ID or a bundle, what it refuses without a trace, and containers that really run. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/cmd/fake.h"

#define DOCUMENT(process)                                                                          \
	"{'ociVersion': '1.2.0', " process "'root': {'path': 'rootfs'}, 'linux': {'namespaces': ["  \
	"{'type': 'mount'}, {'type': 'pid'}]}}"
#define PROCESS(args) DOCUMENT("'process': {'cwd': '/', 'args': ['/probe', " args "]}, ")

static int open_capture(void **state)
{
	(void)capture_open(state);
	/* Cgroups have tests of their own; these leave the machine's alone. */
	((struct capture *)*state)->globals.manager = CGROUP_MANAGER_DISABLED;
	return 0;
}

#define RUN_TEST(test) cmocka_unit_test_setup_teardown(test, open_capture, capture_close)

static void test_operands(void **state)
{
	static const char *const bad[] = { ".", "..", ".x", "a b", "a:b", "\xc3\xa4" };
	struct capture *capture = *state;
	char expected[64];

	capture_make_bundle(capture, DOCUMENT(""));
	REFUSED(capture, "run: an argument is missing; usage: tare run [options] ID|BUNDLE", "run", "-b", capture->bundle);
	REFUSED(capture, "run: unexpected argument \"d\"", "run", "-b", capture->bundle, "c", "d");
	REFUSED(capture, "the container ID is empty", "run", "-b", capture->bundle, "");
	for (size_t i = 0; i < COUNT(bad); i++) {
		(void)snprintf(expected, sizeof(expected), "`%s` is no container ID", bad[i]);
		REFUSED(capture, expected, "run", "-b", capture->bundle, bad[i]);
	}
	REFUSED(capture, "run: unknown option \"--no-such-option\"", "run", "--no-such-option", "c");
	REFUSED(capture, "run: option '--pid-file' requires an argument", "run", "c", "--pid-file");
	REFUSED(capture, "'--keep' does not take the value \"maybe\"", "run", "--keep=maybe", "c");
	capture_assert_no_root(capture);
}

/* With a slash in it, it is a bundle, and there cannot be two. */
static void test_path_or_id(void **state)
{
	struct capture *capture = *state;

	capture_make_bundle(capture, DOCUMENT(""));
	REFUSED(capture, "open bundle no/such", "run", "no/such");
	REFUSED(capture, "two bundles are given, ./bundle and --bundle ", "run", "-b", capture->bundle, "./bundle");
	assert_int_equal(chdir(capture->dir.path), 0);
	/* Without one it is an ID, even if there is a directory of that name. */
	REFUSED(capture, "/config.json", "run", "bundle");
	capture_assert_no_root(capture);
}

static void test_bad_bundles(void **state)
{
	struct capture *capture = *state;

	capture_make_bundle(capture, "{\n  'ociVersion': 1\n}");
	REFUSED(capture, "ociVersion", "run", capture->bundle);
	assert_int_equal(capture->err.line, 2);
	assert_int_equal(capture->err.col, 17);
	capture_make_bundle(capture, DOCUMENT("'process': {'terminal': true, 'cwd': '/', 'args': ['x']}, "));
	REFUSED(capture, "console", "run", "--detach", "-b", capture->bundle, "c");
	capture_assert_no_root(capture);
	assert_int_equal(capture_count_children(), 0);
}

static void test_nothing_to_run(void **state)
{
	struct capture *capture = *state;
	char pid_file[256];

	(void)snprintf(pid_file, sizeof(pid_file), "%s/pid", capture->dir.path);
	capture_make_bundle(capture, DOCUMENT(""));
	REFUSED(capture, "config.json has no process, so there is nothing to run", "run", "--pid-file", pid_file, "-b",
		capture->bundle, "c");
	assert_int_equal(access(pid_file, F_OK), -1);
	assert_int_equal(capture_count_children(), 0);
	capture_assert_empty_root(capture);
}

static void test_missing_executable(void **state)
{
	struct capture *capture = *state;

	/* Nobody has put the probe there. */
	capture_make_bundle(capture, PROCESS("'exit', '0'"));
	REFUSED(capture, "no such file or directory", "run", "-b", capture->bundle, "c");
	REFUSED(capture, "no such file or directory", "run", "--detach", "-b", capture->bundle, "c");
	assert_int_equal(capture_count_children(), 0);
	capture_assert_empty_root(capture);
}

static void test_duplicate(void **state)
{
	struct capture *capture = *state;

	capture_make_bundle(capture, PROCESS("'exit', '0'"));
	capture_add_probe(capture);
	(void)fake_make_plain(capture, "c", FAKE_STOPPED);
	REFUSED(capture, "container `c` already exists", "run", "-b", capture->bundle, "c");
	assert_true(fake_exists(capture, "c"));
}

/* Status, output and errors are the payload's; the container is gone. */
static void test_foreground(void **state)
{
	struct capture *capture = *state;

	capture_make_bundle(capture,
			    PROCESS("'write-fd', '1', 'words', '--', 'write-fd', '2', 'complaint', '--', 'exit', '42'"));
	capture_add_probe(capture);
	RUN(capture, "run", "--no-new-keyring", "-b", capture->bundle, "c");
	assert_int_equal(capture->r, 42);
	assert_false(err_is_set(&capture->err));
	assert_memory_equal(capture->out, "words", 5);
	assert_string_equal(capture->errors, "complaint");
	capture_assert_empty_root(capture);
	assert_int_equal(capture_count_children(), 0);
}

static void test_keep(void **state)
{
	struct capture *capture = *state;

	capture_make_bundle(capture, PROCESS("'exit', '3'"));
	capture_add_probe(capture);
	RUN(capture, "run", "--no-new-keyring", "--keep", "--bundle", capture->bundle, "c");
	assert_int_equal(capture->r, 3);
	GOOD(capture, "state", "c");
	assert_holds(capture->out, "\"pid\": 0,\n  \"status\": \"stopped\"");
	GOOD(capture, "delete", "c");
	capture_assert_empty_root(capture);
}

/* The ID is made from the bundle's name. */
static void test_made_up_id(void **state)
{
	struct capture *capture = *state;

	capture_make_bundle(capture, PROCESS("'exit', '0'"));
	capture_add_probe(capture);
	assert_int_equal(chdir(capture->dir.path), 0);
	RUN(capture, "run", "--no-new-keyring", "--keep", "./bundle");
	assert_good(capture->r, capture->err);
	assert_int_equal(capture->r, 0);
	GOOD(capture, "list", "-q");
	assert_memory_equal(capture->out, "bundle-", 7);
	assert_int_equal(strlen(capture->out), strlen("bundle-") + 8 + strlen("\n"));
}

static void test_detached(void **state)
{
	struct capture *capture = *state;
	char pid_file[256], text[64];
	int status;
	pid_t pid;

	(void)snprintf(pid_file, sizeof(pid_file), "%s/pid", capture->dir.path);
	capture_make_bundle(capture, PROCESS("'pause'"));
	capture_add_probe(capture);
	GOOD(capture, "run", "-d", "--no-new-keyring", "--pid-file", pid_file, "-b", capture->bundle, "c");
	support_read(capture->dir.fd, "pid", text, sizeof(text));
	pid = (pid_t)strtol(text, NULL, 10);
	assert_true(fake_is_alive(pid));
	GOOD(capture, "state", "c");
	(void)snprintf(text, sizeof(text), "\"pid\": %d,\n  \"status\": \"running\"", (int)pid);
	assert_holds(capture->out, text);
	REFUSED(capture, "that is not stopped: running", "delete", "c");
	GOOD(capture, "kill", "c", "KILL");
	status = fake_wait(pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
	GOOD(capture, "delete", "c");
	capture_assert_empty_root(capture);
}

static void test_help(void **state)
{
	struct capture *capture = *state;

	CHECK_HELP(capture, "run", "ID|BUNDLE", "--bundle DIR, -b", "--config FILE, -f", "--detach, -d", "--keep",
		   "--console-socket PATH", "--pid-file PATH", "--no-pivot", "--no-new-keyring", "--preserve-fds N");
	assert_holds(capture->out, "An argument with a slash in it is the bundle");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN_TEST(test_operands),
		RUN_TEST(test_path_or_id),
		RUN_TEST(test_bad_bundles),
		RUN_TEST(test_nothing_to_run),
		RUN_TEST(test_missing_executable),
		RUN_TEST(test_duplicate),
		RUN_TEST(test_foreground),
		RUN_TEST(test_keep),
		RUN_TEST(test_made_up_id),
		RUN_TEST(test_detached),
		RUN_TEST(test_help),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
