/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A set of names met so far, so that long lists can be searched for repetitions without comparing
 * every entry with every other.
 * Runs in: host.
 */
#ifndef TARE_PLAN_SEEN_H
#define TARE_PLAN_SEEN_H

#include <stddef.h>
#include <stdint.h>

/*
 * struct seen - open addressing over the heap.
 * @slot: index + 1 of a name, 0 when empty; @size of them, a power of two
 * @name: by index, borrowed; @len likewise
 */
struct seen {
	uint32_t *slot;
	size_t size;
	const char **name;
	size_t *len;
	uint32_t n;
};

/* Room for @max names.  Aborts when there is no memory. */
void seen_init(struct seen *seen, uint32_t max);

/*
 * Add the name of @len bytes at @name, which must stay where it is, under the next index.  Returns
 * that index, or the index under which the same name was added before.
 */
uint32_t seen_add(struct seen *seen, const char *name, size_t len);

/* Free it; what was added stays the caller's. */
void seen_done(struct seen *seen);

#define auto_seen __attribute__((cleanup(seen_done)))

#endif
