/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cgroupfs manager: we make and remove the directories ourselves.
 * Not here: making and removing one (make.c, remove.c), the files in them (equip.c).
 * Runs in: host.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "cgroup/equip.h"
#include "cgroup/leaf.h"
#include "cgroup/make.h"
#include "cgroup/place.h"
#include "cgroup/remove.h"
#include "cgroup/tree.h"
#include "cgroup/update.h"
#include "cgroup/walk.h"

/* How long the last process may take to leave its CPU for good. */
enum { DYING_MS = 200 };

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

static int open_fs(struct cgroup *cg, const struct plan_cgroup *plan, struct err *err)
{
	if (make_begin(cg, plan, plan->path, err) < 0)
		return -1;
	for (size_t i = 0; i < cg->ref.n; i++) {
		if (make_open_deepest(cg, i, err) < 0 || check_free(cg, i, err) < 0)
			return make_refusal(plan, err);
	}
	return 0;
}

static int make(struct cgroup *cg, const struct plan_cgroup *plan, struct err *err)
{
	bool is_old = false;

	for (size_t i = 0; i < cg->ref.n; i++) {
		is_old |= existed(cg, i);
		if (make_tree(cg, i, false, err) < 0)
			return make_refusal(plan, err);
	}
	if (leaf_make(cg, plan, err) < 0)
		return make_refusal(plan, err);
	return equip(cg, plan, is_old, err);
}

static int create_fs(struct cgroup *cg, const struct plan_cgroup *plan, struct err *err)
{
	struct err ignored = ERR_INIT;

	if (make(cg, plan, err) == 0)
		return 0;
	(void)remove_directories(cg, 0, &ignored);
	cgroup_close(cg);
	if (!plan->is_rootless || plan->path_given || plan->leaf != NULL || (err->code != EACCES && err->code != EPERM && err->code != EROFS))
		return -1;
	/* Nobody asked for the cgroup itself: without limits the container does without, else those are the matter. */
	if (plan->n_limits > 0)
		return err_wrap(err, plan->limits[0].at, "%s cannot be set", plan->limits[0].name);
	*err = ERR_INIT;
	*cg = CGROUP_INIT;
	return 0;
}

const struct place place_fs = {
	.open = open_fs,
	.create = create_fs,
	.update = update_files,
	.remove = remove_directories,
};
