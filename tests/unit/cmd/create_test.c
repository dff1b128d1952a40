/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tare create: what it refuses without a trace, and one container that is really made. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/cmd/fake.h"

/* A document with @process: "" or "'process': {...}, ". */
#define DOCUMENT(process)                                                                          \
	"{'ociVersion': '1.2.0', " process "'root': {'path': 'rootfs'}, 'linux': {'namespaces': ["  \
	"{'type': 'mount'}, {'type': 'pid'}]}}"
#define PROCESS(more, args) "'process': {" more "'cwd': '/', 'args': [" args "]}, "

static int open_capture(void **state)
{
	(void)capture_open(state);
	/* Cgroups have tests of their own; these leave the machine's alone. */
	((struct capture *)*state)->globals.manager = CGROUP_MANAGER_DISABLED;
	return 0;
}

#define CREATE_TEST(test) cmocka_unit_test_setup_teardown(test, open_capture, capture_close)

/* The refusal left no process, no descriptor, no pid file and no container. */
#define REFUSED_CLEANLY(capture, text, ...)                                                        \
	do {                                                                                       \
		size_t n_fds = support_count_fds();                                                \
		char pid_file[256];                                                                \
		(void)snprintf(pid_file, sizeof(pid_file), "%s/pid", (capture)->dir.path);         \
		REFUSED((capture), (text), "create", "-b", (capture)->bundle, "--pid-file", pid_file, \
			__VA_ARGS__, "c");                                                         \
		assert_int_equal(support_count_fds(), n_fds);                                      \
		assert_int_equal(capture_count_children(), 0);                                     \
		assert_int_equal(access(pid_file, F_OK), -1);                                      \
	} while (0)

static void test_operands(void **state)
{
	struct capture *capture = *state;

	capture_make_bundle(capture, DOCUMENT(""));
	assert_int_equal(chdir(capture->bundle), 0);
	capture_check_operands(capture, "create", 1);
	/* The directory exists, but only run makes IDs up. */
	REFUSED(capture, "`../bundle` is no container ID", "create", "../bundle");
	REFUSED(capture, "create: option '--bundle' requires an argument", "create", "--bundle");
	REFUSED(capture, "create: unknown option \"--detach\"", "create", "--detach", "c");
	REFUSED(capture, "'--preserve-fds' does not take the value \"many\"", "create", "--preserve-fds=many", "c");
	capture_assert_no_root(capture);
}

static void test_bad_bundles(void **state)
{
	struct capture *capture = *state;

	REFUSED(capture, "open bundle ", "create", "-b", capture->bundle, "c");
	capture_make_bundle(capture, "{'ociVersion': '1.2.0',\n  'root': {'path': 'rootfs'},\n  'hostname': 5}");
	REFUSED_CLEANLY(capture, "hostname", "--no-pivot");
	assert_int_equal(capture->err.line, 3);
	assert_int_equal(capture->err.col, 15);
	capture_make_bundle(capture, "not JSON");
	REFUSED_CLEANLY(capture, "", "--no-pivot");
	assert_int_equal(capture->err.line, 1);
	REFUSED_CLEANLY(capture, "/no/such.json", "--config", "/no/such.json");
	assert_int_equal(unlinkat(capture->dir.fd, "bundle/config.json", 0), 0);
	REFUSED_CLEANLY(capture, "/bundle/config.json", "--no-pivot");
	assert_null(strstr(capture->err.text, "No such file"));
	capture_assert_no_root(capture);
}

static void test_terminals(void **state)
{
	struct capture *capture = *state;
	char socket[256];

	(void)snprintf(socket, sizeof(socket), "%s/no-socket", capture->dir.path);
	capture_make_bundle(capture, DOCUMENT(PROCESS("'terminal': true, ", "'/x'")));
	REFUSED_CLEANLY(capture, "console-socket", "--no-pivot");
	/* Nobody listens there. */
	REFUSED_CLEANLY(capture, socket, "--console-socket", socket);
	capture_make_bundle(capture, DOCUMENT(PROCESS("", "'/x'")));
	REFUSED_CLEANLY(capture, "terminal", "--console-socket", socket);
	capture_assert_no_root(capture);
}

static void test_pid_file_that_cannot_be(void **state)
{
	struct capture *capture = *state;

	capture_make_bundle(capture, DOCUMENT(""));
	REFUSED_CLEANLY(capture, "/no/such/place", "--pid-file", "/no/such/place/pid");
	capture_assert_no_root(capture);
}

