/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finding a container; see lookup.h.
 * Runs in: host.
 */
#include "host/lookup.h"

#include <errno.h>

#include "base/err.h"
#include "base/fd.h"

int lookup_container(const char *root, const char *id, struct lookup *ret, struct err *err)
{
	if (dir_open(&ret->dir, root, id, DIR_UNLOCKED, err) < 0)
		return -1;
	if (record_read(ret->dir.fd, &ret->arena, &ret->record, err) < 0) {
		/* Its directory is there and nothing else: create has only just begun. */
		if (err->code == ENOENT) {
			(void)err_say(err, ERR_NOWHERE, "container `%s` does not exist", id);
			err->code = ENOENT;
		}
		return -1;
	}
	cgroup_find(&ret->cgroup, &ret->record.cgroup);
	if (liveness_status(&ret->dir, &ret->record, &ret->cgroup, &ret->status, &ret->pidfd, err) < 0)
		return err_wrap(err, ERR_NOWHERE, "find out the status of container `%s`", id);
	return 0;
}

void lookup_close(struct lookup *found)
{
	cgroup_close(&found->cgroup);
	fd_close(&found->pidfd);
	dir_close(&found->dir);
	arena_free(&found->arena);
}
