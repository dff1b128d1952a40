/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pieces of text that the printed plan is made of, and strings that would spoil it.
 */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "plan/plan.h"
#include "plan/print_text.h"
#include "printed.h"

static const struct word words[] = {
	{ 1, "one" },
	{ 2, "two" },
	{ 4 | 8, "twelve" },
};

/* A name longer than any buffer of the printer, all of it escaped. */
static void test_quotes(void **state)
{
	enum { LONG = 1500 };
	static char name[LONG + 1];
	static char want[2 * LONG + 100];
	static const struct plan plan = { .id = "a\"b\\c\n\x01\x7f\xc3\xa9", .hostname = name };
	int n;

	(void)state;
	assert_true(printed_has(&plan, "container \"a\\\"b\\\\c\\x0a\\x01\\x7f\xc3\xa9\""));
	memset(name, '\\', LONG);
	n = snprintf(want, sizeof(want), "  hostname \"%s%s\"", name, name);
	assert_int_equal(n, 2 * LONG + 13);
	assert_true(printed_has(&plan, want));
}

static void test_words(void **state)
{
	(void)state;
	assert_string_equal(words_find(WORDS(words), 2), "two");
	assert_string_equal(words_find(WORDS(words), 12), "twelve");
	assert_string_equal(words_find(WORDS(words), 3), "unknown");
	assert_string_equal(words_find(WORDS(words), 0), "unknown");
}

static void test_bits(void **state)
{
	static struct printed printed;
	const struct out out = { .put = printed_put, .data = &printed };

	(void)state;
	out_bits(&out, WORDS(words), "+", 0);
	assert_int_equal(printed.n, 0);
	out_bits(&out, WORDS(words), "+", 1 | 12 | 0x30);
	assert_string_equal(printed.text, " +one +twelve +0x30");
}

static void test_lines(void **state)
{
	static struct printed printed;
	const struct out out = { .put = printed_put, .data = &printed };
	const char *const list[] = { "a", "", NULL };
	const char *const pieces[] = { "{", "}", "" };

	(void)state;
	out_line_text(&out, "text", NULL);
	out_line_text(&out, "text", "none");
	out_line_list(&out, "list", list);
	out_line_list(&out, "list", list + 2);
	out_line_flag(&out, "flag", true);
	out_line_flag(&out, "flag", false);
	out_line_pieces(&out, "pieces", pieces, 3);
	assert_string_equal(printed.text, "text none\n"
					  "text \"none\"\n"
					  "list \"a\" \"\"\n"
					  "list\n"
					  "flag yes\n"
					  "flag no\n"
					  "pieces \"{\" PID \"}\" PID \"\"\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quotes),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_bits),
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
