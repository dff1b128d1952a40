/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flock(2) with a limit to the wait, which it has none of.
 * Runs in: host.
 */
#ifndef TARE_SYS_FLOCKWAIT_H
#define TARE_SYS_FLOCKWAIT_H

/*
 * Take the exclusive lock on the open file @fd within @timeout_ms (0: at once or not at all).  0, or -1 with errno,
 * EWOULDBLOCK when somebody else has it still.  The wait uses this process's ITIMER_REAL and SIGALRM: a timer that
 * runs is lost, the signal's mask and action are put back.
 */
int flockwait_exclusive(int fd, int timeout_ms);

#endif
