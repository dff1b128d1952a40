/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tare list: the table, the JSON, and what is passed over. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "tests/unit/cmd/fake.h"

#define HEADING "ID   PID   STATUS   BUNDLE   CREATED   OWNER\n"

/* What one entry of the JSON looks like. */
#define ENTRY(id, status, pid) \
	"{\"ociVersion\":\"1.2.0\",\"id\":\"" id "\",\"pid\":" pid ",\"status\":\"" status "\",\"bundle\":\"/b\"," \
	"\"rootfs\":\"/b/rootfs\",\"created\":\"" FAKE_CREATED "\",\"owner\":\"root\"}"

static void assert_prints(struct capture *capture, const char *expected)
{
	capture_assert_good(capture);
	assert_string_equal(capture->out, expected);
}

/* "null" is what Go programs expect of no entries. */
static void assert_nothing_listed(struct capture *capture)
{
	RUN(capture, "list");
	assert_prints(capture, HEADING);
	RUN(capture, "list", "--format=json");
	assert_prints(capture, "null\n");
	RUN(capture, "list", "-q");
	assert_prints(capture, "");
}

static void test_nothing(void **state)
{
	struct capture *capture = *state;

	assert_int_equal(mkdir(capture->root, 0700), 0);
	assert_nothing_listed(capture);
}

/* An explicit root that is not there is a mistake; the default one is made by the first container. */
static void test_no_root(void **state)
{
	struct capture *capture = *state;

	REFUSED(capture, capture->root, "list");
	REFUSED(capture, "open state directory", "list", "--format", "json");
	REFUSED(capture, "open state directory", "list", "-q");
	capture_assert_no_root(capture);
	if (geteuid() != 0) {
		assert_int_equal(setenv("XDG_RUNTIME_DIR", capture->root, 1), 0);
	} else if (access("/run/tare", F_OK) == 0) {
		print_message("not looked at: the default root of this machine is in use\n");
		return;
	}
	capture->globals.root = NULL;
	assert_nothing_listed(capture);
	if (geteuid() == 0)
		assert_int_equal(access("/run/tare", F_OK), -1);
}

static void test_table(void **state)
{
	struct capture *capture = *state;
	char expected[512], digits[16];
	pid_t pid;
	int width;

	(void)fake_make_plain(capture, "zebra", FAKE_STOPPED);
	pid = fake_make_plain(capture, "a", FAKE_CREATED_WAITS);
	width = snprintf(digits, sizeof(digits), "%d", (int)pid);
	if (width < (int)strlen("PID"))
		width = (int)strlen("PID");
	(void)snprintf(expected, sizeof(expected),
		       "ID      %-*s   STATUS    BUNDLE   CREATED                          OWNER\n"
		       "a       %-*s   created   /b       " FAKE_CREATED "   root\n"
		       "zebra   %-*s   stopped   /b       " FAKE_CREATED "   root\n",
		       width, "PID", width, digits, width, "0");
	RUN(capture, "list");
	assert_prints(capture, expected);
	RUN(capture, "ls", "-f", "table");
	assert_prints(capture, expected);
	RUN(capture, "list", "--format", "json", "--format=TABLE");
	assert_prints(capture, expected);
	fake_end(pid);
}

static void test_json(void **state)
{
	struct capture *capture = *state;
	char expected[1024];
	pid_t pid;

	(void)fake_make_plain(capture, "b", FAKE_STOPPED);
	RUN(capture, "list", "-f=json");
	assert_prints(capture, "[" ENTRY("b", "stopped", "0") "]\n");
	pid = fake_make_plain(capture, "c", FAKE_RUNNING);
	(void)fake_make_plain(capture, "a", FAKE_STOPPED);
	(void)snprintf(expected, sizeof(expected), "[" ENTRY("a", "stopped", "0") "," ENTRY("b", "stopped", "0") ","
		       ENTRY("c", "running", "%d") "]\n", (int)pid);
	RUN(capture, "list", "--format", "json");
	assert_prints(capture, expected);
	fake_end(pid);
}

static void test_quiet(void **state)
{
	struct capture *capture = *state;

	(void)fake_make_plain(capture, "b", FAKE_STOPPED);
	(void)fake_make_plain(capture, "a.1", FAKE_STOPPED);
	RUN(capture, "list", "-q");
	assert_prints(capture, "a.1\nb\n");
	RUN(capture, "list", "--quiet", "--format", "json");
	assert_prints(capture, "a.1\nb\n");
	RUN(capture, "list", "--quiet", "--quiet=false", "--format=json");
	assert_int_equal(capture->out[0], '[');
}

/* One broken record must not hide the others; it is told only to who asks for warnings. */
static void test_broken_ones(void **state)
{
	struct capture *capture = *state;

	(void)fake_make_plain(capture, "good", FAKE_STOPPED);
	assert_int_equal(mkdirat(capture->dir.fd, "state/empty", 0700), 0);
	assert_int_equal(mkdirat(capture->dir.fd, "state/torn", 0700), 0);
	assert_int_equal(mkdirat(capture->dir.fd, "state/.cache", 0700), 0);
	support_write(capture->dir.fd, "state/torn/state.json", "{\"version\": 1, \"id\": \"to");
	support_write(capture->dir.fd, "state/file", "no container");
	RUN(capture, "list", "--format=json");
	assert_prints(capture, "[" ENTRY("good", "stopped", "0") "]\n");
	RUN(capture, "list", "-q");
	assert_prints(capture, "empty\ngood\ntorn\n");
	log_set_level(LOG_LEVEL_WARNING);
	RUN(capture, "list", "--format=json");
	log_set_level(LOG_LEVEL_ERROR);
	assert_int_equal(capture->r, 0);
	assert_string_equal(capture->out, "[" ENTRY("good", "stopped", "0") "]\n");
	assert_holds(capture->errors, "tare: warning: ");
	assert_holds(capture->errors, "container `empty` does not exist\n");
	assert_holds(capture->errors, "state.json:1:");
}

static void test_refused(void **state)
{
	struct capture *capture = *state;

	REFUSED(capture, "list: option '--format' does not take the value \"yaml\"", "list", "--format", "yaml");
	REFUSED(capture, "list: option '--format' requires an argument", "list", "--format");
	REFUSED(capture, "list: option '--quiet' does not take the value \"maybe\"", "list", "--quiet=maybe");
	REFUSED(capture, "list: unknown option \"--no-such-option\"", "list", "--no-such-option");
	REFUSED(capture, "list: unexpected argument \"c\"", "list", "c");
	capture_assert_no_root(capture);
	support_write(capture->dir.fd, "state", "a file");
	REFUSED(capture, "open state directory", "list");
}

static void test_help(void **state)
{
	CHECK_HELP(*state, "list", "", "--format table|json, -f", "--quiet, -q");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CAPTURE_TEST(test_nothing),
		CAPTURE_TEST(test_no_root),
		CAPTURE_TEST(test_table),
		CAPTURE_TEST(test_json),
		CAPTURE_TEST(test_quiet),
		CAPTURE_TEST(test_broken_ones),
		CAPTURE_TEST(test_refused),
		CAPTURE_TEST(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
