/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text for people, piece by piece: what the files that print the plan share.  Private to this room.
 * Runs in: host.
 */
#ifndef TARE_PLAN_PRINT_TEXT_H
#define TARE_PLAN_PRINT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * struct out: where the text goes
 * @put: takes the next piece, which ends with a NUL and lives until it returns
 */
struct out {
	void (*put)(void *data, const char *text);
	void *data;
};

/* A bit, or several, and what they are called. */
struct word {
	uint64_t bits;
	const char *word;
};

/* A table of words as the two arguments it is passed as. */
#define WORDS(table) (table), sizeof(table) / sizeof((table)[0])

/* The word for exactly @value, or "unknown". */
const char *words_find(const struct word *word, size_t n, uint64_t value);

/* Short pieces, cut at 255 bytes; strings of the config go through out_quote(). */
void out_say(const struct out *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* @text of any length in quotes, with what would spoil a line escaped. */
void out_quote(const struct out *out, const char *text);

/* " word" for each bit set, with @sign before it, and what no word is known for as a number. */
void out_bits(const struct out *out, const struct word *word, size_t n, const char *sign,
	      uint64_t bits);

/* A line of a keyword and a string, or of the keyword and "none" for NULL. */
void out_line_text(const struct out *out, const char *head, const char *text);

/* A line of a keyword and the strings of a list that ends with NULL. */
void out_line_list(const struct out *out, const char *head, const char *const *list);

/* A line of a keyword and "yes" or "no". */
void out_line_flag(const struct out *out, const char *head, bool flag);

/* A document that is cut where a pid stands, which is known only when the container is made. */
void out_line_pieces(const struct out *out, const char *head, const char *const *piece, size_t n);

#endif
