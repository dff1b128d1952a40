/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Paths as text. */
#include "fixture.h"

#include "plan/paths.h"

static void test_clean(void **state)
{
	static const struct {
		const char *path, *clean;
	} cases[] = {
		{ "/", "/" },
		{ "", "/" },
		{ "//", "/" },
		{ "/a/b", "/a/b" },
		{ "a/b", "/a/b" },
		{ "/a//b/", "/a/b" },
		{ "/./a/./b/.", "/a/b" },
		{ "/a/../b", "/b" },
		{ "/a/b/../..", "/" },
		{ "/../../proc", "/proc" },
		{ "/..a/b..", "/..a/b.." },
		{ "/a/.../b", "/a/.../b" },
	};
	struct region region = { .base = NULL };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(region_open(&region, &err), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(paths_clean(&region, cases[i].path), cases[i].clean);
	assert_ptr_equal(paths_clean(&region, cases[3].path), cases[3].path);
	region_close(&region);
}

static void test_join(void **state)
{
	struct region region = { .base = NULL };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(region_open(&region, &err), 0);
	assert_string_equal(paths_join(&region, "/b", "x/y"), "/b/x/y");
	assert_string_equal(paths_join(&region, "/b", "/x"), "/x");
	assert_string_equal(paths_join(&region, "", "x"), "/x");
	region_close(&region);
}

static void test_within(void **state)
{
	(void)state;
	assert_true(paths_is_within("/proc", "/proc"));
	assert_true(paths_is_within("/proc/a", "/proc"));
	assert_false(paths_is_within("/proca", "/proc"));
	assert_false(paths_is_within("/pro", "/proc"));
	assert_false(paths_is_within("/", "/proc"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clean),
		cmocka_unit_test(test_join),
		cmocka_unit_test(test_within),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
