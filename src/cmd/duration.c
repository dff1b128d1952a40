/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lengths of time; see duration.h.
 * Runs in: host.
 */
#include "cmd/duration.h"

#include <stddef.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"

/* Longer units before those that they begin with. */
static const struct {
	const char *word;
	int64_t ns;
} units[] = {
	{ "ns", 1 },
	{ "us", INT64_C(1000) },
	{ "\xc2\xb5s", INT64_C(1000) },	/* the micro sign, */
	{ "\xce\xbcs", INT64_C(1000) },	/* and the Greek letter */
	{ "ms", INT64_C(1000000) },
	{ "s", INT64_C(1000000000) },
	{ "m", INT64_C(60000000000) },
	{ "h", INT64_C(3600000000000) },
};

/* The digits at *@text, which moves behind them; *@ret_scale is 10 to their number.  False when it is too large. */
static bool take_digits(const char **text, int64_t *ret, int64_t *ret_scale)
{
	*ret = 0;
	*ret_scale = 1;
	for (; **text >= '0' && **text <= '9'; (*text)++) {
		if (__builtin_mul_overflow(*ret, 10, ret) || __builtin_add_overflow(*ret, **text - '0', ret) ||
		    __builtin_mul_overflow(*ret_scale, 10, ret_scale))
			return false;
	}
	return true;
}

/* The unit at *@text, which moves behind it; 0 when there is none. */
static int64_t take_unit(const char **text)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		const char *rest = str_after(*text, units[i].word);

		if (rest != NULL) {
			*text = rest;
			return units[i].ns;
		}
	}
	return 0;
}

/* One number with its unit, added to *@sum. */
static bool take_part(const char **text, int64_t *sum)
{
	int64_t whole, fraction = 0, scale, unit, ns;
	const char *start = *text;

	if (!take_digits(text, &whole, &scale))
		return false;
	scale = 1;
	if (**text == '.') {
		(*text)++;
		if (!take_digits(text, &fraction, &scale))
			return false;
	}
	if (*text == start || (*text == start + 1 && *start == '.'))
		return false;
	unit = take_unit(text);
	if (unit == 0 || __builtin_mul_overflow(whole, unit, &ns))
		return false;
	/* Not by way of a double's whole range: a fraction of an hour has nine exact digits and more. */
	ns += (int64_t)((double)fraction * (double)unit / (double)scale);
	return !__builtin_add_overflow(*sum, ns, sum);
}

int64_t duration_parse(const char *text, struct err *err)
{
	const char *p = text;
	int64_t sum = 0;

	do {
		if (!take_part(&p, &sum))
			return err_say(err, ERR_NOWHERE, "\"%s\" is no duration such as 5s, 100ms or 1m30s", text);
	} while (*p != '\0');
	if (sum <= 0)
		return err_say(err, ERR_NOWHERE, "duration interval must be greater than 0, not \"%s\"", text);
	return sum;
}
