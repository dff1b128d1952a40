/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tare exec: run one more process in a container.
 * Runs in: host.
 */
#include "host/exec.h"

#include <limits.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/prefault.h"
#include "cmd/command.h"
#include "cmd/request.h"
#include "plan/annotations.h"
#include "state/dir.h"

struct exec_options {
	const char *process;
	bool detach;
	bool tty;
	const char *cwd;
	const char *user;
	const char *label;
	const char *apparmor;
	struct options_list env;
	struct options_list gids;
	struct options_list caps;
	bool no_new_privs;
	const char *console_socket;
	const char *pidfd_socket;
	const char *pid_file;
	unsigned int preserve_fds;
	struct options_list cgroups;
	unsigned int timeout;
	const char *wait_fifo;
	bool ignore_paused;
};

static const struct options_row rows[] = {
	OPTIONS_ROW_TEXT(struct exec_options, process, "process", 'p', "FILE",
			 "the process object, instead of a command and the options about it"),
	OPTIONS_ROW_FLAG(struct exec_options, detach, "detach", 'd',
			 "return once the process runs, do not wait for its end"),
	OPTIONS_ROW_FLAG(struct exec_options, tty, "tty", 't', "give the process a terminal"),
	OPTIONS_ROW_TEXT(struct exec_options, cwd, "cwd", 0, "DIR", "working directory in the container"),
	OPTIONS_ROW_LIST(struct exec_options, env, "env", 'e', "NAME=VALUE", "add a variable to the environment; repeatable"),
	OPTIONS_ROW_TEXT(struct exec_options, user, "user", 'u', "UID[:GID]", "user and group, by number"),
	OPTIONS_ROW_LIST(struct exec_options, gids, "additional-gids", 'g', "GID", "add a supplementary group; repeatable"),
	OPTIONS_ROW_LIST(struct exec_options, caps, "cap", 'c', "CAP_NAME", "add a capability; repeatable"),
	OPTIONS_ROW_FLAG(struct exec_options, no_new_privs, "no-new-privs", 0, "set no_new_privs"),
	OPTIONS_ROW_TEXT(struct exec_options, label, "process-label", 0, "LABEL", "SELinux label"),
	OPTIONS_ROW_TEXT(struct exec_options, apparmor, "apparmor", 0, "PROFILE", "AppArmor profile"),
	OPTIONS_ROW_TEXT(struct exec_options, console_socket, "console-socket", 0, "PATH",
			 "send the process's terminal to this socket"),
	OPTIONS_ROW_TEXT(struct exec_options, pidfd_socket, "pidfd-socket", 0, "PATH",
			 "send a pidfd of the process to this socket"),
	OPTIONS_ROW_TEXT(struct exec_options, pid_file, "pid-file", 0, "PATH", "write the pid of the process to this file"),
	OPTIONS_ROW_NUMBER(struct exec_options, preserve_fds, "preserve-fds", 0, "N",
			   "hand descriptors 3 to 2+N on to the process"),
	OPTIONS_ROW_LIST(struct exec_options, cgroups, "cgroup", 0, "[CONTROLLER:]PATH",
			 "run it in this cgroup below the container's; repeatable"),
	OPTIONS_ROW_NUMBER(struct exec_options, timeout, "timeout", 0, "SECONDS",
			   "then kill the process and all that it has started"),
	OPTIONS_ROW_TEXT(struct exec_options, wait_fifo, "wait-fifo", 0, "PATH",
			 "hold the process before its program starts until somebody opens this FIFO"),
	OPTIONS_ROW_FLAG(struct exec_options, ignore_paused, "ignore-paused", 0,
			 "add the process to a paused container, too; it runs once that is resumed"),
	OPTIONS_ROW_OTHER(OPTIONS_IGNORED_FLAG, "no-subreaper", 0, NULL, NULL),
};

static const struct exec_options defaults = { .process = NULL };

/*
 * What --process says would have to be overruled by the others, and nobody could tell who is right.  But --tty: conmon
 * gives both, and both of the peers then take the document's word.
 */
static int check_options(const struct exec_options *options, int n_args, struct err *err)
{
	const struct {
		const char *name;
		bool is_given;
	} others[] = {
		{ "--cwd", options->cwd != NULL },
		{ "--env", options->env.n > 0 },
		{ "--user", options->user != NULL },
		{ "--additional-gids", options->gids.n > 0 },
		{ "--cap", options->caps.n > 0 },
		{ "--no-new-privs", options->no_new_privs },
		{ "--process-label", options->label != NULL },
		{ "--apparmor", options->apparmor != NULL },
		{ "a command", n_args > 1 },
	};

	if (options->process == NULL && n_args < 2)
		return err_say(err, ERR_NOWHERE, "exec: neither a command nor --process is given");
	for (size_t i = 0; options->process != NULL && i < sizeof(others) / sizeof(others[0]); i++) {
		if (others[i].is_given)
			return err_say(err, ERR_NOWHERE, "exec: --process says all of the process, so %s cannot be given too",
				       others[i].name);
	}
	if (options->timeout > 0 && options->detach)
		return err_say(err, ERR_NOWHERE, "exec: with --detach nobody stays to keep the --timeout");
	return 0;
}

static struct inherit_words words(const struct options_list *list)
{
	return (struct inherit_words){ .item = list->item, .n = list->n };
}

static int run(const struct command_call *call, struct err *err)
{
	const struct exec_options *options = call->options;
	struct exec_request request = {
		.root = call->root,
		.id = call->args[0],
		.process_file = options->process,
		.changes = {
			.args = (const char *const *)call->args + 1,
			.terminal = options->tty,
			.cwd = options->cwd,
			.user = options->user,
			.env = words(&options->env),
			.additional_gids = words(&options->gids),
			.caps = words(&options->caps),
			.no_new_privs = options->no_new_privs,
			.selinux_label = options->label,
			.apparmor_profile = options->apparmor,
		},
		.options = {
			.id = call->args[0],
			.detach = options->detach,
			.has_console_socket = options->console_socket != NULL,
			.seccomp_receiver = getenv(PLAN_RECEIVER_VARIABLE),
		},
		.pid_file = options->pid_file,
		.console_socket = options->console_socket,
		.pidfd_socket = options->pidfd_socket,
		.cgroups = words(&options->cgroups),
		.timeout = options->timeout,
		.wait_fifo = options->wait_fifo,
		.ignore_paused = options->ignore_paused,
	};
	int status = 0;

	prefault_process();
	if (check_options(options, call->n_args, err) < 0 || dir_check_id(request.id, err) < 0 ||
	    request_find_descriptors(options->preserve_fds, &request.options, err) < 0 ||
	    fd_seal_inherited(request.options.preserve_fds, err) < 0)
		return -1;
	if (exec_process(&request, &status, err) < 0)
		return -1;
	if (status == EXEC_TIMED_OUT && options->timeout > 0)
		log_warning("the process was ended after %u s", options->timeout);
	return status;
}

const struct command exec_command = {
	.name = "exec",
	.summary = "run one more process in a container",
	.usage = "ID [COMMAND [ARGUMENT...]]",
	.details = "   Options stand before the ID: what follows it is the command.  It has everything that the container's own\n"
		   "   process has, unless an option says otherwise.\n",
	.table = OPTIONS_TABLE(rows),
	.flags = OPTIONS_STOP_AT_POSITIONAL,
	.defaults = &defaults,
	.options_size = sizeof(defaults),
	.min = 1,
	.max = INT_MAX,
	/* Managers show it as the exit status of the process, so it must be none that programs use (cli-contract 2.9). */
	.failure = 255,
	.run = run,
};
