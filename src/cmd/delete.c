/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tare delete: remove a container.
 * Runs in: host.
 */
#include "host/destroy.h"

#include "base/err.h"
#include "cmd/command.h"
#include "state/dir.h"

struct delete_options {
	bool force;
};

static const struct options_row rows[] = {
	OPTIONS_ROW_FLAG(struct delete_options, force, "force", 'f',
			 "kill it first if it runs; an unknown ID is no error"),
	OPTIONS_ROW_OTHER(OPTIONS_REFUSED_FLAG, "regex", 'r', NULL, NULL),
};

static const struct delete_options defaults = { .force = false };

static int run(const struct command_call *call, struct err *err)
{
	const struct delete_options *options = call->options;

	if (dir_check_id(call->args[0], err) < 0)
		return -1;
	return destroy_container(call->root, call->args[0], options->force, err);
}

const struct command delete_command = {
	.name = "delete",
	.summary = "remove a container that is stopped, or was never started",
	.usage = "ID",
	.table = OPTIONS_TABLE(rows),
	.defaults = &defaults,
	.options_size = sizeof(defaults),
	.min = 1,
	.max = 1,
	.run = run,
};
