/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The running container that `exec` goes into: its record, its first process, and what of it the plan has to
 * know.  No lock is held, so that a container that holds `exec` up keeps nobody from deleting it: whoever has
 * put a process into its cgroup looks with target_check() whether the container still was there by then, and
 * what ends the container after that takes the process along.
 * Runs in: host.
 */
#ifndef TARE_HOST_TARGET_H
#define TARE_HOST_TARGET_H

#include <stdbool.h>

#include "cgroup/cgroup.h"
#include "plan/exec.h"
#include "state/dir.h"
#include "state/record.h"

struct arena;
struct err;

/*
 * struct target
 * @pidfd:  its first process, owned
 * @cgroup: where its processes belong; the directories are open after target_place()
 * @plan:   what target_look() found
 */
struct target {
	struct state_dir dir;
	struct record record;
	int pidfd;
	struct cgroup cgroup;
	struct plan_target plan;
};

#define TARGET_INIT ((struct target){ .dir = STATE_DIR_INIT, .pidfd = -1, .cgroup = CGROUP_INIT })

/*
 * Find container @id below @root, in a state in which it can have further processes: created or running; paused
 * only with @ignore_paused.  Everything but descriptors lives in @arena.
 */
int target_open(struct target *target, struct arena *arena, const char *root, const char *id, bool ignore_paused,
		struct err *err);

/* Which namespaces it has for itself, and the maps of its user namespace. */
int target_look(struct target *target, struct arena *arena, struct err *err);

/*
 * Open its cgroup for a further process.  A v2 cgroup that hands controllers down takes none: then it is the one
 * that the container's first process has gone to.
 */
int target_place(struct target *target, struct err *err);

/* -1 with @err saying so if the container has ended. */
int target_check(const struct target *target, struct err *err);

/* Close; accepts TARGET_INIT. */
void target_close(struct target *target);

#endif
