/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names of a container's scope, and its properties but for limits and device rules (scope_limits.c,
 * scope_devices.c); see scope.h.
 * Runs in: host.
 */
#include "plan/scope.h"

#include <ctype.h>
#include <string.h>

#include "base/err.h"
#include "base/region.h"
#include "base/str.h"
#include "libocispec/oci/config.h"
#include "plan/cgroup_path.h"
#include "plan/plan.h"
#include "plan/property.h"
#include "plan/scope_parts.h"

/* The longest name of a unit, UNIT_NAME_MAX of systemd. */
enum { UNIT_NAME_SIZE = 256 };

#define SLICE_SUFFIX ".slice"
#define SUBGROUP_KEY "run.oci.systemd.subgroup"
#define PROPERTY_PREFIX "org.systemd.property."

static const char unit_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:_.\\-@";

static bool is_unit_name(const char *name)
{
	return name[0] != '\0' && name[strspn(name, unit_letters)] == '\0' && strlen(name) < UNIT_NAME_SIZE;
}

static bool ends_in(const char *name, const char *suffix)
{
	size_t len = strlen(name), n = strlen(suffix);

	return len >= n && strcmp(name + len - n, suffix) == 0;
}

/* "machine.slice"; the root is "-.slice".  No part of the name is empty. */
static bool is_slice(const char *name)
{
	if (!is_unit_name(name) || !ends_in(name, SLICE_SUFFIX) || strcmp(name, SLICE_SUFFIX) == 0)
		return false;
	return strcmp(name, "-" SLICE_SUFFIX) == 0 ||
	       (name[0] != '-' && !ends_in(name, "-" SLICE_SUFFIX) && strstr(name, "--") == NULL);
}

/* Where a slice lies: "a-b.slice" in "/a.slice/a-b.slice", the root at the top. */
static const char *expand_slice(struct region *region, const char *slice)
{
	const char *path = "";

	if (slice[0] == '-')
		return path;
	for (const char *p = slice; (p = strchr(p, '-')) != NULL; p++)
		path = region_format(region, "%s/%.*s" SLICE_SUFFIX, path, (int)(p - slice), slice);
	return region_format(region, "%s/%s", path, slice);
}

/* A name with what no unit may have in it as \xNN, as systemd-escape(1) does. */
static const char *escape(struct region *region, const char *name)
{
	char text[4 * UNIT_NAME_SIZE];
	struct str str = STR_IN(text);

	for (; *name != '\0'; name++) {
		if (strchr(unit_letters, *name) != NULL)
			str_add_format(&str, "%c", *name);
		else
			str_add_format(&str, "\\x%02x", (unsigned char)*name);
	}
	return region_strdup(region, text);
}

/* The three fields of cgroupsPath; false when there are more or fewer. */
static bool split(struct region *region, const char *path, const char *ret[3])
{
	char *p = region_strdup(region, path);

	for (int i = 0; i < 3; i++) {
		ret[i] = strsep(&p, ":");
		if ((p == NULL) != (i == 2))
			return false;
	}
	return true;
}

static int plan_unit(struct region *region, const struct plan_input *input, struct plan_cgroup *ret, struct err *err)
{
	const struct oci_linux *l = input->config->on_linux;
	struct plan_scope *scope = &ret->scope;
	const char *field[3] = { "", "tare", escape(region, input->options->id) };

	if (l != NULL && l->cgroups_path != NULL && l->cgroups_path[0] != '\0') {
		ret->path_given = true;
		ret->path_at = oci_source_find(input->source, l->at, "cgroupsPath");
		if (!split(region, l->cgroups_path, field))
			return err_say(err, ret->path_at, "expected cgroupsPath to be of format \"slice:prefix:name\" for "
				       "systemd cgroups, got \"%s\" instead", l->cgroups_path);
	}
	scope->slice = field[0][0] != '\0' ? field[0] : scope->is_user ? "user.slice" : "system.slice";
	if (!is_slice(scope->slice))
		return err_say(err, ret->path_at, "\"%s\" is not the name of a slice", scope->slice);
	if (ends_in(field[2], SLICE_SUFFIX))
		return err_say(err, ret->path_at, "\"%s\" names a slice, and a container is a scope", field[2]);
	scope->unit = region_format(region, "%s%s%s.scope", field[1], field[1][0] != '\0' ? "-" : "", field[2]);
	if (field[2][0] == '\0' || !is_unit_name(scope->unit))
		return err_say(err, ret->path_at, "\"%s\" is not the name of a unit", scope->unit);
	return 0;
}

/*
 * A cgroup of ours within systemd's, where a reload of its units changes no limit.  On v1 systemd is not the only
 * one to have processes there, and managers look for them in the scope itself.
 */
static int find_subgroup(const struct plan_input *input, struct plan_cgroup *ret, const char **ret_name,
			 struct err *err)
{
	const struct oci_entry *given = oci_map_find(&input->config->annotations, SUBGROUP_KEY);

