/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages before their faults; see prefault.h.
 * Runs in: host.
 */
#include "base/prefault.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* linux/mman.h, Linux 5.14 */
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

/* What `run` of a manager's configuration uses; paths on the stack, documents on the heap. */
#define STACK_SIZE ((size_t)48 * 1024)
#define HEAP_SIZE ((size_t)96 * 1024)

/* The pages that [@start, @start + @size) lies on. */
static void populate(uintptr_t start, size_t size)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t first = start / page * page;
	uintptr_t end = (start + size + page - 1) / page * page;

	/* NOLINTNEXTLINE(performance-no-int-to-ptr): the page that a pointer of the caller's is on */
	(void)madvise((void *)first, end - first, MADV_POPULATE_WRITE);
}

void prefault_process(void)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	void *volatile block = malloc(1);
	uintptr_t heap = (uintptr_t)block, end = (uintptr_t)sbrk(0);

	populate(here - STACK_SIZE, STACK_SIZE);
	/* glibc's heap lies in front of the break, and the first block at its beginning; others have it elsewhere. */
	if (end > heap && end - heap >= HEAP_SIZE && end - heap < 2 * HEAP_SIZE)
		populate(heap, HEAP_SIZE);
	free(block);
}
