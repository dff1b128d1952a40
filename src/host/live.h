/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `mounts add` and `mounts remove`: what a container sees, changed while it runs.  The container's side is
 * init/live.c.
 * Runs in: host.
 */
#ifndef TARE_HOST_LIVE_H
#define TARE_HOST_LIVE_H

#include "plan/exec.h"

struct err;

/*
 * struct live_request
 * @root, @id: the container
 * @file: a JSON list of mounts as in config.json, or "-" for standard input; relative sources are below the bundle
 * @kind: PLAN_EXEC_MOUNT or PLAN_EXEC_UNMOUNT
 */
struct live_request {
	const char *root;
	const char *id;
	const char *file;
	enum plan_exec_kind kind;
};

/*
 * Do it.  The container may be created, running or paused.  Mounts are added all or not at all (mount points that were
 * made for them stay); they are taken away the last first, so that one document undoes itself.  -1 with @err placed
 * in the document.
 */
int live_change(const struct live_request *request, struct err *err);

#endif
