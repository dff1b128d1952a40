/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Device nodes; see devices.h.  Made by name in a directory that is held open, never through a path
 * (security.md R2).
 * Runs in: init.
 */
#include "init/devices.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"
#include "init/init.h"
#include "sys/inode.h"
#include "sys/mountfd.h"
#include "sys/rootpath.h"
#include "sys/uapi.h"

/* Permission bits of the node behind the O_PATH descriptor @node, by way of the trusted procfs. */
static int set_mode(const struct init *init, int node, mode_t mode)
{
	char path[32];

	(void)snprintf(path, sizeof(path), "self/fd/%d", node);
	return fchmodat(init->proc, path, mode, 0);
}

static int check_existing(int node, const struct plan_device *device, struct err *err)
{
	struct stat st;

	if (fstat(node, &st) < 0)
		return err_errno(err, device->at, "look at %s", device->path);
	if ((st.st_mode & S_IFMT) != device->type)
		return err_say(err, device->at, "%s exists and is something else than the device asked for",
			       device->path);
	if (device->type != S_IFIFO && st.st_rdev != makedev(device->major, device->minor))
		return err_say(err, device->at, "%s exists and is device %u:%u instead of %u:%u", device->path,
			       major(st.st_rdev), minor(st.st_rdev), device->major, device->minor);
	return 0;
}

/*
 * Is it a node of the host's own /dev, which a mount shows in the container?  It is one inode for all, so nothing of
 * it is changed for one container.
 */
static bool is_hosts(const struct init *init, int node)
{
	struct stat ours, null;

	return fstat(node, &ours) == 0 && fstat(init->null, &null) == 0 && ours.st_dev == null.st_dev;
}

/*
 * struct place - what the next node or link has in common with the last one, nearly always
 * @dir: the directory that the last one was made in; the first @len bytes of @path name it
 * @needs: what the last link needed, as the plan spells it; @has_needs: it was there
 */
struct place {
	int dir;
	const char *path;
	size_t len;
	const char *needs;
	bool has_needs;
};

/* The directory of @path, which stays @place's, and the name in it. */
static int find_place(const struct init *init, struct place *place, const char *path, char *name, size_t size)
{
	const char *slash = strrchr(path, '/');
	const char *last = slash == NULL ? path : slash + 1;
	size_t len = (size_t)(last - path);

	if (place->dir >= 0 && len == place->len && memcmp(path, place->path, len) == 0 && last[0] != '\0' &&
	    last[0] != '.' && strlen(last) < size) {
		memcpy(name, last, strlen(last) + 1);
		return place->dir;
	}
	fd_close(&place->dir);
	place->dir = rootpath_parent(init->root, path, name, size);
	place->path = path;
	place->len = len;
	return place->dir;
}

static int make_node(const struct init *init, const struct plan_device *device, struct place *place, struct err *err)
{
	char name[NAME_MAX + 1];
	auto_fd int node = -1;
	bool existed;
	int dir;

	dir = find_place(init, place, device->path, name, sizeof(name));
	if (dir < 0)
		return err_errno(err, device->at, "open the directory of %s", device->path);
	/* The umask is 0 until identity_apply(), so the mode comes out as asked for. */
	existed = mknodat(dir, name, device->type | device->mode, makedev(device->major, device->minor)) < 0;
	if (existed && errno != EEXIST)
		return err_errno(err, device->at, "make device node %s", device->path);
	if (!existed && device->uid == 0 && device->gid == 0)
		return 0;
	node = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (node < 0)
		return err_errno(err, device->at, "open %s", device->path);
	if (check_existing(node, device, err) < 0)
		return -1;
	if (existed && (device->is_default || is_hosts(init, node)))
		return 0;
	if (existed && set_mode(init, node, device->mode) < 0)
		return err_errno(err, device->at, "set the mode of %s", device->path);
	if (fchownat(node, "", device->uid, device->gid, AT_EMPTY_PATH) < 0)
		return err_errno(err, device->at, "set the owner of %s", device->path);
	return 0;
}

/* In a user namespace: the node was made outside, and whatever stands at its place is covered. */
static int bind_node(struct init *init, size_t i, struct err *err)
{
	const struct plan_device *device = &init->plan->devices.item[i];
	auto_fd int target = -1;
	struct inode there;

	target = rootpath_make(init->root, device->path, ROOTPATH_FILE, ROOTPATH_NOFOLLOW_LAST, &there);
	if (target < 0)
		return err_errno(err, device->at, "make %s", device->path);
	if (S_ISLNK(there.mode))
		return err_say(err, device->at, "%s exists and is a symbolic link", device->path);
	if (mountfd_attach(init->node[i], target) < 0)
		return err_errno(err, device->at, "bind the device on %s", device->path);
	fd_close(&init->node[i]);
	return 0;
}

static bool has_needs(const struct init *init, const struct plan_link *link, struct place *place)
{
	auto_fd int needed = -1;

	if (link->needs == NULL)
		return true;
	if (place->needs == NULL || strcmp(place->needs, link->needs) != 0) {
		needed = rootpath_open(init->root, link->needs, ROOTPATH_NOFOLLOW_LAST);
		place->needs = link->needs;
		place->has_needs = needed >= 0;
	}
	return place->has_needs;
}

static int make_link(const struct init *init, const struct plan_link *link, struct place *place, struct err *err)
{
	char name[NAME_MAX + 1];
	int dir;

	if (!has_needs(init, link, place))
		return 0;
	dir = find_place(init, place, link->path, name, sizeof(name));
	if (dir < 0)
		return err_errno(err, ERR_NOWHERE, "open the directory of %s", link->path);
	if (symlinkat(link->target, dir, name) < 0 && errno != EEXIST)
		return err_errno(err, ERR_NOWHERE, "link %s", link->path);
	return 0;
}

static int make_all(struct init *init, struct place *place, struct err *err)
{
	const struct plan_devices *devices = &init->plan->devices;

	for (size_t i = 0; i < devices->n; i++) {
		const struct plan_device *device = &devices->item[i];

		if (device->is_bound ? bind_node(init, i, err) < 0 : make_node(init, device, place, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < devices->n_link; i++) {
		if (make_link(init, &devices->link[i], place, err) < 0)
			return -1;
	}
	return 0;
}

int devices_make(struct init *init, struct err *err)
{
	struct place place = { .dir = -1 };
	int r = make_all(init, &place, err);

	fd_close(&place.dir);
	return r;
}
