/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Making the directories of a container's cgroup; see make.h.
 * Runs in: host.
 */
#include "cgroup/make.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "cgroup/tree.h"

/* Tries when somebody removes an ancestor while we go down: each needs a removal just then. */
enum { MAX_RACES = 16 };

int make_begin(struct cgroup *cg, const struct plan_cgroup *plan, const char *path, struct err *err)
{
	*cg = CGROUP_INIT;
	if (plan->n_hierarchies > CGROUP_MAX_TREES)
		return err_say(err, ERR_NOWHERE, "more than %d control group hierarchies",
			       CGROUP_MAX_TREES);
	cg->ref.manager = plan->manager;
	cg->ref.mode = plan->mode;
	cg->ref.path = path;
	cg->ref.n = plan->n_hierarchies;
	for (size_t i = 0; i < cg->ref.n; i++) {
		cg->ref.tree[i] = (struct cgroup_tree_ref){
			.mount = plan->hierarchies[i].mount,
			.controllers = plan->hierarchies[i].controllers,
			.is_v2 = plan->hierarchies[i].is_v2,
		};
		cg->fd[i] = -1;
	}
	return 0;
}

int make_refusal(const struct plan_cgroup *plan, struct err *err)
{
	if (err->at == ERR_NOWHERE)
		err->at = plan->path_at;
	return -1;
}

/* A write into a directory that only looks like a cgroup would be believed to be a limit. */
static int check_magic(const struct cgroup *cg, size_t i, struct err *err)
{
	const struct cgroup_tree_ref *tree = &cg->ref.tree[i];
	struct statfs fs;

	if (fstatfs(cg->fd[i], &fs) < 0)
		return err_errno(err, ERR_NOWHERE, "look at /sys/fs/cgroup/%s", tree->mount);
	if (fs.f_type == (tree->is_v2 ? CGROUP2_SUPER_MAGIC : CGROUP_SUPER_MAGIC))
		return 0;
	return err_say(err, ERR_NOWHERE, "/sys/fs/cgroup/%s is no %s file system", tree->mount,
		       tree->is_v2 ? "cgroup2" : "cgroup");
}

/* Open the deepest directory of the path that exists, and note how deep it is. */
int make_open_deepest(struct cgroup *cg, size_t i, struct err *err)
{
	char path[PATH_MAX];
	size_t len = strlen(cg->ref.path);

	fd_close(&cg->fd[i]);
	for (;;) {
		if (tree_path(path, &cg->ref, i, len) < 0)
			return err_errno(err, ERR_NOWHERE, "cgroup %s", cg->ref.path);
		cg->fd[i] = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (cg->fd[i] >= 0)
			break;
		if (errno != ENOENT || len == 0)
			return err_errno(err, ERR_NOWHERE, "open cgroup directory %s", path);
		while (cg->ref.path[--len] != '/')
			;
	}
	cg->ref.tree[i].kept = len;
	return check_magic(cg, i, err);
}

/*
 * Make one directory in the open one and go into it.  1 when it is ours, 0 when it was there, -1
 * with errno.
 */
static int make_one(struct cgroup *cg, size_t i, const char *name)
{
	auto_fd int next = -1;
	int made = mkdirat(cg->fd[i], name, 0755) == 0;

	if (!made && errno != EEXIST)
		return -1;
	next = openat(cg->fd[i], name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (next < 0)
		return -1;
	fd_close(&cg->fd[i]);
	cg->fd[i] = take_fd(&next);
	return made;
}

/*
 * From the deepest directory that exists down to the container's.  Where somebody makes the same
 * ancestor meanwhile it is theirs, unless one above it is ours: that only goes when it is empty.
 */
static int make_path(struct cgroup *cg, size_t i, bool is_shared)
{
	bool is_cpuset = i == tree_find(&cg->ref, "cpuset");
	struct cgroup_tree_ref *tree = &cg->ref.tree[i];
	const char *p = cg->ref.path + tree->kept;
	bool is_ours = false;

	while (*p) {
		size_t len = strcspn(p + 1, "/");
		char name[NAME_MAX + 1];
		int made;

		if (len > NAME_MAX) {
			errno = ENAMETOOLONG;
			return -1;
		}
		memcpy(name, p + 1, len);
		name[len] = '\0';
		p += 1 + len;
		made = make_one(cg, i, name);
		if (made < 0)
			return -1;
		if (!made && !*p && !is_shared) {
			/* Two containers want the same cgroup; it is the other one's. */
			errno = EEXIST;
			return -1;
		}
		/* One after the other, for a path may be very deep. */
		if (made && *p && is_cpuset && tree_v1_fill_cpuset(cg->fd[i]) < 0)
			return -1;
		is_ours |= made;
		if (!is_ours)
			tree->kept = (size_t)(p - cg->ref.path);
	}
	return 0;
}

/* An ancestor may be removed by its maker at any time before we are in it. */
int make_tree(struct cgroup *cg, size_t i, bool is_shared, struct err *err)
{
	for (int n = 0; make_path(cg, i, is_shared) < 0; n++) {
		if (errno != ENOENT || n == MAX_RACES)
			return err_errno(err, ERR_NOWHERE, "make cgroup %s in /sys/fs/cgroup/%s",
					 cg->ref.path, cg->ref.tree[i].mount);
		if (make_open_deepest(cg, i, err) < 0)
			return -1;
	}
	if (i == tree_find(&cg->ref, "cpuset") && tree_v1_fill_cpuset(cg->fd[i]) < 0)
		return err_errno(err, ERR_NOWHERE, "give cgroup %s its parent's CPUs",
				 cg->ref.path);
	return 0;
}
