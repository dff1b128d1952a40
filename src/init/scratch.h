/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory for the few tables whose size the plan gives; the init has no heap.
 * Runs in: init.
 */
#ifndef TARE_INIT_SCRATCH_H
#define TARE_INIT_SCRATCH_H

#include <stddef.h>

struct err;

/* @size zeroed bytes in pages of their own, never given back (execve does).  NULL with @err filled. */
void *scratch_pages(size_t size, struct err *err);

#endif