static void test_duplicate(void **state)
{
	struct capture *capture = *state;
	char before[4096], after[4096];

	capture_make_bundle(capture, DOCUMENT(""));
	(void)fake_make_plain(capture, "c", FAKE_STOPPED);
	support_read(capture->dir.fd, "state/c/state.json", before, sizeof(before));
	REFUSED_CLEANLY(capture, "container `c` already exists", "--no-pivot");
	support_read(capture->dir.fd, "state/c/state.json", after, sizeof(after));
	assert_string_equal(before, after);
}

/* Found out at create, in the words that managers turn into exit codes 127 and 126. */
static void test_missing_executable(void **state)
{
	struct capture *capture = *state;

	capture_make_bundle(capture, DOCUMENT(PROCESS("", "'/missing'")));
	REFUSED_CLEANLY(capture, "no such file or directory", "--no-new-keyring");
	capture_assert_empty_root(capture);
	capture_make_bundle(capture, DOCUMENT(PROCESS("'env': ['PATH=/bin'], ", "'missing'")));
	REFUSED_CLEANLY(capture, "executable file not found in $PATH", "--no-new-keyring");
	capture_make_bundle(capture, DOCUMENT(PROCESS("", "'/file'")));
	support_write(capture->dir.fd, "bundle/rootfs/file", "text");
	REFUSED_CLEANLY(capture, "permission denied", "--no-new-keyring");
	capture_assert_empty_root(capture);
}

static pid_t read_pid(const struct capture *capture)
{
	char text[32];
	char *end;
	long pid;

	support_read(capture->dir.fd, "pid", text, sizeof(text));
	pid = strtol(text, &end, 10);
	/* No newline: managers convert it strictly. */
	assert_string_equal(end, "");
	assert_true(pid > 1);
	return (pid_t)pid;
}

static void test_life(void **state)
{
	struct capture *capture = *state;
	char pid_file[256], text[256];
	int status;
	pid_t pid;

	capture_make_bundle(capture, DOCUMENT(PROCESS("", "'/probe', 'exit', '7'")));
	capture_add_probe(capture);
	(void)snprintf(pid_file, sizeof(pid_file), "%s/pid", capture->dir.path);
	GOOD(capture, "create", "--bundle", capture->bundle, "--pid-file", pid_file, "--no-new-keyring", "c");
	assert_string_equal(capture->out, "");
	pid = read_pid(capture);
	assert_true(fake_is_alive(pid));
	GOOD(capture, "state", "c");
	(void)snprintf(text, sizeof(text), "\"pid\": %d,\n  \"status\": \"created\",\n  \"bundle\": \"%s\",", (int)pid,
		       capture->bundle);
	assert_holds(capture->out, text);
	REFUSED(capture, "container `c` already exists", "create", "-b", capture->bundle, "c");
	GOOD(capture, "start", "c");
	status = fake_wait(pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
	GOOD(capture, "state", "c");
	assert_holds(capture->out, "\"status\": \"stopped\"");
	GOOD(capture, "delete", "c");
	capture_assert_empty_root(capture);
}

/* Deleted before it was started: as managers clean up. */
static void test_never_started(void **state)
{
	struct capture *capture = *state;
	char pid_file[256];
	int status;

	capture_make_bundle(capture, DOCUMENT(""));
	(void)snprintf(pid_file, sizeof(pid_file), "%s/pid", capture->dir.path);
	GOOD(capture, "create", "-b", capture->bundle, "--pid-file", pid_file, "--no-new-keyring", "c");
	REFUSED(capture, "has no process, so there is nothing to start", "start", "c");
	GOOD(capture, "delete", "c");
	status = fake_wait(read_pid(capture));
	assert_true(WIFSIGNALED(status));
	capture_assert_empty_root(capture);
}

static void test_help(void **state)
{
	CHECK_HELP(*state, "create", "ID", "--bundle DIR, -b", "--config FILE, -f", "--console-socket PATH",
		   "--pid-file PATH", "--no-pivot", "--no-new-keyring", "--preserve-fds N");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CREATE_TEST(test_operands),
		CREATE_TEST(test_bad_bundles),
		CREATE_TEST(test_terminals),
		CREATE_TEST(test_pid_file_that_cannot_be),
		CREATE_TEST(test_duplicate),
		CREATE_TEST(test_missing_executable),
		CREATE_TEST(test_life),
		CREATE_TEST(test_never_started),
		CREATE_TEST(test_help),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
