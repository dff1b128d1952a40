/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From offsets to lines, columns, paths and excerpts, and from paths to offsets. */
#include "tests/unit/libocispec/reading.h"

static const char sample[] =
	"{\n"
	"  \"root\": { \"path\": \"r\\\"oot\" },\n"
	"\t\"mounts\": [ {}, { \"options\": [\"a\", \"\xc3\xa4\", \"c\"] }, [[7], 8] ],\n"
	"  \"annotations\": { \"io.x/y\": \"v\", \"\": 1 }\n"
	"}\n";

static uint32_t offset_of(const char *part)
{
	const char *p = strstr(sample, part);

	assert_non_null(p);
	return (uint32_t)(p - sample);
}

static void expect_path(const char *part, uint32_t more, const char *expected)
{
	struct oci_source src = text_source(sample);
	char path[100];

	assert_string_equal(oci_source_path(&src, offset_of(part) + more, path, sizeof(path)),
			    expected);
}

static void names_paths(void **state)
{
	(void)state;
	expect_path("{", 0, "");
	expect_path("\"root\"", 0, "root");
	expect_path("\"root\"", 6, "root");           /* the colon */
	expect_path("{ \"path", 0, "root");
	expect_path("\"path\"", 2, "root.path");
	expect_path("\"r\\\"oot", 4, "root.path");
	expect_path(" },\n\t", 1, "root");            /* the closing brace */
	expect_path(",\n\t", 0, "");                  /* the comma behind it */
	expect_path("[ {}", 0, "mounts");
	expect_path("{}", 0, "mounts[0]");
	expect_path("{ \"opt", 0, "mounts[1]");
	expect_path("\"a\"", 0, "mounts[1].options[0]");
	expect_path("\"c\"", 0, "mounts[1].options[2]");
	expect_path("7", 0, "mounts[2][0][0]");
	expect_path("8", 0, "mounts[2][1]");
	expect_path("\"io.x", 0, "annotations[\"io.x/y\"]");
	expect_path("\"v\"", 0, "annotations[\"io.x/y\"]");
	expect_path("1 }", 0, "annotations[\"\"]");
	expect_path("}\n}\n", 3, "");                 /* behind the document */
}

static void cuts_a_path(void **state)
{
	struct oci_source src = text_source(sample);
	char path[10];

	(void)state;
	oci_source_path(&src, offset_of("\"c\""), path, sizeof(path));
	assert_string_equal(path, "mounts[1]");
}

static void survives_broken_text(void **state)
{
	struct oci_source src = text_source("{\"a\": [1, {\"b\": tru, 'x' \"c\" 5");
	char path[100];

	(void)state;
	for (uint32_t at = 0; at < src.len + 3; at++)
		(void)oci_source_path(&src, at, path, sizeof(path));
	assert_string_equal(oci_source_path(&src, 16, path, sizeof(path)), "a[1].b");
}

static void survives_any_depth(void **state)
{
	char text[500];
	struct oci_source src = { .name = "t.json", .text = text, .len = sizeof(text) };
	char path[2000];

	(void)state;
	memset(text, '[', sizeof(text));
	oci_source_path(&src, sizeof(text), path, sizeof(path));
	assert_true(strlen(path) < 3 * 66);
	assert_int_equal(oci_source_find(&src, 0, "[0][0]"), 2);
	assert_int_equal(oci_source_find(&src, 0, "[1]"), 0);
}

static void finds_offsets(void **state)
{
	struct oci_source src = text_source(sample);
	uint32_t mount = offset_of("{ \"opt");

	(void)state;
	assert_int_equal(oci_source_find(&src, 0, "root.path"), offset_of("\"r\\\"oot"));
	assert_int_equal(oci_source_find(&src, 0, "mounts[1]"), mount);
	assert_int_equal(oci_source_find(&src, mount, "options[2]"), offset_of("\"c\""));
	assert_int_equal(oci_source_find(&src, 0, "mounts[2][1]"), offset_of("8"));
	assert_int_equal(oci_source_find(&src, 0, "annotations[\"io.x/y\"]"), offset_of("\"v\""));
	/* What is not there ends at what is. */
	assert_int_equal(oci_source_find(&src, mount, "type"), mount);
	assert_int_equal(oci_source_find(&src, mount, "options[9]"), offset_of("[\"a\""));
	assert_int_equal(oci_source_find(&src, 0, "root.path.x"), offset_of("\"r\\\"oot"));
	assert_int_equal(oci_source_find(&src, 0, ""), 0);
	assert_int_equal(oci_source_find(&src, 0, "mounts[x]"), offset_of("[ {}"));
	assert_int_equal(oci_source_find(&src, 0, "mounts[99999999999999999999]"),
			 offset_of("[ {}"));
	assert_int_equal(oci_source_find(&src, 0, "annotations[\"io"), offset_of("{ \"io.x"));
}

