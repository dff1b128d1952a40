/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tare update: its options and whom it refuses.  What it changes: tests/unit/host/update_test.c. */
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "tests/unit/cmd/fake.h"

static void test_nothing(void **state)
{
	struct capture *capture = *state;
	pid_t pid = fake_make_plain(capture, "c", FAKE_RUNNING);

	GOOD(capture, "update", "c");
	GOOD(capture, "update", "--memory", "", "c", "--resources=", "--cpuset-cpus=");
	assert_string_equal(capture->out, "");
	assert_true(fake_is_alive(pid));
	fake_end(pid);
}

/* The container has no cgroup, which is said of each option by its name, and of a document by its line. */
static void test_every_option(void **state)
{
	static const char *const options[] = { "--blkio-weight=100", "--cpu-period=50000", "--cpu-quota=50000",
					       "--cpu-burst=5", "--cpu-share=5", "--cpu-shares=5",
					       "--cpu-idle=1", "--cpuset-cpus=0", "--cpuset-mems=0",
					       "--memory=5m", "--memory-reservation=5m", "--memory-swap=-1",
					       "--pids-limit=5", "-pids-limit=5" };
	struct capture *capture = *state;
	pid_t pid = fake_make_plain(capture, "c", FAKE_RUNNING);

	for (size_t i = 0; i < COUNT(options); i++)
		REFUSED(capture, "no cgroup of its own", "update", options[i], "c");
	REFUSED(capture, "--l3-cache-schema: the container has no resctrl group", "update", "c", "--l3-cache-schema", "L3:0=f");
	REFUSED(capture, "--mem-bw-schema: the container has no resctrl group", "update", "c", "--mem-bw-schema", "MB:0=5");
	fake_end(pid);
}

static void test_file(void **state)
{
	struct capture *capture = *state;
	pid_t pid = fake_make_plain(capture, "c", FAKE_RUNNING);

	support_write(capture->dir.fd, "r.json", "{\"pids\":\n\t{\"limit\": -9}}\n");
	assert_int_equal(fchdir(capture->dir.fd), 0);
	/* Other options do not count then, whatever they are. */
	REFUSED(capture, "pids.limit: negative", "update", "-r", "r.json", "c", "--memory=nonsense");
	assert_string_equal(capture->err.file, "r.json");
	assert_int_equal(capture->err.line, 2);
	assert_int_equal(capture->err.col, 12);
	support_write(capture->dir.fd, "r.json", "{\"pids\":{\"limit\":7}");
	REFUSED(capture, "", "update", "-r", "r.json", "c");
	assert_string_equal(capture->err.file, "r.json");
	REFUSED(capture, "open nowhere.json", "update", "-r", "nowhere.json", "c");
	REFUSED(capture, "read .", "update", "-r", ".", "c");
	support_write(capture->dir.fd, "r.json", "{}");
	GOOD(capture, "update", "-r", "r.json", "c", "--pids-limit=5");
	fake_end(pid);
}

static void test_options(void **state)
{
	struct capture *capture = *state;
	pid_t pid = fake_make_plain(capture, "c", FAKE_RUNNING);

	REFUSED(capture, "--memory: \"5x\"", "update", "c", "--memory", "5x");
	REFUSED(capture, "--pids-limit: negative", "update", "c", "--pids-limit", "-2");
	REFUSED(capture, "--cpu-idle: 7 is out of range (0 to 1)", "update", "c", "--cpu-idle", "7");
	REFUSED(capture, "--blkio-weight: more than 1000", "update", "c", "--blkio-weight", "1001");
	REFUSED(capture, "unknown option \"--kernel\"", "update", "c", "--kernel", "7");
	fake_end(pid);
}

static void test_states(void **state)
{
	struct capture *capture = *state;
	pid_t pid = fake_make_plain(capture, "c", FAKE_RUNNING);

	fake_end(pid);
	REFUSED(capture, "container `c` is stopped: container not running; only one that is created, running or paused",
		"update", "c", "--pids-limit", "5");
	REFUSED(capture, "container `d` does not exist", "update", "d");
	REFUSED(capture, "`a/b` is no container ID", "update", "a/b");
}

static void test_operands(void **state)
{
	capture_check_operands(*state, "update", 1);
}

static void test_help(void **state)
{
	struct capture *capture = *state;

	CHECK_HELP(capture, "update", "ID", "--resources FILE, -r", "--memory-swap BYTES", "--l3-cache-schema L3:...");
	assert_holds(capture->out, "When one change fails none is made");
	assert_null(strstr(capture->out, "kernel-memory"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CAPTURE_TEST(test_nothing),
		CAPTURE_TEST(test_every_option),
		CAPTURE_TEST(test_file),
		CAPTURE_TEST(test_options),
		CAPTURE_TEST(test_states),
		CAPTURE_TEST(test_operands),
		CAPTURE_TEST(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
