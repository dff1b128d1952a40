/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Walking lists and maps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "libocispec/types.h"

static void walks_lists(void **state)
{
	const char *texts[] = { "a", "b", "c" };
	uint32_t ids[] = { 5, 6 };
	struct oci_strings strings = { .set = true, .n = 3, .item = texts };
	struct oci_numbers numbers = { .set = true, .n = 2, .item = ids };
	struct oci_list none = { .set = false };
	const char *text;
	uint32_t id, sum = 0, seen = 0;
	const int *object;

	(void)state;
	oci_for_each(text, &strings) {
		assert_ptr_equal(text, texts[text_i]);
		seen++;
	}
	assert_int_equal(seen, 3);
	oci_for_each(id, &numbers)
		sum += id;
	assert_int_equal(sum, 11);
	oci_for_each(object, &none)
		fail();
	(void)object;
}

static void finds_in_maps(void **state)
{
	struct oci_entry entries[] = {
		{ .key = "a", .string = "1", .at = 3 },
		{ .key = "b", .string = "", .at = 9 },
	};
	struct oci_map map = { .set = true, .n = 2, .item = entries };
	struct oci_map none = { .set = false };
	const struct oci_entry *entry;
	uint32_t seen = 0;

	(void)state;
	assert_string_equal(oci_map_string(&map, "a"), "1");
	assert_string_equal(oci_map_string(&map, "b"), "");
	assert_null(oci_map_string(&map, "c"));
	assert_null(oci_map_find(&none, "a"));
	assert_int_equal(oci_map_find(&map, "b")->at, 9);
	oci_for_entry(entry, &map)
		seen += entry->at;
	assert_int_equal(seen, 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walks_lists),
		cmocka_unit_test(finds_in_maps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
