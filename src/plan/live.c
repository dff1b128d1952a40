/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plan of `mounts`; see live.h.
 * Runs in: host.
 */
#include "plan/live.h"

#include <linux/sched.h>
#include <string.h>

#include "base/err.h"
#include "base/region.h"
#include "libocispec/oci/config.h"
#include "plan/paths.h"
#include "plan/work.h"

/*
 * Nothing of ours shows in the container's pid namespace (security.md R13), and neither its clocks nor its names
 * matter for a mount.
 */
#define NOT_ENTERED ((unsigned long)(CLONE_NEWPID | CLONE_NEWTIME | CLONE_NEWUTS))

static bool is_cgroup(const struct plan_mount *mount)
{
	return mount->kind == PLAN_MOUNT_CGROUP1 || mount->kind == PLAN_MOUNT_CGROUP2;
}

static int check_target(struct plan_work *work, const struct plan_mount *mount, struct err *err)
{
	if (strcmp(paths_clean(work->region, mount->target), "/") == 0)
		return err_say(err, work_place(work, mount->at, "destination"),
			       "is the container's root, which its processes have already");
	return 0;
}

/* What a container has from its beginning, or not at all. */
static int check_addition(struct plan_work *work, const struct plan_mount *mount, struct err *err)
{
	if (mount->kind == PLAN_MOUNT_REMOUNT)
		return err_say(err, work_place(work, mount->at, "options"),
			       "\"remount\" changes a mount that is there, and nothing could take that back");
	if (mount->copy_symlink)
		return err_say(err, work_place(work, mount->at, "options"),
			       "\"copy-symlink\" may make a link, which is no mount that could be taken away again");
	if (mount->kind == PLAN_MOUNT_FS && strcmp(mount->type, "proc") == 0)
		return err_say(err, work_place(work, mount->at, "type"),
			       "a file system of type \"proc\" belongs to the pid namespace of who mounts it, so a "
			       "container gets it only when it is made");
	if (is_cgroup(mount) && work->plan->mounts.borrow_cgroup_ns)
		return err_say(err, work_place(work, mount->at, "type"),
			       "the container has no cgroup namespace of its own, so this would show the machine's cgroups");
	return check_target(work, mount, err);
}

static int plan_additions(struct plan_work *work, struct err *err)
{
	struct plan *plan = work->plan;

	if (plan_mounts(work, err) < 0 || plan_mount_labels(work, err) < 0)
		return -1;
	plan->mounts.borrow_cgroup_ns = (plan->exec.enter & CLONE_NEWCGROUP) == 0;
	for (size_t i = 0; i < plan->mounts.n; i++) {
		if (check_addition(work, &plan->mounts.item[i], err) < 0)
			return -1;
	}
	plan->root.propagation = plan_root_propagation(work->input->config->on_linux);
	/* Who may not copy mounts can do so as root of the container's user namespace (init/live.c). */
	plan->init_opens = work->input->facts->mounts_refused;
	return 0;
}

static int plan_removals(struct plan_work *work, struct err *err)
{
	const struct oci_list *list = &work->input->config->mounts;
	struct plan_mounts *ret = &work->plan->mounts;

	ret->item = work_array(work, list->n, sizeof(*ret->item));
	ret->n = list->n;
	for (uint32_t i = 0; i < list->n; i++) {
		const struct oci_mount *mount = list->item[i];
		struct plan_mount *item = &ret->item[i];

		item->at = mount->at;
		item->target = paths_join(work->region, "", mount->destination);
		item->is_proc_below = plan_mounts_is_proc_file(paths_clean(work->region, item->target));
		if (check_target(work, item, err) < 0)
			return -1;
	}
	return 0;
}

int plan_make_live(struct region *region, const struct plan_input *input, const struct plan_target *target,
		   enum plan_exec_kind kind, const struct plan **ret_plan, struct err *err)
{
	struct plan *plan = plan_begin(region, input);
	struct plan_work work = { .region = region, .input = input, .plan = plan };
	struct plan_target entered = *target;

	if ((target->enter & CLONE_NEWNS) == 0 || target->enters_root)
		return err_say(err, ERR_NOWHERE, "the container has no mount namespace of its own, so its mounts are not its "
			       "alone");
	entered.enter &= ~NOT_ENTERED;
	plan_exec_place(&work, &entered);
	plan->exec.kind = kind;
	if ((kind == PLAN_EXEC_MOUNT ? plan_additions : plan_removals)(&work, err) < 0)
		return -1;
	*ret_plan = plan;
	return 0;
}
