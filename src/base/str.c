/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text in fixed buffers; see str.h.
 * Runs in: either.
 */
#include "base/str.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The longest form that one byte of input takes: "\u001b" */
#define PIECE 8

struct str str_in(char *buf, size_t size)
{
	buf[0] = '\0';
	return (struct str){ .buf = buf, .size = size };
}

static void add_bytes(struct str *str, const char *bytes, size_t n)
{
	if (str->is_cut || n >= str->size - str->len) {
		str->is_cut = true;
		return;
	}
	memcpy(str->buf + str->len, bytes, n);
	str->len += n;
	str->buf[str->len] = '\0';
}

void str_add(struct str *str, const char *text)
{
	add_bytes(str, text, strlen(text));
}

void str_add_format(struct str *str, const char *format, ...)
{
	size_t room = str->size - str->len;
	va_list args;
	int n;

	if (str->is_cut)
		return;
	va_start(args, format);
	n = vsnprintf(str->buf + str->len, room, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= room) {
		str->buf[str->len] = '\0';
		str->is_cut = true;
		return;
	}
	str->len += (size_t)n;
}

size_t str_utf8(const char *text)
{
	/* By the first byte: length, and the range of the second byte (RFC 3629, section 4). */
	static const struct {
		uint8_t first, last, length, low, high;
	} forms[] = {
		{ 0x01, 0x7f, 1, 0x00, 0x00 },
		{ 0xc2, 0xdf, 2, 0x80, 0xbf },
		{ 0xe0, 0xe0, 3, 0xa0, 0xbf },
		{ 0xe1, 0xec, 3, 0x80, 0xbf },
		{ 0xed, 0xed, 3, 0x80, 0x9f },
		{ 0xee, 0xef, 3, 0x80, 0xbf },
		{ 0xf0, 0xf0, 4, 0x90, 0xbf },
		{ 0xf1, 0xf3, 4, 0x80, 0xbf },
		{ 0xf4, 0xf4, 4, 0x80, 0x8f },
	};
	const unsigned char *c = (const unsigned char *)text;

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (c[0] < forms[i].first || c[0] > forms[i].last)
			continue;
		if (forms[i].length > 1 && (c[1] < forms[i].low || c[1] > forms[i].high))
			return 0;
		for (size_t k = 2; k < forms[i].length; k++) {
			if ((c[k] & 0xc0) != 0x80)
				return 0;
		}
		return forms[i].length;
	}
	return 0;
}

/* One character of @n bytes (0: a byte that is no UTF-8) in the form that JSON wants. */
static void json_piece(char out[PIECE], const char *text, size_t n)
{
	static const char plain[] = "\"\\\b\f\n\r\t";
	static const char escaped[] = "\"\\bfnrt";
	const char *found = strchr(plain, *text);

	if (n == 0)
		(void)snprintf(out, PIECE, "\\ufffd");
	else if (found != NULL)
		(void)snprintf(out, PIECE, "\\%c", escaped[found - plain]);
	else if ((unsigned char)*text < 0x20 || *text == 0x7f)
		(void)snprintf(out, PIECE, "\\u%04x", (unsigned int)*text);
	else
		(void)snprintf(out, PIECE, "%.*s", (int)n, text);
}

void str_add_json(struct str *str, const char *text)
{
	char piece[PIECE];

	str_add(str, "\"");
	while (*text != '\0') {
		size_t n = str_utf8(text);

		json_piece(piece, text, n);
		str_add(str, piece);
		text += n > 0 ? n : 1;
	}
	str_add(str, "\"");
}

/* U+0080 .. U+009F: the control characters of ISO 6429, obeyed by some terminals. */
static bool is_c1(const char *text, size_t n)
{
	return n == 2 && (unsigned char)text[0] == 0xc2 && (unsigned char)text[1] < 0xa0;
}

void str_add_plain(struct str *str, const char *text)
{
	char piece[PIECE];

	while (*text != '\0') {
		size_t n = str_utf8(text);
		bool is_control = (unsigned char)*text < 0x20 || *text == 0x7f || is_c1(text, n);

		if (*text == '\n')
			(void)snprintf(piece, PIECE, "\\n");
		else if (n == 0 || is_control)
			(void)snprintf(piece, PIECE, "\\x%02x", (unsigned int)(unsigned char)*text);
		else
			(void)snprintf(piece, PIECE, "%.*s", (int)n, text);
		str_add(str, piece);
		text += n > 0 && !is_control ? n : 1;
	}
}

const char *str_after(const char *text, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(text, prefix, n) == 0 ? text + n : NULL;
}

bool str_numbers(const char *text, const char *separators, uint32_t *ret, size_t n)
{
	text += strspn(text, " ");
	for (size_t i = 0; i < n; i++) {
		size_t digits = strspn(text, "0123456789"), between;
		unsigned long long value = strtoull(text, NULL, 10);

		if (digits == 0 || digits > 10 || value > UINT32_MAX)
			return false;
		ret[i] = (uint32_t)value;
		text += digits;
		between = strspn(text, separators);
		if (i + 1 < n && between == 0)
			return false;
		if (i + 1 < n)
			text += between;
	}
	return *text == '\0' || strcmp(text, "\n") == 0;
}
