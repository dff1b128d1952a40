/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `pause` and `resume`: stop all processes of a container where they are, and let them go on.
 * Runs in: host.
 */
#ifndef TARE_HOST_PAUSE_H
#define TARE_HOST_PAUSE_H

struct err;

/*
 * Freeze the cgroup of container @id below @root, and return once every process in it and below it stands
 * still.  The container must be created or running.  A stopped one is refused with "container not running".
 * Without a cgroup of its own, or when a process cannot be stopped in time, -1 with @err and nothing is frozen.
 */
int pause_container(const char *root, const char *id, struct err *err);

/*
 * Let a paused container go on.  Cgroups below that it froze itself stay frozen.  Refuses one that is not paused
 * ("container not paused"), and one that would stay frozen because a cgroup above it is.
 */
int resume_container(const char *root, const char *id, struct err *err);

#endif
