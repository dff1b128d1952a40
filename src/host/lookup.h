/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A container as a command finds it: its directory, record, cgroup, first process and status.
 * Runs in: host.
 */
#ifndef TARE_HOST_LOOKUP_H
#define TARE_HOST_LOOKUP_H

#include "cgroup/cgroup.h"
#include "libocispec/arena.h"
#include "state/dir.h"
#include "state/liveness.h"
#include "state/record.h"

struct err;

/*
 * struct lookup
 * @arena:  holds the record's strings
 * @dir:    opened without a lock
 * @cgroup: ready for use, cgroup_is_present() tells whether there is one
 * @pidfd:  of the first process; -1 when there is none (stopped, creating)
 */
struct lookup {
	struct arena arena;
	struct state_dir dir;
	struct record record;
	struct cgroup cgroup;
	enum liveness_status status;
	int pidfd;
};

#define LOOKUP_INIT \
	((struct lookup){ .arena = ARENA_INIT, .dir = STATE_DIR_INIT, .cgroup = CGROUP_INIT, .pidfd = -1 })
#define auto_lookup __attribute__((cleanup(lookup_close)))

/*
 * Find container @id below @root, for commands that take no lock: one that hangs, a start in its hooks, must not
 * keep anybody from them.  -1 with @err, whose text holds "does not exist" when there is none.
 * @id must live as long as @ret.
 */
int lookup_container(const char *root, const char *id, struct lookup *ret, struct err *err);

/* Free and close what was found. */
void lookup_close(struct lookup *found);

#endif
