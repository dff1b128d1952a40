/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The set of names. */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "plan/seen.h"

static void test_few(void **state)
{
	auto_seen struct seen seen = { .slot = NULL };

	(void)state;
	seen_init(&seen, 4);
	assert_int_equal(seen_add(&seen, "a=1", 1), 0);
	assert_int_equal(seen_add(&seen, "b=1", 1), 1);
	assert_int_equal(seen_add(&seen, "a=2", 1), 0);
	assert_int_equal(seen_add(&seen, "ab", 2), 2);
	assert_int_equal(seen_add(&seen, "", 0), 3);
	assert_int_equal(seen_add(&seen, "", 0), 3);
	assert_int_equal(seen.n, 4);
}

static void test_none(void **state)
{
	struct seen seen;

	(void)state;
	seen_init(&seen, 0);
	seen_done(&seen);
	seen_done(&seen);
	assert_null(seen.slot);
}

/* Full to its limit, every name is found again. */
static void test_many(void **state)
{
	enum { MANY = 5000 };
	static char name[MANY][8];
	auto_seen struct seen seen = { .slot = NULL };

	(void)state;
	seen_init(&seen, MANY);
	for (int round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < MANY; i++) {
			(void)snprintf(name[i], sizeof(name[i]), "%u", i);
			assert_int_equal(seen_add(&seen, name[i], strlen(name[i])), i);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_few),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
