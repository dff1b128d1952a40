/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory from an arena is zeroed, aligned, separate and gone at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "libocispec/arena.h"

static void hands_out_zeroed_and_aligned(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;

	(void)state;
	for (size_t size = 1; size < 300; size++) {
		unsigned char *p = arena_alloc(&arena, size);

		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, size);
		(void)arena_text(&arena, "x", 1);
	}
}

static void grows_beyond_a_chunk(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;
	char *first = arena_text(&arena, "first", 5);
	char *large = arena_alloc(&arena, 3 * 1024 * 1024);

	(void)state;
	memset(large, 'x', 3 * 1024 * 1024);
	for (int i = 0; i < 10000; i++)
		memset(arena_alloc(&arena, 500), 'y', 500);
	assert_string_equal(first, "first");
	assert_int_equal(large[0], 'x');
	assert_int_equal(large[3 * 1024 * 1024 - 1], 'x');
	assert_true(arena.total >= 8000000);
	assert_true(arena.total < 12000000);
}

static void copies_text(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;

	(void)state;
	assert_string_equal(arena_text(&arena, "abcdef", 3), "abc");
	assert_string_equal(arena_text(&arena, NULL, 0), "");
	assert_string_equal(arena_copy(&arena, "abc"), "abc");
	assert_null(arena_copy(&arena, NULL));
	assert_string_equal(arena_format(&arena, "%s=%d", "a", 5), "a=5");
}

static void can_be_used_again(void **state)
{
	struct arena arena = ARENA_INIT;

	(void)state;
	(void)arena_alloc(&arena, 10);
	assert_true(arena.total > 0);
	arena_free(&arena);
	assert_int_equal(arena.total, 0);
	arena_free(&arena);
	memset(arena_array(&arena, 100, 8), 1, 800);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hands_out_zeroed_and_aligned),
		cmocka_unit_test(grows_beyond_a_chunk),
		cmocka_unit_test(copies_text),
		cmocka_unit_test(can_be_used_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
