/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tare help: the list of verbs, one verb, and words that are none. */
#include <stdio.h>

#include "tests/unit/cmd/capture.h"

static const char *const verbs[] = {
	"create", "start", "run", "state", "kill", "delete", "list", "spec", "plan", "features", "version", "help",
};

static void test_program(void **state)
{
	struct capture *capture = *state;
	char page[sizeof(capture->out)], line[64];

	GOOD(capture, "help");
	assert_memory_equal(capture->out, "NAME:\n   tare - ", 15);
	for (size_t i = 0; i < COUNT(verbs); i++) {
		(void)snprintf(line, sizeof(line), "\n   %-12s ", verbs[i]);
		assert_holds(capture->out, line);
	}
	assert_holds(capture->out, "\n   --root DIR ");
	assert_holds(capture->out, "\n   --version, -v ");
	/* Accepted, and nothing to recommend. */
	assert_null(strstr(capture->out, "--criu"));
	(void)snprintf(page, sizeof(page), "%s", capture->out);
	GOOD(capture, "h");
	assert_string_equal(capture->out, page);
	capture_assert_no_root(capture);
}

static void test_every_verb(void **state)
{
	struct capture *capture = *state;
	char line[64];

	for (size_t i = 0; i < COUNT(verbs); i++) {
		GOOD(capture, "help", verbs[i]);
		(void)snprintf(line, sizeof(line), "NAME:\n   tare %s - ", verbs[i]);
		assert_memory_equal(capture->out, line, strlen(line));
	}
}

static void test_alias(void **state)
{
	struct capture *capture = *state;

	GOOD(capture, "help", "ls");
	assert_holds(capture->out, "   tare list - ");
}

static void test_refused(void **state)
{
	struct capture *capture = *state;

	REFUSED(capture, "unknown command \"frobnicate\"; \"tare help\" lists them", "help", "frobnicate");
	REFUSED(capture, "unknown command \"\"", "help", "");
	REFUSED(capture, "help: unexpected argument \"list\"", "help", "run", "list");
	REFUSED(capture, "help: unknown option \"--all\"", "help", "--all");
}

static void test_help(void **state)
{
	CHECK_HELP(*state, "help", "[COMMAND]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CAPTURE_TEST(test_program),
		CAPTURE_TEST(test_every_verb),
		CAPTURE_TEST(test_alias),
		CAPTURE_TEST(test_refused),
		CAPTURE_TEST(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
