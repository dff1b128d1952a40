/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tare kill: send a signal to a container.
 * Runs in: host.
 */
#include "host/kill.h"

#include "base/err.h"
#include "cmd/command.h"
#include "cmd/matching.h"
#include "cmd/signals.h"
#include "state/dir.h"

struct kill_options {
	bool all;
	bool regex;
};

static const struct options_row rows[] = {
	OPTIONS_ROW_FLAG(struct kill_options, all, "all", 'a',
			 "signal every process of the container, not the first alone"),
	OPTIONS_ROW_FLAG(struct kill_options, regex, "regex", 'r',
			 "signal every container whose ID matches this regular expression"),
};

static const struct kill_options defaults = { .all = false };

struct deed {
	int sig;
	bool all;
};

static int kill_one(const char *root, const char *id, const void *data, struct err *err)
{
	const struct deed *deed = data;

	return kill_container(root, id, deed->sig, deed->all, err);
}

static int run(const struct command_call *call, struct err *err)
{
	const struct kill_options *options = call->options;
	struct deed deed = { .sig = signals_parse(call->n_args > 1 ? call->args[1] : "TERM", err), .all = options->all };

	if (deed.sig < 0)
		return -1;
	if (options->regex)
		return matching_each(call, call->args[0], kill_one, &deed, err);
	if (dir_check_id(call->args[0], err) < 0)
		return -1;
	return kill_one(call->root, call->args[0], &deed, err);
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
