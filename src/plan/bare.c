/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A container without a new mount namespace (NS-04, CF-08): it stays in the runtime's, or joins one, and is
 * confined to its root by chroot(2) alone.  Nothing is mounted there, since others would see it, and nothing
 * that leads out of a chroot is left to the payload; what cannot be had so is refused by name.
 * Runs in: host.
 */
#include <linux/capability.h>
#include <linux/sched.h>
#include <string.h>

#include "base/err.h"
#include "libocispec/oci/config.h"
#include "plan/work.h"

#define BIT(capability) (UINT64_C(1) << (capability))

static int refuse(const struct plan_work *work, uint32_t at, const char *key, struct err *err)
{
	return err_say(err, work_place(work, at, "%s", key),
		       "needs a new mount namespace for the container, and linux.namespaces has none");
}

/* Objects whose presence is a wish. */
static int check_wishes(const struct plan_work *work, struct err *err)
{
	const struct oci_config *config = work->input->config;
	const struct oci_linux *on_linux = config->on_linux;

	if (config->mounts.n > 0)
		return refuse(work, config->at, "mounts", err);
	if (config->root->readonly)
		return refuse(work, config->root->at, "readonly", err);
	if (config->process != NULL && config->process->terminal)
		return refuse(work, config->process->at, "terminal", err);
	if (on_linux == NULL)
		return 0;
	if (on_linux->masked_paths.n > 0)
		return refuse(work, on_linux->at, "maskedPaths", err);
	if (on_linux->readonly_paths.n > 0)
		return refuse(work, on_linux->at, "readonlyPaths", err);
	if (on_linux->devices.n > 0)
		return refuse(work, on_linux->at, "devices", err);
	if (on_linux->rootfs_propagation != 0)
		return refuse(work, on_linux->at, "rootfsPropagation", err);
	return 0;
}

/* With "/" as its root there is nothing to get out of. */
static int check_rights(const struct plan_work *work, struct err *err)
{
	const struct plan *plan = work->plan;
	const struct plan_caps *caps = &plan->process.caps;
	uint64_t all = caps->bounding | caps->permitted | caps->inheritable;

	if (strcmp(plan->root.path, "/") == 0 || (all & (BIT(CAP_SYS_CHROOT) | BIT(CAP_SYS_ADMIN))) == 0)
		return 0;
	return err_say(err, work_place(work, plan->process.at, "capabilities"),
		       "without a new mount namespace the container is confined by chroot(2), out of which "
		       "CAP_SYS_CHROOT and CAP_SYS_ADMIN lead: leave both out of every set");
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
	if (check_wishes(work, err) < 0 || check_rights(work, err) < 0)
		return -1;
	plan->root.is_entered = true;
	plan->root.propagation = 0;
	/* Default nodes would stay in the image. */
	plan->devices = (struct plan_devices){ .populate_dev = false };
	return 0;
}
