/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waiting for what the kernel finishes on its own and tells nobody, without a clock: membarrier(2).
 * Runs in: host.
 */
#ifndef TARE_SYS_MEMBARRIER_H
#define TARE_SYS_MEMBARRIER_H

/*
 * Return after every CPU has gone through its scheduler since the call: MEMBARRIER_CMD_GLOBAL (Linux
 * 4.3) lasts one RCU grace period, a few milliseconds, in which the caller sleeps.  So whoever was about to be
 * switched out or in on another CPU has been; what else it waits for may take further rounds.  Our own
 * CPU is given away besides: with one CPU there is no grace period to wait for.  Where the kernel
 * refuses (nohz_full=, a seccomp filter) that alone is done.
 */
void membarrier_pass(void);

#endif
