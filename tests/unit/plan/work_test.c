/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the rules share. */
#include "fixture.h"

#include <string.h>

static void test_place(void **state)
{
	auto_fixture struct fixture f;

	(void)state;
	fixture_open(&f, CONFIG("'env':['A=1','B=2'],", "", ""));
	assert_int_equal(work_place(&f.work, f.config->process->at, "env[%d]", 1),
			 strstr(f.text, "\"B=2\"") - f.text);
	f.input.source = NULL;
	assert_int_equal(work_place(&f.work, 7, "env[%d]", 1), 7);
}

/* Warnings stand in the order of the document, whatever the order of the rules. */
static void test_warnings(void **state)
{
	auto_fixture struct fixture f;
	char longest[1200];

	(void)state;
	fixture_open(&f, CONFIG("", "", ""));
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	work_warn(&f.work, 30, "c%d", 3);
	work_warn(&f.work, 10, "a");
	work_warn(&f.work, 30, "d");
	work_warn(&f.work, 20, "b");
	work_warn(&f.work, 40, "%s", longest);
	assert_string_equal(fixture_warning(f.work.plan, 0), "a");
	assert_string_equal(fixture_warning(f.work.plan, 1), "b");
	assert_string_equal(fixture_warning(f.work.plan, 2), "c3");
	assert_string_equal(fixture_warning(f.work.plan, 3), "d");
	assert_int_equal(strlen(fixture_warning(f.work.plan, 4)), 1023);
	assert_null(fixture_warning(f.work.plan, 5));
}

/* A document full of them costs no more than a few. */
static void test_many_warnings(void **state)
{
	auto_fixture struct fixture f;

	(void)state;
	fixture_open(&f, CONFIG("", "", ""));
	for (uint32_t i = 0; i < 100000; i++)
		work_warn(&f.work, i, "number %u of something", i);
	assert_string_equal(fixture_warning(f.work.plan, 99), "number 99 of something");
	assert_string_equal(fixture_warning(f.work.plan, 100), "there are more warnings than these");
	assert_null(fixture_warning(f.work.plan, 101));
}

static void test_lists(void **state)
{
	auto_fixture struct fixture f;
	const struct oci_strings none = { .n = 0 };
	const char *const *copy;

	(void)state;
	fixture_open(&f, CONFIG("'env':['A=1','B=2'],", "", ""));
	copy = work_strings(&f.work, &f.config->process->env);
	assert_string_equal(copy[0], "A=1");
	assert_string_equal(copy[1], "B=2");
	assert_null(copy[2]);
	assert_null(work_strings(&f.work, &none)[0]);
	assert_null(work_array(&f.work, 0, 8));
	assert_non_null(work_array(&f.work, 1, 8));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_place),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_many_warnings),
		cmocka_unit_test(test_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
