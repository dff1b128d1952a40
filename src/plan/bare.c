/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A container without a new mount namespace (NS-04, CF-08): it stays in the runtime's, or joins one, and is
 * confined to its root by chroot(2) alone.  Others see nothing of what is mounted for it: that is done on a copy
 * of its root that is attached nowhere.  What cannot be had so is refused by name.
 * Runs in: host.
 */
#include <linux/capability.h>
#include <linux/sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>

#include "base/err.h"
#include "libocispec/oci/config.h"
#include "plan/work.h"

#define WHY "needs a new mount namespace for the container, and linux.namespaces has none"

#define BIT(capability) (UINT64_C(1) << (capability))

static int refuse(const struct plan_work *work, uint32_t at, const char *key, struct err *err)
{
	return err_say(err, work_place(work, at, "%s", key), WHY);
}

/* What shows elsewhere, or is of the mount at "/". */
static int check_wishes(const struct plan_work *work, struct err *err)
{
	const struct oci_config *config = work->input->config;
	const struct oci_linux *on_linux = config->on_linux;
	const struct plan_mounts *mounts = &work->plan->mounts;

	if (config->process != NULL && config->process->terminal)
		return refuse(work, config->process->at, "terminal", err);
	if (on_linux != NULL && on_linux->rootfs_propagation != 0)
		return refuse(work, on_linux->at, "rootfsPropagation", err);
	for (size_t i = 0; i < mounts->n; i++) {
		for (size_t j = 0; j < mounts->item[i].n_propagation; j++) {
			if ((mounts->item[i].propagation[j] & MS_PRIVATE) == 0)
				return err_say(err, mounts->item[i].at, "propagation other than private %s", WHY);
		}
	}
	return 0;
}

static bool has_chroot(const struct plan_caps *caps)
{
	return ((caps->bounding | caps->permitted | caps->inheritable) & BIT(CAP_SYS_CHROOT)) != 0;
}

/* A tree of its own is needed for what is mounted, or lest chroot(2) lead out. */
static bool needs_tree(const struct plan_work *work)
{
	const struct oci_linux *on_linux = work->input->config->on_linux;
	const struct plan *plan = work->plan;

	if (plan->mounts.n > 0 || plan->root.readonly || plan->masks.n_masked > 0 || plan->masks.n_readonly > 0 ||
	    (on_linux != NULL && on_linux->devices.n > 0))
		return true;
	return has_chroot(&plan->process.caps) && strcmp(plan->root.path, "/") != 0;
}

/* It allows to join the mount namespace anew, whose root is the host's (setns(2)).  At "/" one is there already. */
static int check_rights(const struct plan_work *work, struct err *err)
{
	const struct plan *plan = work->plan;
	const struct plan_caps *caps = &plan->process.caps;

	if (((caps->bounding | caps->permitted | caps->inheritable) & BIT(CAP_SYS_ADMIN)) == 0 ||
	    (strcmp(plan->root.path, "/") == 0 && !plan->root.is_detached))
		return 0;
	return err_say(err, work_place(work, plan->process.at, "capabilities"),
		       "without a new mount namespace CAP_SYS_ADMIN leads out of the container's root: leave it out of "
		       "every set");
}

int plan_bare(struct plan_work *work, struct err *err)
{
	struct plan *plan = work->plan;
	const struct plan_namespaces *ns = &plan->namespaces;
	uint32_t at = work->input->config->on_linux != NULL ? work->input->config->on_linux->at : work->input->config->at;

	if ((ns->create & CLONE_NEWNS) != 0)
		return 0;
	if (work->input->facts->mounts_refused || (ns->has_user && !plan_namespaces_joins(ns, CLONE_NEWNS)))
		return err_say(err, at, "a container with a user namespace, as every one of an ordinary user, needs a new "
			       "mount namespace as well");
	plan->root.is_entered = true;
	plan->root.is_detached = needs_tree(work);
	if (check_wishes(work, err) < 0 || check_rights(work, err) < 0)
		return -1;
	plan->root.propagation = plan->root.is_detached ? MS_PRIVATE | MS_REC : 0;
	/* Default nodes would stay in the image. */
	if (!plan->root.is_detached)
		plan->devices = (struct plan_devices){ .populate_dev = false };
	return 0;
}
