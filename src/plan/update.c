/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * New limits for a container that exists; see update.h.
 * Runs in: host.
 */
#include "plan/update.h"

#include "base/str.h"
#include "libocispec/oci/resources.h"
#include "plan/device_rules.h"
#include "plan/judge.h"
#include "plan/scope_parts.h"

/*
 * The document is `resources` itself, so that is no part of a path in it; and there are few limits, so each
 * may have its own place in the document.
 */
static void place_limits(const struct plan_update *update, struct plan_cgroup *made)
{
	for (size_t i = 0; i < made->n_limits; i++) {
		struct plan_limit *limit = &made->limits[i];
		const char *rest = str_after(limit->name, "linux.resources.");

		if (rest)
			limit->name = rest;
		limit->at = oci_source_find(update->source, update->resources->at, limit->name);
	}
}

int plan_update_limits(struct region *region, const struct plan_update *update, struct plan_cgroup *ret,
		       struct err *err)
{
	const struct facts facts = {
		.cgroup_mode = update->mode,
		.v1_controllers = update->controllers,
	};
	const struct plan_input input = { .source = update->source, .facts = &facts };
	struct plan_cgroup made = { .mode = update->mode, .has_resources = true };
	const struct judge j = {
		.input = &input,
		.region = region,
		.ret = &made,
		.err = err,
		.at = update->resources->at,
		.present = &update->present,
	};

	if (judge_resources(&j, update->resources) < 0)
		return -1;
	if (update->resources->devices.n > 0 &&
	    device_rules_plan(region, &update->resources->devices, &made, err) < 0)
		return -1;
	place_limits(update, &made);
	if (update->has_scope) {
		made.scope.is_user = update->is_user;
		scope_add_limits(region, &made, &update->present);
		if (made.n_rules > 0)
			scope_add_devices(region, &made);
	}
	*ret = made;
	return 0;
}
