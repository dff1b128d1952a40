/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words and the numbers that stand for them.  One table serves the reader, the writer, the
 * features document and the suggestions in error messages.
 * Numbers are libocispec's own and begin at 1: 0 in a struct always means "not given".
 */
#ifndef OCISPEC_NAMES_H
#define OCISPEC_NAMES_H

#include <stddef.h>

#include "libocispec/types.h"

struct arena;

/* struct oci_name - one word.  Several words may share a value; the first is the one written. */
struct oci_name {
	const char *word;
	int value;
};

/*
 * struct oci_names - a word list.
 * @what: what one word is, for messages: "a namespace type"
 */
struct oci_names {
	const char *what;
	const struct oci_name *name;
	size_t n;
};

/* Initialiser of a struct oci_names over all of the array @table. */
#define OCI_NAMES(what_, table) \
	{ .what = (what_), .name = (table), .n = sizeof(table) / sizeof((table)[0]) }

/* The number of @word, 0 when the list does not hold it. */
int oci_names_find(const struct oci_names *names, const char *word);

/* The (first) word of @value, NULL when the list does not hold it. */
const char *oci_names_word(const struct oci_names *names, int value);

/*
 * The word of the list that @word was probably meant to be, NULL when none is close: differing
 * case, one or two typing errors, or a missing or wrong prefix up to the last '_'.
 */
const char *oci_names_near(const struct oci_names *names, const char *word);

/* All words, in table order, as a list whose vector lives in @arena. */
struct oci_strings oci_names_list(const struct oci_names *names, struct arena *arena);

#endif
