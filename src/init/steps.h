/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happens between clone and execve, in order: the step tables.  host/steps.c is the mirror.
 * Runs in: init.
 */
#ifndef TARE_INIT_STEPS_H
#define TARE_INIT_STEPS_H

struct init;
struct err;

/* Run the steps of a new container, of `exec`, or of `mounts`; returns only when one failed, with its name in @err. */
int steps_run(struct init *init, struct err *err);

#endif
