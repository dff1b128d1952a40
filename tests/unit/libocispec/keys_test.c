/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Repeated keys are found in small and large objects, at their own level only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "libocispec/keys.h"

static bool add(struct keys *keys, const char *key, uint32_t at)
{
	return keys_add(keys, key, strlen(key), at);
}

static void finds_in_a_small_object(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct keys keys = { .arena = &arena };
	uint32_t at = 0;

	(void)state;
	keys_open(&keys);
	assert_true(add(&keys, "a", 1));
	assert_true(add(&keys, "b", 2));
	assert_true(add(&keys, "", 3));
	assert_false(add(&keys, "a", 4));
	assert_false(add(&keys, "", 5));
	assert_true(keys_close(&keys, &at));
}

static void keeps_levels_apart(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct keys keys = { .arena = &arena };
	uint32_t at = 0;

	(void)state;
	keys_open(&keys);
	assert_true(add(&keys, "a", 1));
	keys_open(&keys);
	assert_true(add(&keys, "a", 2));
	assert_true(add(&keys, "b", 3));
	assert_true(keys_close(&keys, &at));
	keys_open(&keys);
	assert_true(add(&keys, "b", 4));
	assert_true(keys_close(&keys, &at));
	assert_true(add(&keys, "b", 5));
	assert_false(add(&keys, "a", 6));
	assert_true(keys_close(&keys, &at));
	assert_int_equal(keys.n, 0);
	assert_int_equal(keys.depth, 0);
}

static void finds_in_a_large_object(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct keys keys = { .arena = &arena };
	uint32_t at = 0;
	char key[16];

	(void)state;
	keys_open(&keys);
	for (uint32_t i = 0; i < 20000; i++) {
		snprintf(key, sizeof(key), "key%u", i);
		assert_true(add(&keys, key, i));
	}
	/* Left to the close, which names the first of them. */
	assert_true(add(&keys, "key7", 20000));
	assert_true(add(&keys, "key3", 20001));
	assert_true(add(&keys, "key7", 20002));
	assert_false(keys_close(&keys, &at));
	assert_int_equal(at, 20000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_in_a_small_object),
		cmocka_unit_test(keeps_levels_apart),
		cmocka_unit_test(finds_in_a_large_object),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
