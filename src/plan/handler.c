/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Handlers; see handler.h.  A handler's program is to the container what its payload would have been: it runs with the
 * payload's user, rights and filter, and the plan says nothing else of it but mounts and arguments.
 * Runs in: host.
 */
#include "plan/handler.h"

#include <linux/mount.h>
#include <linux/sched.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/region.h"
#include "base/str.h"
#include "libocispec/oci/config.h"
#include "plan/work.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Of the container's file system the program lets the payload see all, as crun does. */
static const char *const wasmedge_options[] = { "--dir", "/:/", NULL };
static const char *const wasmtime_options[] = { "run", "--dir=/::/", NULL };
static const char *const iwasm_options[] = { "--dir=/", NULL };

static const struct handler_program wasm_programs[] = {
	{ "wasmedge", wasmedge_options, "--env", false },
	{ "wasmtime", wasmtime_options, "--env", false },
	{ "iwasm", iwasm_options, "--env", true },
};

static bool has_end(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && strcasecmp(text + len - end_len, end) == 0;
}

static bool is_wasm(const char *file)
{
	return has_end(file, ".wasm") || has_end(file, ".wat");
}

static const struct handler handlers[] = {
	{ "wasm", "wasm-smart", "WebAssembly", is_wasm, wasm_programs, COUNT(wasm_programs) },
};

/* Annotations that ask for one; words of the first are names, those of the second stand for "wasm". */
#define HANDLER_KEY "run.oci.handler"
#define VARIANT_KEY "module.wasm.image/variant"

const struct handler *handler_named(const char *name, bool *ret_smart)
{
	for (size_t i = 0; i < COUNT(handlers); i++) {
		*ret_smart = strcmp(name, handlers[i].smart) == 0;
		if (*ret_smart || strcmp(name, handlers[i].name) == 0)
			return &handlers[i];
	}
	return NULL;
}

/* The container that only holds a pod's namespaces has a program, whatever the pod's others are. */
static bool is_sandbox(const struct oci_config *config)
{
	const char *type = oci_map_string(&config->annotations, "io.kubernetes.cri.container-type");

	return type != NULL && strcmp(type, "sandbox") == 0;
}

/* What is asked for, as a name; "" is nothing. */
static const char *wanted_name(const struct plan_input *input, uint32_t *ret_at)
{
	const struct oci_map *annotations = &input->config->annotations;
	const struct oci_entry *handler = oci_map_find(annotations, HANDLER_KEY);
	const struct oci_entry *variant = oci_map_find(annotations, VARIANT_KEY);

	*ret_at = input->config->process->at;
	if (handler != NULL && handler->string[0] != '\0') {
		*ret_at = handler->at;
		return handler->string;
	}
	if (variant != NULL && (strcmp(variant->string, "compat") == 0 || strcmp(variant->string, "compat-smart") == 0)) {
		*ret_at = variant->at;
		return variant->string[strlen("compat")] == '\0' ? "wasm" : "wasm-smart";
	}
	return input->options->handler != NULL ? input->options->handler : "";
}

int handler_wanted(const struct plan_input *input, const struct handler **ret_handler, uint32_t *ret_at, struct err *err)
{
	const struct oci_process *process = input->config->process;
	bool is_smart = false;
	const char *name;

	*ret_handler = NULL;
	if (process == NULL || is_sandbox(input->config))
		return 0;
	name = wanted_name(input, ret_at);
	if (name[0] == '\0')
		return 0;
	*ret_handler = handler_named(name, &is_smart);
	/* Such as "krun": whoever asks for a virtual machine must not get less. */
	if (*ret_handler == NULL)
		return err_say(err, *ret_at, "\"%s\" is no handler of this version, which has \"wasm\" and \"wasm-smart\"", name);
	if (is_smart && (process->args.n == 0 || !(*ret_handler)->takes(process->args.item[0])))
		*ret_handler = NULL;
	return 0;
}

const char *handler_of_program(const char *program)
{
	const char *slash = strrchr(program, '/');
	const char *base = slash != NULL ? slash + 1 : program;
	const char *name = str_after(base, "tare-");
	bool is_smart;

	if (name == NULL)
		name = str_after(base, "crun-");
	return name != NULL && handler_named(name, &is_smart) != NULL ? name : NULL;
}

