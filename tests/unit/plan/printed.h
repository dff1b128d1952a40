/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The printed text in memory, and the question whether a line is in it: what the tests of the files
 * that print a plan share.
 */
#ifndef TARE_TESTS_PLAN_PRINTED_H
#define TARE_TESTS_PLAN_PRINTED_H

#include <stdbool.h>
#include <stddef.h>

struct plan;

/* struct printed: the pieces so far, one after the other; starts zeroed */
struct printed {
	char text[1 << 16];
	size_t n;
};

/* Take the next piece, which must be short; @data is the struct printed. */
void printed_put(void *data, const char *text);

/* True if @line, given without its end, is a whole line of the printed @plan. */
bool printed_has(const struct plan *plan, const char *line);

#endif
