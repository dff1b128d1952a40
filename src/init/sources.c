/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opening what the host could not; see sources.h.  In a mount namespace that a user namespace owns, mounts
 * of the outer one are locked together: what lies under one of them cannot be bared (mount_namespaces(7)).
 * Runs in: init.
 */
#include "init/sources.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "init/init.h"
#include "sys/devnode.h"
#include "sys/mountfd.h"

/* Our working directory is the root file system's, see clone_inside() in the host. */
static int open_root(struct init *init, struct err *err)
{
	auto_fd int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	init->root = here < 0 ? -1 : mountfd_clone(here, NULL, true);
	if (init->root < 0)
		return err_errno(err, init->plan->root.at, "copy the mount of the root file system %s",
				 init->plan->root.path);
	return 0;
}

static int open_source(const struct plan_mount *mount, struct err *err)
{
	auto_fd int source = -1;
	struct stat st;
	int tree;

	source = open(mount->source, O_PATH | O_CLOEXEC | (mount->src_nofollow || mount->copy_symlink ? O_NOFOLLOW : 0));
	if (source >= 0 && mount->copy_symlink && fstat(source, &st) == 0 && S_ISLNK(st.st_mode))
		return take_fd(&source);
	if (source < 0)
		return err_errno(err, mount->at, "open the source %s of %s", mount->source, mount->target);
	tree = mountfd_clone(source, NULL, mount->recursive);
	if (tree < 0 && errno == EINVAL && !mount->recursive)
		return err_say(err, mount->at, "copy the mount of %s for %s: an ordinary user may not leave out what is "
			       "mounted below it; use \"rbind\"", mount->source, mount->target);
	if (tree < 0)
		return err_errno(err, mount->at, "copy the mount of %s for %s", mount->source, mount->target);
	return tree;
}

static int open_node(const struct plan_device *device, struct err *err)
{
	auto_fd int node = devnode_open(device->path, device->type, device->major, device->minor);
	int tree;

	if (node < 0)
		return err_say(err, device->at, "in a user namespace device %u:%u must exist outside as %s, and does not",
			       device->major, device->minor, device->path);
	tree = mountfd_clone(node, NULL, false);
	return tree < 0 ? err_errno(err, device->at, "copy the mount of device %s", device->path) : tree;
}

int sources_open(struct init *init, struct err *err)
{
	const struct plan *plan = init->plan;

	if (!plan->init_opens)
		return 0;
	if (open_root(init, err) < 0)
		return -1;
	for (size_t i = 0; i < plan->mounts.n; i++) {
		if (plan->mounts.item[i].kind != PLAN_MOUNT_BIND)
			continue;
		init->tree[i] = open_source(&plan->mounts.item[i], err);
		if (init->tree[i] < 0)
			return err_wrap(err, plan->mounts.item[i].at, "mounts[%zu]", i);
	}
	for (size_t i = 0; i < plan->devices.n; i++) {
		if (!plan->devices.item[i].is_bound)
			continue;
		init->node[i] = open_node(&plan->devices.item[i], err);
		if (init->node[i] < 0)
			return -1;
	}
	return 0;
}
