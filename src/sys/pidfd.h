/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes by descriptor instead of by number: pidfd_open(2), pidfd_send_signal(2), waitid(2) with
 * P_PIDFD.  By system call number, since neither glibc before 2.36 nor musl has wrappers.
 * Runs in: either.
 */
#ifndef TARE_SYS_PIDFD_H
#define TARE_SYS_PIDFD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * A descriptor for process @pid, close-on-exec.  -1 with errno; ESRCH: no such process, also when the
 * number is that of a mere thread (Linux 5.3).
 */
int pidfd_open(pid_t pid);

/* Send @sig.  -1 with errno; ESRCH: it has ended and was reaped (Linux 5.1). */
int pidfd_send_signal(int pidfd, int sig);

/*
 * 1 once the process (all its threads) has ended, a zombie included; 0 while it lives; -1 with
 * errno. Waits @timeout_ms at most; 0 just looks, -1 waits without limit.
 */
int pidfd_has_ended(int pidfd, int timeout_ms);

/*
 * struct pidfd_exit - how a process ended.
 * @code: exit status, or the signal number when @by_signal
 */
struct pidfd_exit {
	int code;
	bool by_signal;
};

/* Wait for our own child and reap it (Linux 5.4).  -1 with errno; ECHILD: not our child. */
int pidfd_wait(int pidfd, struct pidfd_exit *ret);

/*
 * st_ino of the descriptor: unique for one boot from Linux 6.9 on (pidfs); 0 on older kernels,
 * where all pidfds share one inode.
 */
uint64_t pidfd_inode(int pidfd);

#endif
