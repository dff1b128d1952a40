/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tare delete: remove a container.
 * Runs in: host.
 */
#include "host/destroy.h"

#include "base/err.h"
#include "cmd/command.h"
#include "cmd/matching.h"
#include "state/dir.h"

struct delete_options {
	bool force;
	bool regex;
};

static const struct options_row rows[] = {
	OPTIONS_ROW_FLAG(struct delete_options, force, "force", 'f',
			 "kill it first if it runs; an unknown ID is no error"),
	OPTIONS_ROW_FLAG(struct delete_options, regex, "regex", 'r',
			 "remove every container whose ID matches this regular expression"),
};

static const struct delete_options defaults = { .force = false };

static int delete_one(const char *root, const char *id, const void *data, struct err *err)
{
	const struct delete_options *options = data;

	return destroy_container(root, id, options->force, err);
}

static int run(const struct command_call *call, struct err *err)
{
	const struct delete_options *options = call->options;

	if (options->regex)
		return matching_each(call, call->args[0], delete_one, options, err);
	if (dir_check_id(call->args[0], err) < 0)
		return -1;
	return delete_one(call->root, call->args[0], options, err);
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