	*ret_name = ret->mode == CGROUP_MODE_V2 ? "container" : "";
	if (given == NULL)
		return 0;
	*ret_name = given->string;
	if (!cgroup_path_is_name(given->string))
		return err_say(err, given->at, "\"%s\" is not the name of a cgroup", given->string);
	return 0;
}

int scope_plan_names(struct region *region, const struct plan_input *input, struct plan_cgroup *ret, struct err *err)
{
	struct plan_scope *scope = &ret->scope;
	const char *subgroup;

	/* Root of a user namespace may be a user with his own manager, or that of a machine within one. */
	scope->is_user = input->facts->euid != 0 || (input->facts->in_user_ns && input->facts->has_user_bus);
	if (plan_unit(region, input, ret, err) < 0 || find_subgroup(input, ret, &subgroup, err) < 0)
		return -1;
	ret->path = region_format(region, "%s/%s", expand_slice(region, scope->slice), scope->unit);
	scope->path_len = strlen(ret->path);
	if (subgroup[0] != '\0')
		ret->path = region_format(region, "%s/%s", ret->path, subgroup);
	return 0;
}

/* What every scope of a container has.  CollectMode: nobody has to reset one whose processes failed. */
static void add_defaults(struct region *region, const struct plan_input *input, struct plan_scope *scope)
{
	static const struct {
		const char *name;
		bool value;
	} switches[] = {
		{ "Delegate",            true },
		{ "DefaultDependencies", false },
		{ "CPUAccounting",       true },
		{ "MemoryAccounting",    true },
		{ "TasksAccounting",     true },
		{ "IOAccounting",        true },
	};

	property_set_text(region, scope, ERR_NOWHERE, "Description",
			  region_format(region, "tare container %s", input->options->id));
	property_set_text(region, scope, ERR_NOWHERE, "Slice", scope->slice);
	for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++)
		property_set_number(region, scope, ERR_NOWHERE, switches[i].name, 'b', switches[i].value);
	property_set_text(region, scope, ERR_NOWHERE, "CollectMode", "inactive-or-failed");
}

/*
 * "FooSec" is what unit files say and systemctl(1) takes; on the bus the property is "FooUSec", in microseconds.
 * "CPUQuotaPerSecUSec" already is one.
 */
static int convert_seconds(struct region *region, struct plan_property *property, struct err *err)
{
	static const double million = 1000000;
	size_t len = strlen(property->name);
	struct plan_value *value = property->value;
	double seconds;

	if (len < 4 || strcmp(property->name + len - 3, "Sec") != 0 || !islower((unsigned char)property->name[len - 4]))
		return 0;
	property->name = region_format(region, "%.*sUSec", (int)(len - 3), property->name);
	if (strchr("nqiuxtd", property->signature[0]) == NULL)
		return err_say(err, property->at, "a number of seconds is expected");
	if (property->signature[0] == 'd')
		seconds = value->real;
	else if (strchr("nix", property->signature[0]) != NULL)
		seconds = (double)(int64_t)value->number;
	else
		seconds = (double)value->number;
	if (!(seconds >= 0 && seconds < (double)(UINT64_MAX / 2) / million))
		return err_say(err, property->at, "this is no length of time");
	*value = (struct plan_value){ .type = 't', .number = (uint64_t)(seconds * million) };
	property->signature = "t";
	return 0;
}

static int check_name(const struct oci_entry *entry, const char *name, struct err *err)
{
	/* What they say is what the runtime does. */
	static const char *const ours[] = { "PIDs", "PIDFDs", "Slice" };
	size_t len = 0;

	while (isalpha((unsigned char)name[len]))
		len++;
	if (len < 3 || name[len] != '\0')
		return err_say(err, entry->at, "\"%s\" is not the name of a property", name);
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		if (strcmp(name, ours[i]) == 0)
			return err_say(err, entry->at, "the property %s of the scope is not for annotations to set", name);
	}
	return 0;
}

static int add_annotations(struct region *region, const struct plan_input *input, struct plan_scope *scope,
			   struct err *err)
{
	const struct oci_entry *entry;

	oci_for_entry(entry, &input->config->annotations) {
		const char *name = str_after(entry->key, PROPERTY_PREFIX);
		struct plan_property property = { .at = entry->at, .is_asked = true };

		if (name == NULL)
			continue;
		property.name = region_strdup(region, name);
		if (check_name(entry, name, err) < 0 ||
		    property_parse(region, &property, entry->string, err) < 0 ||
		    convert_seconds(region, &property, err) < 0)
			return -1;
		*property_set(region, scope, entry->at, property.name, property.signature) = property;
	}
	return 0;
}

int scope_plan_properties(struct region *region, const struct plan_input *input, struct plan_cgroup *ret,
			  struct err *err)
{
	add_defaults(region, input, &ret->scope);
	scope_add_limits(region, ret, NULL);
	scope_add_devices(region, ret);
	return add_annotations(region, input, &ret->scope, err);
}
