/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which of the two device controllers a cgroup has; see devices.h.
 * Runs in: host.
 */
#include "cgroup/devices.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "cgroup/tree.h"

/* Room for devices.list: a line of at most 40 bytes for each rule. */
enum { LIST_SIZE = 65536 };

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

/*
 * The list that was read, written again: "a *:* rwm" when everything was allowed, else what was.  -1 with errno.
 */
static int put_back(int dir, char *list)
{
	char *line;

	if (*list == 'a')
		return tree_write_at(dir, "devices.allow", "a");
	if (tree_write_at(dir, "devices.deny", "a") < 0)
		return -1;
	while ((line = strsep(&list, "\n")) != NULL) {
		if (*line && tree_write_at(dir, "devices.allow", line) < 0)
			return -1;
	}
	return 0;
}

/* A program is replaced in one step, the v1 controller takes one rule after the other. */
int devices_change(const struct cgroup *cg, const struct plan_cgroup *plan, struct err *err)
{
	size_t v1 = tree_find(&cg->ref, "devices");
	auto_free char *list = malloc(LIST_SIZE);

	if (v1 == TREE_NONE)
		/* cppcheck-suppress memleak ; auto_free frees it */
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): auto_free frees it */
		return devices_write(cg, plan, true, err);
	if (!list || tree_read_at(cg->fd[v1], "devices.list", list, LIST_SIZE) < 0)
		return err_errno(err, plan->rules[0].at, "read devices.list of cgroup %s", cg->ref.path);
	if (devices_write(cg, plan, true, err) == 0)
		return 0;
	if (put_back(cg->fd[v1], list) < 0)
		(void)err_wrap(err, ERR_NOWHERE, "device rules of cgroup %s could not be put back after this failure",
			       cg->ref.path);
	return -1;
}
