/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets of CPUs and of memory nodes: "0-3,7" as the bit arrays that system calls take, of any length.
 * Runs in: made in host, read in either.
 */
#ifndef TARE_PLAN_BITS_H
#define TARE_PLAN_BITS_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct region;

/*
 * struct plan_bits
 * @n:    one more than the highest number of the set; 0: empty
 * @word: bit i of the set is bit i % PLAN_BITS_WORD of word i / PLAN_BITS_WORD; NULL when empty
 */
struct plan_bits {
	size_t n;
	const unsigned long *word;
};

/* Bits of a word, and words for @n bits. */
#define PLAN_BITS_WORD (8 * sizeof(unsigned long))
#define PLAN_BITS_WORDS(n) (((n) + PLAN_BITS_WORD - 1) / PLAN_BITS_WORD)

/*
 * Read @text into @region: numbers and ranges with commas between them; blanks around them and empty
 * elements are overlooked, as the kernel's own reader does (bitmap_parselist()).  Numbers must be
 * below @limit.  -1 with @err filled, placed at @at, when it is no such list.
 */
int plan_bits_parse(struct region *region, const char *text, size_t limit, uint32_t at,
		    struct plan_bits *ret, struct err *err);

#endif
