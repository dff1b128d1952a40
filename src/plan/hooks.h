/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The six kinds of hooks, in the order in which they run (HK-01..HK-19), and the state documents
 * that those run by init read on their standard input.
 * Runs in: made in host, read in either.
 */
#ifndef TARE_PLAN_HOOKS_H
#define TARE_PLAN_HOOKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The six lists of config.json's "hooks", in the order of their time (runtime.md, "Lifecycle"). */
enum plan_hook_kind {
	PLAN_HOOK_PRESTART,
	PLAN_HOOK_CREATE_RUNTIME,
	PLAN_HOOK_CREATE_CONTAINER,
	PLAN_HOOK_START_CONTAINER,
	PLAN_HOOK_POSTSTART,
	PLAN_HOOK_POSTSTOP,
	PLAN_HOOK_KINDS
};

/*
 * struct plan_hook
 * @args, @env: NULL-terminated; @args is { path } when the config has none, @env is empty when it has none
 * @timeout:    seconds, 0 for none
 */
struct plan_hook {
	uint32_t at;
	const char *path;
	const char *const *args;
	const char *const *env;
	int64_t timeout;
};

/* Hooks of one kind, in the order in which they run. */
struct plan_hook_list {
	struct plan_hook *item;
	size_t n;
};

/*
 * A state document (OP-10) cut where the pid stands, since only init knows its own pid in the
 * container's pid namespace: @head, the digits, @tail.
 */
struct plan_hook_state {
	const char *head, *tail;
};

/*
 * struct plan_hooks
 * @kind: one list per enum plan_hook_kind
 * @prints_to: init gets files for the standard output and error of the hooks that it runs: run.oci.hooks.stdout
 *             and run.oci.hooks.stderr (host/hookoutput.h)
 * @create_container, @start_container: the state documents with status "creating" and "created"
 */
struct plan_hooks {
	struct plan_hook_list kind[PLAN_HOOK_KINDS];
	bool prints_to[2];
	struct plan_hook_state create_container, start_container;
};

/* The spec's names, by enum plan_hook_kind; also the list for `features`. */
extern const char *const plan_hook_names[PLAN_HOOK_KINDS];

#endif
