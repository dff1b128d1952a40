/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Look-ups in maps.
 */
#include "libocispec/types.h"

#include <string.h>

const struct oci_entry *oci_map_find(const struct oci_map *map, const char *key)
{
	const struct oci_entry *entry;

	oci_for_entry(entry, map) {
		if (strcmp(entry->key, key) == 0)
			return entry;
	}
	return NULL;
}

const char *oci_map_string(const struct oci_map *map, const char *key)
{
	const struct oci_entry *entry = oci_map_find(map, key);

	return entry ? entry->string : NULL;
}
