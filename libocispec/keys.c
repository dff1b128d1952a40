/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Repeated keys: by looking through the few keys that most objects have, by sorting otherwise,
 * so that no document makes the time grow with the square of its size.
 */
#include "libocispec/keys.h"

#include <stdlib.h>
#include <string.h>

/* Objects with more keys are sorted when they close. */
enum { FEW = 32, FIRST_ROOM = 64 };

/* FNV-1a. */
static uint64_t hash_bytes(const char *bytes, size_t len)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++) {
		hash ^= (unsigned char)bytes[i];
		hash *= UINT64_C(0x100000001b3);
	}
	return hash;
}

void keys_open(struct keys *keys)
{
	keys->first[keys->depth++] = keys->n;
}

static void make_room(struct keys *keys)
{
	uint32_t room = keys->room ? 2 * keys->room : FIRST_ROOM;
	struct keys_entry *entry = arena_array(keys->arena, room, sizeof(*entry));

	if (keys->n)
		memcpy(entry, keys->entry, keys->n * sizeof(*entry));
	keys->entry = entry;
	keys->room = room;
}

bool keys_add(struct keys *keys, const char *key, size_t len, uint32_t at)
{
	uint32_t first = keys->first[keys->depth - 1];
	uint64_t hash = hash_bytes(key, len);

	for (uint32_t i = first; i < keys->n && keys->n - first <= FEW; i++) {
		if (keys->entry[i].hash == hash)
			return false;
	}
	if (keys->n == keys->room)
		make_room(keys);
	keys->entry[keys->n++] = (struct keys_entry){ .hash = hash, .at = at };
	return true;
}

static int by_hash(const void *a, const void *b)
{
	const struct keys_entry *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

bool keys_close(struct keys *keys, uint32_t *ret_at)
{
	uint32_t first = keys->first[--keys->depth];
	uint32_t n = keys->n - first;
	struct keys_entry *entry = n ? keys->entry + first : NULL;
	uint32_t at = UINT32_MAX;

	keys->n = first;
	if (n <= FEW)
		return true;
	qsort(entry, n, sizeof(*entry), by_hash);
	for (uint32_t i = 1; i < n; i++) {
		if (entry[i].hash == entry[i - 1].hash && entry[i].at < at)
			at = entry[i].at;
	}
	if (at == UINT32_MAX)
		return true;
	*ret_at = at;
	return false;
}
