/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The value of a JSON number, when it is an integer.  Never by way of a double, which would lose
 * the low bits of what lies above 2^53.  Internal to libocispec.
 */
#ifndef OCISPEC_NUMBER_H
#define OCISPEC_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What number_parse() made of a number. */
enum number_result {
	NUMBER_OK,
	NUMBER_FRACTION, /* not an integer: 1.5, 1e-1 */
	NUMBER_HUGE,     /* an integer of more than 64 bits */
};

/* Sign and size apart: 64 bits of size, so that both int64 and uint64 fit.  -0 is 0. */
struct number {
	bool negative;
	uint64_t size;
};

/* @text is a number by JSON's grammar: 12, -1, 1.0, 1e3, 25e-1 (a fraction). */
enum number_result number_parse(const char *text, size_t len, struct number *ret_number);

#endif
