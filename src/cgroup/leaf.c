/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cgroup that a container is given within its own; see leaf.h.
 * Runs in: host; leaf_dir() in the child between clone and execve, too.
 */
#include "cgroup/leaf.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "cgroup/tree.h"

int leaf_make(struct cgroup *cg, const struct plan_cgroup *plan, struct err *err)
{
	size_t i = tree_find_v2(&cg->ref);

	if (plan->leaf == NULL || i == TREE_NONE)
		return 0;
	if (mkdirat(cg->fd[i], plan->leaf, 0755) < 0 && errno != EEXIST)
		return err_errno(err, plan->leaf_at, "make cgroup %s/%s", cg->ref.path, plan->leaf);
	cg->leaf = openat(cg->fd[i], plan->leaf, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (cg->leaf > 0)
		return 0;
	cg->leaf = 0;
	return err_errno(err, plan->leaf_at, "open cgroup %s/%s", cg->ref.path, plan->leaf);
}

int leaf_dir(const struct cgroup *cg, size_t i)
{
	return cg->leaf > 0 && cg->ref.tree[i].is_v2 ? cg->leaf : cg->fd[i];
}
