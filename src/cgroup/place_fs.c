/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cgroupfs manager: we make and remove the directories ourselves.
 * Not here: removing (remove.c), the files in the directories (tree_*.c, devices_*.c).
 * Runs in: host.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "cgroup/devices.h"
#include "cgroup/place.h"
#include "cgroup/remove.h"
#include "cgroup/tree.h"
#include "cgroup/update.h"
#include "cgroup/walk.h"

/* Tries when somebody removes an ancestor while we go down: each needs a removal just then. */
enum { MAX_RACES = 16 };

/* How long the last process may take to leave its CPU for good. */
enum { DYING_MS = 200 };

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
static int open_deepest(struct cgroup *cg, size_t i, struct err *err)
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

static bool existed(const struct cgroup *cg, size_t i)
{
	return cg->ref.path[cg->ref.tree[i].kept] == '\0';
}

static int refuse_frozen(const struct cgroup *cg, struct err *err)
{
	return err_say(err, ERR_NOWHERE, "container's cgroup unexpectedly frozen: %s",
		       cg->ref.path);
}

static int refuse_used(const struct cgroup *cg, struct err *err)
{
	return err_say(err, ERR_NOWHERE, "container's cgroup is not empty: %s", cg->ref.path);
}

/*
 * Populated, and yet nobody is listed: kernels may count a process a moment longer than it can be
 * waited for.  One of a PID namespace that we do not see is not listed either, but stays.
 */
static bool is_dying(int dir)
{
	struct walk_pids pids = { .pid = NULL };
	int r = walk_add_pids(dir, &pids);

	free(pids.pid);
	return r == 0 && pids.n == 0 && tree_wait_event(dir, "populated", 0, DYING_MS) == 0;
}

/* cgroup.events (the root has none) counts descendants, and frozen is what an ancestor makes it. */
static int check_free_v2(const struct cgroup *cg, size_t i, struct err *err)
{
	char text[TREE_FILE_SIZE];

	if (tree_read_at(cg->fd[i], "cgroup.events", text, sizeof(text)) < 0)
		return 0;
	if (existed(cg, i) && tree_find_value(text, "populated") == 1 && !is_dying(cg->fd[i]))
		return refuse_used(cg, err);
	if (tree_find_value(text, "frozen") == 1)
		return refuse_frozen(cg, err);
	return 0;
}

static int check_free_v1(const struct cgroup *cg, size_t i, struct err *err)
{
	struct walk_pids pids = { .pid = NULL };
	char text[TREE_FILE_SIZE];

	if (existed(cg, i)) {
		int r = walk_add_pids(cg->fd[i], &pids);

		free(pids.pid);
		if (r < 0)
			return err_errno(err, ERR_NOWHERE, "list processes of cgroup %s",
					 cg->ref.path);
		if (pids.n > 0)
			return refuse_used(cg, err);
	}
	if (i == tree_find(&cg->ref, "freezer") &&
	    tree_read_at(cg->fd[i], "freezer.state", text, sizeof(text)) >= 0 &&
	    strcmp(text, "THAWED") != 0)
		return refuse_frozen(cg, err);
	return 0;
}

/*
 * Joining a frozen cgroup hangs for ever, and one with processes gives them the container's
 * limits.
 */
static int check_free(const struct cgroup *cg, size_t i, struct err *err)
{
	if (cg->ref.tree[i].kept == 0)
		return 0;
	return cg->ref.tree[i].is_v2 ? check_free_v2(cg, i, err) : check_free_v1(cg, i, err);
}

/* What is wrong with the directories points to the property that names them. */
static int place_refusal(const struct plan_cgroup *plan, struct err *err)
{
	if (err->at == ERR_NOWHERE)
		err->at = plan->path_at;
	return -1;
}

