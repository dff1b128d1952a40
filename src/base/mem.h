/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Heap blocks owned by scope.  Host side only: the init has no heap.
 * Runs in: host.
 */
#ifndef TARE_BASE_MEM_H
#define TARE_BASE_MEM_H

#include <stdlib.h>

/* Free the block that the variable at @p points to; for auto_free only. */
static inline void mem_free_at(void *p)
{
	free(*(void **)p);
}

/* A pointer that owns its heap block: `auto_free char *text = NULL;` */
#define auto_free __attribute__((cleanup(mem_free_at)))

/* Move the block out of the variable at @p: returns it and leaves NULL behind. */
#define take_ptr(p)                        \
	({                                 \
		__typeof__(*(p)) taken_ = *(p); \
		*(p) = NULL;               \
		taken_;                    \
	})

#endif
