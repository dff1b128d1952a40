/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chunks of malloc(3)ed memory, handed out front to back.
 * Not a general allocator: nothing is freed or moved before the whole arena is.
 */
#include "libocispec/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "libocispec/heap.h"

/* The first chunk holds a typical config; later ones double, up to the largest. */
enum {
	FIRST_CHUNK = 32 * 1024,
	LARGEST_CHUNK = 1024 * 1024,
};

struct arena_chunk {
	struct arena_chunk *older;
	size_t size; /* of @bytes */
	size_t used;
	alignas(max_align_t) char bytes[];
};

static struct arena_chunk *add_chunk(struct arena *arena, size_t least)
{
	size_t size = FIRST_CHUNK;
	struct arena_chunk *chunk;

	if (arena->chunk)
		size = arena->chunk->size < LARGEST_CHUNK / 2 ? 2 * arena->chunk->size : LARGEST_CHUNK;
	if (size < least)
		size = least;
	if (size > SIZE_MAX - sizeof(*chunk))
		heap_exhausted(size);

	chunk = heap_malloc(NULL, sizeof(*chunk) + size);
	chunk->older = arena->chunk;
	chunk->size = size;
	chunk->used = 0;
	arena->chunk = chunk;
	arena->total += sizeof(*chunk) + size;
	return chunk;
}

static char *take_bytes(struct arena *arena, size_t size, size_t align)
{
	struct arena_chunk *chunk = arena->chunk;
	size_t start = 0;

	if (chunk)
		start = (chunk->used + align - 1) / align * align;
	if (!chunk || start > chunk->size || size > chunk->size - start) {
		chunk = add_chunk(arena, size);
		start = 0;
	}
	chunk->used = start + size;
	return chunk->bytes + start;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	return memset(take_bytes(arena, size, alignof(max_align_t)), 0, size);
}

void *arena_array(struct arena *arena, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		heap_exhausted(SIZE_MAX);
	return arena_alloc(arena, bytes);
}

char *arena_text(struct arena *arena, const char *bytes, size_t len)
{
	char *copy;

	if (len == SIZE_MAX)
		heap_exhausted(len);
	copy = take_bytes(arena, len + 1, 1);
	if (len)
		memcpy(copy, bytes, len);
	copy[len] = '\0';
	return copy;
}

char *arena_copy(struct arena *arena, const char *s)
{
	return s ? arena_text(arena, s, strlen(s)) : NULL;
}

char *arena_format(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *text;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0)
		heap_exhausted(SIZE_MAX);

	text = take_bytes(arena, (size_t)len + 1, 1);
	va_start(args, format);
	(void)vsnprintf(text, (size_t)len + 1, format, args);
	va_end(args);
	return text;
}

void arena_free(struct arena *arena)
{
	while (arena->chunk) {
		struct arena_chunk *older = arena->chunk->older;

		heap_free(NULL, arena->chunk);
		arena->chunk = older;
	}
	arena->total = 0;
}
