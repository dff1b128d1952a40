/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * linux.resources.blockIO.
 * Runs in: host.
 */
#ifndef TARE_PLAN_BLOCK_IO_H
#define TARE_PLAN_BLOCK_IO_H

#include <stddef.h>
#include <stdint.h>

struct judge;
struct oci_block_io;

/*
 * Add what @b asks for (CG-30..CG-32): weights 1 .. 1000 as the specification and v1 have them, rates
 * in bytes or operations per second, LIMIT_UNLIMITED for a rate of 0.  Refuses leaf weights on v2,
 * a device's entry without any weight, and device numbers that the kernel does not have.
 */
int block_io_judge(const struct judge *all, const struct oci_block_io *b);

/* A weight of v1's scale, of whose numbers 10 is the least that CFQ took, on that of io.weight (1 .. 10000). */
int64_t block_io_scale(int64_t weight);

/* The most limits that @b can become. */
size_t block_io_room(const struct oci_block_io *b);

#endif
