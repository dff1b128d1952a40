/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel says of the calling process in one file, /proc/self/status (proc(5)): one look instead of
 * one system call for each capability and each signal.
 * Runs in: host.
 */
#ifndef TARE_SYS_SELFSTATUS_H
#define TARE_SYS_SELFSTATUS_H

#include <stdint.h>

/*
 * struct self_status - bit n is capability n (capabilities(7)), or signal n + 1 (signal(7)).
 * @permitted, @bounding: capability sets
 * @ignored: signals whose action is SIG_IGN; @caught: that have a handler
 */
struct self_status {
	uint64_t permitted, bounding;
	uint64_t ignored, caught;
};

/* 0; -1 where there is no such file, or it lacks one of these lines. */
int selfstatus_read(struct self_status *ret);

#endif
