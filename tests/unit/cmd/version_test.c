/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tare version: the lines that managers parse. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/release.h"
#include "config.h"
#include "tests/unit/cmd/capture.h"

static void test_lines(void **state)
{
	struct capture *capture = *state;
	char seccomp[RELEASE_SIZE], expected[256];

	GOOD(capture, "version");
	(void)snprintf(expected, sizeof(expected), "tare version %s\ncommit: %s\nspec: 1.3.0\nlibseccomp: %s\n",
		       PACKAGE_VERSION, TARE_COMMIT, release_seccomp(seccomp));
	assert_string_equal(capture->out, expected);
	capture_assert_no_root(capture);
}

/* Docker takes the last line with the word in it; containerd wants three words in the first. */
static void test_as_managers_read_it(void **state)
{
	struct capture *capture = *state;
	char name[32], version[32], rest[32];
	const char *first;

	GOOD(capture, "version");
	first = strstr(capture->out, "version");
	assert_non_null(first);
	assert_null(strstr(first + 1, "version"));
	assert_int_equal(sscanf(capture->out, "%31s version %31s\ncommit: %31s", name, version, rest), 3);
	assert_string_equal(name, "tare");
	assert_in_range(version[0], '0', '9');
}

/* By which the program was called; other names than these are no runtime's. */
static void test_called_otherwise(void **state)
{
	static char names[][8] = { "runc", "crun", "xrunc", "runc2" };
	struct capture *capture = *state;
	char *own = program_invocation_short_name, first[64];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		program_invocation_short_name = names[i];
		GOOD(capture, "version");
		program_invocation_short_name = own;
		(void)snprintf(first, sizeof(first), "%s version %s\n", i < 2 ? names[i] : "tare", PACKAGE_VERSION);
		assert_memory_equal(capture->out, first, strlen(first));
		assert_int_equal(strstr(capture->out, "\nruntime: tare\n") != NULL, i < 2);
	}
}

/* An uninspected root is one that cannot be wrong. */
static void test_without_root(void **state)
{
	struct capture *capture = *state;

	capture->globals.root = "/";
	GOOD(capture, "version");
}

static void test_refused(void **state)
{
	struct capture *capture = *state;

	REFUSED(capture, "version: unexpected argument \"x\"", "version", "x");
	REFUSED(capture, "version: unknown option \"--all\"", "version", "--all");
}

static void test_help(void **state)
{
	CHECK_HELP(*state, "version", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CAPTURE_TEST(test_lines),
		CAPTURE_TEST(test_as_managers_read_it),
		CAPTURE_TEST(test_called_otherwise),
		CAPTURE_TEST(test_without_root),
		CAPTURE_TEST(test_refused),
		CAPTURE_TEST(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
