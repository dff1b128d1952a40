/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plan of `exec`: one more process of a container that is there already.  It is a struct plan like that of
 * create, so that init's steps serve both; what concerns the container itself is empty in it.
 * Runs in: made in host, read in either.
 */
#ifndef TARE_PLAN_EXEC_H
#define TARE_PLAN_EXEC_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct err;
struct plan;
struct plan_idmap;
struct plan_input;
struct region;

/* What goes into the container. */
enum plan_exec_kind {
	PLAN_EXEC_PROCESS,	/* `exec`: a process that stays */
	PLAN_EXEC_MOUNT,	/* `mounts add`: plan->mounts are put in their places */
	PLAN_EXEC_UNMOUNT,	/* `mounts remove`: what is at the targets of plan->mounts is taken away */
};

/*
 * struct plan_exec
 * @present: this is the plan of `exec`, or of a change of the mounts, as @kind says (live.h)
 * @enter:   CLONE_NEW* of the namespaces that the container has for itself, as seen from the runtime
 * @pid:     the container's first process as the runtime sees it, whose namespaces these are
 */
struct plan_exec {
	bool present;
	enum plan_exec_kind kind;
	unsigned long enter;
	pid_t pid;
};

/*
 * struct plan_target - the container as the host found it.  Strings and maps are the caller's.
 * @enter, @pid:  see struct plan_exec
 * @uid_map, @gid_map: of its user namespace, seen from ours; not looked at without CLONE_NEWUSER in @enter
 * @deny_setgroups: setgroups(2) is forbidden in it (user_namespaces(7))
 * @rootfs:       its root file system on the host
 * @enters_root:  it has no mount namespace of its own, so that the root has to be entered (struct plan_root)
 * @new_keyring:  it has a session keyring of its own
 */
struct plan_target {
	unsigned long enter;
	pid_t pid;
	const struct plan_idmap *uid_map, *gid_map;
	size_t n_uid_map, n_gid_map;
	bool deny_setgroups;
	const char *rootfs;
	bool enters_root;
	bool new_keyring;
};

/*
 * Judge what `exec` is to do in @target.  input->config has the process, and of the rest what concerns further
 * processes; input->source is the process's own document, or NULL; input->seccomp_cached is the
 * container's filter.  Pure, like plan_make().
 */
int plan_make_exec(struct region *region, const struct plan_input *input, const struct plan_target *target,
		   const struct plan **ret_plan, struct err *err);

#endif
