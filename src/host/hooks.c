/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Running hooks on the host's side; see hooks.h.  How a program is run is sys/spawn.h's.
 * Runs in: host.
 */
#include "host/hooks.h"

#include <signal.h>

#include "base/err.h"
#include "base/log.h"
#include "host/hookoutput.h"
#include "libocispec/oci/state.h"
#include "libocispec/write.h"
#include "sys/spawn.h"

/*
 * What the specification's life cycle says of the container when hooks of a kind run (HK-17).  prestart is older
 * than the other two of create: what was written for it, and the validation suite, expect "created".
 */
static const enum oci_status status_of_kind[PLAN_HOOK_KINDS] = {
	[PLAN_HOOK_PRESTART] = OCI_STATUS_CREATED,
	[PLAN_HOOK_CREATE_RUNTIME] = OCI_STATUS_CREATING,
	[PLAN_HOOK_CREATE_CONTAINER] = OCI_STATUS_CREATING,
	[PLAN_HOOK_START_CONTAINER] = OCI_STATUS_CREATED,
	[PLAN_HOOK_POSTSTART] = OCI_STATUS_RUNNING,
	[PLAN_HOOK_POSTSTOP] = OCI_STATUS_STOPPED,
};

int hooks_state_text(struct arena *arena, const struct oci_state *state, enum plan_hook_kind kind,
		     const char **ret_text, size_t *ret_len, struct err *err)
{
	struct oci_error oci_err = OCI_ERROR_INIT;
	struct oci_state of_kind = *state;

	of_kind.status = status_of_kind[kind];
	if (oci_write(arena, &oci_state_shape, &of_kind, 0, ret_text, ret_len, &oci_err) < 0)
		return err_say(err, ERR_NOWHERE, "write the state for %s hooks: %s", plan_hook_names[kind],
			       oci_err.text);
	return 0;
}

/* What ends a hook besides its own timeout, and where it prints to: see hooks.h. */
struct bounds {
	int64_t longest;
	int watch;
	const struct hook_output *output;
};

/* A hook may end without reading its input, so SIGPIPE is ignored while we write to it. */
static int run_one(const struct plan_hook *hook, struct iovec *state, const struct bounds *bounds, struct err *err)
{
	const struct spawn spawn = {
		.path = hook->path, .args = hook->args, .env = hook->env,
		.input = state, .n_input = 1,
		.timeout = hook->timeout > 0 ? hook->timeout : bounds->longest,
		.watch = bounds->watch,
		.output = { bounds->output->fd[0], bounds->output->fd[1] },
	};
	struct sigaction ignore = { .sa_handler = SIG_IGN }, saved;
	char why[SPAWN_OUTPUT + 128];
	struct spawn_result result;
	int r;

	(void)sigaction(SIGPIPE, &ignore, &saved);
	r = spawn_run(&spawn, &result);
	if (r < 0)
		(void)err_errno(err, hook->at, "run it");
	(void)sigaction(SIGPIPE, &saved, NULL);
	if (r == 0 && !spawn_succeeded(&result, why, sizeof(why)))
		r = err_say(err, hook->at, "%s", why);
	return r;
}

static int run_named(enum plan_hook_kind kind, const struct plan_hook_list *list, size_t i, struct iovec *state,
		     const struct bounds *bounds, struct err *err)
{
	const struct plan_hook *hook = &list->item[i];

	log_debug("run hooks.%s[%zu] %s", plan_hook_names[kind], i, hook->path);
	if (run_one(hook, state, bounds, err) < 0)
		return err_wrap(err, hook->at, "hooks.%s[%zu] %s", plan_hook_names[kind], i, hook->path);
	return 0;
}

int hooks_run(enum plan_hook_kind kind, const struct plan_hook_list *list, const char *state,
	      size_t state_len, const struct hook_output *output, int watch, struct err *err)
{
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): struct iovec has no const, though it is only read here */
	struct iovec input = { .iov_base = (void *)(uintptr_t)state, .iov_len = state_len };
	const struct bounds bounds = { .longest = SPAWN_FOREVER, .watch = watch, .output = output };

	for (size_t i = 0; i < list->n; i++) {
		if (run_named(kind, list, i, &input, &bounds, err) < 0)
			return -1;
	}
	return 0;
}

void hooks_run_poststop(const struct plan_hook_list *list, const char *state, size_t state_len,
			const struct hook_output *output, int64_t longest)
{
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): struct iovec has no const, though it is only read here */
	struct iovec input = { .iov_base = (void *)(uintptr_t)state, .iov_len = state_len };
	const struct bounds bounds = { .longest = longest, .output = output };

	for (size_t i = 0; i < list->n; i++) {
		struct err err = ERR_INIT;

		if (run_named(PLAN_HOOK_POSTSTOP, list, i, &input, &bounds, &err) < 0)
			log_warning_err(&err);
	}
}
