/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tare plan: print what create would do, and do nothing.
 * Runs in: host.
 */
#include "host/create.h"

#include "cmd/command.h"
#include "cmd/request.h"

static const struct options_row rows[] = { REQUEST_BUNDLE_ROWS, REQUEST_CREATE_ROWS };

/* The ID of the container that is not made, so that the same input always prints the same plan. */
static const char no_id[] = "ID";

/* As run would, so that a terminal needs no socket. */
static const struct request_options defaults = { .detach = false };

static int run(const struct command_call *call, struct err *err)
{
	struct create_request request;
	char id[REQUEST_ID_SIZE];

	if (request_make(call, true, id, &request, err) < 0)
		return -1;
	if (request.options.id == id)
		request.options.id = no_id;
	return create_print_plan(&request, err);
}

const struct command plan_command = {
	.name = "plan",
	.summary = "print what create would do, and do nothing",
	.usage = "[ID|BUNDLE]",
	.table = OPTIONS_TABLE(rows),
	.defaults = &defaults,
	.options_size = sizeof(defaults),
	.min = 0,
	.max = 1,
	.run = run,
};
