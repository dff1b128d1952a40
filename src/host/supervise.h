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
 * @timer:   timerfd_create(2), see supervise_limit(); owned; -1 without one, or when it has run off
 * @expire:  called with @data when it does
 * @watched: whose descriptor it is sees to it in @attend, called with @watcher; -1: nobody's
 */
struct supervise {
	int signals;
	sigset_t saved;
	int timer;
	void (*expire)(void *data);
	void *data;
	int watched;
	void (*attend)(void *watcher);
	void *watcher;
};

#define SUPERVISE_INIT ((struct supervise){ .signals = -1, .timer = -1, .watched = -1 })

/*
 * From now on signals wait in the descriptor instead of ending us.  Call it before the payload can
 * run, so that none is lost: one that comes early is handed on by supervise_wait().  A child made after this
 * inherits the blocked mask and must set its own.  With @subreaper orphans of the container become our
 * children (PR_SET_CHILD_SUBREAPER).
 */
int supervise_open(struct supervise *supervise, bool subreaper, struct err *err);

/*
 * A descriptor that is readable as soon as a signal waits that means that the user wants us gone; the signal stays
 * where it is.  For those who wait for something else meanwhile.  -1 with @err; the caller's.
 */
int supervise_open_end(struct err *err);

/* Call @expire with @data in @seconds from now, if supervise_wait() still waits then.  After supervise_open(). */
int supervise_limit(struct supervise *supervise, unsigned int seconds, void (*expire)(void *data), void *data,
		    struct err *err);

/* Call @attend with @watcher whenever @fd, which stays the caller's, has something to read in supervise_wait(). */
void supervise_watch(struct supervise *supervise, int fd, void (*attend)(void *watcher), void *watcher);

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
