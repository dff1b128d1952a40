/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * linux.resources.memory.
 * Runs in: host.
 */
#ifndef TARE_PLAN_MEMORY_LIMITS_H
#define TARE_PLAN_MEMORY_LIMITS_H

struct judge;
struct oci_memory;

/*
 * Add what @m asks for.  The specification counts swap as v1 does, memory and swap together; v2 gets
 * the difference.  Refuses what the tree cannot do, and sums that do not add up (CG-11..CG-16).
 */
int memory_limits_judge(const struct judge *all, const struct oci_memory *m);

#endif
