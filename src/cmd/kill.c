/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tare kill: send a signal to a container.
 * Runs in: host.
 */
#include "host/kill.h"

#include "base/err.h"
#include "cmd/command.h"
#include "cmd/signals.h"
#include "state/dir.h"

struct kill_options {
	bool all;
};

static const struct options_row rows[] = {
	OPTIONS_ROW_FLAG(struct kill_options, all, "all", 'a',
			 "signal every process in the container's cgroup, not the first alone"),
	OPTIONS_ROW_OTHER(OPTIONS_REFUSED_FLAG, "regex", 'r', NULL, NULL),
};

static const struct kill_options defaults = { .all = false };

static int run(const struct command_call *call, struct err *err)
{
	const struct kill_options *options = call->options;
	int sig = signals_parse(call->n_args > 1 ? call->args[1] : "TERM", err);

	if (sig < 0 || dir_check_id(call->args[0], err) < 0)
		return -1;
	return kill_container(call->root, call->args[0], sig, options->all, err);
}

const struct command kill_command = {
	.name = "kill",
	.summary = "send a signal to a container (TERM when none is named)",
	.usage = "ID [SIGNAL]",
	.details = "   SIGNAL is a number or a name: 9, KILL, SIGKILL, RTMIN+1.\n",
	.table = OPTIONS_TABLE(rows),
	.defaults = &defaults,
	.options_size = sizeof(defaults),
	.min = 1,
	.max = 2,
	.run = run,
};
