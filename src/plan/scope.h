/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The systemd scope of a container whose cgroup systemd keeps (CGROUP_MANAGER_SYSTEMD): its name, where it
 * lies, and the properties that it is started with.
 * Runs in: made in host, read in host.
 *
 * Sources: org.freedesktop.systemd1(5), systemd.resource-control(5), systemd.scope(5), systemd.slice(5),
 * the CGROUP_DELEGATION document of systemd; cli-contract 5.2.
 */
#ifndef TARE_PLAN_SCOPE_H
#define TARE_PLAN_SCOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct plan_cgroup;
struct plan_input;
struct region;

/*
 * struct plan_value - the next piece of a D-Bus value; nested ones stand flat, one after the other.
 * @type:   one letter of the D-Bus type system: a basic type out of "bynqiuxtdsog"; 'a' or '(' opens an array
 *          or a structure, whose contents have the signature @text; ')' closes the innermost of these
 * @number: of whole numbers and 'b'; negative ones as int64_t has them
 * @real:   of 'd'
 * @text:   of 's', 'o' and 'g'; see @type
 */
struct plan_value {
	char type;
	uint64_t number;
	double real;
	const char *text;
};

/*
 * struct plan_property - one property of a unit.
 * @at:        what asks for it in config.json, ERR_NOWHERE for those of every container
 * @is_asked:  an annotation names it: a systemd that does not know it is an error.  Others are left out then,
 *             since what they say is written into the cgroup's files as well
 * @signature: the D-Bus type of the whole value
 */
struct plan_property {
	uint32_t at;
	bool is_asked;
	const char *name;
	const char *signature;
	struct plan_value *value;
	size_t n;
};

/*
 * struct plan_scope
 * @unit:     "PREFIX-NAME.scope"; NULL with another manager
 * @slice:    "a-b.slice"
 * @path_len: so much of plan_cgroup.path is the scope; what follows is the cgroup of ours within it.  The whole
 *            path lies below the cgroup of the manager that is asked, which only it knows
 * @is_user:  ask the user's own manager, not the system's
 * @properties: all that StartTransientUnit is given but PIDs; each name once
 */
struct plan_scope {
	const char *unit;
	const char *slice;
	size_t path_len;
	bool is_user;
	struct plan_property *properties;
	size_t n;
};

/*
 * Fill path, path_at, path_given and the scope's names of @ret from linux.cgroupsPath, "SLICE:PREFIX:NAME", and
 * the annotation run.oci.systemd.subgroup.  Refuses what cannot be names of units, with its place.
 */
int scope_plan_names(struct region *region, const struct plan_input *input, struct plan_cgroup *ret,
		     struct err *err);

/*
 * Fill the scope's properties of @ret, whose limits and device rules are known: what every container has, then
 * the limits, then those that annotations org.systemd.property.NAME ask for; a later one of the same name wins.
 */
int scope_plan_properties(struct region *region, const struct plan_input *input, struct plan_cgroup *ret,
			  struct err *err);

#endif
