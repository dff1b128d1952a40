/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pins what the reader needs of yajl and what its header does not promise: that inside a callback
 * the bytes consumed are the end of the current token.  If a new yajl breaks this, it shows here.
 */
#include "tests/unit/libocispec/reading.h"

#include <stdio.h>
#include <stdlib.h>

#include "libocispec/lex.h"

/* Events as text, "kind at-end=what|" each. */
struct log {
	char text[2000];
	size_t len;
};

static int note(void *context, const struct lex_event *event, struct oci_error *err)
{
	static const char kinds[] = "zbnsk{}[]";
	struct log *log = context;

	log->len += (size_t)snprintf(log->text + log->len, sizeof(log->text) - log->len,
				     "%c%u-%u", kinds[event->kind], event->at, event->end);
	if (event->kind == LEX_BOOL)
		log->len += (size_t)snprintf(log->text + log->len, sizeof(log->text) - log->len,
					     "=%d", event->truth);
	if (event->text)
		log->len += (size_t)snprintf(log->text + log->len, sizeof(log->text) - log->len,
					     "=%.*s", (int)event->len, event->text);
	log->len += (size_t)snprintf(log->text + log->len, sizeof(log->text) - log->len, "|");
	(void)err;
	return log->len < sizeof(log->text) ? 0 : -1;
}

/* Stop at the event that takes *context down to 0. */
static int count_down(void *context, const struct lex_event *event, struct oci_error *err)
{
	int *left = context;

	return --*left ? 0 : oci_error_at(err, event->at, "enough");
}

