/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The record and the line made of it. */
#include "tests/unit/libocispec/reading.h"

static void formats_with_place(void **state)
{
	struct oci_source src = text_source("{\n\t\"a\": [1, 2]\n}");
	struct oci_error err = OCI_ERROR_INIT;
	char line[64];

	(void)state;
	assert_int_equal(oci_error_at(&err, 12, "bad %s", "thing"), -1);
	assert_true(err.has_at);
	oci_error_format(&err, &src, line, sizeof(line));
	assert_string_equal(line, "t.json:2:11: a[1]: bad thing");

	(void)oci_error_at(&err, 0, "bad");
	oci_error_format(&err, &src, line, sizeof(line));
	assert_string_equal(line, "t.json:1:1: bad");
}

static void formats_without_place(void **state)
{
	struct oci_source src = text_source("{}");
	struct oci_error err = OCI_ERROR_INIT;
	char line[64];

	(void)state;
	assert_int_equal(oci_error_say(&err, "too %s", "large"), -1);
	assert_false(err.has_at);
	oci_error_format(&err, &src, line, sizeof(line));
	assert_string_equal(line, "t.json: too large");
}

static void keeps_terminals_safe(void **state)
{
	struct oci_source src = text_source("{\"a\x1b[2J\": 1}");
	struct oci_error err = OCI_ERROR_INIT;
	char line[64];

	(void)state;
	(void)oci_error_at(&err, 2, "\"\x1b[31m\n\x7f\" no");
	assert_string_equal(err.text, "\"?[31m??\" no");
	oci_error_format(&err, &src, line, sizeof(line));
	assert_null(strchr(line, '\x1b'));
}

static void cuts_what_is_long(void **state)
{
	struct oci_source src = text_source("{}");
	struct oci_error err = OCI_ERROR_INIT;
	char line[20];

	(void)state;
	(void)oci_error_at(&err, 0, "%0900d", 0);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	oci_error_format(&err, &src, line, sizeof(line));
	assert_string_equal(line, "t.json:1:1: 0000000");
	oci_error_format(&err, &src, line, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_with_place),
		cmocka_unit_test(formats_without_place),
		cmocka_unit_test(keeps_terminals_safe),
		cmocka_unit_test(cuts_what_is_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
