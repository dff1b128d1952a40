/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * process: arguments, environment, user, terminal (PR-01 .. PR-10, PR-16, PR-17).
 * Not here: looking the program up, which happens inside the container; rlimits.c, caps.c, sched.c and
 * lsm.c have the rest of the object.
 * Runs in: host.
 */
#include "plan/process.h"

#include <limits.h>
#include <string.h>

#include "base/err.h"
#include "base/region.h"
#include "libocispec/oci/config.h"
#include "plan/notify.h"
#include "plan/seen.h"
#include "plan/work.h"

/* What images expect where the config is silent (spec-checklist 8.1 #4). */
#define UMASK_DEFAULT 0022

/* setresuid(2) and setresgid(2) take this for "leave it", so it must never get there. */
#define ID_NONE UINT32_MAX

/* The value of @variable ("NAME=value") when its name is @name, else NULL. */
static const char *find_value(const char *variable, const char *name)
{
	size_t len = strlen(name);

	return strncmp(variable, name, len) == 0 && variable[len] == '=' ? variable + len + 1 : NULL;
}

static int check_env(const struct plan_work *work, const struct oci_process *process,
		     struct err *err)
{
	const char *variable;

	oci_for_each(variable, &process->env) {
		const char *equals = strchr(variable, '=');

		if (equals == NULL || equals == variable)
			return err_say(err, work_place(work, process->at, "env[%u]", variable_i),
				       "\"%s\" is not of the form NAME=value", variable);
	}
	return 0;
}

/*
 * The names that say which sockets we were handed are ours to set then; what the config says of them
 * is about descriptors of somebody else.
 */
static bool is_of_sockets(const struct plan_options *options, const char *variable)
{
	if (options->listen_fds == 0)
		return false;
	return find_value(variable, "LISTEN_FDS") != NULL || find_value(variable, "LISTEN_PID") != NULL ||
	       (options->listen_names != NULL && find_value(variable, "LISTEN_FDNAMES") != NULL);
}

/* NOTIFY_SOCKET (sd_notify(3)), LISTEN_FDS and LISTEN_FDNAMES (sd_listen_fds(3)) at @env. */
static void plan_sockets(struct plan_work *work, const char **env, struct plan_process *ret)
{
	const struct plan_options *options = work->input->options;

	if (work->plan->has_notify)
		*env++ = region_strdup(work->region, PLAN_NOTIFY_VARIABLE "=" PLAN_NOTIFY_TARGET "/" PLAN_NOTIFY_SOCKET);
	if (options->listen_fds == 0)
		return;
	ret->n_listen = options->listen_fds;
	*env++ = region_format(work->region, "LISTEN_FDS=%u", options->listen_fds);
	if (options->listen_names != NULL)
		*env = region_format(work->region, "LISTEN_FDNAMES=%s", options->listen_names);
}

/* As many more variables as plan_sockets() adds. */
#define OUR_VARIABLES 3

/*
 * Of equal names the last counts, at its own place in the list; an empty HOME counts as none, since
 * managers write it where they know no better.
 */
static int plan_env(struct plan_work *work, const struct oci_process *process,
		    struct plan_process *ret, struct err *err)
{
	auto_seen struct seen seen = { .slot = NULL };
	uint32_t n = process->env.n;
	const char **env;

	if (check_env(work, process, err) < 0)
		return -1;
	env = region_alloc(work->region, ((size_t)n + OUR_VARIABLES + 1) * sizeof(*env));
	env += n;
	plan_sockets(work, env, ret);
	seen_init(&seen, n);
	/* From the end: the first one met of each name is the one that counts. */
	for (uint32_t i = n; i-- > 0;) {
		const char *variable = process->env.item[i];
		uint32_t fresh = seen.n;

		if (seen_add(&seen, variable, strcspn(variable, "=")) == fresh &&
		    strcmp(variable, "HOME=") != 0 && !is_of_sockets(work->input->options, variable))
			*--env = region_strdup(work->region, variable);
	}
	ret->env = env;
	for (const char **p = env; *p != NULL; p++) {
		ret->has_home |= find_value(*p, "HOME") != NULL;
		ret->path = ret->path != NULL ? ret->path : find_value(*p, "PATH");
	}
	return 0;
}

/* Ids that the user namespace does not have (PR-08), and groups that it cannot have (PR-10). */
static int check_mapped(const struct plan_work *work, const struct oci_user *user, struct err *err)
{
	const struct plan_namespaces *ns = &work->plan->namespaces;
	static const char wrong[] = "%u is not mapped in the container's user namespace%s";
	const char *why = ns->is_user_implied ? ", which has the runtime's own user as 0 and the ids of /etc/subuid and "
						"/etc/subgid" : "";

	if (!plan_namespaces_maps(ns->uid_map, ns->n_uid_map, user->uid))
		return err_say(err, work_place(work, user->at, "uid"), wrong, user->uid, why);
	if (!plan_namespaces_maps(ns->gid_map, ns->n_gid_map, user->gid))
		return err_say(err, work_place(work, user->at, "gid"), wrong, user->gid, why);
	if (ns->deny_setgroups && user->additional_gids.n > 0)
		return err_say(err, work_place(work, user->at, "additionalGids"),
			       "an ordinary user who maps one group only may not set others (user_namespaces(7))");
	for (uint32_t i = 0; i < user->additional_gids.n; i++) {
		if (!plan_namespaces_maps(ns->gid_map, ns->n_gid_map, user->additional_gids.item[i]))
			return err_say(err, work_place(work, user->at, "additionalGids[%u]", i), wrong,
				       user->additional_gids.item[i], why);
	}
	return 0;
}

