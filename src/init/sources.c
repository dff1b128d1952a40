/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opening what will be mounted; see sources.h.  In a mount namespace that a user namespace owns, mounts
 * of the outer one are locked together: what lies under one of them cannot be bared (mount_namespaces(7)).
 * Runs in: init.
 */
#include "init/sources.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "init/init.h"
#include "sys/devnode.h"
#include "sys/mountfd.h"

/* Our working directory is the root file system's, see clone_inside() in the host. */
static int open_root(struct init *init, struct err *err)
{
	auto_fd int here = openat(AT_FDCWD, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	init->root = here < 0 ? -1 : mountfd_clone(here, NULL, true);
	if (init->root < 0)
		return err_errno(err, init->plan->root.at, "copy the mount of the root file system %s",
				 init->plan->root.path);
	return 0;
}

/* The directories that hold the root file system's, and that itself. */
#define MAX_HOLDERS 64

struct holders {
	struct {
		dev_t dev;
		ino_t ino;
	} item[MAX_HOLDERS];
	size_t n;
	bool is_known;
};

/* From our working directory up.  There may be more of them than fit, or no way up to "/": then @is_known is false. */
static void find_holders(struct holders *holders)
{
	auto_fd int dir = openat(AT_FDCWD, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_fd int root = openat(AT_FDCWD, "/", O_PATH | O_CLOEXEC);
	struct stat st, top;

	if (root < 0 || fstat(root, &top) < 0)
		return;
	while (dir >= 0 && fstat(dir, &st) == 0 && holders->n < MAX_HOLDERS) {
		int up;

		holders->item[holders->n].dev = st.st_dev;
		holders->item[holders->n++].ino = st.st_ino;
		/* Also when the host's root is bound somewhere, and we came up to that: what follows is the same. */
		holders->is_known = st.st_dev == top.st_dev && st.st_ino == top.st_ino;
		if (holders->is_known)
			return;
		up = openat(dir, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		fd_close(&dir);
		dir = up;
	}
}

/* Copied with all that is mounted below it once the root is attached, it would hold the container's own mounts. */
static bool holds_root(struct holders *holders, const struct plan_mount *mount, const struct stat *st)
{
	if (!mount->recursive || !S_ISDIR(st->st_mode))
		return false;
	if (holders->n == 0)
		find_holders(holders);
	for (size_t i = 0; i < holders->n; i++) {
		if (holders->item[i].dev == st->st_dev && holders->item[i].ino == st->st_ino)
			return true;
	}
	return !holders->is_known;
}

/*
 * Until rootfs_attach() our mounts are peers of the host's, afterwards their slaves.  A copy that is made a
 * slave or private as a whole is the same from either.
 */
static bool may_be_peer(const struct plan *plan, const struct plan_mount *mount)
{
	unsigned long first = mount->n_propagation > 0 ? mount->propagation[0] : plan->root.propagation;
	bool is_whole = (first & MS_REC) != 0 || (mount->n_propagation > 0 && !mount->recursive);

	return !is_whole || (first & MS_SHARED) != 0;
}

bool sources_may_share(const struct plan *plan)
{
	for (size_t i = 0; i < plan->mounts.n; i++) {
		const struct plan_mount *mount = &plan->mounts.item[i];

		if (mount->kind == PLAN_MOUNT_BIND && may_be_peer(plan, mount))
			return true;
		for (size_t j = 0; j < mount->n_propagation; j++) {
			if ((mount->propagation[j] & MS_SHARED) != 0)
				return true;
		}
	}
	return false;
}

static int copy(const struct plan *plan, const struct plan_mount *mount, int source, struct err *err)
{
	int tree = mountfd_clone(source, NULL, mount->recursive);

	if (tree < 0 && errno == EINVAL && !mount->recursive && plan->namespaces.has_user)
		return err_say(err, mount->at, "copy the mount of %s for %s: an ordinary user may not leave out what is "
			       "mounted below it; use \"rbind\"", mount->source, mount->target);
	if (tree < 0)
		return err_errno(err, mount->at, "copy the mount of %s for %s", mount->source, mount->target);
	return tree;
}

static int open_source(struct init *init, size_t i, struct holders *holders, struct err *err)
{
	const struct plan_mount *mount = &init->plan->mounts.item[i];
	auto_fd int source = -1;
	struct stat st;

	source = openat(AT_FDCWD, mount->source,
			O_PATH | O_CLOEXEC | (mount->src_nofollow || mount->copy_symlink ? O_NOFOLLOW : 0));
	if (source < 0 || fstat(source, &st) < 0)
		return err_errno(err, mount->at, "open the source %s of %s", mount->source, mount->target);
	if (mount->copy_symlink && S_ISLNK(st.st_mode)) {
		init->tree[i] = take_fd(&source);
		return 0;
	}
	/* In a container that is there no mount of ours can be copied any more once we are in its namespace. */
	if (init->plan->exec.present || may_be_peer(init->plan, mount) || holds_root(holders, mount, &st)) {
		init->tree[i] = copy(init->plan, mount, source, err);
		return init->tree[i] < 0 ? -1 : 0;
	}
	init->source[i] = take_fd(&source);
	return 0;
}

int sources_copy(struct init *init, size_t i, struct err *err)
{
	const struct plan_mount *mount = &init->plan->mounts.item[i];
	auto_fd int source = take_fd(&init->source[i]);
	int tree;

	if (init->tree[i] < 0) {
		init->tree[i] = copy(init->plan, mount, source, err);
		return init->tree[i] < 0 ? -1 : 0;
	}
	tree = init->plan->init_opens ? mountfd_clone(init->tree[i], NULL, mount->recursive) : -1;
	if (tree >= 0) {
		fd_close(&init->tree[i]);
		init->tree[i] = tree;
	}
	return 0;
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
	struct holders holders = { .n = 0 };

	if (!plan->init_opens)
		return 0;
	if (!plan->exec.present && open_root(init, err) < 0)
		return -1;
	for (size_t i = 0; i < plan->mounts.n; i++) {
		if (plan->mounts.item[i].kind != PLAN_MOUNT_BIND)
			continue;
		if (open_source(init, i, &holders, err) < 0)
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
