/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The few types every object struct is made of: optional scalars, lists, maps.
 *
 * An object struct begins with `uint32_t at, end;`: the offset of its '{' and of the byte after
 * its '}', so that [at, end) is its raw text; both are 0 in structs that were not read.
 * An absent object is a NULL pointer, an absent string NULL, an absent word 0.
 * `null` in the text means the same as the key being absent, since Go programs write null for an
 * empty slice or pointer; for a required key it is an error.
 */
#ifndef OCISPEC_TYPES_H
#define OCISPEC_TYPES_H

#include <stdbool.h>
#include <stdint.h>

/* A scalar that may be absent; @v counts only when it is @set. */
struct opt_bool { bool set; bool v; };
struct opt_u16 { bool set; uint16_t v; };
struct opt_u32 { bool set; uint32_t v; };
struct opt_u64 { bool set; uint64_t v; };
struct opt_i32 { bool set; int32_t v; };
struct opt_i64 { bool set; int64_t v; };

/*
 * Lists.  @set tells [] from an absent key; @item has @n elements and is never read beyond.
 * A list in a struct never holds NULL: null as an element is refused.
 */
struct oci_list { bool set; uint32_t n; void **item; };          /* objects; they never move */
struct oci_strings { bool set; uint32_t n; const char **item; };  /* or numbers as text */
struct oci_numbers { bool set; uint32_t n; uint32_t *item; };
struct oci_words { bool set; uint32_t n; int *item; };           /* numbers of a struct oci_names */

/*
 * Maps, in the order of the text; keys are unique and not empty.
 * @at: offset of the key's opening quote.  Which of @string and @object counts is fixed per map.
 */
struct oci_entry {
	const char *key;
	union {
		const char *string;
		void *object;
	};
	uint32_t at;
};

/* @set tells {} from an absent key; @item has @n entries. */
struct oci_map { bool set; uint32_t n; struct oci_entry *item; };

/*
 * Walk a list: `const struct oci_mount *m; oci_for_each(m, &config->mounts) { ... }`.
 * Works for lists, strings, numbers and words alike; inside, m_i is the index.
 */
#define oci_for_each(var, list)                                                              \
	for (uint32_t var##_i = 0;                                                           \
	     var##_i < (list)->n && ((var) = (list)->item[var##_i], true);                   \
	     var##_i++)

/* Walk a map: `const struct oci_entry *e; oci_for_entry(e, &config->annotations) { ... }`. */
#define oci_for_entry(var, map)                                                              \
	for (uint32_t var##_i = 0;                                                           \
	     var##_i < (map)->n && ((var) = &(map)->item[var##_i], true);                    \
	     var##_i++)

/* The entry of @key, NULL when the map does not hold it. */
const struct oci_entry *oci_map_find(const struct oci_map *map, const char *key);

/* The string under @key, NULL when a map of strings does not hold it. */
const char *oci_map_string(const struct oci_map *map, const char *key);

#endif