static int plan_user(struct plan_work *work, const struct oci_process *process,
		     struct plan_process *ret, struct err *err)
{
	const struct oci_user *user = process->user;
	gid_t *groups;

	ret->umask = UMASK_DEFAULT;
	ret->keep_groups = work->plan->annotations.keep_groups;
	if (user == NULL)
		return 0;
	if (user->uid == ID_NONE || user->gid == ID_NONE)
		return err_say(err, work_place(work, user->at, user->uid == ID_NONE ? "uid" : "gid"),
			       "%u is no id that a process can have", ID_NONE);
	if (user->additional_gids.n > NGROUPS_MAX)
		return err_say(err, work_place(work, user->at, "additionalGids"),
			       "has %u entries, and the kernel takes %d", user->additional_gids.n,
			       NGROUPS_MAX);
	if (check_mapped(work, user, err) < 0)
		return -1;
	groups = work_array(work, user->additional_gids.n, sizeof(*groups));
	for (uint32_t i = 0; i < user->additional_gids.n; i++) {
		groups[i] = user->additional_gids.item[i];
		if (groups[i] == ID_NONE)
			return err_say(err, work_place(work, user->at, "additionalGids[%u]", i),
				       "%u is no id that a process can have", ID_NONE);
	}
	ret->uid = user->uid;
	ret->gid = user->gid;
	ret->groups = groups;
	ret->n_groups = user->additional_gids.n;
	if (user->umask.set)
		ret->umask = user->umask.v;
	return 0;
}

static int plan_size(const struct plan_work *work, const char *key, uint32_t at,
		     const struct opt_u64 *given, unsigned short *ret_size, struct err *err)
{
	if (!given->set)
		return err_say(err, at, "%s is missing", key);
	if (given->v > USHRT_MAX)
		return err_say(err, work_place(work, at, "%s", key), "is more than %d", USHRT_MAX);
	*ret_size = (unsigned short)given->v;
	return 0;
}

/*
 * Whoever asked for the terminal gets its other end: through --console-socket, or because the
 * command stays and copies (cli-contract 3.1).  Without a terminal its size is not even looked at.
 */
static int plan_terminal(struct plan_work *work, const struct oci_process *process,
			 struct plan_process *ret, struct err *err)
{
	const struct plan_options *options = work->input->options;
	const struct oci_console_size *size = process->console_size;

	if (!process->terminal && options->has_console_socket)
		return err_say(err, work_place(work, process->at, "terminal"),
			       "--console-socket is given, but the process has no terminal");
	if (!process->terminal)
		return 0;
	if (options->detach && !options->has_console_socket)
		return err_say(err, work_place(work, process->at, "terminal"),
			       "cannot allocate a terminal: this command does not stay to serve it; "
			       "use --console-socket");
	ret->terminal = true;
	if (size == NULL)
		return 0;
	ret->has_size = true;
	if (plan_size(work, "height", size->at, &size->height, &ret->rows, err) < 0)
		return -1;
	return plan_size(work, "width", size->at, &size->width, &ret->columns, err);
}

int plan_process(struct plan_work *work, struct err *err)
{
	const struct oci_process *process = work->input->config->process;
	struct plan_process *ret = &work->plan->process;

	if (process == NULL && work->input->options->has_console_socket)
		return err_say(err, work->input->config->at,
			       "--console-socket is given, but there is no process with a terminal");
	if (process == NULL)
		return 0;
	ret->present = true;
	ret->at = process->at;
	if (process->cwd[0] != '/')
		return err_say(err, work_place(work, process->at, "cwd"),
			       "\"%s\" is not an absolute path", process->cwd);
	if (process->args.item[0][0] == '\0')
		return err_say(err, work_place(work, process->at, "args[0]"),
			       "is empty, which no program is called");
	ret->args = work_strings(work, &process->args);
	ret->cwd = region_strdup(work->region, process->cwd);
	ret->no_new_privs = process->no_new_privileges;
	ret->has_oom_score_adj = process->oom_score_adj.set;
	ret->oom_score_adj = process->oom_score_adj.v;
	if (plan_env(work, process, ret, err) < 0 || plan_user(work, process, ret, err) < 0 ||
	    plan_terminal(work, process, ret, err) < 0 || plan_rlimits(work, process, ret, err) < 0 ||
	    plan_sched(work, process, ret, err) < 0 || plan_lsm(work, process, ret, err) < 0)
		return -1;
	plan_caps(work, process, &ret->caps);
	return 0;
}
