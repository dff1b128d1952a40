/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exec --wait-fifo: a process that is ready is not let go before somebody opens a FIFO or writes to it.
 * Runs in: host.
 */
#ifndef TARE_HOST_HOLD_H
#define TARE_HOST_HOLD_H

struct err;

/*
 * struct hold
 * @fifo:  our end, for reading; -1: nothing to wait for
 * @watch: inotify(7) descriptor that tells when somebody opens it
 */
struct hold {
	int fifo;
	int watch;
};

#define HOLD_INIT ((struct hold){ .fifo = -1, .watch = -1 })

/* Open the FIFO at @path, relative to the working directory; from now on nobody is missed.  NULL: nothing. */
int hold_open(struct hold *hold, const char *path, struct err *err);

/*
 * Wait for somebody; then close.  -1 with @err when the process behind @pidfd ends first (err's code is EPIPE), or
 * when @end becomes readable (see supervise_open_end()).  Without a FIFO nothing is waited for.
 */
int hold_wait(struct hold *hold, int pidfd, int end, struct err *err);

/* Accepts HOLD_INIT. */
void hold_close(struct hold *hold);

#endif
