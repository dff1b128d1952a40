/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `run` in the foreground: wait for the container's init, hand signals on to it, reap whatever becomes
 * our child, and keep its terminal going.
 * Runs in: host.
 */
#ifndef TARE_HOST_SUPERVISE_H
#define TARE_HOST_SUPERVISE_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

struct console;
struct err;

/*
 * struct supervise
 * @signals: signalfd(2) of everything that is handed on; owned
 * @saved:   the signal mask before
 */
struct supervise {
	int signals;
	sigset_t saved;
};

#define SUPERVISE_INIT ((struct supervise){ .signals = -1 })

/*
 * From now on signals wait in the descriptor instead of ending us.  Call it before the payload can
 * run, so that none is lost: one that comes early is handed on by supervise_wait().  A child made after this
 * inherits the blocked mask and must set its own.  With @subreaper orphans of the container become our
 * children (PR_SET_CHILD_SUBREAPER).
 */
int supervise_open(struct supervise *supervise, bool subreaper, struct err *err);

/*
 * Wait until our child @pid (with its @pidfd) ended.  *ret_status becomes its exit status, 128+N when signal N
 * ended it.  @console may be NULL; when given its output is complete afterwards.
 */
int supervise_wait(struct supervise *supervise, pid_t pid, int pidfd, struct console *console,
		   int *ret_status, struct err *err);

/* Put the signal mask back and close; accepts SUPERVISE_INIT. */
void supervise_close(struct supervise *supervise);

#define auto_supervise __attribute__((cleanup(supervise_close)))

#endif
