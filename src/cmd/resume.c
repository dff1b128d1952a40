/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tare resume: let a paused container go on.
 * Runs in: host.
 */
#include "base/err.h"
#include "cmd/command.h"
#include "host/pause.h"
#include "state/dir.h"

static int run(const struct command_call *call, struct err *err)
{
	if (dir_check_id(call->args[0], err) < 0)
		return -1;
	return resume_container(call->root, call->args[0], err);
}

const struct command resume_command = {
	.name = "resume",
	.summary = "let a paused container go on",
	.usage = "ID",
	.min = 1,
	.max = 1,
	.run = run,
};
