/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A container's mounts as CRIU has to know them.  What comes from the host is not saved: it has a name in the images,
 * its destination as config.json has it, and is bound again from the host when the container is restored.
 * Runs in: host.
 */
#ifndef TARE_HOST_CRIU_MOUNTS_H
#define TARE_HOST_CRIU_MOUNTS_H

#include <sys/types.h>

#include "base/protobuf.h"

struct arena;
struct cgroup_ref;
struct err;
struct plan;

/*
 * The mounts of the container of @plan, whose first process is @pid, that are not to be saved: a list of struct
 * criu_mount in @arena.  A mount is looked for behind its destination in the container.  Its name gives it the flags
 * that it has when it is restored, so one without flags that config.json gives it is refused: directories that the
 * container renamed must not make a read-only volume writable.
 */
int criu_mounts_saved(struct arena *arena, const struct plan *plan, pid_t pid, struct protobuf_list *ret,
		      struct err *err);

/* Where they come from when it is restored, into the cgroup @cg: a list of struct criu_mount in @arena. */
void criu_mounts_restored(struct arena *arena, const struct plan *plan, const struct cgroup_ref *cg,
			  struct protobuf_list *ret);

/*
 * Make the mount points that are missing in the root file system @root (a directory's descriptor) and in the sources
 * of bind mounts, as create would have; those in other file systems CRIU restores with these.
 */
int criu_mounts_make_points(const struct plan *plan, int root, struct err *err);

#endif