static void expect_events(const char *text, const char *expected)
{
	struct oci_source src = text_source(text);
	struct oci_error err = OCI_ERROR_INIT;
	struct log log = { .len = 0 };

	if (lex_run(&src, note, &log, &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(log.text, expected);
}

static void knows_where_tokens_are(void **state)
{
	(void)state;
	expect_events("{}", "{0-1|}1-2|");
	expect_events(" [ ] ", "[1-2|]3-4|");
	expect_events("{\"a\":1}", "{0-1|k1-4=a|n5-6=1|}6-7|");
	expect_events("{ \"a\" : 1 , \"bc\" :\t-2.5e3\n}\n",
		      "{0-1|k2-5=a|n8-9=1|k12-16=bc|n19-25=-2.5e3|}26-27|");
	expect_events("[true, false ,null]", "[0-1|b1-5=1|b7-12=0|z14-18|]18-19|");
	expect_events("[[],[{}],{\"x\":[]}]",
		      "[0-1|[1-2|]2-3|[4-5|{5-6|}6-7|]7-8|{9-10|k10-13=x|[14-15|]15-16|}16-17|]17-18|");
	expect_events("[1,22,333 ,4444\n]", "[0-1|n1-2=1|n3-5=22|n6-9=333|n11-15=4444|]16-17|");
	expect_events("[\"\",\"a\"]", "[0-1|s1-3=|s4-7=a|]7-8|");
}

static void knows_where_strings_with_escapes_are(void **state)
{
	(void)state;
	expect_events("[\"a\\\"b\", \"\\\\\", \"\\u00e4\",1]",
		      "[0-1|s1-7=a\"b|s9-13=\\|s15-23=\xc3\xa4|n24-25=1|]25-26|");
	expect_events("{\"k\\u0065y\" : \"\\uD83D\\uDC33\"}",
		      "{0-1|k1-11=key|s14-28=\xf0\x9f\x90\xb3|}28-29|");
	expect_events("[\"\xc3\xa4\", \",:\"]", "[0-1|s1-5=\xc3\xa4|s7-11=,:|]11-12|");
	expect_events("[\"\\/\\b\",\"x\"]", "[0-1|s1-7=/\b|s8-11=x|]11-12|");
}

/* Every place of a large text, long strings and many tokens included, is what it says. */
static void stays_right_in_a_large_text(void **state)
{
	enum { N = 20000 };
	char *text = malloc(N * 40);
	struct oci_source src = { .name = "t.json", .text = text };
	struct oci_error err = OCI_ERROR_INIT;
	int left = N + 1;
	size_t len = 0;

	(void)state;
	assert_non_null(text);
	len += (size_t)sprintf(text + len, "[");
	for (int i = 0; i < N; i++)
		len += (size_t)sprintf(text + len, "%s%*s\"%d\\u0041\"", i ? "," : "", i % 7, "", i);
	len += (size_t)sprintf(text + len, "]");
	src.len = len;
	assert_int_equal(lex_run(&src, count_down, &left, &err), -1);
	assert_string_equal(err.text, "enough");
	/* The last string: its place holds exactly that text. */
	assert_int_equal(strncmp(text + err.at, "\"19999\\u0041\"]", 14), 0);
	free(text);
}

static void expect_error(const char *text, size_t len, const char *expected)
{
	struct oci_source src = { .name = "t.json", .text = text, .len = len };
	struct oci_error err = OCI_ERROR_INIT;
	struct log log = { .len = 0 };
	char line[700];

	assert_int_equal(lex_run(&src, note, &log, &err), -1);
	oci_error_format(&err, &src, line, sizeof(line));
	assert_string_equal(line, expected);
}

#define EXPECT_ERROR(text, expected) expect_error(text, sizeof(text) - 1, expected)

static void refuses_broken_text(void **state)
{
	(void)state;
	EXPECT_ERROR("", "t.json:1:1: the document is empty");
	EXPECT_ERROR("{\"a\": [1 2]}", "t.json:1:10: a: ',' or ']' is missing before this");
	EXPECT_ERROR("{} x", "t.json:1:4: there is more text after the document");
	EXPECT_ERROR("{\"a\":1", "t.json:1:7: the text ends inside the object that begins in line 1");
	EXPECT_ERROR("\xef\xbb\xbf{}",
		     "t.json:1:1: the document starts with a byte order mark; remove it");
	EXPECT_ERROR("{\"\xc3\xa4\": \"a\xff\"}",
		     "t.json:1:9: [\"\xc3\xa4\"]: byte 0xff is not UTF-8 here");
	EXPECT_ERROR("{\"a\": \"\xc0\x80\"}", "t.json:1:8: a: byte 0xc0 is not UTF-8 here");
	EXPECT_ERROR("{\"a\"\0: 1}", "t.json:1:5: a: this character begins no value");
	EXPECT_ERROR("{\"a\": \"x\0y\"}",
		     "t.json:1:9: a: a control character in a string has to be written as \\u00XX");
}

static void refuses_strings_that_c_would_change(void **state)
{
	(void)state;
	EXPECT_ERROR("{\"a\":\"x\\u0000y\"}", "t.json:1:8: a: U+0000 is not allowed in a string");
	EXPECT_ERROR("{\"\\u0000\":1}",
		     "t.json:1:3: [\"\\u0000\"]: U+0000 is not allowed in a string");
	EXPECT_ERROR("[\"\\ud83d\"]",
		     "t.json:1:3: [0]: \\ud83d is half a character (a lone surrogate)");
	EXPECT_ERROR("[\"\\uDC33\"]",
		     "t.json:1:3: [0]: \\uDC33 is half a character (a lone surrogate)");
	EXPECT_ERROR("[\"\\ud83d\\u0041\"]",
		     "t.json:1:3: [0]: \\ud83d is half a character (a lone surrogate)");
	EXPECT_ERROR("[\"\\ud83d\\ud83d\\udc33\"]",
		     "t.json:1:3: [0]: \\ud83d is half a character (a lone surrogate)");
	/* An escaped backslash before u is no escape. */
	expect_events("[\"\\\\u0000\"]", "[0-1|s1-10=\\u0000|]10-11|");
}

/* @n times @open, "1", @n times @close. */
static char *nested(int n, char open, char close, size_t *ret_len)
{
	char *text = malloc((size_t)n * 2 + 2);

	assert_non_null(text);
	memset(text, open, (size_t)n);
	text[n] = '1';
	memset(text + n + 1, close, (size_t)n);
	text[2 * n + 1] = '\0';
	*ret_len = (size_t)n * 2 + 1;
	return text;
}

static void refuses_what_is_too_deep(void **state)
{
	struct oci_error err = OCI_ERROR_INIT;
	struct log log = { .len = 0 };
	struct oci_source src = { .name = "t.json" };
	char *text = nested(OCI_MAX_DEPTH, '[', ']', &src.len);

	(void)state;
	src.text = text;
	assert_int_equal(lex_run(&src, note, &log, &err), 0);
	free(text);

	text = nested(OCI_MAX_DEPTH + 1, '[', ']', &src.len);
	src.text = text;
	log.len = 0;
	assert_int_equal(lex_run(&src, note, &log, &err), -1);
	assert_string_equal(err.text, "more than 64 levels of nesting");
	assert_int_equal(err.at, OCI_MAX_DEPTH);
	free(text);
}

static void refuses_what_is_too_large(void **state)
{
	struct oci_error err = OCI_ERROR_INIT;
	struct log log = { .len = 0 };
	size_t len = OCI_MAX_DOCUMENT + 1;
	char *text = malloc(len);
	struct oci_source src = { .name = "t.json", .text = text, .len = len };

	(void)state;
	assert_non_null(text);
	memset(text, ' ', len);
	assert_int_equal(lex_run(&src, note, &log, &err), -1);
	assert_string_equal(err.text, "the document has more than 16777216 bytes");
	assert_false(err.has_at);

	memset(text, 'x', len);
	memcpy(text, "[\"", 2);
	src.len = OCI_MAX_STRING + 5;
	memcpy(text + src.len - 2, "\"]", 2);
	assert_int_equal(lex_run(&src, note, &log, &err), -1);
	assert_string_equal(err.text, "a string of more than 1048576 bytes");
	assert_int_equal(err.at, 1);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_where_tokens_are),
		cmocka_unit_test(knows_where_strings_with_escapes_are),
		cmocka_unit_test(stays_right_in_a_large_text),
		cmocka_unit_test(refuses_broken_text),
		cmocka_unit_test(refuses_strings_that_c_would_change),
		cmocka_unit_test(refuses_what_is_too_deep),
		cmocka_unit_test(refuses_what_is_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
