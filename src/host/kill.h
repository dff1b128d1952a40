/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `kill`: a signal for the container's process, or for all its processes (OP-03).
 * Runs in: host.
 */
#ifndef TARE_HOST_KILL_H
#define TARE_HOST_KILL_H

#include <stdbool.h>

struct err;

/*
 * Send @sig to the first process of container @id below @root, with @all to every process of it (members.h).
 * SIGKILL without a pid namespace of the container's own always means all of its cgroup.  Only a created,
 * running or paused container can be signalled: else the text of @err holds "container not running",
 * except that @all succeeds on a stopped one.  Returns 0, or -1 with @err filled: with @all also when the container
 * has neither a cgroup nor a pid namespace of its own.
 */
int kill_container(const char *root, const char *id, int sig, bool all, struct err *err);

#endif
