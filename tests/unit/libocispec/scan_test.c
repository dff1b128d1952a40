/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tokens with places, and the words for broken texts. */
#include "tests/unit/libocispec/reading.h"

#include "libocispec/scan.h"

static void splits_into_tokens(void **state)
{
	struct oci_source src = text_source(" {\"a\\\"b\": [-1.5e+3,true ,null]}\n");
	static const struct { enum scan_kind kind; uint32_t at, end; } expected[] = {
		{ SCAN_OPEN, 1, 2 },    { SCAN_STRING, 2, 8 },   { SCAN_COLON, 8, 9 },
		{ SCAN_BEGIN, 10, 11 }, { SCAN_NUMBER, 11, 18 }, { SCAN_COMMA, 18, 19 },
		{ SCAN_WORD, 19, 23 },  { SCAN_COMMA, 24, 25 },  { SCAN_WORD, 25, 29 },
		{ SCAN_FINISH, 29, 30 }, { SCAN_CLOSE, 30, 31 }, { SCAN_END, 32, 32 },
	};
	uint32_t at = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		struct scan_token token = scan_next(&src, at);

		assert_int_equal(token.kind, expected[i].kind);
		assert_int_equal(token.at, expected[i].at);
		assert_int_equal(token.end, expected[i].end);
		at = token.end;
	}
}

static void expect_fault(const char *text, uint32_t at, const char *what)
{
	struct oci_source src = text_source(text);
	struct oci_error err = OCI_ERROR_INIT;

	assert_int_equal(scan_diagnose(&src, &err), -1);
	assert_string_equal(err.text, what);
	assert_int_equal(err.at, at);
}

static void says_what_is_broken(void **state)
{
	(void)state;
	expect_fault("", 0, "the document is empty");
	expect_fault(" \n", 2, "the document is empty");
	expect_fault("{", 1, "the text ends inside the object that begins in line 1");
	expect_fault("{\n\"a\":\n[", 8, "the text ends inside the list that begins in line 3");
	expect_fault("{\"a\" 1}", 5, "expected ':' after the key");
	expect_fault("{\"a\":1 \"b\":2}", 7, "',' or '}' is missing before this");
	expect_fault("[1 2]", 3, "',' or ']' is missing before this");
	expect_fault("{\"a\":1,}", 7, "',' right before '}'");
	expect_fault("[1,]", 3, "',' right before ']'");
	expect_fault("{a:1}", 1, "this word is no value (a string needs double quotes)");
	expect_fault("{1:1}", 1, "expected a key in double quotes");
	expect_fault("{\"a\":}", 5, "expected a value");
	expect_fault("{} {}", 3, "there is more text after the document");
	expect_fault("[1}", 2, "',' or ']' is missing before this");
	expect_fault("]", 0, "expected a value");
	expect_fault("[,1]", 1, "expected a value");
	expect_fault("{\"a\":True}", 5, "this word is no value (a string needs double quotes)");
	expect_fault("{'a':1}", 1, "a string needs double quotes, not single ones");
	expect_fault("{} // x", 3, "there is more text after the document");
	expect_fault("{ // x\n}", 2, "JSON has no comments");
	expect_fault("{\"a\":01}", 5, "a number must not start with 0 (octal is not known in JSON)");
	expect_fault("{\"a\":0x1}", 6, "a number goes straight over into a word");
	expect_fault("{\"a\":+1}", 5, "a number must not start with +");
	expect_fault("{\"a\":.5}", 5, "a number must not start with a point");
	expect_fault("{\"a\":-}", 6, "a number needs a digit here");
	expect_fault("{\"a\":1.}", 7, "a number needs a digit here");
	expect_fault("{\"a\":1e}", 7, "a number needs a digit here");
	expect_fault("{\"a\":\"\\q\"}", 6, "no such escape in a string");
	expect_fault("{\"a\":\"\\u12g4\"}", 6, "no such escape in a string");
	expect_fault("{\"a\":\"x\ty\"}", 7,
		     "a control character in a string has to be written as \\u00XX");
	expect_fault("{\"a\":\"x\n\"}", 7, "the line ends inside a string");
	expect_fault("{\"a\":\"x", 5, "this string is not closed");
	expect_fault("{\"a\":@}", 5, "this character begins no value");
}

static void finds_sound_text_sound(void **state)
{
	struct oci_source src = text_source("{\"a\":[{},[],1,\"x\",true,null,{\"b\":-0.5E2}]}");
	struct oci_error err = OCI_ERROR_INIT;

	(void)state;
	assert_int_equal(scan_diagnose(&src, &err), 0);
	assert_false(err.has_at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splits_into_tokens),
		cmocka_unit_test(says_what_is_broken),
		cmocka_unit_test(finds_sound_text_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
