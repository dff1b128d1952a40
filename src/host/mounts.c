/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's side of mounts; see mounts.h.
 * Runs in: host.
 */
#include "host/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "host/idmaps.h"
#include "host/nodes.h"
#include "plan/plan.h"
#include "sys/mountfd.h"
#include "sys/uapi.h"

/* linux/nsfs.h, Linux 4.11 */
#define NS_GET_NSTYPE_REQUEST _IO(0xb7, 0x3)

static int open_root(struct host_mounts *mounts, const struct plan_root *root, struct err *err)
{
	mounts->root_dir = open(root->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (mounts->root_dir < 0 && errno == ENOTDIR)
		return err_say(err, root->at, "the root file system %s is no directory", root->path);
	if (mounts->root_dir < 0)
		return err_errno(err, root->at, "open the root file system %s", root->path);
	return 0;
}

/* With "copy-symlink" a source that is a link is not bound but made anew in the container: the link, or -1. */
static int open_link(const struct plan_mount *mount)
{
	auto_fd int link = -1;
	struct stat st;

	if (!mount->copy_symlink)
		return -1;
	link = open(mount->source, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return link >= 0 && fstat(link, &st) == 0 && S_ISLNK(st.st_mode) ? take_fd(&link) : -1;
}

/* A detached copy of the bind source, made in our own mount namespace, with its ids mapped as @user_ns says. */
static int open_source(const struct plan_mount *mount, int user_ns, struct err *err)
{
	auto_fd int source = open_link(mount), tree = -1;

	if (source >= 0)
		return take_fd(&source);
	source = open(mount->source, O_PATH | O_CLOEXEC | (mount->src_nofollow ? O_NOFOLLOW : 0));
	if (source < 0)
		return err_errno(err, mount->at, "open the source %s of %s", mount->source, mount->target);
	tree = mountfd_clone(source, NULL, mount->recursive);
	if (tree < 0)
		return err_errno(err, mount->at, "copy the mount of %s for %s", mount->source, mount->target);
	if (user_ns >= 0 && idmaps_apply(mount, source, tree, user_ns, err) < 0)
		return -1;
	return take_fd(&tree);
}

/* Sysctls below these directories belong to the namespace, so they are not to be set in our own one. */
static const struct {
	unsigned long flag;
	const char *self;
	const char *prefix;
} sysctls_of[] = {
	{ CLONE_NEWNET, "/proc/self/ns/net", "net/" },
	{ CLONE_NEWIPC, "/proc/self/ns/ipc", "kernel/" },
	{ CLONE_NEWIPC, "/proc/self/ns/ipc", "fs/mqueue/" },
	{ CLONE_NEWUTS, "/proc/self/ns/uts", "kernel/" },
	{ CLONE_NEWUSER, "/proc/self/ns/user", "user/" },
};

/* Its names are the host's, too (CF-05). */
static int check_names(const struct plan *plan, const struct plan_join *join, ino_t theirs, struct err *err)
{
	struct stat ours;

	if (join->flag != CLONE_NEWUTS || (plan->hostname == NULL && plan->domainname == NULL) ||
	    stat("/proc/self/ns/uts", &ours) < 0 || theirs != ours.st_ino)
		return 0;
	return err_say(err, join->at, "%s is the host's own namespace, where %s is not the container's to set", join->path,
		       plan->hostname != NULL ? "hostname" : "domainname");
}

/* A path may lead to the host's own namespace, and only opening it tells (spec-checklist 8.1 #30). */
static int check_not_ours(const struct plan *plan, const struct plan_join *join, int fd, struct err *err)
{
	struct stat theirs, ours;

	if (fstat(fd, &theirs) < 0)
		return err_errno(err, join->at, "look at namespace %s", join->path);
	if (check_names(plan, join, theirs.st_ino, err) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(sysctls_of) / sizeof(sysctls_of[0]); i++) {
		if (sysctls_of[i].flag != join->flag || stat(sysctls_of[i].self, &ours) < 0 ||
		    theirs.st_ino != ours.st_ino)
			continue;
		for (size_t j = 0; j < plan->sysctls.n; j++) {
			const struct plan_sysctl *sysctl = &plan->sysctls.item[j];

			if (strncmp(sysctl->path, sysctls_of[i].prefix, strlen(sysctls_of[i].prefix)) == 0)
				return err_say(err, sysctl->at, "%s is the host's own namespace, where sysctls "
					       "are not the container's to set", join->path);
		}
	}
	return 0;
}

static int open_namespace(const struct plan *plan, const struct plan_join *join, struct err *err)
{
	auto_fd int fd = open(join->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct statfs fs;
	int type;

	if (fd < 0)
		return err_errno(err, join->at, "open namespace %s", join->path);
	if (fstatfs(fd, &fs) < 0)
		return err_errno(err, join->at, "look at namespace %s", join->path);
	type = (unsigned long)fs.f_type == UAPI_NSFS_MAGIC ? ioctl(fd, NS_GET_NSTYPE_REQUEST) : 0;
	if (type < 0)
		return err_errno(err, join->at, "look at namespace %s", join->path);
	if ((unsigned long)(unsigned int)type != join->flag)
		return err_say(err, join->at, "%s is not a namespace of this type", join->path);
	if (check_not_ours(plan, join, fd, err) < 0)
		return -1;
	return take_fd(&fd);
}

/* Keep @fd as the next descriptor to send; a negative one is a failure that was reported. */
static int keep(struct host_mounts *mounts, int fd)
{
	if (fd < 0)
		return -1;
	mounts->fds[mounts->n++] = fd;
	return 0;
}

static int open_sources(struct host_mounts *mounts, const struct plan *plan, struct err *err)
{
	for (size_t i = 0; i < plan->mounts.n; i++) {
		const struct plan_mount *mount = &plan->mounts.item[i];

		if (mount->kind == PLAN_MOUNT_BIND &&
		    keep(mounts, open_source(mount, mounts->user_ns[i], err)) < 0)
			return -1;
	}
	return 0;
}

/* Move the namespaces that init needs itself, for file systems that it makes. */
static void keep_user_ns(struct host_mounts *mounts, const struct plan *plan)
{
	for (size_t i = 0; i < plan->mounts.n; i++) {
		if (plan->mounts.item[i].kind == PLAN_MOUNT_FS && mounts->user_ns[i] >= 0)
			(void)keep(mounts, take_fd(&mounts->user_ns[i]));
	}
}

static int open_nodes(struct host_mounts *mounts, const struct plan *plan, struct err *err)
{
	struct nodes nodes = NODES_INIT;
	int r = 0;

	for (size_t i = 0; i < plan->devices.n && r == 0; i++) {
		if (plan->devices.item[i].is_bound)
			r = keep(mounts, nodes_open(&nodes, plan, &plan->devices.item[i], err));
	}
	nodes_close(&nodes);
	return r;
}

static int copy_root(struct host_mounts *mounts, const struct plan *plan, struct err *err)
{
	int tree = mountfd_clone(mounts->root_dir, NULL, true);

	if (tree < 0)
		return err_errno(err, plan->root.at, "copy the mount of the root file system %s", plan->root.path);
	return keep(mounts, tree);
}

/* What goes into the container as a mount. */
static int open_trees(struct host_mounts *mounts, const struct plan *plan, struct err *err)
{
	if (!plan->exec.present && copy_root(mounts, plan, err) < 0)
		return -1;
	if (open_sources(mounts, plan, err) < 0)
		return -1;
	return open_nodes(mounts, plan, err);
}

/* First of all, and each path once: the mounts may take their ids from one. */
static int open_namespaces(struct host_mounts *mounts, const struct plan *plan, struct err *err)
{
	for (; mounts->n_join < plan->namespaces.n_join; mounts->n_join++) {
		int fd = open_namespace(plan, &plan->namespaces.join[mounts->n_join], err);

		if (fd < 0)
			return -1;
		mounts->join[mounts->n_join] = fd;
	}
	return 0;
}

static int find_join(const struct host_mounts *mounts, const struct plan_namespaces *namespaces, unsigned long flag)
{
	for (size_t i = 0; i < mounts->n_join; i++) {
		if (namespaces->join[i].flag == flag)
			return mounts->join[i];
	}
	return -1;
}

/* The pidfd of a container that is there stands for its namespaces. */
static int keep_container(struct host_mounts *mounts, int container, struct err *err)
{
	int fd = fcntl(container, F_DUPFD_CLOEXEC, 3);

	return fd < 0 ? err_errno(err, ERR_NOWHERE, "copy a descriptor") : keep(mounts, fd);
}

int mounts_open(struct host_mounts *mounts, const struct plan *plan, int container, struct err *err)
{
	const struct plan_namespaces *namespaces = &plan->namespaces;
	size_t n = plan->mounts.n;

	if (!plan->exec.present && open_root(mounts, &plan->root, err) < 0)
		return -1;
	mounts->fds = calloc(2 + 2 * n + plan->devices.n + namespaces->n_join, sizeof(int));
	mounts->user_ns = malloc((n + 1) * sizeof(int));
	if (mounts->fds == NULL || mounts->user_ns == NULL)
		return err_errno(err, ERR_NOWHERE, "get memory for %zu mounts", n);
	for (; mounts->n_user_ns < n; mounts->n_user_ns++)
		mounts->user_ns[mounts->n_user_ns] = -1;
	mounts->join = calloc(namespaces->n_join + 1, sizeof(int));
	if (mounts->join == NULL)
		return err_errno(err, ERR_NOWHERE, "get memory for %zu namespaces", namespaces->n_join);
	if (open_namespaces(mounts, plan, err) < 0 ||
	    idmaps_open(plan, find_join(mounts, namespaces, CLONE_NEWUSER), mounts->user_ns, err) < 0)
		return -1;
	if (!plan->init_opens && open_trees(mounts, plan, err) < 0)
		return -1;
	for (size_t i = 0; i < mounts->n_join; i++)
		(void)keep(mounts, take_fd(&mounts->join[i]));
	if (container >= 0 && keep_container(mounts, container, err) < 0)
		return -1;
	keep_user_ns(mounts, plan);
	return 0;
}

int mounts_namespace(const struct host_mounts *mounts, const struct plan *plan, unsigned long flag)
{
	size_t first = plan->init_opens ? 0 : 1; /* after the root, the bind mounts and the devices, see open_trees() */

	for (size_t i = 0; i < plan->mounts.n && !plan->init_opens; i++)
		first += plan->mounts.item[i].kind == PLAN_MOUNT_BIND;
	for (size_t i = 0; i < plan->devices.n && !plan->init_opens; i++)
		first += plan->devices.item[i].is_bound;
	for (size_t i = 0; i < plan->namespaces.n_join; i++) {
		if (plan->namespaces.join[i].flag == flag && first + i < mounts->n)
			return mounts->fds[first + i];
	}
	return -1;
}

void mounts_close(struct host_mounts *mounts)
{
	for (size_t i = 0; i < mounts->n; i++)
		fd_close(&mounts->fds[i]);
	for (size_t i = 0; i < mounts->n_user_ns; i++)
		fd_close(&mounts->user_ns[i]);
	for (size_t i = 0; i < mounts->n_join; i++)
		fd_close(&mounts->join[i]);
	free(mounts->join);
	free(mounts->user_ns);
	free(mounts->fds);
	fd_close(&mounts->root_dir);
	*mounts = HOST_MOUNTS_INIT;
}
