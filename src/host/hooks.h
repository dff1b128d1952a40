/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hooks that run in the runtime's namespaces: prestart, createRuntime, poststart, poststop
 * (config.md, "POSIX-platform Hooks"; HK-01, HK-02, HK-05, HK-06, HK-10 .. HK-19).
 * Not here: createContainer and startContainer, which init runs.
 * Runs in: host.
 */
#ifndef TARE_HOST_HOOKS_H
#define TARE_HOST_HOOKS_H

#include <stddef.h>
#include <stdint.h>

#include "plan/hooks.h"

struct arena;
struct err;
struct hook_output;
struct oci_state;

/*
 * The state document (one line of JSON) for hooks of @kind: @state with the status that belongs to
 * the kind, "creating", "created", "running" or "stopped" (HK-17), instead of its own.  @state->pid
 * is the host's view.  *ret_text lives in @arena.  Returns 0, or -1 with @err filled.
 */
int hooks_state_text(struct arena *arena, const struct oci_state *state, enum plan_hook_kind kind,
		     const char **ret_text, size_t *ret_len, struct err *err);

/*
 * Run the hooks of @list one after the other and stop at the first that fails: that cannot be
 * executed, exits with other than 0, is ended by a signal or outlives its timeout.  Each gets exactly its
 * argv and environment, @state on standard input (which it need not read), a session of its own,
 * default signals, and no descriptor beyond 0, 1 and 2.  What it prints goes where @output says, else it is kept to
 * be quoted in the error.  Processes that a hook leaves behind live on unless it timed out: then its group is killed.  So it is, with
 * an error, when @watch (0: nothing) becomes readable: the pidfd of a process without which the hook is in vain.
 * Returns 0, or -1 with @err naming the hook's kind, index and path, at its place in config.json.
 * The caller must not have SIGCHLD ignored.
 */
int hooks_run(enum plan_hook_kind kind, const struct plan_hook_list *list, const char *state,
	      size_t state_len, const struct hook_output *output, int watch, struct err *err);

/*
 * The same for poststop: run all of them, and log a warning for each that fails (HK-06).  One without a timeout
 * may take @longest seconds (0: for ever).
 */
void hooks_run_poststop(const struct plan_hook_list *list, const char *state, size_t state_len,
			const struct hook_output *output, int64_t longest);

#endif
