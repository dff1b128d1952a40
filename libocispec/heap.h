/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * malloc(3) that does not fail, in the form yajl takes its memory functions: yajl does not look
 * whether it got what it asked for.  Internal to libocispec.
 */
#ifndef OCISPEC_HEAP_H
#define OCISPEC_HEAP_H

#include <stddef.h>

/* Abort the program with a message about @size bytes. */
void heap_exhausted(size_t size) __attribute__((noreturn));

/* As malloc(3), realloc(3), free(3); @context is not used. */
void *heap_malloc(void *context, size_t size);
void *heap_realloc(void *context, void *block, size_t size);
void heap_free(void *context, void *block);

#endif
