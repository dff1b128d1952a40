/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tare create: make a container that waits for start.
 * Runs in: host.
 */
#include "host/create.h"

#include "cmd/command.h"
#include "cmd/request.h"

static const struct options_row rows[] = { REQUEST_BUNDLE_ROWS, REQUEST_CREATE_ROWS };

/* Nobody of ours waits for the container. */
static const struct request_options defaults = { .detach = true };

static int run(const struct command_call *call, struct err *err)
{
	struct create_request request;
	char id[REQUEST_ID_SIZE];

	if (request_make(call, false, id, &request, err) < 0)
		return -1;
	return create_container(&request, err);
}

const struct command create_command = {
	.name = "create",
	.summary = "make a container that waits for \"tare start\"",
	.usage = "ID",
	.table = OPTIONS_TABLE(rows),
	.defaults = &defaults,
	.options_size = sizeof(defaults),
	.min = 1,
	.max = 1,
	.run = run,
};
