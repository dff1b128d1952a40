/* SPDX-License-Identifier: GPL-2.0-or-later */
/* UTF-8 as RFC 3629 draws it, checked against a decoder written the slow way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "libocispec/utf8.h"

static void finds_the_first_bad_byte(void **state)
{
	static const struct { const char *text; size_t bad; } cases[] = {
		{ "plain ascii, longer than eight bytes", 36 },
		{ "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x90\xb3", 11 },
		{ "12345678\x80", 8 },
		{ "1234\xff", 4 },
		{ "\xc0\x80", 0 },         /* overlong NUL */
		{ "a\xc1\xbf", 1 },        /* overlong ASCII */
		{ "\xe0\x9f\xbf", 0 },     /* overlong */
		{ "\xf0\x8f\xbf\xbf", 0 }, /* overlong */
		{ "\xed\xa0\x80", 0 },     /* surrogate */
		{ "\xed\x9f\xbf", 3 },
		{ "\xf4\x90\x80\x80", 0 }, /* beyond U+10FFFF */
		{ "\xf4\x8f\xbf\xbf", 4 },
		{ "abc\xe2\x82", 3 },      /* cut short */
		{ "abc\xc3", 3 },
		{ "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(utf8_check(cases[i].text, strlen(cases[i].text)), cases[i].bad);
}

/* Encode @c in as few bytes as it needs. */
static size_t encode(uint32_t c, char *out)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

static void takes_exactly_the_code_points(void **state)
{
	(void)state;
	for (uint32_t c = 0; c < 0x120000; c++) {
		char text[4];
		size_t len = encode(c, text);
		bool is_good = c < 0xd800 || (c > 0xdfff && c <= 0x10ffff);

		assert_int_equal(utf8_check(text, len), is_good ? len : 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_first_bad_byte),
		cmocka_unit_test(takes_exactly_the_code_points),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
