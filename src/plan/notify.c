/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The directory of the notification socket, mounted read-only; the variable is process.c's.
 * Runs in: host.
 */
#include "plan/notify.h"

#include <linux/mount.h>
#include <linux/sched.h>
#include <string.h>

#include "base/err.h"
#include "base/region.h"
#include "libocispec/oci/config.h"
#include "plan/work.h"

/* A manager that relays itself has said so in the config: then that holds. */
static bool has_own_socket(const struct oci_process *process)
{
	static const char prefix[] = PLAN_NOTIFY_VARIABLE "=";
	const char *variable;

	oci_for_each(variable, &process->env) {
		if (strncmp(variable, prefix, sizeof(prefix) - 1) == 0)
			return true;
	}
	return false;
}

static void add_mount(struct plan_work *work, const char *dir, uint32_t at)
{
	struct plan_mounts *mounts = &work->plan->mounts;
	struct plan_mount *item = work_array(work, mounts->n + 1, sizeof(*item));

	if (mounts->n > 0)
		memcpy(item, mounts->item, mounts->n * sizeof(*item));
	item[mounts->n] = (struct plan_mount){
		.at = at,
		.kind = PLAN_MOUNT_BIND,
		.type = region_strdup(work->region, "bind"),
		.source = region_strdup(work->region, dir),
		.target = region_strdup(work->region, PLAN_NOTIFY_TARGET),
		.src_nofollow = true,
		.attr.set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
	};
	mounts->item = item;
	mounts->n++;
}

int plan_notify(struct plan_work *work, struct err *err)
{
	const struct oci_process *process = work->input->config->process;
	const char *dir = work->input->options->notify_dir;

	(void)err;
	if (dir == NULL || process == NULL || has_own_socket(process))
		return 0;
	if ((work->plan->namespaces.create & CLONE_NEWNS) == 0) {
		work_warn(work, process->at, PLAN_NOTIFY_VARIABLE " is not handed on: the container has no new mount "
			  "namespace in which the socket could be shown");
		return 0;
	}
	add_mount(work, dir, process->at);
	work->plan->has_notify = true;
	return 0;
}
