/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the rules of plan.c share while one plan is being made, and the rules themselves.
 * Private to this room: other rooms include plan.h.
 * Runs in: host.
 */
#ifndef TARE_PLAN_WORK_H
#define TARE_PLAN_WORK_H

#include <stdbool.h>
#include <stdint.h>

#include "plan/plan.h"

struct mountopts;
struct oci_list;
struct oci_mount;
struct oci_namespace;
struct oci_process;
struct oci_strings;

/*
 * struct plan_work
 * @region: what @plan and everything it points to lies in
 * @plan:   the plan so far; a rule writes its own member and reads those of earlier rules
 */
struct plan_work {
	struct region *region;
	const struct plan_input *input;
	struct plan *plan;
};

/*
 * Where a refusal points to: the offset of a value below the object at @at, written as
 * "options[3]" (see oci_source_find()).  Walks the text, so for refusals and warnings only.
 */
uint32_t work_place(const struct plan_work *work, uint32_t at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Note something asked for at @at that is left out; kept in document order. */
void work_warn(struct plan_work *work, uint32_t at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A NULL-terminated copy of a list of strings. */
const char *const *work_strings(struct plan_work *work, const struct oci_strings *list);

/* A new plan with what command and host say of it; all rules are still to come. */
struct plan *plan_begin(struct region *region, const struct plan_input *input);

/* Zeroed room in the region for @n elements of @size bytes; NULL when @n is 0. */
void *work_array(struct plan_work *work, size_t n, size_t size);

/*
 * The rules, each in the file of its name.  0, or -1 with @err filled by the value at fault; what a
 * refused rule wrote into the plan means nothing.  What libocispec refuses (a missing or empty
 * required value, an unknown word, a number out of its range) is not asked again.
 */
int plan_annotations(struct plan_work *work, struct err *err);
int plan_namespaces(struct plan_work *work, struct err *err);
int plan_netdevices(struct plan_work *work, struct err *err);
int plan_mounts(struct plan_work *work, struct err *err);
int plan_mount_labels(struct plan_work *work, struct err *err); /* after plan_mounts() */
int plan_user_mounts(struct plan_work *work, struct err *err); /* after plan_mounts() */
int plan_notify(struct plan_work *work, struct err *err); /* after plan_user_mounts() */
int plan_devices(struct plan_work *work, struct err *err);
int plan_masks(struct plan_work *work, struct err *err);
int plan_sysctls(struct plan_work *work, struct err *err);
int plan_rdt(struct plan_work *work, struct err *err);
int plan_handler(struct plan_work *work, struct err *err); /* after mounts and the process */
int plan_bare(struct plan_work *work, struct err *err); /* after all that concerns mounts, and the process */
int plan_hooks(struct plan_work *work, struct err *err);
int plan_listener(struct plan_work *work, struct err *err);
int plan_process(struct plan_work *work, struct err *err);
int plan_memory(struct plan_work *work, struct err *err);
int plan_seccomp(struct plan_work *work, struct err *err);

/*
 * Part of plan_namespaces(): id maps, and the user namespace that an ordinary user needs.  @user is the
 * config's entry, NULL without one; what is to be made and joined is known already.
 */
int plan_user_namespace(struct plan_work *work, const struct oci_namespace *user, struct err *err);

/* Part of plan_namespaces(): the clocks' offsets; what is to be made is known already. */
int plan_clocks(struct plan_work *work, struct err *err);

/* Part of every plan for a container that is there already: which it is, and how to get into it. */
struct plan_target;
void plan_exec_place(struct plan_work *work, const struct plan_target *target);

/* MS_* of linux.rootfsPropagation; without any it is that of rslave (spec-checklist 8.1 #14). */
struct oci_linux;
unsigned long plan_root_propagation(const struct oci_linux *on_linux);

/* Parts of plan_process(): what one process object says, into *@ret. */
int plan_rlimits(struct plan_work *work, const struct oci_process *process,
		 struct plan_process *ret, struct err *err);
int plan_sched(struct plan_work *work, const struct oci_process *process, struct plan_process *ret,
	       struct err *err);
int plan_lsm(struct plan_work *work, const struct oci_process *process, struct plan_process *ret,
	     struct err *err);
void plan_caps(struct plan_work *work, const struct oci_process *process, struct plan_caps *ret);

/*
 * The id map @list of struct oci_idmap, which is the value of @key in the object at @at, as lines of
 * uid_map or gid_map (user_namespaces(7)).
 */
int plan_idmaps(struct plan_work *work, uint32_t at, const struct oci_list *list, const char *key,
		struct plan_idmap **ret_map, size_t *ret_n, struct err *err);

/*
 * Part of plan_mounts(): the id mapping of @mount, whose options are @opts; *@ret_idmap is NULL when
 * it has none (MT-07, MT-08).
 */
int plan_mount_idmap(struct plan_work *work, const struct oci_mount *mount, const struct mountopts *opts,
		     const struct plan_mount_idmap **ret_idmap, struct err *err);

#endif
