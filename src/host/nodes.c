/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Device nodes made or found outside the user namespace; see nodes.h.  A node of ours lies on a file
 * system that was made outside, so the kernel lets it be opened; of the host's own nodes mode and owner
 * are the host's and stay so, since they are one inode for all.
 * Runs in: host.
 */
#include "host/nodes.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "plan/plan.h"
#include "sys/devnode.h"
#include "sys/mountfd.h"
#include "sys/uapi.h"

static int open_dir(void)
{
	auto_fd int fs = mountfd_fsopen("tmpfs");

	if (fs < 0 || mountfd_set(fs, "source", "tmpfs") < 0 || mountfd_set(fs, "mode", "755") < 0)
		return -1;
	return mountfd_create(fs, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
}

/* The owner as we count; false when that is not known or not to be had. */
static bool find_owner(const struct plan_namespaces *ns, const struct plan_device *device, uint32_t *ret_uid,
		       uint32_t *ret_gid)
{
	return plan_namespaces_outside(ns->uid_map, ns->n_uid_map, device->uid, ret_uid) &&
	       plan_namespaces_outside(ns->gid_map, ns->n_gid_map, device->gid, ret_gid);
}

/* A node with the mode and owner that were asked for; -1 when that cannot be. */
static int make_own(struct nodes *nodes, const struct plan *plan, const struct plan_device *device)
{
	uint32_t uid, gid;
	char name[16];
	int tree;

	if (nodes->is_refused || !find_owner(&plan->namespaces, device, &uid, &gid))
		return -1;
	if (nodes->dir < 0)
		nodes->dir = open_dir();
	(void)snprintf(name, sizeof(name), "%u", nodes->n++);
	if (nodes->dir < 0 || mknodat(nodes->dir, name, device->type | 0600, makedev(device->major, device->minor)) < 0 ||
	    fchownat(nodes->dir, name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0 ||
	    fchmodat(nodes->dir, name, device->mode, 0) < 0) {
		nodes->is_refused = true;
		return -1;
	}
	tree = mountfd_clone(nodes->dir, name, false);
	nodes->is_refused = tree < 0;
	return tree;
}

/*
 * Nothing of the host's node is changed for a container, so what the config says of it may not be had (before
 * Linux 6.15, to an ordinary user, and for owners that the container does not have).
 */
static void warn_of_difference(const struct plan *plan, const struct plan_device *device, int node)
{
	struct err warning = ERR_INIT;
	uint32_t uid = 0, gid = 0;
	struct stat st;

	if (device->is_default || fstat(node, &st) < 0 ||
	    ((st.st_mode & 07777) == device->mode && find_owner(&plan->namespaces, device, &uid, &gid) &&
	     st.st_uid == uid && st.st_gid == gid))
		return;
	(void)err_say(&warning, device->at, "%s is the host's own node, with its mode %04o and owner %u:%u (asked for: %04o, "
		      "%u:%u of the container)", device->path, (unsigned int)(st.st_mode & 07777), (unsigned int)st.st_uid,
		      (unsigned int)st.st_gid, (unsigned int)device->mode, (unsigned int)device->uid,
		      (unsigned int)device->gid);
	log_warning_err(&warning);
}

/* The host's node. */
static int open_host(const struct plan *plan, const struct plan_device *device, struct err *err)
{
	auto_fd int node = devnode_open(device->path, device->type, device->major, device->minor);
	int tree;

	if (node < 0)
		return err_say(err, device->at, "in a user namespace device %u:%u must exist outside as %s, and does not",
			       device->major, device->minor, device->path);
	warn_of_difference(plan, device, node);
	tree = mountfd_clone(node, NULL, false);
	return tree < 0 ? err_errno(err, device->at, "copy the mount of device %s", device->path) : tree;
}

int nodes_open(struct nodes *nodes, const struct plan *plan, const struct plan_device *device, struct err *err)
{
	int tree = make_own(nodes, plan, device);

	return tree >= 0 ? tree : open_host(plan, device, err);
}

void nodes_close(struct nodes *nodes)
{
	fd_close(&nodes->dir);
	*nodes = NODES_INIT;
}
