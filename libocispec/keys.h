/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does an object say the same key twice?  Looked at for every object, also for those that are
 * passed over: two readers of one document must not see two documents (config.md demands unique
 * names).  Internal to libocispec.
 *
 * Keys are compared by a 64-bit hash of their decoded bytes.  Two different keys of one object
 * with the same hash would be refused, which nobody meets without looking for it.
 */
#ifndef OCISPEC_KEYS_H
#define OCISPEC_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libocispec/arena.h"
#include "libocispec/source.h"

/* One key: a hash of its bytes, and the offset of its opening quote, where the bytes themselves are compared. */
struct keys_entry {
	uint64_t hash;
	uint32_t at;
};

/*
 * struct keys - the keys of all objects that are open, innermost last.
 * @first: for each level of nesting, where its keys begin in @entry
 */
struct keys {
	struct arena *arena;
	struct keys_entry *entry;
	uint32_t n, room;
	uint32_t depth;
	uint32_t first[OCI_MAX_DEPTH + 1];
};

/* An object opens; its keys follow. */
void keys_open(struct keys *keys);

/*
 * A key of the innermost object.  Returns false when it is known to stand there already; of an
 * object with many keys this is left to keys_close().
 */
bool keys_add(struct keys *keys, const char *key, size_t len, uint32_t at);

/*
 * The innermost object closes.  Returns true, or false with *ret_at the place of the first key
 * that repeats an earlier one.
 */
bool keys_close(struct keys *keys, uint32_t *ret_at);

#endif
