/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loading a seccomp filter that asks an agent, and handing its listener over (SC-07 .. SC-10;
 * security.md I42).
 * Runs in: init.
 */
#ifndef TARE_INIT_LISTENER_H
#define TARE_INIT_LISTENER_H

struct err;
struct init;

/* Learn the pid that the agent is to be told.  Step; does nothing without a listener. */
int listener_prepare(struct init *init, struct err *err);

/*
 * Load the filter of a plan with a listener and give the listener, with the container's state, to the
 * agent.  When it returns, the agent has it, and init->agent is closed; nothing else is left of it.
 * On failure the filter may be loaded already: the payload must not start.
 */
int listener_load(struct init *init, struct err *err);

#endif
