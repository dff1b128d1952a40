/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mounts of a container that runs; see live.h.  We are in its mount namespace with the host's rights, and all that is
 * below its root may be changed under our hands: paths are resolved once, by sys/rootpath.h, and what is taken away is
 * a mount behind a descriptor, named to umount2(2) through the host's procfs.
 * Runs in: init.
 */
#include "init/live.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "init/init.h"
#include "init/join.h"
#include "init/rootfs.h"
#include "init/sources.h"
#include "sys/inode.h"
#include "sys/mountfd.h"
#include "sys/priv.h"
#include "sys/rootpath.h"
#include "sys/uapi.h"
#include "wire/channel.h"

int live_open_sources(struct init *init, struct err *err)
{
	if (!init->plan->init_opens)
		return 0;
	if (join_user_ahead(init, err) < 0)
		return -1;
	return sources_open(init, err);
}

int live_stand_alone(struct init *init, struct err *err)
{
	if (setsid() < 0 && errno != EPERM)
		return err_errno(err, ERR_NOWHERE, "start a session");
	/* Where detach() and sys/mountold.c look for our descriptors; the container's own procfs does not show us. */
	if (fchdir(init->proc) < 0)
		return err_errno(err, ERR_NOWHERE, "change to /proc");
	return priv_die_with_parent(false) < 0 ? err_errno(err, ERR_NOWHERE, "arrange to outlive the runtime") : 0;
}

/* The name of descriptor @fd in init->proc, which is our working directory. */
static void name_fd(int fd, char *name, size_t size)
{
	(void)snprintf(name, size, "%d/fd/%d", (int)getpid(), fd);
}

/* Take the mount behind @fd away, and what is mounted below it. */
static int detach(int fd)
{
	char name[48];

	name_fd(fd, name, sizeof(name));
	return umount2(name, MNT_DETACH);
}

/* The first @n mounts of the plan. */
static void undo(const struct init *init, size_t n)
{
	for (size_t i = n; i > 0; i--) {
		/* One that failed on its way has not been attached. */
		if (init->tree[i - 1] >= 0)
			(void)detach(init->tree[i - 1]);
	}
}

int live_mount(struct init *init, struct err *err)
{
	size_t n = init->plan->mounts.n;
	bool is_below_late = false;

	for (size_t i = 0; i < n; i++) {
		if (rootfs_place(init, i, err) == 0)
			continue;
		undo(init, i + 1);
		return -1;
	}
	for (size_t i = 0; i < n; i++) {
		if (rootfs_seal(init, i, &is_below_late, err) == 0)
			continue;
		undo(init, n);
		return -1;
	}
	return 0;
}

/* Does it stand on a file system of the kernel's?  Where it is, the kernel says: the way there may lead over links. */
static int check_below(const struct init *init, const struct plan_mount *mount, int fd, struct err *err)
{
	char name[48], path[PATH_MAX];
	auto_fd int parent = -1;
	struct statfs fs;
	ssize_t n;

	name_fd(fd, name, sizeof(name));
	n = readlinkat(init->proc, name, path, sizeof(path) - 1);
	if (n < 0)
		return err_errno(err, mount->at, "look at %s", mount->target);
	path[n] = '\0';
	if (path[0] != '/')
		return err_say(err, mount->at, "%s has just been taken away by somebody else", mount->target);
	*strrchr(path, '/') = '\0';
	parent = rootpath_open(init->root, path[0] == '\0' ? "/" : path, ROOTPATH_NONE);
	if (parent < 0 || fstatfs(parent, &fs) < 0)
		return err_errno(err, mount->at, "open the directory of %s", mount->target);
	if (((unsigned long)fs.f_type == UAPI_PROC_SUPER_MAGIC && !mount->is_proc_below) ||
	    (unsigned long)fs.f_type == UAPI_SYSFS_MAGIC)
		return err_say(err, mount->at, "%s hides or guards something of the kernel's, and stays", mount->target);
	return 0;
}

/* The mount that is to go; -1 with @err. */
static int open_mount(const struct init *init, const struct plan_mount *mount, struct err *err)
{
	auto_fd int fd = rootpath_open(init->root, mount->target, ROOTPATH_FOLLOW);
	struct inode root, there;

	if (fd < 0 || inode_look(fd, &there) < 0 || inode_look(init->root, &root) < 0)
		return err_errno(err, mount->at, "open the mount point %s", mount->target);
	if (inode_is_same(&root, &there))
		return err_say(err, mount->at, "%s leads to the container's root, which its processes keep", mount->target);
	if (!mountfd_may_be_root(fd))
		return err_say(err, mount->at, "nothing is mounted on %s", mount->target);
	return check_below(init, mount, fd, err) < 0 ? -1 : take_fd(&fd);
}

static int unmount_one(const struct init *init, const struct plan_mount *mount, struct err *err)
{
	auto_fd int fd = open_mount(init, mount, err);

	if (fd < 0)
		return -1;
	if (detach(fd) == 0)
		return 0;
	if (errno == EINVAL)
		return err_say(err, mount->at, "%s cannot be taken away: nothing is mounted there, or a user namespace holds "
			       "it in its place", mount->target);
	return err_errno(err, mount->at, "unmount %s", mount->target);
}

/* Is what @target is there for covered by what goes before it?  Then nobody can look at it yet. */
static bool is_covered(const struct plan_mounts *mounts, size_t i)
{
	const char *target = mounts->item[i].target;

	for (size_t j = i + 1; j < mounts->n; j++) {
		size_t len = strlen(mounts->item[j].target);

		if (strncmp(target, mounts->item[j].target, len) == 0 && (target[len] == '/' || target[len] == '\0'))
			return true;
	}
	return false;
}

int live_unmount(struct init *init, struct err *err)
{
	const struct plan_mounts *mounts = &init->plan->mounts;

	for (size_t i = 0; i < mounts->n; i++) {
		auto_fd int fd = is_covered(mounts, i) ? -1 : open_mount(init, &mounts->item[i], err);

		if (fd < 0 && err_is_set(err))
			return -1;
	}
	for (size_t i = mounts->n; i > 0; i--) {
		if (unmount_one(init, &mounts->item[i - 1], err) == 0)
			continue;
		return i == mounts->n ? -1 : err_wrap(err, mounts->item[i - 1].at, "what comes after it is taken away already");
	}
	return 0;
}

int live_settle(struct init *init, struct err *err)
{
	if (channel_tell(init->wire, WIRE_READY, NULL, 0, err) == 0 &&
	    channel_wait(init->wire, WIRE_COMMIT, NULL, 0, NULL, err) == 0)
		_exit(0);
	/* What was taken away has no tree. */
	undo(init, init->plan->mounts.n);
	return -1;
}
