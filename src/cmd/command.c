/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of verbs, the global options, and what every verb needs before it runs.
 * Runs in: host.
 */
#include "cmd/command.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "host/probe.h"
#include "state/dir.h"

static const struct command *const commands[] = {
	&create_command,
	&start_command,
	&run_command,
	&exec_command,
	&state_command,
	&kill_command,
	&delete_command,
	&list_command,
	&ps_command,
	&pause_command,
	&resume_command,
	&events_command,
	&update_command,
	&checkpoint_command,
	&restore_command,
	&mounts_command,
	&spec_command,
	&plan_command,
	&features_command,
	&version_command,
	&help_command,
};

static const struct options_word format_words[] = {
	{ "text", LOG_FORMAT_TEXT }, { "", LOG_FORMAT_TEXT }, { "json", LOG_FORMAT_JSON }, { NULL, 0 },
};

static const struct options_word level_words[] = {
	{ "error", LOG_LEVEL_ERROR },
	{ "warning", LOG_LEVEL_WARNING },
	{ "warn", LOG_LEVEL_WARNING },
	{ "info", LOG_LEVEL_WARNING },
	{ "debug", LOG_LEVEL_DEBUG },
	{ NULL, 0 },
};

static const struct options_word manager_words[] = {
	{ "cgroupfs", CGROUP_MANAGER_CGROUPFS },
	{ "systemd", CGROUP_MANAGER_SYSTEMD },
	{ "disabled", CGROUP_MANAGER_DISABLED },
	{ NULL, 0 },
};

/* Without effect: whether a missing cgroup is excused follows from who we are. */
static const struct options_word rootless_words[] = {
	{ "true", 0 }, { "false", 0 }, { "1", 0 }, { "0", 0 }, { "auto", 0 }, { NULL, 0 },
};

static const struct options_row globals_rows[] = {
	OPTIONS_ROW_TEXT(struct command_globals, root, "root", 0, "DIR",
			 "where the state of containers is kept"),
	OPTIONS_ROW_TEXT(struct command_globals, log, "log", 0, "[file:]PATH",
			 "add an error record to this file"),
	OPTIONS_ROW_WORD(struct command_globals, log_format, "log-format", 0, format_words, "text|json",
			 "form of that record (text)"),
	OPTIONS_ROW_WORD(struct command_globals, log_level, "log-level", 0, level_words, "LEVEL",
			 "error, warning or debug (error)"),
	OPTIONS_ROW_FLAG(struct command_globals, debug, "debug", 0, "the same as --log-level debug"),
	OPTIONS_ROW_FLAG(struct command_globals, systemd_cgroup, "systemd-cgroup", 's',
			 "the same as --cgroup-manager systemd"),
	OPTIONS_ROW_WORD(struct command_globals, manager, "cgroup-manager", 0, manager_words, "NAME",
			 "cgroupfs, systemd or disabled (cgroupfs)"),
	OPTIONS_ROW_WORD(struct command_globals, rootless, "rootless", 0, rootless_words, "WORD",
			 "accepted, without effect"),
	OPTIONS_ROW_OTHER(OPTIONS_IGNORED_TEXT, "criu", 0, "PATH", NULL),
	OPTIONS_ROW_FLAG(struct command_globals, version, "version", 'v', "print the version"),
};

const struct options_table command_globals_table = OPTIONS_TABLE(globals_rows);

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		const struct command *command = commands[i];

		if (strcmp(command->name, name) == 0 ||
		    (command->alias != NULL && strcmp(command->alias, name) == 0))
			return command;
	}
	return NULL;
}

void command_print_program(void)
{
	(void)printf("NAME:\n   tare - OCI runtime for Linux containers\n\n"
		     "USAGE:\n   tare [global options] COMMAND [options] [arguments]\n\nCOMMANDS:\n");
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		(void)printf("   %-12s %s\n", commands[i]->name, commands[i]->summary);
	(void)printf("\nGLOBAL OPTIONS:\n");
	options_print(stdout, &command_globals_table);
}

void command_print_verb(const struct command *command)
{
	(void)printf("NAME:\n   tare %s - %s\n\nUSAGE:\n   tare %s [options]%s%s\n\n", command->name,
		     command->summary, command->name, command->usage[0] != '\0' ? " " : "", command->usage);
	if (command->details != NULL)
		(void)printf("%s\n", command->details);
	(void)printf("OPTIONS:\n");
	options_print(stdout, &command->table);
}

static int find_root(char *buf, size_t size, const char *given, struct err *err)
{
	if (given == NULL)
		return dir_root(buf, size, geteuid(), probe_in_user_ns(), getenv("XDG_RUNTIME_DIR"), err);
	if (path_absolute(buf, size, given, err) < 0)
		return err_wrap(err, ERR_NOWHERE, "--root");
	if (strcmp(buf, "/") == 0)
		return err_say(err, ERR_NOWHERE, "--root %s: the root directory cannot hold the state", given);
	return 0;
}

static int check_count(const struct command *command, const struct options_result *result, struct err *err)
{
	if (result->n_args < command->min)
		return err_say(err, ERR_NOWHERE, "%s: an argument is missing; usage: tare %s [options] %s",
			       command->name, command->name, command->usage);
	if (result->n_args > command->max)
		return err_say(err, ERR_NOWHERE, "%s: unexpected argument \"%s\"", command->name,
			       result->args[command->max]);
	return 0;
}

/* With the verb's struct of options at @options, which has the defaults. */
static int run_with(const struct command *command, const struct command_globals *globals, int argc, char **argv,
		    void *options, struct err *err)
{
	struct command_call call = { .root_given = globals->root != NULL };
	struct options_result result;
	char root[PATH_MAX];

	if (options_parse(&command->table, command->flags, argc, argv, options, &result, err) < 0)
		return err_wrap(err, ERR_NOWHERE, "%s", command->name);
	if (result.help) {
		command_print_verb(command);
		return 0;
	}
	if (check_count(command, &result, err) < 0)
		return -1;
	if (!command->is_stateless && find_root(root, sizeof(root), globals->root, err) < 0)
		return -1;
	call.root = root;
	call.manager = globals->systemd_cgroup ? CGROUP_MANAGER_SYSTEMD : CGROUP_MANAGER_CGROUPFS;
	if (globals->manager != COMMAND_NO_MANAGER)
		call.manager = (enum cgroup_manager)globals->manager;
	call.handler = globals->handler;
	call.options = options;
	call.args = result.args;
	call.n_args = result.n_args;
	return command->run(&call, err);
}

int command_run(const struct command *command, const struct command_globals *globals, int argc,
		char **argv, struct err *err)
{
	auto_free void *options = calloc(1, command->options_size + 1);
	int r;

	if (options == NULL)
		return err_errno(err, ERR_NOWHERE, "keep the options");
	if (command->options_size > 0)
		memcpy(options, command->defaults, command->options_size);
	r = run_with(command, globals, argc, argv, options, err);
	options_free(&command->table, options);
	return r;
}
