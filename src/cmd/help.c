/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tare help: what there is, and about one verb.
 * Runs in: host.
 */
#include "base/err.h"
#include "cmd/command.h"

static int run(const struct command_call *call, struct err *err)
{
	const struct command *command;

	if (call->n_args == 0) {
		command_print_program();
		return 0;
	}
	command = command_find(call->args[0]);
	if (command == NULL)
		return err_say(err, ERR_NOWHERE, "unknown command \"%s\"; \"tare help\" lists them", call->args[0]);
	command_print_verb(command);
	return 0;
}

const struct command help_command = {
	.name = "help",
	.alias = "h",
	.summary = "print this list, or the options of one command",
	.usage = "[COMMAND]",
	.min = 0,
	.max = 1,
	.is_stateless = true,
	.run = run,
};
