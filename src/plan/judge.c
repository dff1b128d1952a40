/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Adding to the list of limits, and refusing; see judge.h.
 * Runs in: host.
 */
#include "plan/judge.h"

#include <string.h>

#include "base/err.h"
#include "base/region.h"
#include "libocispec/oci/config.h"

const char judge_below_unlimited[] = "negative, and not -1 for \"no limit\"";

static bool is_mounted(const struct facts *facts, const char *controller)
{
	for (size_t i = 0; facts->v1_controllers && facts->v1_controllers[i]; i++) {
		if (strcmp(facts->v1_controllers[i], controller) == 0)
			return true;
	}
	return false;
}

struct judge judge_of(const struct judge *j, const char *controller)
{
	enum cgroup_mode mode = j->ret->mode;
	bool has_v1 = mode == CGROUP_MODE_V1 || mode == CGROUP_MODE_HYBRID;
	struct judge one = *j;

	one.is_v1 = has_v1 && is_mounted(j->input->facts, controller);
	one.is_v2 = mode == CGROUP_MODE_V2 || (mode == CGROUP_MODE_HYBRID && !one.is_v1);
	return one;
}

int judge_refuse(const struct judge *j, const char *name, const char *why)
{
	/* Whoever prints it says the property in full. */
	return err_say(j->err, oci_source_find(j->input->source, j->at, name), "%s", why);
}

int judge_refuse_v2(const struct judge *j, const char *name)
{
	if (j->ret->mode == CGROUP_MODE_HYBRID)
		return judge_refuse(j, name, "cgroup v2 has no such setting, and no cgroup v1 tree "
				    "has the controller");
	return judge_refuse(j, name, "cgroup v2 has no such setting");
}

void judge_add(const struct judge *j, enum limit kind, uint32_t at, const char *name,
	       int64_t value)
{
	j->ret->limits[j->ret->n_limits++] = (struct plan_limit){
		.at = at,
		.kind = kind,
		.is_v2 = j->is_v2,
		.value = value,
		.name = region_format(j->region, "linux.resources.%s", name),
	};
}

void judge_add_text(const struct judge *j, enum limit kind, uint32_t at, const char *name,
		    const char *text)
{
	judge_add(j, kind, at, name, 0);
	j->ret->limits[j->ret->n_limits - 1].text = region_strdup(j->region, text);
}

void judge_add_part(const struct judge *j, enum limit kind, uint32_t at, const char *name,
		    const char *key, int64_t value)
{
	judge_add(j, kind, at, name, value);
	j->ret->limits[j->ret->n_limits - 1].key = region_strdup(j->region, key);
}

int judge_number(const struct judge *j, enum limit kind, uint32_t at, const char *name,
		 const struct opt_i64 *value)
{
	if (!value->set || value->v == 0)
		return 0;
	if (value->v < LIMIT_UNLIMITED)
		return judge_refuse(j, name, judge_below_unlimited);
	if (kind != JUDGE_NO_LIMIT)
		judge_add(j, kind, at, name, value->v);
	else if (value->v != LIMIT_UNLIMITED)
		return judge_refuse_v2(j, name);
	return 0;
}
