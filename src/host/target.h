/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The running container that `exec` or `mounts` goes into: its record, its first process, and what of it the plan has to
 * know.  No lock is held, so that a container that holds `exec` up keeps nobody from deleting it: whoever has
 * put a process into its cgroup looks with target_check() whether the container still was there by then, and
 * what ends the container after that takes the process along.
 * Runs in: host.
 */
#ifndef TARE_HOST_TARGET_H
#define TARE_HOST_TARGET_H

#include <stdbool.h>

#include "cgroup/cgroup.h"
#include "host/inherit.h"
#include "plan/exec.h"
#include "state/dir.h"
#include "state/liveness.h"
#include "state/record.h"

struct arena;
struct err;

/* Room for the name of a process's own cgroup. */
enum { TARGET_NAME_SIZE = 32 };

/*
 * struct target
 * @pidfd:  its first process, owned
 * @cgroup: where its processes belong; the directories are open after target_place()
 * @part, @part_name: the process's own cgroup below it, if it is to have one; @is_part_killed: target_kill_part()
 * @plan:   what target_look() found
 */
struct target {
	struct state_dir dir;
	struct record record;
	int pidfd;
	struct cgroup cgroup;
	struct cgroup part;
	char part_name[TARGET_NAME_SIZE];
	bool is_part_killed;
	struct plan_target plan;
};

#define TARGET_INIT \
	((struct target){ .dir = STATE_DIR_INIT, .pidfd = -1, .cgroup = CGROUP_INIT, .part = CGROUP_INIT })

/* Find container @id below @root, whatever its status is.  Everything but descriptors lives in @arena. */
int target_find(struct target *target, struct arena *arena, const char *root, const char *id,
		enum liveness_status *ret_status, struct err *err);

/*
 * The same, in a state in which it can have further processes: created or running; paused only with @ignore_paused.
 */
int target_open(struct target *target, struct arena *arena, const char *root, const char *id, bool ignore_paused,
		struct err *err);

/* -1 with @err unless a container of that @status has processes: created, running or paused. */
int target_check_live(const struct target *target, enum liveness_status status, struct err *err);

/* Which namespaces it has for itself, and the maps of its user namespace. */
int target_look(struct target *target, struct arena *arena, struct err *err);

/*
 * Open its cgroup for a further process; below it what @places names (cgroup_descend()).  A v2 cgroup that hands
 * controllers down takes none: then it is the one that the container's first process has gone to.  With @has_part
 * the process and what it starts get a cgroup of their own.
 */
int target_place(struct target *target, const struct inherit_words *places, bool has_part, struct err *err);

/* Kill all that is in the process's own cgroup, whatever the process may have become. */
int target_kill_part(struct target *target, struct err *err);

/* -1 with @err saying so if the container has ended. */
int target_check(const struct target *target, struct err *err);

/* Close, and remove the process's own cgroup if it is empty; accepts TARGET_INIT. */
void target_close(struct target *target);

#endif
