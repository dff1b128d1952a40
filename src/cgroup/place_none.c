/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * No cgroup of its own: nothing to make or remove, and limits cannot be set.
 * Runs in: host.
 */
#include "cgroup/place.h"

#include "base/err.h"

static int open_nothing(struct cgroup *cg, const struct plan_cgroup *plan, struct err *err)
{
	(void)plan;
	(void)err;
	*cg = CGROUP_INIT;
	return 0;
}

static int create_nothing(struct cgroup *cg, const struct plan_cgroup *plan, struct err *err)
{
	(void)cg;
	(void)plan;
	(void)err;
	return 0;
}

static int update_nothing(struct cgroup *cg, const struct plan_cgroup *plan, struct err *err)
{
	(void)cg;
	if (plan->n_limits == 0 && plan->n_rules == 0)
		return 0;
	return err_say(err, plan->n_limits > 0 ? plan->limits[0].at : plan->rules[0].at,
		       "the container has no cgroup of its own, so nothing can be limited");
}

static int remove_nothing(struct cgroup *cg, int deadline_ms, struct err *err)
{
	(void)cg;
	(void)deadline_ms;
	(void)err;
	return 0;
}

const struct place place_none = {
	.open = open_nothing,
	.create = create_nothing,
	.update = update_nothing,
	.remove = remove_nothing,
};
