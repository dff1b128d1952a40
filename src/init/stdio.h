/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Standard input, output and error of the payload: a pseudo terminal of the container's own devpts, or
 * what the caller gave.
 * Runs in: init.
 */
#ifndef TARE_INIT_STDIO_H
#define TARE_INIT_STDIO_H

struct init;
struct err;

/* With process.terminal: open the terminal, send its master to the host, bind it to /dev/console, make
 * it standard input, output and error.  After the change of root. */
int stdio_open_terminal(struct init *init, struct err *err);

/*
 * exec: a session and process group that are not the runtime's, while the process that stays is still to be
 * made, which then takes its own.  Nothing without such a process.
 */
int stdio_leave_session(struct init *init, struct err *err);

/* A session of our own, with the terminal as its controlling one if there is one. */
int stdio_take_session(struct init *init, struct err *err);

/*
 * Without a terminal: give pipes and terminals among 0-2 to the payload's user, so that it can reopen
 * /dev/stdout, and replace the host's /dev/null by the container's.
 */
int stdio_own(struct init *init, struct err *err);

#endif
