/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tare pause: stop all processes of a container where they are.
 * Runs in: host.
 */
#include "host/pause.h"

#include "base/err.h"
#include "cmd/command.h"
#include "state/dir.h"

static int run(const struct command_call *call, struct err *err)
{
	if (dir_check_id(call->args[0], err) < 0)
		return -1;
	return pause_container(call->root, call->args[0], err);
}

const struct command pause_command = {
	.name = "pause",
	.summary = "stop all processes of a container until it is resumed",
	.usage = "ID",
	.min = 1,
	.max = 1,
	.run = run,
};
