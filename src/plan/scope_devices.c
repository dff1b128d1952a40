/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Device rules as properties; see scope_parts.h.
 * Runs in: host.
 */
#include "plan/scope_parts.h"

#include <string.h>

#include "base/err.h"
#include "base/region.h"
#include "plan/limits.h"
#include "plan/property.h"

/*
 * The devices of a rule as DeviceAllow names them, NULL when it cannot.  Since systemd 240 a path of this kind
 * need not exist, and a number may stand for the name of a major one.
 */
static const char *spell_devices(struct region *region, const struct plan_device_rule *rule)
{
	const char *kind = rule->type == 'b' ? "block" : "char";

	if (rule->major != DEVICE_ANY && rule->minor != DEVICE_ANY)
		return region_format(region, "/dev/%s/%lld:%lld", kind, (long long)rule->major, (long long)rule->minor);
	if (rule->minor != DEVICE_ANY)
		return NULL;
	if (rule->major != DEVICE_ANY)
		return region_format(region, "%s-%lld", kind, (long long)rule->major);
	return region_format(region, "%s-*", kind);
}

static bool overlap(int64_t a, int64_t b)
{
	return a == DEVICE_ANY || b == DEVICE_ANY || a == b;
}

/* A later rule takes away some of what rule @i allows; systemd has nothing but rules that allow. */
static bool is_cut(const struct plan_cgroup *cgroup, size_t i)
{
	const struct plan_device_rule *rule = &cgroup->rules[i];

	for (size_t j = i + 1; j < cgroup->n_rules; j++) {
		const struct plan_device_rule *later = &cgroup->rules[j];

		if (!later->allow && later->type == rule->type && (later->access & rule->access) != 0 &&
		    overlap(later->major, rule->major) && overlap(later->minor, rule->minor))
			return true;
	}
	return false;
}

static bool is_expressible(struct region *region, const struct plan_cgroup *cgroup)
{
	for (size_t i = 0; i < cgroup->n_rules; i++) {
		const struct plan_device_rule *rule = &cgroup->rules[i];

		if (rule->type == 'a' ? rule->allow && cgroup->n_rules > 1 :
					rule->allow && (is_cut(cgroup, i) || spell_devices(region, rule) == NULL))
			return false;
	}
	return true;
}

static void add_allowed(struct region *region, const struct plan_device_rule *rule, const char *devices,
			struct plan_property *list)
{
	const char *access = region_format(region, "%s%s%s", rule->access & DEVICE_READ ? "r" : "",
					   rule->access & DEVICE_WRITE ? "w" : "",
					   rule->access & DEVICE_MKNOD ? "m" : "");

	property_add(region, list, '(', 0, "ss");
	property_add(region, list, 's', 0, devices);
	property_add(region, list, 's', 0, access);
	property_add(region, list, ')', 0, NULL);
}

void scope_add_devices(struct region *region, struct plan_cgroup *ret)
{
	bool is_open = ret->n_rules == 1 && ret->rules[0].allow;
	struct plan_property *list;

	/* A user's manager may filter no devices. */
	if (ret->scope.is_user)
		return;
	is_open |= ret->mode == CGROUP_MODE_V2 && !is_expressible(region, ret);
	property_set_text(region, &ret->scope, ERR_NOWHERE, "DevicePolicy", is_open ? "auto" : "strict");
	list = property_set(region, &ret->scope, ERR_NOWHERE, "DeviceAllow", "a(ss)");
	property_add(region, list, 'a', 0, "(ss)");
	for (size_t i = 0; i < ret->n_rules && !is_open; i++) {
		const struct plan_device_rule *rule = &ret->rules[i];
		const char *devices = rule->allow && rule->type != 'a' && !is_cut(ret, i) ?
					      spell_devices(region, rule) : NULL;

		if (devices != NULL)
			add_allowed(region, rule, devices, list);
	}
	property_add(region, list, ')', 0, NULL);
}
