/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The head of a seccomp program that says ENOSYS for system calls newer than the profile
 * (spec-checklist 8.1 #18).  A profile that answers EPERM for all it does not name would answer so
 * for calls its author could not know, and C libraries fall back to the older call on ENOSYS only.
 * Runs in: host.
 */
#ifndef TARE_PLAN_ENOSYS_H
#define TARE_PLAN_ENOSYS_H

#include <stddef.h>
#include <stdint.h>

struct sock_filter;

/* Highest number of Linux 5.3; from 5.1 on all architectures number new calls alike. */
#define ENOSYS_FLOOR 434u

/*
 * struct enosys_arch - one value of seccomp_data.arch, with its numbers in two ranges.
 * @arch:     AUDIT_ARCH_* of linux/audit.h
 * @max:      numbers above it, but below @high, do not exist
 * @high:     first number of the upper range: x32's on x86-64, the private calls of ARM
 * @max_high: numbers above it in the upper range do not exist; UINT32_MAX when all of them may
 */
struct enosys_arch {
	uint32_t arch;
	uint32_t max;
	uint32_t high;
	uint32_t max_high;
};

/* Instructions of a head for @n architectures. */
size_t enosys_size(size_t n);

/*
 * Write the head into @out, which has room for enosys_size(@n): it answers or falls through to what
 * comes after it, whatever the accumulator is then.
 */
void enosys_write(struct sock_filter *out, const struct enosys_arch *arch, size_t n);

#endif
