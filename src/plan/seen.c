/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A set of names; see seen.h.
 * Runs in: host.
 */
#include "plan/seen.h"

#include <stdlib.h>
#include <string.h>

/* FNV-1a, 64 bit. */
static uint64_t hash(const char *name, size_t len)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)name[i]) * UINT64_C(0x100000001b3);
	return h ^ (h >> 32);
}

static void *zeroed(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (p == NULL)
		abort();
	return p;
}

void seen_init(struct seen *seen, uint32_t max)
{
	size_t size = 8;

	while (size < 2 * (size_t)max)
		size *= 2;
	*seen = (struct seen){
		.slot = zeroed(size, sizeof(*seen->slot)),
		.size = size,
		.name = zeroed((size_t)max + 1, sizeof(*seen->name)),
		.len = zeroed((size_t)max + 1, sizeof(*seen->len)),
	};
}

uint32_t seen_add(struct seen *seen, const char *name, size_t len)
{
	size_t i = hash(name, len) & (seen->size - 1);

	while (seen->slot[i] != 0) {
		uint32_t index = seen->slot[i] - 1;

		if (seen->len[index] == len && memcmp(seen->name[index], name, len) == 0)
			return index;
		i = (i + 1) & (seen->size - 1);
	}
	seen->name[seen->n] = name;
	seen->len[seen->n] = len;
	seen->slot[i] = ++seen->n;
	return seen->n - 1;
}

void seen_done(struct seen *seen)
{
	free(seen->slot);
	free(seen->name);
	free(seen->len);
	*seen = (struct seen){ .slot = NULL };
}
