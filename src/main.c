/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tare, an OCI runtime: global options, then one verb, then its exit status.
 * Not here: what a verb does (cmd/), and the program that becomes the container (init/).
 * Runs in: host.
 */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "cmd/command.h"
#include "plan/handler.h"

/* Exit status of a failing command. */
#define FAILURE 1

/*
 * Read the global options.  The log is opened with what was understood of them even when they are
 * wrong: managers read the reason there.
 */
static int begin(int argc, char **argv, struct command_globals *globals, struct options_result *result,
		 struct err *err)
{
	int r = options_parse(&command_globals_table, OPTIONS_STOP_AT_POSITIONAL, argc, argv, globals,
			      result, err);
	struct err log_err = ERR_INIT;

	log_set_level(globals->debug ? LOG_LEVEL_DEBUG : (enum log_level)globals->log_level);
	if (log_open(globals->log, (enum log_format)globals->log_format, &log_err) < 0 && r >= 0) {
		*err = log_err;
		return -1;
	}
	return r;
}

/* @program: what we are called; *@ret_failure: the exit status if it fails. */
static int dispatch(const char *program, int argc, char **argv, int *ret_failure, struct err *err)
{
	struct command_globals globals = COMMAND_GLOBALS_INIT;
	const struct command *command;
	struct options_result result;

	globals.handler = handler_of_program(program);
	if (begin(argc, argv, &globals, &result, err) < 0)
		return -1;
	if (result.help) {
		command_print_program();
		return 0;
	}
	if (globals.version)
		return command_run(&version_command, &globals, 0, result.args + result.n_args, err);
	if (result.n_args == 0)
		return err_say(err, ERR_NOWHERE, "no command was given (create, start, run, state, ...); "
			       "\"tare help\" lists them");
	command = command_find(result.args[0]);
	if (command == NULL)
		return err_say(err, ERR_NOWHERE, "unknown command \"%s\"; \"tare help\" lists them",
			       result.args[0]);
	if (command->failure != 0)
		*ret_failure = command->failure;
	return command_run(command, &globals, result.n_args - 1, result.args + 1, err);
}

int main(int argc, char **argv)
{
	struct err err = ERR_INIT;
	int status = -1, failure = FAILURE;

	/*
	 * Whoever reads from us or from whom we read may be gone: that is an error to report, no reason to
	 * die half-way.  And children must be waited for, whatever our caller does with its own.
	 */
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGCHLD, SIG_DFL);
	if (fd_open_standard(&err) == 0)
		status = dispatch(argc > 0 ? argv[0] : "", argc - 1, argv + 1, &failure, &err);
	if (status >= 0 && (fflush(stdout) != 0 || ferror(stdout) != 0))
		status = err_errno(&err, ERR_NOWHERE, "write to standard output");
	if (status < 0) {
		log_error(&err);
		return failure;
	}
	return status;
}
