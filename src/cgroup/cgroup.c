/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A container's cgroup as the rest of the program sees it; see cgroup.h.
 * Not here: freezing and killing (control.c).
 * Runs in: host; cgroup_enter_self() in the child.
 */
#include "cgroup/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "cgroup/leaf.h"
#include "cgroup/place.h"
#include "cgroup/remove.h"
#include "cgroup/systemd_bus.h"
#include "cgroup/tree.h"
#include "cgroup/walk.h"

static const struct place *get_place(enum cgroup_manager manager)
{
	static const struct place *const places[] = {
		[CGROUP_MANAGER_CGROUPFS] = &place_fs,
		[CGROUP_MANAGER_SYSTEMD] = &place_systemd,
		[CGROUP_MANAGER_DISABLED] = &place_none,
	};

	return places[manager];
}

int cgroup_open(struct cgroup *cg, const struct plan_cgroup *plan, struct err *err)
{
	return get_place(plan->manager)->open(cg, plan, err);
}

int cgroup_create(struct cgroup *cg, const struct plan_cgroup *plan, struct err *err)
{
	return get_place(cg->ref.manager)->create(cg, plan, err);
}

int cgroup_limit_late(const struct cgroup *cg, const struct plan_cgroup *plan, struct err *err)
{
	return cgroup_is_present(cg) ? tree_write_late_limits(cg, plan, err) : 0;
}

bool cgroup_needs_process(const struct cgroup *cg)
{
	return get_place(cg->ref.manager)->adopt != NULL;
}

int cgroup_adopt(struct cgroup *cg, const struct plan_cgroup *plan, pid_t pid, struct err *err)
{
	return get_place(cg->ref.manager)->adopt(cg, plan, pid, err);
}

bool cgroup_knows_systemd(void)
{
	return systemd_bus_is_built();
}

void cgroup_find(struct cgroup *cg, const struct cgroup_ref *ref)
{
	*cg = (struct cgroup){ .ref = *ref };
	for (size_t i = 0; i < cg->ref.n; i++)
		cg->fd[i] = -1;
}

bool cgroup_is_present(const struct cgroup *cg)
{
	return cg->ref.n > 0;
}

int cgroup_clone_fd(const struct cgroup *cg)
{
	size_t i = tree_find_v2(&cg->ref);

	/* Ours from the start, so that no cgroup.kill was ever written there. */
	if (i == TREE_NONE || cg->ref.path[cg->ref.tree[i].kept] == '\0')
		return -1;
	return leaf_dir(cg, i);
}

int cgroup_open_trees(struct cgroup *cg, struct err *err)
{
	for (size_t i = 0; i < cg->ref.n; i++) {
		if (tree_open(cg, i) < 0)
			return err_errno(err, ERR_NOWHERE, "open cgroup %s in /sys/fs/cgroup/%s",
					 cg->ref.path, cg->ref.tree[i].mount);
	}
	return 0;
}

int cgroup_enter(struct cgroup *cg, pid_t pid, bool born_in_v2, struct err *err)
{
	char number[16];

	(void)snprintf(number, sizeof(number), "%d", (int)pid);
	for (size_t i = 0; i < cg->ref.n; i++) {
		if (cg->ref.tree[i].is_v2 && born_in_v2)
			continue;
		if (tree_open(cg, i) < 0 || tree_write_at(leaf_dir(cg, i), "cgroup.procs", number) < 0)
			return err_errno(err, ERR_NOWHERE, "put process %d into cgroup %s in "
					 "/sys/fs/cgroup/%s", (int)pid, cg->ref.path,
					 cg->ref.tree[i].mount);
	}
	return 0;
}

int cgroup_enter_self(const struct cgroup *cg, bool born_in_v2, size_t *ret_tree)
{
	for (size_t i = 0; i < cg->ref.n; i++) {
		bool is_v2 = cg->ref.tree[i].is_v2;

		if (is_v2 && born_in_v2)
			continue;
		if (tree_write_at(leaf_dir(cg, i), is_v2 ? "cgroup.procs" : "tasks", "0") < 0) {
			*ret_tree = i;
			return -1;
		}
	}
	return 0;
}

int cgroup_pids(struct cgroup *cg, pid_t **ret_pids, size_t *ret_n, struct err *err)
{
	struct walk_pids pids = { .pid = NULL };
	size_t i = tree_find_lister(&cg->ref);

	if (i == TREE_NONE)
		return err_say(err, ERR_NOWHERE,
			       "the container has no cgroup to list processes of");
	if (tree_open(cg, i) < 0 && errno != ENOENT)
		return err_errno(err, ERR_NOWHERE, "open cgroup %s", cg->ref.path);
	if (cg->fd[i] >= 0 && walk_add_pids(cg->fd[i], &pids) < 0) {
		free(pids.pid);
		return err_errno(err, ERR_NOWHERE, "list processes of cgroup %s", cg->ref.path);
	}
	*ret_pids = pids.pid;
	*ret_n = pids.n;
	return 0;
}

int cgroup_update(struct cgroup *cg, const struct plan_cgroup *plan, struct err *err)
{
	return get_place(cg->ref.manager)->update(cg, plan, err);
}

int cgroup_remove(struct cgroup *cg, int deadline_ms, struct err *err)
{
	return get_place(cg->ref.manager)->remove(cg, deadline_ms, err);
}

bool cgroup_remove_empty(struct cgroup *cg)
{
	return cg->ref.n == 1 && cg->ref.manager == CGROUP_MANAGER_CGROUPFS && remove_empty(cg);
}

void cgroup_close(struct cgroup *cg)
{
	for (size_t i = 0; i < cg->ref.n; i++)
		fd_close(&cg->fd[i]);
	if (cg->leaf > 0)
		(void)close(cg->leaf);
	cg->leaf = 0;
	systemd_bus_close(&cg->bus);
}
