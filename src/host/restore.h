/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `restore`: make a container whose processes are those that `checkpoint` saved.  Directories, cgroup, record and hooks
 * are made as for create; namespaces, mounts and processes are CRIU's, from the images.
 * Runs in: host.
 */
#ifndef TARE_HOST_RESTORE_H
#define TARE_HOST_RESTORE_H

#include <stdbool.h>

#include "host/create.h"
#include "host/criu_images.h"

struct err;

/*
 * struct restore_request - what the command line asks for.
 * @create:  as for create_and_run(); options.detach: return once the container runs
 * @tcp_close: connections are restored as closed
 * @lsm_profile: "apparmor:NAME" or "selinux:LABEL" in the place of the saved one, or NULL
 * @lsm_mount_context: SELinux context of restored mounts, or NULL
 */
struct restore_request {
	struct create_request create;
	struct criu_wishes wishes;
	bool tcp_close;
	const char *lsm_profile, *lsm_mount_context;
};

/*
 * Restore it.  With create.options.detach returns 0 once it runs; else waits for its end as create_and_run() does and
 * sets *@ret_status.  -1 with @err, which quotes CRIU's log, and no trace left but the images and the log.
 */
int restore_container(const struct restore_request *request, int *ret_status, struct err *err);

#endif
