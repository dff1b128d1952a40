/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hooks, and the state documents for those that run in the container (HK-01 .. HK-18).
 * Runs in: host.
 */
#include "plan/hooks.h"

#include <stddef.h>

#include "base/err.h"
#include "base/region.h"
#include "libocispec/oci/config.h"
#include "plan/document.h"
#include "plan/work.h"

const char *const plan_hook_names[PLAN_HOOK_KINDS] = {
	[PLAN_HOOK_PRESTART] = "prestart",
	[PLAN_HOOK_CREATE_RUNTIME] = "createRuntime",
	[PLAN_HOOK_CREATE_CONTAINER] = "createContainer",
	[PLAN_HOOK_START_CONTAINER] = "startContainer",
	[PLAN_HOOK_POSTSTART] = "poststart",
	[PLAN_HOOK_POSTSTOP] = "poststop",
};

static const size_t offsets[PLAN_HOOK_KINDS] = {
	[PLAN_HOOK_PRESTART] = offsetof(struct oci_hooks, prestart),
	[PLAN_HOOK_CREATE_RUNTIME] = offsetof(struct oci_hooks, create_runtime),
	[PLAN_HOOK_CREATE_CONTAINER] = offsetof(struct oci_hooks, create_container),
	[PLAN_HOOK_START_CONTAINER] = offsetof(struct oci_hooks, start_container),
	[PLAN_HOOK_POSTSTART] = offsetof(struct oci_hooks, poststart),
	[PLAN_HOOK_POSTSTOP] = offsetof(struct oci_hooks, poststop),
};

static int plan_hook(struct plan_work *work, const struct oci_hook *hook, struct plan_hook *ret,
		     struct err *err)
{
	const char **args;

	if (hook->path[0] != '/')
		return err_say(err, work_place(work, hook->at, "path"),
			       "\"%s\" is not an absolute path", hook->path);
	*ret = (struct plan_hook){ .at = hook->at,
				   .path = region_strdup(work->region, hook->path),
				   .env = work_strings(work, &hook->env),
				   .timeout = hook->timeout.v };
	if (hook->args.n > 0) {
		ret->args = work_strings(work, &hook->args);
		return 0;
	}
	args = work_array(work, 2, sizeof(*args));
	args[0] = ret->path;
	ret->args = args;
	return 0;
}

static int plan_state(struct plan_work *work, enum oci_status status, struct plan_hook_state *ret,
		      struct err *err)
{
	const struct oci_state state = document_state(work, status);
	const char *piece[2];

	if (document_cut(work, &oci_state_shape, &state, "the state for hooks", piece, 2, err) < 0)
		return -1;
	ret->head = piece[0];
	ret->tail = piece[1];
	return 0;
}

static bool is_annotated(const struct plan_work *work, const char *key)
{
	const struct oci_entry *entry = oci_map_find(&work->input->config->annotations, key);

	return entry != NULL && entry->string[0] != '\0';
}

int plan_hooks(struct plan_work *work, struct err *err)
{
	const struct oci_hooks *hooks = work->input->config->hooks;
	struct plan_hooks *ret = &work->plan->hooks;

	if (hooks == NULL)
		return 0;
	for (size_t i = 0; i < PLAN_HOOK_KINDS; i++) {
		const struct oci_list *list = (const void *)((const char *)hooks + offsets[i]);
		struct plan_hook_list *kind = &ret->kind[i];

		kind->item = work_array(work, list->n, sizeof(*kind->item));
		kind->n = list->n;
		for (uint32_t j = 0; j < list->n; j++) {
			if (plan_hook(work, list->item[j], &kind->item[j], err) < 0)
				return -1;
		}
	}
	if (ret->kind[PLAN_HOOK_CREATE_CONTAINER].n + ret->kind[PLAN_HOOK_START_CONTAINER].n > 0) {
		ret->prints_to[0] = is_annotated(work, "run.oci.hooks.stdout");
		ret->prints_to[1] = is_annotated(work, "run.oci.hooks.stderr");
	}
	if (ret->kind[PLAN_HOOK_CREATE_CONTAINER].n > 0 &&
	    plan_state(work, OCI_STATUS_CREATING, &ret->create_container, err) < 0)
		return -1;
	if (ret->kind[PLAN_HOOK_START_CONTAINER].n == 0)
		return 0;
	return plan_state(work, OCI_STATUS_CREATED, &ret->start_container, err);
}
