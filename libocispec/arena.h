/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that is handed out in order and freed all at once.
 * A document and everything read from it live in one arena, so nothing in libocispec owns
 * anything else and no error path has to free.  Not thread safe; not for long-lived growth.
 */
#ifndef OCISPEC_ARENA_H
#define OCISPEC_ARENA_H

#include <stddef.h>

struct arena_chunk;

/*
 * struct arena - chunks of malloc(3)ed memory.
 * @chunk: the newest chunk, NULL before the first allocation
 * @total: bytes obtained from malloc so far (what the arena costs)
 */
struct arena {
	struct arena_chunk *chunk;
	size_t total;
};

/* An arena without memory; arena_alloc() gets the first chunk. */
#define ARENA_INIT ((struct arena){ .chunk = NULL })

/* An arena owned by a scope: `auto_arena struct arena a = ARENA_INIT;` */
#define auto_arena __attribute__((cleanup(arena_free)))

/*
 * Zeroed memory, aligned for any type, valid until arena_free().  Never NULL: when the machine
 * has no memory left the program is aborted with a message, since yajl could not cope anyway.
 */
void *arena_alloc(struct arena *arena, size_t size)
	__attribute__((malloc, returns_nonnull, alloc_size(2)));

/* Zeroed room for @n elements of @size bytes; aborts when the product overflows. */
void *arena_array(struct arena *arena, size_t n, size_t size)
	__attribute__((malloc, returns_nonnull, alloc_size(2, 3)));

/* A NUL-terminated copy of @len bytes. */
char *arena_text(struct arena *arena, const char *bytes, size_t len)
	__attribute__((returns_nonnull));

/* A copy of the string @s, or NULL for NULL. */
char *arena_copy(struct arena *arena, const char *s);

/* A formatted string. */
char *arena_format(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3), returns_nonnull));

/* One of type @type, zeroed. */
#define arena_new(arena, type) ((type *)arena_alloc((arena), sizeof(type)))

/* Free everything; the arena is empty afterwards and may be used again. */
void arena_free(struct arena *arena);

#endif
