/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * linux.resources.cpu.
 * Runs in: host.
 */
#ifndef TARE_PLAN_CPU_LIMITS_H
#define TARE_PLAN_CPU_LIMITS_H

#include <stdint.h>

struct judge;
struct oci_cpu;

/*
 * Add what @c asks for, times in microseconds (CG-20..CG-25).  Refuses real-time budgets on v2, which
 * has none, and a burst above the quota.
 */
int cpu_limits_judge(const struct judge *all, const struct oci_cpu *c);

/*
 * v1 CPU shares (2 .. 262144, clamped) as a v2 weight (1 .. 10000), along the curve that runtimes
 * agree on: ceil(10^((l^2 + 125 l) / 612 - 7/34)) with l = log2(shares); 1024 gives 100 (CG-20).
 */
unsigned int cpu_limits_weight(uint64_t shares);

#endif
