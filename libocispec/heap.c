/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory or the end of the program.
 */
#include "libocispec/heap.h"

#include <stdio.h>
#include <stdlib.h>

void heap_exhausted(size_t size)
{
	fprintf(stderr, "libocispec: out of memory (%zu bytes wanted)\n", size);
	abort();
}

void *heap_malloc(void *context, size_t size)
{
	return heap_realloc(context, NULL, size);
}

void *heap_realloc(void *context, void *block, size_t size)
{
	void *resized = realloc(block, size ? size : 1);

	(void)context;
	if (!resized)
		heap_exhausted(size);
	return resized;
}

void heap_free(void *context, void *block)
{
	(void)context;
	free(block);
}
