/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plan of `exec`; see exec.h.  The rules about a process are those of create.
 * Runs in: host.
 */
#include "plan/exec.h"

#include <linux/sched.h>

#include "base/err.h"
#include "base/region.h"
#include "libocispec/oci/config.h"
#include "plan/work.h"

/* A copy of the map in the region. */
static void take_map(struct plan_work *work, const struct plan_idmap *map, size_t n, struct plan_idmap **ret_map,
		     size_t *ret_n)
{
	*ret_map = n == 0 ? NULL : region_memdup(work->region, map, n * sizeof(*map));
	*ret_n = n;
}

/* The ids of a user namespace that was entered have to be set; 0 where it has one. */
static void plan_user(struct plan_work *work, const struct plan_target *target)
{
	const struct oci_process *process = work->input->config->process;
	const struct oci_user *user = process != NULL ? process->user : NULL;
	struct plan_namespaces *ret = &work->plan->namespaces;

	ret->has_user = true;
	ret->deny_setgroups = target->deny_setgroups;
	take_map(work, target->uid_map, target->n_uid_map, &ret->uid_map, &ret->n_uid_map);
	take_map(work, target->gid_map, target->n_gid_map, &ret->gid_map, &ret->n_gid_map);
	if (!plan_namespaces_maps(ret->uid_map, ret->n_uid_map, 0) && ret->n_uid_map > 0)
		ret->setup_uid = user != NULL ? user->uid : ret->uid_map[0].inside;
	if (!plan_namespaces_maps(ret->gid_map, ret->n_gid_map, 0) && ret->n_gid_map > 0)
		ret->setup_gid = user != NULL ? user->gid : ret->gid_map[0].inside;
}

void plan_exec_place(struct plan_work *work, const struct plan_target *target)
{
	struct plan *plan = work->plan;

	plan->exec = (struct plan_exec){ .present = true, .enter = target->enter, .pid = target->pid };
	plan->new_keyring = target->new_keyring;
	plan->root.at = ERR_NOWHERE;
	plan->root.path = region_strdup(work->region, target->rootfs);
	plan->root.is_entered = target->enters_root;
	/* Nothing is opened for init: it has no mounts to make. */
	plan->init_opens = true;
	/* A pid namespace is only for children. */
	plan->namespaces.is_staged = (target->enter & CLONE_NEWPID) != 0;
	if ((target->enter & CLONE_NEWUSER) != 0)
		plan_user(work, target);
}

static int (*const rules[])(struct plan_work *work, struct err *err) = {
	plan_annotations,
	plan_process,
	plan_memory,
	plan_listener,
	plan_seccomp,
};

int plan_make_exec(struct region *region, const struct plan_input *input, const struct plan_target *target,
		   const struct plan **ret_plan, struct err *err)
{
	struct plan *plan = plan_begin(region, input);
	struct plan_work work = { .region = region, .input = input, .plan = plan };

	plan_exec_place(&work, target);
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (rules[i](&work, err) < 0)
			return -1;
	}
	*ret_plan = plan;
	return 0;
}
