/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tare state: the document for every status, and what it refuses. */
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/cmd/fake.h"

/* The whole document of "c" in @status. */
static void assert_document(struct capture *capture, const char *status, pid_t pid)
{
	char expected[512];

	GOOD(capture, "state", "c");
	(void)snprintf(expected, sizeof(expected),
		       "{\n  \"ociVersion\": \"1.2.0\",\n  \"id\": \"c\",\n  \"pid\": %d,\n  \"status\": \"%s\",\n"
		       "  \"bundle\": \"/b\",\n  \"rootfs\": \"/b/rootfs\",\n  \"created\": \"%s\",\n"
		       "  \"owner\": \"root\"\n}\n",
		       (int)pid, status, FAKE_CREATED);
	assert_string_equal(capture->out, expected);
}

static void test_every_status(void **state)
{
	struct capture *capture = *state;
	pid_t pid = fake_make_plain(capture, "c", FAKE_CREATED_WAITS);

	assert_document(capture, "created", pid);
	GOOD(capture, "start", "c");
	assert_document(capture, "running", pid);
	fake_end(pid);
	assert_document(capture, "stopped", 0);
}

/* Its manager has not waited for it yet. */
static void test_zombie_is_stopped(void **state)
{
	struct capture *capture = *state;
	pid_t pid = fake_make_plain(capture, "c", FAKE_RUNNING);

	GOOD(capture, "kill", "c", "KILL");
	while (fake_is_alive(pid))
		(void)usleep(1000);
	assert_document(capture, "stopped", 0);
	(void)fake_wait(pid);
}

static void test_creating(void **state)
{
	struct capture *capture = *state;
	struct record record = fake_record("c");
	char path[256];
	FILE *directory;

	record.phase = RECORD_CREATING;
	(void)fake_make(capture, record, FAKE_STOPPED);
	/* Its creator died. */
	assert_document(capture, "stopped", 0);
	(void)snprintf(path, sizeof(path), "%s/c", capture->root);
	directory = fopen(path, "re");
	assert_non_null(directory);
	assert_int_equal(flock(fileno(directory), LOCK_EX), 0);
	assert_document(capture, "creating", 0);
	(void)fclose(directory);
}

static void test_annotations_and_owner(void **state)
{
	struct capture *capture = *state;
	struct record record = fake_record("c");
	struct oci_entry entries[] = {
		{ .key = "org.example.one", .string = "1" }, { .key = "quoted \"", .string = "\xc3\xa4\n" },
	};

	record.annotations = (struct oci_map){ .set = true, .n = COUNT(entries), .item = entries };
	record.owner = 4000000;
	(void)fake_make(capture, record, FAKE_STOPPED);
	GOOD(capture, "state", "c");
	assert_holds(capture->out, "\"annotations\": {\n    \"org.example.one\": \"1\",\n"
		     "    \"quoted \\\"\": \"\xc3\xa4\\n\"\n  }");
	assert_holds(capture->out, "\"owner\": \"#4000000\"");
}

static void test_unknown(void **state)
{
	struct capture *capture = *state;

	REFUSED(capture, "container `c` does not exist", "state", "c");
	capture_assert_no_root(capture);
	(void)fake_make_plain(capture, "other", FAKE_STOPPED);
	REFUSED(capture, "container `c` does not exist", "state", "c");
	assert_false(fake_exists(capture, "c"));
}

static void test_broken_records(void **state)
{
	struct capture *capture = *state;

	assert_int_equal(mkdirat(capture->dir.fd, "state", 0700), 0);
	assert_int_equal(mkdirat(capture->dir.fd, "state/c", 0700), 0);
	REFUSED(capture, "container `c` does not exist", "state", "c");
	support_write(capture->dir.fd, "state/c/state.json", "{\"version\": 1,");
	REFUSED(capture, "state.json:1:", "state", "c");
	support_write(capture->dir.fd, "state/c/state.json", "{\"version\": 99}");
	REFUSED(capture, "version 99 was written by another tare", "state", "c");
	assert_true(fake_exists(capture, "c"));
}

static void test_operands(void **state)
{
	capture_check_operands(*state, "state", 1);
}

static void test_help(void **state)
{
	CHECK_HELP(*state, "state", "ID");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CAPTURE_TEST(test_every_status),
		CAPTURE_TEST(test_zombie_is_stopped),
		CAPTURE_TEST(test_creating),
		CAPTURE_TEST(test_annotations_and_owner),
		CAPTURE_TEST(test_unknown),
		CAPTURE_TEST(test_broken_records),
		CAPTURE_TEST(test_operands),
		CAPTURE_TEST(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
