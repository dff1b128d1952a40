/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text in a buffer of fixed size that is added to piece by piece and never overflows, in plain form,
 * as JSON, and made safe for a terminal.
 * Runs in: either.
 */
#ifndef TARE_BASE_STR_H
#define TARE_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * struct str - text being built in the caller's buffer, always ended by NUL.
 * @size:   of @buf, at least 1
 * @is_cut: something did not fit: from then on nothing is added any more
 */
struct str {
	char *buf;
	size_t size, len;
	bool is_cut;
};

/* Empty text in the array @array (an array, not a pointer). */
#define STR_IN(array) str_in((array), sizeof(array))

/* An empty text in @buf of @size bytes, 1 or more. */
struct str str_in(char *buf, size_t size);

/* Add text; one piece is added whole or, when it does not fit, not at all. */
void str_add(struct str *str, const char *text);
void str_add_format(struct str *str, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Add @text as a JSON string with its quotes.  What is no UTF-8 becomes U+FFFD. */
void str_add_json(struct str *str, const char *text);

/*
 * Add @text for people: control characters and what is no UTF-8 become \xNN (a newline \n), so that text from a
 * container can neither break the line nor speak to the terminal.
 */
void str_add_plain(struct str *str, const char *text);

/*
 * Read @n decimal numbers of 32 bits into @ret, one of the characters of @separators or several between two
 * of them, blanks before the first.  False when @text is anything else than that; only a newline may follow.
 */
bool str_numbers(const char *text, const char *separators, uint32_t *ret, size_t n);

/* Bytes of the UTF-8 character that @text starts with, 0 when it is none (or @text is empty). */
size_t str_utf8(const char *text);

/* What follows @prefix in @text, or NULL when @text does not start with it. */
const char *str_after(const char *text, const char *prefix);

#endif