static int open_fs(struct cgroup *cg, const struct plan_cgroup *plan, struct err *err)
{
	*cg = CGROUP_INIT;
	if (plan->n_hierarchies > CGROUP_MAX_TREES)
		return err_say(err, ERR_NOWHERE, "more than %d control group hierarchies",
			       CGROUP_MAX_TREES);
	cg->ref.manager = plan->manager;
	cg->ref.mode = plan->mode;
	cg->ref.path = plan->path;
	for (size_t i = 0; i < plan->n_hierarchies; i++) {
		cg->ref.tree[i] = (struct cgroup_tree_ref){
			.mount = plan->hierarchies[i].mount,
			.controllers = plan->hierarchies[i].controllers,
			.is_v2 = plan->hierarchies[i].is_v2,
		};
		cg->fd[i] = -1;
		cg->ref.n = i + 1;
		if (open_deepest(cg, i, err) < 0 || check_free(cg, i, err) < 0)
			return place_refusal(plan, err);
	}
	return 0;
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
static int make_path(struct cgroup *cg, size_t i)
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
		if (!made && !*p) {
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
static int make_tree(struct cgroup *cg, size_t i, struct err *err)
{
	for (int n = 0; make_path(cg, i) < 0; n++) {
		if (errno != ENOENT || n == MAX_RACES)
			return err_errno(err, ERR_NOWHERE, "make cgroup %s in /sys/fs/cgroup/%s",
					 cg->ref.path, cg->ref.tree[i].mount);
		if (open_deepest(cg, i, err) < 0)
			return -1;
	}
	if (i == tree_find(&cg->ref, "cpuset") && tree_v1_fill_cpuset(cg->fd[i]) < 0)
		return err_errno(err, ERR_NOWHERE, "give cgroup %s its parent's CPUs",
				 cg->ref.path);
	return 0;
}

/*
 * Give the directory and the files that the kernel names for it to the payload's user (CG-04).  An
 * ordinary user gives nothing away; what is mapped to itself stays its own.
 */
static int delegate(const struct cgroup *cg, const struct plan_cgroup *plan, struct err *err)
{
	size_t i = tree_find_v2(&cg->ref);
	char names[4 * TREE_FILE_SIZE];

	if (!plan->delegate || i == TREE_NONE)
		return 0;
	if (tree_read_at(AT_FDCWD, "/sys/kernel/cgroup/delegate", names, sizeof(names)) < 0)
		strcpy(names, "cgroup.procs\ncgroup.subtree_control\ncgroup.threads");
	if (fchown(cg->fd[i], plan->delegate_uid, (gid_t)-1) < 0) {
		if (plan->is_rootless && errno == EPERM)
			return 0;
		return err_errno(err, ERR_NOWHERE, "give cgroup %s to user %u", cg->ref.path,
				 plan->delegate_uid);
	}
	for (char *p = names; p && *p;) {
		char *end = strchr(p, '\n');

		if (end)
			*end++ = '\0';
		if (fchownat(cg->fd[i], p, plan->delegate_uid, (gid_t)-1,
			     AT_SYMLINK_NOFOLLOW) < 0 && errno != ENOENT)
			return err_errno(err, ERR_NOWHERE, "give %s of cgroup %s to user %u", p,
					 cg->ref.path, plan->delegate_uid);
		p = end;
	}
	return 0;
}

static int make(struct cgroup *cg, const struct plan_cgroup *plan, struct err *err)
{
	bool is_old = false;

	for (size_t i = 0; i < cg->ref.n; i++) {
		is_old |= existed(cg, i);
		if (make_tree(cg, i, err) < 0)
			return place_refusal(plan, err);
	}
	tree_v2_hand_down(cg, plan);
	/* CG-02: without `resources` a cgroup that was there keeps the limits that it has. */
	if ((!is_old || plan->has_resources) &&
	    ((is_old && tree_check_memory(cg, plan, err) < 0) ||
	     tree_write_limits(cg, plan, err) < 0 ||
	     devices_write(cg, plan, is_old, err) < 0))
		return -1;
	return delegate(cg, plan, err);
}

static int create_fs(struct cgroup *cg, const struct plan_cgroup *plan, struct err *err)
{
	struct err ignored = ERR_INIT;

	if (make(cg, plan, err) == 0)
		return 0;
	(void)remove_directories(cg, 0, &ignored);
	cgroup_close(cg);
	if (!plan->is_rootless || plan->path_given || (err->code != EACCES && err->code != EPERM && err->code != EROFS))
		return -1;
	/* Nobody asked for the cgroup itself: without limits the container does without, else those are the matter. */
	if (plan->n_limits > 0)
		return err_wrap(err, plan->limits[0].at, "%s cannot be set", plan->limits[0].name);
	*err = ERR_INIT;
	*cg = CGROUP_INIT;
	return 0;
}

const struct place place_fs = { open_fs, create_fs, update_files, remove_directories };