static void add_bind(struct plan_work *work, uint32_t at, const char *source, const char *target)
{
	struct plan_mounts *mounts = &work->plan->mounts;

	mounts->item[mounts->n++] = (struct plan_mount){
		.at = at,
		.kind = PLAN_MOUNT_BIND,
		.type = region_strdup(work->region, "bind"),
		.source = region_strdup(work->region, source),
		.target = target,
		/* A file has nothing below it, and so an ordinary user may bind it, too. */
		.recursive = true,
		.attr.set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
	};
}

/* The mount points of all the others are made in it; then it is read-only. */
static void add_directory(struct plan_work *work, uint32_t at)
{
	struct plan_mounts *mounts = &work->plan->mounts;
	struct plan_param *params = work_array(work, 2, sizeof(*params));

	params[0] = (struct plan_param){ region_strdup(work->region, "mode"), region_strdup(work->region, "755") };
	params[1] = (struct plan_param){ region_strdup(work->region, "size"), region_strdup(work->region, "64k") };
	mounts->item[mounts->n++] = (struct plan_mount){
		.at = at,
		.kind = PLAN_MOUNT_FS,
		.type = region_strdup(work->region, "tmpfs"),
		.source = region_strdup(work->region, "tare-handler"),
		.target = region_strdup(work->region, HANDLER_DIR),
		.params = params,
		.n_params = 2,
		.late_readonly = true,
		.attr.set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
	};
}

static void add_mounts(struct plan_work *work, const struct handler_found *found, uint32_t at)
{
	struct plan_mounts *mounts = &work->plan->mounts;
	struct plan_mount *item = work_array(work, mounts->n + found->n_libraries + 3, sizeof(*item));

	if (mounts->n > 0)
		memcpy(item, mounts->item, mounts->n * sizeof(*item));
	mounts->item = item;
	add_directory(work, at);
	add_bind(work, at, found->path, region_format(work->region, HANDLER_DIR "/%s", found->program->name));
	if (found->loader == NULL)
		return;
	add_bind(work, at, found->loader, region_strdup(work->region, HANDLER_LOADER));
	for (size_t i = 0; i < found->n_libraries; i++)
		add_bind(work, at, found->libraries[i].path,
			 region_format(work->region, HANDLER_LIBRARIES "/%s", found->libraries[i].name));
}

static size_t count(const char *const *list)
{
	size_t n = 0;

	while (list[n] != NULL)
		n++;
	return n;
}

/* The program in the payload's place, with the payload as its argument. */
static void set_args(struct plan_work *work, const struct handler_found *found)
{
	static const size_t most_before = 4; /* the loader with its options, and the program */
	const struct handler_program *program = found->program;
	struct plan_process *process = &work->plan->process;
	const char **args = work_array(work, most_before + count(program->options) + 2 * count(process->env) +
				       count(process->args) + 1, sizeof(*args));
	size_t n = 0;

	if (found->loader != NULL) {
		args[n++] = region_strdup(work->region, HANDLER_LOADER);
		args[n++] = region_strdup(work->region, "--library-path");
		args[n++] = region_strdup(work->region, HANDLER_LIBRARIES);
	}
	args[n++] = region_format(work->region, HANDLER_DIR "/%s", program->name);
	for (size_t i = 0; program->options[i] != NULL; i++)
		args[n++] = region_strdup(work->region, program->options[i]);
	for (size_t i = 0; process->env[i] != NULL; i++) {
		if (program->env_joined) {
			args[n++] = region_format(work->region, "%s=%s", program->env, process->env[i]);
			continue;
		}
		args[n++] = region_strdup(work->region, program->env);
		args[n++] = process->env[i];
	}
	process->module = process->args[0];
	for (size_t i = 0; process->args[i] != NULL; i++)
		args[n++] = process->args[i];
	process->args = args;
}

int plan_handler(struct plan_work *work, struct err *err)
{
	const struct handler_found *found = work->input->facts->handler;
	const struct handler *handler;
	uint32_t at;

	if (handler_wanted(work->input, &handler, &at, err) < 0)
		return -1;
	if (handler == NULL)
		return 0;
	if (found == NULL)
		return err_say(err, at, "a program that runs %s is needed, and the host has none", handler->what);
	if ((work->plan->namespaces.create & CLONE_NEWNS) == 0)
		return err_say(err, at, "what runs %s cannot be shown to a container without a new mount namespace",
			       handler->what);
	add_mounts(work, found, at);
	set_args(work, found);
	return 0;
}
