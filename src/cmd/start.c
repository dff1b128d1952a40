/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tare start: let a created container go.
 * Runs in: host.
 */
#include "host/start.h"

#include "cmd/command.h"
#include "base/err.h"
#include "state/dir.h"

static int run(const struct command_call *call, struct err *err)
{
	if (dir_check_id(call->args[0], err) < 0)
		return -1;
	return start_container(call->root, call->args[0], err);
}

const struct command start_command = {
	.name = "start",
	.summary = "run the process of a created container",
	.usage = "ID",
	.min = 1,
	.max = 1,
	.run = run,
};
