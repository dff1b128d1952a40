/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The test for UTF-8 of RFC 3629, quick over the ASCII that nearly all text is.
 */
#include "libocispec/utf8.h"

#include <stdint.h>
#include <string.h>

/*
 * struct lead - first bytes [@from, @to] begin a character of 1 + @more bytes, the second of
 * which lies in [@low, @high]; the others are any continuation byte.  RFC 3629, section 4.
 */
struct lead {
	unsigned char from, to, more, low, high;
};

static const struct lead leads[] = {
	{ 0xc2, 0xdf, 1, 0x80, 0xbf },
	{ 0xe0, 0xe0, 2, 0xa0, 0xbf }, /* no overlong forms */
	{ 0xe1, 0xec, 2, 0x80, 0xbf },
	{ 0xed, 0xed, 2, 0x80, 0x9f }, /* no surrogates */
	{ 0xee, 0xef, 2, 0x80, 0xbf },
	{ 0xf0, 0xf0, 3, 0x90, 0xbf }, /* no overlong forms */
	{ 0xf1, 0xf3, 3, 0x80, 0xbf },
	{ 0xf4, 0xf4, 3, 0x80, 0x8f }, /* nothing beyond U+10FFFF */
};

/* Bytes of the character at @text, 0 when there is none. */
static size_t character(const unsigned char *text, size_t len)
{
	for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++) {
		const struct lead *lead = &leads[i];

		if (text[0] < lead->from || text[0] > lead->to)
			continue;
		if (len <= lead->more || text[1] < lead->low || text[1] > lead->high)
			return 0;
		for (size_t k = 2; k <= lead->more; k++) {
			if (text[k] < 0x80 || text[k] > 0xbf)
				return 0;
		}
		return 1u + lead->more;
	}
	return 0;
}

size_t utf8_check(const char *text, size_t len)
{
	size_t at = 0;

	while (at < len) {
		uint64_t eight;
		size_t size;

		if (len - at >= sizeof(eight)) {
			memcpy(&eight, text + at, sizeof(eight));
			if (!(eight & UINT64_C(0x8080808080808080))) {
				at += sizeof(eight);
				continue;
			}
		}
		if (!((unsigned char)text[at] & 0x80)) {
			at++;
			continue;
		}
		size = character((const unsigned char *)text + at, len - at);
		if (!size)
			return at;
		at += size;
	}
	return len;
}
