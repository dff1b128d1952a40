/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which of the two device controllers a cgroup has; see devices.h.
 * Runs in: host.
 */
#include "cgroup/devices.h"

#include <errno.h>

#include "base/err.h"
#include "cgroup/tree.h"

/*
 * Devices belong to the v1 controller where it is mounted, to a program on the v2 tree elsewhere.
 */
int devices_write(const struct cgroup *cg, const struct plan_cgroup *plan, bool existed, struct err *err)
{
	size_t v1 = tree_find(&cg->ref, "devices"), v2 = tree_find_v2(&cg->ref);
	int r;

	if (v1 != TREE_NONE)
		r = devices_v1_write(cg->fd[v1], plan->rules, plan->n_rules, err);
	else if (v2 != TREE_NONE)
		r = devices_bpf_attach(cg->fd[v2], plan->rules, plan->n_rules, existed, err);
	else
		r = err_say(err, ERR_NOWHERE, "no cgroup v1 tree has the devices controller");
	/*
	 * Who may not set a filter may not make device nodes either (mknod(2),
	 * user_namespaces(7)).
	 */
	if (r < 0 && plan->is_rootless && (err->code == EPERM || err->code == EACCES))
		return 0;
	return r;
}
