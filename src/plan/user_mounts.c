/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mounts in the user namespace of an ordinary user.  What a config for root has that cannot be there is
 * replaced by what comes next to it, if the namespace was our own idea; a config that asks for the
 * namespace itself is taken at its word, and the kernel answers.
 * Runs in: host.
 */
#include <linux/mount.h>
#include <linux/sched.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/region.h"
#include "plan/work.h"

/* A group that is not mapped cannot own terminals: they belong to the payload's own group then. */
static void drop_gid(struct plan_work *work, struct plan_mount *mount)
{
	const struct plan_namespaces *ns = &work->plan->namespaces;
	size_t kept = 0;

	for (size_t i = 0; i < mount->n_params; i++) {
		const struct plan_param *param = &mount->params[i];

		if (param->value != NULL && strcmp(param->key, "gid") == 0 &&
		    !plan_namespaces_maps(ns->gid_map, ns->n_gid_map, (uint32_t)strtoul(param->value, NULL, 10))) {
			work_warn(work, mount->at, "%s: the option gid=%s is left out, since the container's user "
				  "namespace has no such group", mount->target, param->value);
			continue;
		}
		mount->params[kept++] = *param;
	}
	mount->n_params = kept;
}

/* A sysfs shows a network namespace, and only the container's own one may be shown: so the host's is bound. */
static void bind_sys(struct plan_work *work, struct plan_mount *mount)
{
	work_warn(work, mount->at, "%s: the host's /sys is bound read-only, since the container has no network "
		  "namespace of its own", mount->target);
	mount->kind = PLAN_MOUNT_BIND;
	mount->type = region_strdup(work->region, "bind");
	mount->source = region_strdup(work->region, "/sys");
	mount->recursive = true;
	mount->n_params = 0;
	mount->attr_recursive.set |= mount->attr.set | MOUNT_ATTR_RDONLY;
	mount->attr = (struct plan_attr){ 0, 0 };
}

int plan_user_mounts(struct plan_work *work, struct err *err)
{
	const struct plan_namespaces *ns = &work->plan->namespaces;
	struct plan_mounts *mounts = &work->plan->mounts;

	for (size_t i = 0; i < mounts->n; i++) {
		struct plan_mount *mount = &mounts->item[i];

		if (work->input->facts->mounts_refused && mount->idmap != NULL)
			return err_say(err, mount->idmap->at,
				       "an id-mapped mount cannot be made by an ordinary user (mount_setattr(2))");
		if (!ns->is_user_implied || mount->kind != PLAN_MOUNT_FS)
			continue;
		if (strcmp(mount->type, "devpts") == 0)
			drop_gid(work, mount);
		if (strcmp(mount->type, "sysfs") == 0 && (ns->create & CLONE_NEWNET) == 0)
			bind_sys(work, mount);
	}
	return 0;
}
