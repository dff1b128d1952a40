/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The error record: its words, who wins, and that it never overflows. */
#include "base/err.h"

#include <errno.h>
#include <string.h>

#include "tests/unit/support.h"

/* What managers take to mean that the payload is missing or may not be executed. */
static const char *const reserved[] = {
	"No such file", "no such file", "Permission denied", "permission denied", "Operation not permitted",
	"not found",
};

static void test_reasons_never_speak_of_the_payload(void **state)
{
	(void)state;
	for (int code = 1; code < 200; code++) {
		for (size_t i = 0; i < COUNT(reserved); i++)
			assert_null(strstr(err_reason(code), reserved[i]));
	}
	assert_holds(err_reason(ENOENT), "ENOENT");
	assert_holds(err_reason(EACCES), "EACCES");
	assert_holds(err_reason(EPERM), "EPERM");
	assert_string_equal(err_reason(ENOSPC), strerror(ENOSPC));
}

static void test_say(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_false(err_is_set(&err));
	assert_int_equal(err.at, ERR_NOWHERE);
	err.line = 7;
	err.col = 8;
	(void)strcpy(err.file, "old");
	(void)strcpy(err.excerpt, "old");
	errno = EIO;
	assert_int_equal(err_say(&err, 12, "%s is %d", "it", 5), -1);
	assert_true(err_is_set(&err));
	assert_string_equal(err.text, "it is 5");
	assert_int_equal(err.code, 0);
	assert_int_equal(err.at, 12);
	/* A place that was looked up for an earlier text is not this one's. */
	assert_int_equal(err.line, 0);
	assert_int_equal(err.col, 0);
	assert_string_equal(err.file, "");
	assert_string_equal(err.excerpt, "");
}

static void test_errno(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	errno = ENOENT;
	assert_int_equal(err_errno(&err, ERR_NOWHERE, "open %s", "/x"), -1);
	assert_string_equal(err.text, "open /x: it does not exist (ENOENT)");
	assert_int_equal(err.code, ENOENT);
	errno = EINVAL;
	assert_int_equal(err_errno(&err, 3, "again"), -1);
	assert_string_equal(err.text, "again: Invalid argument");
	assert_int_equal(err.code, EINVAL);
	assert_int_equal(err.at, 3);
}

static void test_wrap(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	errno = EBUSY;
	(void)err_errno(&err, ERR_NOWHERE, "move it");
	assert_int_equal(err_wrap(&err, ERR_NOWHERE, "mount %d", 2), -1);
	assert_int_equal(err.at, ERR_NOWHERE);
	assert_int_equal(err_wrap(&err, 40, "outer"), -1);
	assert_string_equal(err.text, "outer: mount 2: move it: Device or resource busy");
	assert_int_equal(err.code, EBUSY);
	assert_int_equal(err.at, 40);
	/* The place nearest to the cause stays. */
	(void)err_wrap(&err, 50, "outermost");
	assert_int_equal(err.at, 40);
}

static void test_phase_of_the_deepest_layer(void **state)
{
	struct err err = ERR_INIT;
	char word[100];

	(void)state;
	err_phase(&err, "inner");
	err_phase(&err, "outer");
	assert_string_equal(err.phase, "inner");
	/* Refilling the text keeps it. */
	(void)err_say(&err, ERR_NOWHERE, "text");
	assert_string_equal(err.phase, "inner");
	memset(word, 'p', sizeof(word));
	word[sizeof(word) - 1] = '\0';
	err = ERR_INIT;
	err_phase(&err, word);
	assert_int_equal(strlen(err.phase), sizeof(err.phase) - 1);
}

static void test_never_overflows(void **state)
{
	struct { struct err err; char guard[64]; } box = { .err = ERR_INIT };
	char text[4096];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	memset(box.guard, 'g', sizeof(box.guard));
	(void)err_say(&box.err, 0, "%s", text);
	assert_int_equal(strlen(box.err.text), sizeof(box.err.text) - 1);
	(void)err_wrap(&box.err, 0, "front");
	assert_int_equal(strncmp(box.err.text, "front: xxx", 10), 0);
	assert_in_range(strlen(box.err.text), 1000, sizeof(box.err.text) - 1);
	(void)err_wrap(&box.err, 0, "%s", text);
	assert_int_equal(strlen(box.err.text), sizeof(box.err.text) - 1);
	errno = EIO;
	(void)err_errno(&box.err, 0, "%.*s", (int)sizeof(box.err.text) - 4, text);
	assert_int_equal(strlen(box.err.text), sizeof(box.err.text) - 1);
	for (size_t i = 0; i < sizeof(box.guard); i++)
		assert_int_equal(box.guard[i], 'g');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reasons_never_speak_of_the_payload),
		cmocka_unit_test(test_say),
		cmocka_unit_test(test_errno),
		cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_phase_of_the_deepest_layer),
		cmocka_unit_test(test_never_overflows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
