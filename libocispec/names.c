/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Look-ups in word lists, and the guess which word was meant.
 */
#include "libocispec/names.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "libocispec/arena.h"

/* Longer words are never taken for typing errors of one another. */
enum { LONGEST_GUESS = 48, FAR = 255 };

int oci_names_find(const struct oci_names *names, const char *word)
{
	for (size_t i = 0; i < names->n; i++) {
		if (strcmp(names->name[i].word, word) == 0)
			return names->name[i].value;
	}
	return 0;
}

const char *oci_names_word(const struct oci_names *names, int value)
{
	for (size_t i = 0; i < names->n; i++) {
		if (names->name[i].value == value)
			return names->name[i].word;
	}
	return NULL;
}

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* Insertions, deletions, replacements and swaps of neighbours that make @b of @a. */
static unsigned int distance(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);
	unsigned int row[3][LONGEST_GUESS + 1];

	if (n > LONGEST_GUESS || m > LONGEST_GUESS)
		return FAR;
	for (size_t j = 0; j <= m; j++)
		row[0][j] = (unsigned int)j;
	for (size_t i = 1; i <= n; i++) {
		unsigned int *now = row[i % 3], *last = row[(i - 1) % 3], *before = row[(i + 1) % 3];

		now[0] = (unsigned int)i;
		for (size_t j = 1; j <= m; j++) {
			unsigned int cost = a[i - 1] != b[j - 1];

			now[j] = least(least(last[j], now[j - 1]) + 1, last[j - 1] + cost);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = least(now[j], before[j - 2] + 1);
		}
	}
	return row[n % 3][m];
}

/* What follows the last '_', the part that people remember: "ERRNO" of "SCMP_ACT_ERRNO". */
static const char *tail(const char *word)
{
	const char *mark = strrchr(word, '_');

	return mark && mark[1] ? mark + 1 : word;
}

const char *oci_names_near(const struct oci_names *names, const char *word)
{
	size_t allowed = strlen(word) < 4 ? 1 : 2;
	const char *best = NULL;

	for (size_t i = 0; i < names->n; i++) {
		const char *known = names->name[i].word;
		unsigned int d = distance(word, known);

		if (strcasecmp(word, known) == 0)
			return known;
		if (d <= allowed && d < strlen(word)) {
			best = known;
			allowed = d ? d - 1 : 0;
		}
	}
	for (size_t i = 0; i < names->n && !best; i++) {
		if (strcasecmp(tail(word), tail(names->name[i].word)) == 0)
			best = names->name[i].word;
	}
	return best;
}

struct oci_strings oci_names_list(const struct oci_names *names, struct arena *arena)
{
	struct oci_strings list = { .set = true, .n = (uint32_t)names->n };

	list.item = arena_array(arena, names->n, sizeof(*list.item));
	for (size_t i = 0; i < names->n; i++)
		list.item[i] = names->name[i].word;
	return list;
}
