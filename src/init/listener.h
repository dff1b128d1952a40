/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loading a seccomp filter that asks an agent, and handing its listener over (SC-07 .. SC-10;
 * security.md I42).
 * Runs in: init.
 */
#ifndef TARE_INIT_LISTENER_H
#define TARE_INIT_LISTENER_H

#include <sys/types.h>

struct err;
struct init;

/* Learn the pid that the agent is to be told.  Step; does nothing without a listener, or twice. */
int listener_prepare(struct init *init, struct err *err);

/* The same for a process of exec that makes no further one; nothing else.  Step. */
int listener_prepare_alone(struct init *init, struct err *err);

/*
 * Load the filter of a plan with a listener and give the listener, with the container's state, to the
 * agent.  When it returns, the agent has it, and init->agent is closed; nothing else is left of it.
 * On failure the filter may be loaded already: the payload must not start.
 */
int listener_load(struct init *init, struct err *err);

/*
 * The same in three parts, for exec without no_new_privs: the filter has to be loaded ahead of the process that
 * stays, with a privilege that this one must not have, and the agent is to be told that one's pid.
 *
 * First, while still in the runtime's own namespaces: a process that is to hand the listener over, and
 * init->handover.  Step; does nothing where the filter is loaded by the process that stays.
 */
int listener_fork_sender(struct init *init, struct err *err);

/*
 * Second, with init->handover set: load the filter.  From then on every question about our own system calls is
 * answered by ourselves: go on (Linux 5.5).  When it returns, the listener and the agent's socket are the sender's
 * alone: a process that we make now has neither, nor the memory that we share with the sender.
 */
int listener_load_early(struct init *init, struct err *err);

/* Third: @pid is the process that stays.  A negative one gives up.  Does nothing without the first part. */
int listener_hand_over(struct init *init, pid_t pid, struct err *err);

#endif
