/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bounded text. */
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void test_add(void **state)
{
	char buf[8];
	struct str str = STR_IN(buf);

	(void)state;
	str_add(&str, "abc");
	str_add_format(&str, "%d", 42);
	assert_string_equal(buf, "abc42");
	assert_int_equal(str.len, 5);
	assert_false(str.is_cut);
	str_add_format(&str, "%s", "xyz");
	assert_true(str.is_cut);
	assert_string_equal(buf, "abc42");
	str_add(&str, "x");
	assert_string_equal(buf, "abc42");
}

static void test_exact_fit(void **state)
{
	char buf[4];
	struct str str = STR_IN(buf);

	(void)state;
	str_add(&str, "abc");
	assert_false(str.is_cut);
	assert_string_equal(buf, "abc");
	str_add(&str, "d");
	assert_true(str.is_cut);
	assert_string_equal(buf, "abc");
}

static void assert_json(const char *text, const char *expected)
{
	char buf[128];
	struct str str = STR_IN(buf);

	str_add_json(&str, text);
	assert_string_equal(buf, expected);
}

static void test_json(void **state)
{
	(void)state;
	assert_json("", "\"\"");
	assert_json("a \"b\" \\c", "\"a \\\"b\\\" \\\\c\"");
	assert_json("\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"");
	assert_json("\x1b[1m\x7f", "\"\\u001b[1m\\u007f\"");
	assert_json("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"");
	assert_json("a\xff" "b\xc3", "\"a\\ufffdb\\ufffd\"");
	assert_json("\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"");
	assert_json("\xc0\xaf", "\"\\ufffd\\ufffd\"");
}

static void assert_plain(const char *text, const char *expected)
{
	char buf[128];
	struct str str = STR_IN(buf);

	str_add_plain(&str, text);
	assert_string_equal(buf, expected);
}

static void test_plain(void **state)
{
	(void)state;
	assert_plain("plain \"text\" \xc3\xa4", "plain \"text\" \xc3\xa4");
	assert_plain("two\nlines", "two\\nlines");
	assert_plain("\x1b]0;title\x07", "\\x1b]0;title\\x07");
	assert_plain("\xc2\x9b" "31m", "\\xc2\\x9b31m");
	assert_plain("\xff\xfe", "\\xff\\xfe");
	assert_plain("\t", "\\x09");
}

static void test_utf8(void **state)
{
	static const struct { const char *text; size_t n; } forms[] = {
		{ "", 0 }, { "a", 1 }, { "\xc3\xa4", 2 }, { "\xc3", 0 }, { "\xe2\x82\xac", 3 }, { "\xe2\x82", 0 },
		{ "\xf0\x9f\x98\x80", 4 }, { "\xf0\x8f\x98\x80", 0 }, { "\xf4\x90\x80\x80", 0 }, { "\xe0\x80\x80", 0 },
		{ "\x80", 0 }, { "\xf5\x80\x80\x80", 0 }, { "\xe2\x28\xa1", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		assert_int_equal(str_utf8(forms[i].text), forms[i].n);
}

static void test_after(void **state)
{
	(void)state;
	assert_string_equal(str_after("file:/x", "file:"), "/x");
	assert_string_equal(str_after("file:", "file:"), "");
	assert_null(str_after("fil", "file:"));
}

static void test_numbers(void **state)
{
	static const char *const wrong[] = { "", "1", "1 2", "1 2 3 4", "1 2 x", "1 2 -3", "1 2 4294967296", "1,2,3",
					     "1 2 3 ", "1 2 99999999999999999999" };
	uint32_t n[3] = { 0 };

	(void)state;
	assert_true(str_numbers("         0     100000 4294967295\n", " ", n, 3));
	assert_int_equal(n[1], 100000);
	assert_int_equal(n[2], UINT32_MAX);
	assert_true(str_numbers("7:8", ":", n, 2));
	assert_int_equal(n[0], 7);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(str_numbers(wrong[i], " ", n, 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_exact_fit),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_after),
		cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
