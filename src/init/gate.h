/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The points where init waits for the host, and the last one, where a created container waits for
 * `start`.
 * Runs in: init.
 */
#ifndef TARE_INIT_GATE_H
#define TARE_INIT_GATE_H

struct init;
struct err;

/*
 * From here on end with the host, whatever we are in the middle of: a file system or a createContainer hook may
 * keep us from looking at the channel (security.md R20).  Fails if the host has ended already.
 */
int gate_die_with_host(const struct init *init, struct err *err);

/* The same again, after a change of ids has undone it (security.md R11).  Step of exec. */
int gate_stay_with_host(struct init *init, struct err *err);

/*
 * No more; the channel's end is enough for what comes until WIRE_COMMIT.  Ahead of the filter, which may forbid it.
 * Not for a process of exec that is to make the one that stays, to which it does not pass.
 */
int gate_outlive_host(struct init *init, struct err *err);

/* Receive the descriptors of WIRE_GO; from then on end with the host. */
int gate_take_descriptors(struct init *init, struct err *err);

/* Let the host run prestart and createRuntime hooks, if there are any. */
int gate_wait_hooks(struct init *init, struct err *err);

/* Say that all is set up, wait for the commit; then, for create, for `start`. */
int gate_wait_start(struct init *init, struct err *err);

/* Say that execve(2) comes next: to the runtime, for create to `start`.  No descriptor but 0-2 and the preserved ones survives it. */
int gate_leave(struct init *init, struct err *err);

/* Report @failure to whoever waits for us now: the runtime that made us, or `start`. */
void gate_report(const struct init *init, const struct err *failure);

#endif
