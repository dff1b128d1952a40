/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a verb of the command line is.  Each verb's file defines one `const struct command`; command.c
 * lists them, and main.c does for all of them what is the same.
 * Runs in: host.
 */
#ifndef TARE_CMD_COMMAND_H
#define TARE_CMD_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "cmd/options.h"
#include "plan/options.h"

struct err;

/*
 * struct command_call - one invocation.
 * @root:       absolute path of the state root
 * @root_given: --root was used: then it has to exist for reading commands
 * @manager:    who keeps the cgroup tree
 * @handler:    the handler that our own name asks for (plan/handler.h), or NULL
 * @options:    the verb's own struct, filled
 * @args:       positional arguments, NULL-terminated; their number is within the verb's bounds
 */
struct command_call {
	const char *root;
	bool root_given;
	enum cgroup_manager manager;
	const char *handler;
	const void *options;
	char **args;
	int n_args;
};

/*
 * struct command - one verb.
 * @name, @summary: for the help; @alias: a second name, or NULL
 * @usage:    the positional arguments as the help shows them: "ID [SIGNAL]"
 * @details:  further help, whole lines, or NULL
 * @table:    its options; @flags: OPTIONS_STOP_AT_POSITIONAL
 * @defaults: the struct of its options before any is obeyed, @options_size bytes; NULL: without options
 * @min, @max: how many positional arguments it takes
 * @is_stateless: it needs no state root, so none is looked for
 * @failure:  exit status when it fails; 0 means 1
 * @run:      does it: returns the exit status, or -1 with @err filled
 */
struct command {
	const char *name;
	const char *alias;
	const char *summary;
	const char *usage;
	const char *details;
	struct options_table table;
	unsigned int flags;
	const void *defaults;
	size_t options_size;
	int min, max;
	bool is_stateless;
	int failure;
	int (*run)(const struct command_call *call, struct err *err);
};

/* Everything that can be written before the verb; @handler is what the program's own name says, or NULL. */
struct command_globals {
	const char *handler;
	const char *root;
	const char *log;
	int log_format;
	int log_level;
	bool debug;
	bool systemd_cgroup;
	int manager;
	int rootless;
	bool version;
};

/* No --cgroup-manager was given; and no global option at all. */
#define COMMAND_NO_MANAGER (-1)
#define COMMAND_GLOBALS_INIT ((struct command_globals){ .manager = COMMAND_NO_MANAGER })

/* The options ahead of the verb. */
extern const struct options_table command_globals_table;

/* The verb called @name, or NULL. */
const struct command *command_find(const char *name);

/* Help on standard output: of the program, and of one verb. */
void command_print_program(void);
void command_print_verb(const struct command *command);

/*
 * Do one verb: @argv are the @argc arguments after its name.  Returns the exit status, or -1 with
 * @err filled.
 */
int command_run(const struct command *command, const struct command_globals *globals, int argc,
		char **argv, struct err *err);

/* The verbs, one per file. */
extern const struct command checkpoint_command;
extern const struct command create_command;
extern const struct command delete_command;
extern const struct command events_command;
extern const struct command exec_command;
extern const struct command features_command;
extern const struct command help_command;
extern const struct command kill_command;
extern const struct command list_command;
extern const struct command mounts_command;
extern const struct command pause_command;
extern const struct command plan_command;
extern const struct command ps_command;
extern const struct command restore_command;
extern const struct command resume_command;
extern const struct command run_command;
extern const struct command spec_command;
extern const struct command start_command;
extern const struct command state_command;
extern const struct command update_command;
extern const struct command version_command;

#endif
