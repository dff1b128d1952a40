/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hooks inside the container; see hooks.h.
 * Runs in: init.
 */
#include "init/hooks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/identity.h"
#include "init/init.h"
#include "sys/spawn.h"

/* In the hook's process: the filter that init itself loads only right before execve(2). */
static int confine(void *data)
{
	struct err err = ERR_INIT;

	if (identity_filter_hook(data, &err) == 0)
		return 0;
	errno = err.code != 0 ? err.code : EPERM;
	return -1;
}

/* In the hook's process: init's own umask is 0, and what the hook makes on the host shall not be everybody's. */
static int give_umask(void *data)
{
	const struct init *init = data;

	(void)umask(init->host_umask);
	return 0;
}

static int run(struct init *init, enum plan_hook_kind kind, const char *name, const struct plan_hook_state *state,
	       int (*prepare)(void *), struct err *err)
{
	const struct plan_hook_list *list = &init->plan->hooks.kind[kind];
	char pid[16], text[SPAWN_OUTPUT + 64];
	struct iovec input[3];

	if (list->n == 0)
		return 0;
	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): struct iovec has no const, though it is only read here */
	input[0] = (struct iovec){ (void *)(uintptr_t)state->head, strlen(state->head) };
	input[1] = (struct iovec){ pid, strlen(pid) };
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): likewise */
	input[2] = (struct iovec){ (void *)(uintptr_t)state->tail, strlen(state->tail) };
	for (size_t i = 0; i < list->n; i++) {
		const struct plan_hook *hook = &list->item[i];
		const struct spawn spawn = {
			.path = hook->path, .args = hook->args, .env = hook->env, .timeout = hook->timeout,
			.input = input, .n_input = 3, .prepare = prepare, .data = init,
			.output = { init->hook_output[0], init->hook_output[1] },
			/* What runs in the new root is the container's, and shall not hold what is the host's. */
			.copies = kind == PLAN_HOOK_START_CONTAINER,
		};
		struct spawn_result result;

		if (spawn_run(&spawn, &result) < 0)
			return err_errno(err, hook->at, "hooks.%s[%zu]: run %s", name, i, hook->path);
		if (!spawn_succeeded(&result, text, sizeof(text)))
			return err_say(err, hook->at, "hooks.%s[%zu]: %s %s", name, i, hook->path, text);
	}
	return 0;
}

int hooks_create_container(struct init *init, struct err *err)
{
	return run(init, PLAN_HOOK_CREATE_CONTAINER, "createContainer", &init->plan->hooks.create_container, give_umask,
		   err);
}

int hooks_start_container(struct init *init, struct err *err)
{
	return run(init, PLAN_HOOK_START_CONTAINER, "startContainer", &init->plan->hooks.start_container, confine, err);
}
