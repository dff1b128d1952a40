/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pages for the init's few tables. */
#include "init/scratch.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/err.h"
#include "tests/unit/support.h"

static void test_zeroed_and_writable(void **state)
{
	size_t sizes[] = { 0, 1, 4096, 5000, 1 << 20 };
	struct err err = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		char *p = scratch_pages(sizes[i], &err), *q = scratch_pages(sizes[i], &err);

		assert_non_null(p);
		assert_non_null(q);
		assert_ptr_not_equal(p, q);
		for (size_t k = 0; k < sizes[i]; k++)
			assert_int_equal(p[k], 0);
		memset(p, 'p', sizes[i]);
		for (size_t k = 0; k < sizes[i]; k++)
			assert_int_equal(q[k], 0);
		assert_int_equal(munmap(p, sizes[i] == 0 ? 1 : sizes[i]), 0);
		assert_int_equal(munmap(q, sizes[i] == 0 ? 1 : sizes[i]), 0);
	}
	assert_false(err_is_set(&err));
}

static void test_too_much(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_null(scratch_pages(SIZE_MAX / 2, &err));
	assert_int_equal(err.code, ENOMEM);
	assert_holds(err.text, "bytes of memory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zeroed_and_writable),
		cmocka_unit_test(test_too_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
