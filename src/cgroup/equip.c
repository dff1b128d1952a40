/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Limits, device rules and an owner for a cgroup; see equip.h.
 * Runs in: host.
 */
#include "cgroup/equip.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "cgroup/devices.h"
#include "cgroup/leaf.h"
#include "cgroup/tree.h"

/*
 * Give the processes' directory and the files that the kernel names for it to the payload's user (CG-04).  An
 * ordinary user gives nothing away; what is mapped to itself stays its own.
 */
static int delegate(const struct cgroup *cg, const struct plan_cgroup *plan, struct err *err)
{
	size_t i = tree_find_v2(&cg->ref);
	char names[4 * TREE_FILE_SIZE];
	int dir;

	if (!plan->delegate || i == TREE_NONE)
		return 0;
	dir = leaf_dir(cg, i);
	if (tree_read_at(AT_FDCWD, "/sys/kernel/cgroup/delegate", names, sizeof(names)) < 0)
		strcpy(names, "cgroup.procs\ncgroup.subtree_control\ncgroup.threads");
	if (fchown(dir, plan->delegate_uid, (gid_t)-1) < 0) {
		if (plan->is_rootless && errno == EPERM)
			return 0;
		return err_errno(err, ERR_NOWHERE, "give cgroup %s to user %u", cg->ref.path,
				 plan->delegate_uid);
	}
	for (char *p = names; p && *p;) {
		char *end = strchr(p, '\n');

		if (end)
			*end++ = '\0';
		if (fchownat(dir, p, plan->delegate_uid, (gid_t)-1, AT_SYMLINK_NOFOLLOW) < 0 && errno != ENOENT)
			return err_errno(err, ERR_NOWHERE, "give %s of cgroup %s to user %u", p,
					 cg->ref.path, plan->delegate_uid);
		p = end;
	}
	return 0;
}

int equip(struct cgroup *cg, const struct plan_cgroup *plan, bool is_old, struct err *err)
{
	tree_v2_hand_down(cg, plan);
	/* CG-02: without `resources` a cgroup that was there keeps the limits that it has. */
	if ((!is_old || plan->has_resources) &&
	    ((is_old && tree_check_memory(cg, plan, err) < 0) ||
	     tree_write_limits(cg, plan, err) < 0 ||
	     devices_write(cg, plan, is_old, err) < 0))
		return -1;
	return delegate(cg, plan, err);
}
