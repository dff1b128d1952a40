/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Columns. */
#include "cmd/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void assert_prints(const char *const *cells, size_t rows, size_t columns, const char *expected)
{
	char text[512] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");

	assert_non_null(out);
	table_print(out, cells, rows, columns);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, expected);
}

static void test_columns(void **state)
{
	static const char *const cells[] = { "ID", "PID", "OWNER", "a-long-id", "1", "root", "b", "12345", NULL };

	(void)state;
	assert_prints(cells, 3, 3,
		      "ID          PID     OWNER\n"
		      "a-long-id   1       root\n"
		      "b           12345\n");
}

static void test_empty_cell_in_the_middle(void **state)
{
	static const char *const cells[] = { "A", "B", "C", "1", "", "3" };

	(void)state;
	assert_prints(cells, 2, 3, "A   B   C\n1       3\n");
}

static void test_characters_not_bytes(void **state)
{
	static const char *const cells[] = { "\xc3\xa4\xc3\xb6", "x", "ab", "y" };

	(void)state;
	assert_prints(cells, 2, 2, "\xc3\xa4\xc3\xb6   x\nab   y\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_empty_cell_in_the_middle),
		cmocka_unit_test(test_characters_not_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
