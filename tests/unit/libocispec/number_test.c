/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Integers in all the ways JSON can write them, up to the last bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "libocispec/number.h"

static void parses_exactly(void **state)
{
	static const struct { const char *text; bool negative; uint64_t size; } good[] = {
		{ "0", false, 0 },
		{ "-0", false, 0 },
		{ "0.0", false, 0 },
		{ "0e999999999999", false, 0 },
		{ "7", false, 7 },
		{ "-1", true, 1 },
		{ "1.0", false, 1 },
		{ "100", false, 100 },
		{ "1e3", false, 1000 },
		{ "1E+3", false, 1000 },
		{ "1000e-3", false, 1 },
		{ "1.5e1", false, 15 },
		{ "12.500e2", false, 1250 },
		{ "9223372036854772000", false, UINT64_C(9223372036854772000) },
		{ "9223372036854775807", false, INT64_MAX },
		{ "-9223372036854775808", true, UINT64_C(1) << 63 },
		{ "18446744073709551615", false, UINT64_MAX },
		{ "18446744073709551615.000", false, UINT64_MAX },
		{ "1844674407370955161500e-2", false, UINT64_MAX },
		{ "0.0000000000000000000000001e25", false, 1 },
	};
	struct number number;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(number_parse(good[i].text, strlen(good[i].text), &number),
				 NUMBER_OK);
		assert_int_equal(number.negative, good[i].negative);
		assert_true(number.size == good[i].size);
	}
}

static void refuses_the_rest(void **state)
{
	static const struct { const char *text; enum number_result result; } bad[] = {
		{ "1.5", NUMBER_FRACTION },
		{ "-0.1", NUMBER_FRACTION },
		{ "1e-1", NUMBER_FRACTION },
		{ "15e-1", NUMBER_FRACTION },
		{ "1e-999999999999999999999", NUMBER_FRACTION },
		{ "18446744073709551616", NUMBER_HUGE },
		{ "1e20", NUMBER_HUGE },
		{ "1e999999999999999999999", NUMBER_HUGE },
		{ "100000000000000000000000001", NUMBER_HUGE },
	};
	struct number number = { .size = 5 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(number_parse(bad[i].text, strlen(bad[i].text), &number),
				 bad[i].result);
		assert_int_equal(number.size, 5);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_exactly),
		cmocka_unit_test(refuses_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
