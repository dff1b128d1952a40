/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * linux.seccomp compiled to a classic BPF program by libseccomp (SC-01..SC-10).
 * Runs in: made in host, read in either.
 */
#ifndef TARE_PLAN_SECCOMP_H
#define TARE_PLAN_SECCOMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * struct plan_filter - a compiled program.
 * @insns: struct sock_filter[] of linux/filter.h, @n of them (at most BPF_MAXINSNS, 4096)
 * @flags: SECCOMP_FILTER_FLAG_* for seccomp(2)
 */
struct plan_filter {
	const void *insns;
	uint32_t n;
	uint32_t flags;
};

/*
 * struct plan_seccomp
 * @present:        config.json has `linux.seccomp`
 * @default_action: the word of the default action, "SCMP_ACT_ERRNO"
 * @n_rules:        entries of `syscalls`, those without effect included: says how large the profile is
 */
struct plan_seccomp {
	uint32_t at;
	bool present;
	const char *default_action;
	uint32_t n_rules;
	struct plan_filter filter;
};

/*
 * The version of libseccomp at run time as "2.5.4", in @buf, which is returned.  A filter compiled
 * under another version may lack system calls that this one knows.
 */
const char *plan_seccomp_library(char *buf, size_t size);

#endif
