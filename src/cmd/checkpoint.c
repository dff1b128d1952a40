/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tare checkpoint: have CRIU save a running container.
 * Runs in: host.
 */
#include "host/checkpoint.h"

#include <limits.h>

#include "base/err.h"
#include "cmd/command.h"
#include "cmd/criu_options.h"
#include "state/dir.h"

struct checkpoint_options {
	struct criu_options criu;
	const char *parent_path, *page_server;
	unsigned int status_fd;
	bool leave_running, pre_dump, link_remap, tcp_skip_in_flight;
};

/* No descriptor has this number. */
#define NO_STATUS_FD ((unsigned int)INT_MAX)

static const struct options_row rows[] = {
	CRIU_OPTIONS_ROWS(struct checkpoint_options),
	OPTIONS_ROW_FLAG(struct checkpoint_options, leave_running, "leave-running", 0,
			 "let the container go on, instead of ending and deleting it"),
	OPTIONS_ROW_FLAG(struct checkpoint_options, pre_dump, "pre-dump", 0,
			 "save the memory only, ahead of the checkpoint; the container goes on"),
	OPTIONS_ROW_TEXT(struct checkpoint_options, parent_path, "parent-path", 0, "DIR",
			 "images of the last pre-dump, relative to these: only what changed is saved"),
	OPTIONS_ROW_TEXT(struct checkpoint_options, page_server, "page-server", 0, "ADDRESS:PORT",
			 "send the memory to a page server"),
	OPTIONS_ROW_FLAG(struct checkpoint_options, criu.lazy_pages, "lazy-pages", 0,
			 "keep the memory and hand it over when it is asked for"),
	OPTIONS_ROW_NUMBER(struct checkpoint_options, status_fd, "status-fd", 0, "N",
			   "write a zero byte to descriptor N once it can be asked for"),
	OPTIONS_ROW_FLAG(struct checkpoint_options, tcp_skip_in_flight, "tcp-skip-in-flight", 0,
			 "leave out TCP connections that are being made"),
	OPTIONS_ROW_FLAG(struct checkpoint_options, link_remap, "link-remap", 0,
			 "with deleted files that are still open, by links to them"),
};

static const struct checkpoint_options defaults = { .criu = CRIU_OPTIONS_DEFAULTS, .status_fd = NO_STATUS_FD };

static int run(const struct command_call *call, struct err *err)
{
	const struct checkpoint_options *options = call->options;
	struct checkpoint_request request = {
		.root = call->root,
		.id = call->args[0],
		.parent_path = criu_options_given(options->parent_path),
		.page_server = criu_options_given(options->page_server),
		.status_fd = options->status_fd == NO_STATUS_FD ? -1 : (int)options->status_fd,
		.leave_running = options->leave_running,
		.pre_dump = options->pre_dump,
		.link_remap = options->link_remap,
		.tcp_skip_in_flight = options->tcp_skip_in_flight,
	};

	if (dir_check_id(request.id, err) < 0 || criu_options_read(&options->criu, &request.wishes, err) < 0)
		return -1;
	return checkpoint_container(&request, err);
}

const struct command checkpoint_command = {
	.name = "checkpoint",
	.summary = "save a running container into images",
	.usage = "ID",
	.details = "   CRIU, the program \"criu\", does it.  Its log is dump.log in the directory of --work-path.\n",
	.table = OPTIONS_TABLE(rows),
	.defaults = &defaults,
	.options_size = sizeof(defaults),
	.min = 1,
	.max = 1,
	.run = run,
};