static void path_and_find_agree(void **state)
{
	struct oci_source src = text_source(sample);
	static const char *const values[] = {
		"{ \"path", "\"r\\\"oot", "{}", "\"a\"", "\"c\"", "7", "8", "\"v\"", "1 }",
	};
	char path[100];

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		uint32_t at = offset_of(values[i]);

		oci_source_path(&src, at, path, sizeof(path));
		assert_int_equal(oci_source_find(&src, 0, path), at);
	}
}

static void counts_lines_and_characters(void **state)
{
	struct oci_source src = text_source(sample);
	uint32_t line, col;

	(void)state;
	oci_source_position(&src, 0, &line, &col);
	assert_int_equal(line, 1);
	assert_int_equal(col, 1);
	oci_source_position(&src, offset_of("\"root\""), &line, &col);
	assert_int_equal(line, 2);
	assert_int_equal(col, 3);
	oci_source_position(&src, offset_of("\"mounts\""), &line, &col);
	assert_int_equal(line, 3);
	assert_int_equal(col, 2);
	/* The umlaut before it is two bytes but one character. */
	oci_source_position(&src, offset_of("\"c\""), &line, &col);
	assert_int_equal(col, offset_of("\"c\"") - offset_of("\t\"mounts") + 1 - 1);
	oci_source_position(&src, UINT32_MAX, &line, &col);
	assert_int_equal(line, 6);
	assert_int_equal(col, 1);
}

static void shows_a_line(void **state)
{
	struct oci_source src = text_source("a\n\t\"key\": 5,\nb");
	char buf[80];
	size_t caret = 0;

	(void)state;
	assert_string_equal(oci_source_line(&src, 10, buf, sizeof(buf), &caret), " \"key\": 5,");
	assert_int_equal(buf[caret], '5');
	assert_string_equal(oci_source_line(&src, 0, buf, sizeof(buf), &caret), "a");
	assert_int_equal(caret, 0);
	assert_string_equal(oci_source_line(&src, 14, buf, sizeof(buf), &caret), "b");
	assert_int_equal(caret, 1);
}

static void shows_a_window_of_a_long_line(void **state)
{
	char text[1000];
	struct oci_source src = { .name = "t.json", .text = text, .len = sizeof(text) };

	(void)state;
	for (uint32_t at = 0; at < sizeof(text); at++) {
		char buf[40];
		size_t caret = 0;

		/* Two-byte characters, so that a cut may fall into one. */
		memset(text, 'x', sizeof(text));
		for (size_t i = 0; i + 1 < sizeof(text); i += 2)
			memcpy(text + i, "\xc3\xa4", 2);
		text[at] = '!';
		oci_source_line(&src, at, buf, sizeof(buf), &caret);
		assert_int_equal(buf[caret], '!');
		assert_true(strlen(buf) < sizeof(buf));
		assert_int_equal(memcmp(buf, "...", 3) == 0, at > 16);
		assert_int_equal(strcmp(buf + strlen(buf) - 3, "...") == 0, at < 983);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_paths),
		cmocka_unit_test(cuts_a_path),
		cmocka_unit_test(survives_broken_text),
		cmocka_unit_test(survives_any_depth),
		cmocka_unit_test(finds_offsets),
		cmocka_unit_test(path_and_find_agree),
		cmocka_unit_test(counts_lines_and_characters),
		cmocka_unit_test(shows_a_line),
		cmocka_unit_test(shows_a_window_of_a_long_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
