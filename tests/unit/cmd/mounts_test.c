/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tare mounts: its words and its lists.  What it changes: tests/unit/init/live_test.c. */
#include <stdio.h>
#include <unistd.h>

#include "tests/unit/cmd/fake.h"

static void test_words(void **state)
{
	struct capture *capture = *state;
	pid_t pid = fake_make_plain(capture, "c", FAKE_RUNNING);

	REFUSED(capture, "mounts: \"frob\" is none of add, remove and list", "mounts", "frob", "c");
	REFUSED(capture, "an argument is missing; usage: tare mounts add ID FILE", "mounts", "add", "c");
	REFUSED(capture, "an argument is missing; usage: tare mounts remove ID FILE", "mounts", "remove", "c");
	REFUSED(capture, "there is an argument too many", "mounts", "list", "c", "f");
	REFUSED(capture, "mounts: an argument is missing", "mounts", "list");
	REFUSED(capture, "mounts: unexpected argument \"g\"", "mounts", "add", "c", "f", "g");
	REFUSED(capture, "is no container ID", "mounts", "add", "a/b", "f");
	REFUSED(capture, "open nowhere.json", "mounts", "remove", "c", "nowhere.json");
	fake_end(pid);
}

/* The fake container is in our mount namespace. */
static void test_add(void **state)
{
	struct capture *capture = *state;
	pid_t pid = fake_make_plain(capture, "c", FAKE_RUNNING);

	assert_int_equal(fchdir(capture->dir.fd), 0);
	support_write(capture->dir.fd, "m.json", "[]");
	REFUSED(capture, "no mount namespace of its own", "mounts", "add", "c", "m.json");
	REFUSED(capture, "no mount namespace of its own", "mounts", "remove", "c", "m.json");
	support_write(capture->dir.fd, "m.json", "[\n{}]");
	REFUSED(capture, "\"destination\" is required", "mounts", "add", "c", "m.json");
	assert_int_equal(capture->err.line, 2);
	fake_end(pid);
	REFUSED(capture, "container not running", "mounts", "list", "c");
}

static void test_list(void **state)
{
	struct capture *capture = *state;
	pid_t pid = fake_make_plain(capture, "c", FAKE_RUNNING);

	RUN(capture, "mounts", "list", "c");
	capture_assert_good(capture);
	assert_memory_equal(capture->out, "DESTINATION ", 12);
	assert_holds(capture->out, "\n/proc ");
	RUN(capture, "mounts", "list", "-f", "json", "c");
	capture_assert_good(capture);
	assert_memory_equal(capture->out, "[{\"destination\":\"", 17);
	assert_holds(capture->out, "{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"");
	assert_holds(capture->out, "}]\n");
	fake_end(pid);
	REFUSED(capture, "container `d` does not exist", "mounts", "list", "d");
}

static void test_help(void **state)
{
	struct capture *capture = *state;

	CHECK_HELP(capture, "mounts", "add ID FILE | remove ID FILE | list ID", "--format table|json, -f");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CAPTURE_TEST(test_words),
		CAPTURE_TEST(test_add),
		CAPTURE_TEST(test_list),
		CAPTURE_TEST(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
