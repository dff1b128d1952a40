/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the judges of linux.resources share: the list that they add to, and their way to refuse.
 * There is one judge for each kind of resource, in the file of its name.
 * Private to this room.
 * Runs in: host.
 */
#ifndef TARE_PLAN_JUDGE_H
#define TARE_PLAN_JUDGE_H

#include "plan/limits.h"
#include "plan/plan.h"

struct oci_resources;
struct opt_i64;

/* A kind that one of the two versions does not have. */
#define JUDGE_NO_LIMIT LIMIT_KINDS

/*
 * struct judge - one pass over the resources, or the part of it about one controller.
 * @ret:   its limits are added to
 * @at:    offset of the resources object
 * @present: what the container has now, NULL while it is being made.  Values that ask for nothing when a
 *           cgroup is new may then ask for a change
 * @is_v1: the controller is on a mounted v1 tree, where its limits go
 * @is_v2: they go to the v2 tree: the machine has no other, or on a hybrid one the controller is on no
 *         v1 tree.  Neither of both: a v1 machine without it
 */
struct judge {
	const struct plan_input *input;
	struct region *region;
	struct plan_cgroup *ret;
	struct err *err;
	uint32_t at;
	const struct plan_present *present;
	bool is_v1, is_v2;
};

/* Judge all of @r but its device rules: fill the list of limits (limits.c).  Empty objects ask for nothing. */
int judge_resources(const struct judge *j, const struct oci_resources *r);

/* @j about one controller, by its v1 name ("blkio"). */
struct judge judge_of(const struct judge *j, const char *controller);

/* Refuse the property @name, a path below linux.resources, because of @why.  Always -1. */
int judge_refuse(const struct judge *j, const char *name, const char *why);

/* The same for what only cgroup v1 can do (CG-05). */
int judge_refuse_v2(const struct judge *j, const char *name);

/* Add a limit.  @at is the offset of the object that has it; @name as above. */
void judge_add(const struct judge *j, enum limit kind, uint32_t at, const char *name,
	       int64_t value);

/* The same with a text as value, and for the part @key of a limit; both are copied. */
void judge_add_text(const struct judge *j, enum limit kind, uint32_t at, const char *name,
		    const char *text);
void judge_add_part(const struct judge *j, enum limit kind, uint32_t at, const char *name,
		    const char *key, int64_t value);

/*
 * One number whose 0 means "not given" and whose -1 means "no limit".  JUDGE_NO_LIMIT is refused as
 * by judge_refuse_v2(), unless no limit was asked for: then there is nothing to do.
 */
int judge_number(const struct judge *j, enum limit kind, uint32_t at, const char *name,
		 const struct opt_i64 *value);

/* Why a number below -1 is refused. */
extern const char judge_below_unlimited[];

#endif
