/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bump allocator at one fixed address.  The host builds the plan in it, seals a copy of its bytes
 * in a memfd, and the init maps that memfd at the same address: pointers hold in both programs and
 * nothing is marshalled (design.md section 3).
 * Runs in: either.
 */
#ifndef TARE_BASE_REGION_H
#define TARE_BASE_REGION_H

#include <stddef.h>

struct err;

/*
 * struct region - one open region; there can be one at a time in a process.
 * @base: REGION_ADDRESS, NULL while closed
 * @used: bytes handed out so far, a multiple of 16
 */
struct region {
	char *base;
	size_t used;
};

/* Reserve the address range, without memory behind it yet.  Fails when something else lies there. */
int region_open(struct region *region, struct err *err);

/*
 * @size zeroed bytes, aligned to 16; lives until region_close().  Never NULL: the region is far
 * larger than anything a document within libocispec's limits can ask for, so running out is a
 * defect and aborts.
 */
void *region_alloc(struct region *region, size_t size);

/* Copies of a string (NULL gives NULL) and of a block. */
char *region_strdup(struct region *region, const char *text);
void *region_memdup(struct region *region, const void *data, size_t size);

/* printf into the region. */
char *region_format(struct region *region, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Copy what was allocated into a memfd that nobody can write, grow or shrink any more, and make our
 * own pages read-only: a late write crashes.  Returns the descriptor (CLOEXEC), or -1.
 */
int region_seal(struct region *region, struct err *err);

/* Map a sealed memfd of region_seal() read-only at its address; the init's counterpart. */
int region_map(struct region *region, int fd, struct err *err);

/* Unmap; accepts a closed region. */
void region_close(struct region *region);

#define auto_region __attribute__((cleanup(region_close)))

#endif
