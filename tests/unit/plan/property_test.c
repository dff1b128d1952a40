/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of properties: each name once, in the order of its first mention. */
#include "plan/property.h"

#include <string.h>

#include "fixture.h"

static void test_set(void **state)
{
	auto_fixture struct fixture f;
	struct plan_scope scope = { .n = 0 };

	(void)state;
	fixture_open(&f, CONFIG("", "", ""));
	property_set_text(&f.region, &scope, 7, "Slice", "a.slice");
	property_set_number(&f.region, &scope, 8, "TasksMax", 't', 5);
	property_set_number(&f.region, &scope, 9, "TasksMax", 'u', 6);
	assert_int_equal(scope.n, 2);
	assert_string_equal(scope.properties[0].signature, "s");
	assert_string_equal(scope.properties[0].value[0].text, "a.slice");
	assert_int_equal(scope.properties[0].at, 7);
	assert_string_equal(scope.properties[1].signature, "u");
	assert_int_equal(scope.properties[1].n, 1);
	assert_int_equal(scope.properties[1].value[0].number, 6);
	assert_int_equal(scope.properties[1].at, 9);
	assert_ptr_equal(property_find(&scope, "TasksMax"), &scope.properties[1]);
	assert_null(property_find(&scope, "Tasks"));
}

/* Room is found for any number of either. */
static void test_many(void **state)
{
	static const char *const names[] = { "A", "B", "C", "D", "E", "F", "G", "H", "I" };
	auto_fixture struct fixture f;
	struct plan_scope scope = { .n = 0 };

	(void)state;
	fixture_open(&f, CONFIG("", "", ""));
	for (size_t i = 0; i < 9; i++) {
		struct plan_property *property = property_set(&f.region, &scope, 0, names[i], "ay");

		for (size_t k = 0; k < 100; k++)
			property_add(&f.region, property, 'y', k + i, NULL);
	}
	assert_int_equal(scope.n, 9);
	for (size_t i = 0; i < 9; i++) {
		assert_string_equal(scope.properties[i].name, names[i]);
		assert_int_equal(scope.properties[i].n, 100);
		for (size_t k = 0; k < 100; k++)
			assert_int_equal(scope.properties[i].value[k].number, k + i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
