/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decimal digits with point and exponent to an integer, exactly.
 */
#include "libocispec/number.h"

/* Beyond any exponent that matters; keeps the sums small. */
enum { FAR_EXPONENT = 100 * 1000 * 1000 };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int64_t parse_exponent(const char *text, size_t len)
{
	int64_t value = 0;
	bool negative = len && text[0] == '-';

	for (size_t i = len && !is_digit(text[0]); i < len; i++) {
		if (value < FAR_EXPONENT)
			value = value * 10 + (text[i] - '0');
	}
	return negative ? -value : value;
}

static bool times_ten(uint64_t *value, unsigned int digit)
{
	return !__builtin_mul_overflow(*value, 10u, value) &&
	       !__builtin_add_overflow(*value, digit, value);
}

enum number_result number_parse(const char *text, size_t len, struct number *ret_number)
{
	struct number number = { .negative = len && text[0] == '-' };
	int64_t shift = 0; /* power of ten still to be applied to what was taken */
	int64_t zeros = 0; /* digits 0 seen but not yet taken */
	bool in_fraction = false, any = false;

	for (size_t i = number.negative; i < len; i++) {
		if (text[i] == '.') {
			in_fraction = true;
			continue;
		}
		if (!is_digit(text[i])) {
			shift += parse_exponent(text + i + 1, len - i - 1);
			break;
		}
		shift -= in_fraction;
		if (text[i] == '0') {
			zeros += any;
			continue;
		}
		/* Only now it is known that the zeros were not the last digits. */
		for (; zeros; zeros--) {
			if (!times_ten(&number.size, 0))
				return NUMBER_HUGE;
		}
		if (!times_ten(&number.size, (unsigned int)(text[i] - '0')))
			return NUMBER_HUGE;
		any = true;
	}
	if (!any) {
		*ret_number = (struct number){ .size = 0 };
		return NUMBER_OK;
	}
	shift += zeros;
	if (shift < 0)
		return NUMBER_FRACTION;
	for (; shift; shift--) {
		if (!times_ten(&number.size, 0))
			return NUMBER_HUGE;
	}
	*ret_number = number;
	return NUMBER_OK;
}
