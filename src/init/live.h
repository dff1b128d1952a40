/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mounts of a container that is there already: steps of `mounts add` and `mounts remove`.
 * Runs in: init.
 */
#ifndef TARE_INIT_LIVE_H
#define TARE_INIT_LIVE_H

struct init;
struct err;

/* Open what is to be bound, where the host has left that to us (plan->init_opens). */
int live_open_sources(struct init *init, struct err *err);

/* Neither a signal of the terminal nor the runtime's end shall end us half-way; our working directory is init->proc. */
int live_stand_alone(struct init *init, struct err *err);

/* Put all mounts of the plan in their places, in document order, or none of them. */
int live_mount(struct init *init, struct err *err);

/*
 * Take away what is mounted at the targets of the plan, the last first, each with what is mounted below it; processes
 * that use it keep it.  Before the first goes, all that are in sight are looked at.  Refused is what is no mount, and what stands on a
 * file of a procfs or sysfs, as the masks of the container do.
 */
int live_unmount(struct init *init, struct err *err);

/* Tell the host, and end when it has agreed; else undo live_mount(). */
int live_settle(struct init *init, struct err *err);

#endif
