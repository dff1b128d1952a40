/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tare run: make a container, run its process, and take the container away again.
 * Runs in: host.
 */
#include "host/create.h"

#include "cmd/command.h"
#include "cmd/request.h"

static const struct options_row rows[] = {
	REQUEST_BUNDLE_ROWS,
	OPTIONS_ROW_FLAG(struct request_options, detach, "detach", 'd',
			 "return once the process runs, do not wait for its end"),
	OPTIONS_ROW_FLAG(struct request_options, keep, "keep", 0, "do not delete the container after its end"),
	REQUEST_CREATE_ROWS,
};

static const struct request_options defaults = { .detach = false };

static int run(const struct command_call *call, struct err *err)
{
	struct create_request request;
	char id[REQUEST_ID_SIZE];
	int status = 0;

	if (request_make(call, true, id, &request, err) < 0)
		return -1;
	if (create_and_run(&request, &status, err) < 0)
		return -1;
	return status;
}

const struct command run_command = {
	.name = "run",
	.summary = "run a container in the foreground, or detached",
	.usage = "ID|BUNDLE",
	.details = "   An argument with a slash in it is the bundle: the container gets an ID made from its name.\n",
	.table = OPTIONS_TABLE(rows),
	.defaults = &defaults,
	.options_size = sizeof(defaults),
	.min = 1,
	.max = 1,
	.run = run,
};
