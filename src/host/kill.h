/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `kill`: a signal for the container's process, or for all processes of its cgroup (OP-03).
 * Runs in: host.
 */
#ifndef TARE_HOST_KILL_H
#define TARE_HOST_KILL_H

#include <stdbool.h>

struct err;

/*
 * Send @sig to the first process of container @id below @root, with @all to every process in its
 * cgroup.  SIGKILL without a pid namespace of the container's own always means all.  Only a created,
 * running or paused container can be signalled: else the text of @err holds "container not running",
 * except that @all succeeds on a stopped one.  Returns 0, or -1 with @err filled.
 */
int kill_container(const char *root, const char *id, int sig, bool all, struct err *err);

#endif
