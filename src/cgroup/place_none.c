/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * No cgroup of its own: nothing to make, limit or remove.
 * Runs in: host.
 */
#include "cgroup/place.h"

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

static int remove_nothing(struct cgroup *cg, int deadline_ms, struct err *err)
{
	(void)cg;
	(void)deadline_ms;
	(void)err;
	return 0;
}

const struct place place_none = { open_nothing, create_nothing, remove_nothing };
