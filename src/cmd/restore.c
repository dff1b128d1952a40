/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tare restore: make a container from the images of a checkpoint.
 * Runs in: host.
 */
#include "host/restore.h"

#include "base/err.h"
#include "cmd/command.h"
#include "cmd/criu_options.h"
#include "cmd/request.h"

/* @request comes first: the rows that restore shares with create, and request_make(), take it for the whole. */
struct restore_options {
	struct request_options request;
	struct criu_options criu;
	bool tcp_close;
	const char *lsm_profile, *lsm_mount_context;
};

_Static_assert(offsetof(struct restore_options, request) == 0, "the rows of request.h count from the start");

static const struct options_row rows[] = {
	REQUEST_BUNDLE_ROWS,
	OPTIONS_ROW_FLAG(struct restore_options, request.detach, "detach", 'd',
			 "return once the container runs, do not wait for its end"),
	OPTIONS_ROW_FLAG(struct restore_options, request.keep, "keep", 0, "do not delete the container after its end"),
	REQUEST_CREATE_ROWS,
	CRIU_OPTIONS_ROWS(struct restore_options),
	OPTIONS_ROW_FLAG(struct restore_options, criu.lazy_pages, "lazy-pages", 0,
			 "take the memory from \"criu lazy-pages\" when it is needed"),
	OPTIONS_ROW_FLAG(struct restore_options, tcp_close, "tcp-close", 0, "with all TCP connections closed"),
	OPTIONS_ROW_TEXT(struct restore_options, lsm_profile, "lsm-profile", 0, "TYPE:NAME",
			 "with this profile: apparmor:NAME or selinux:LABEL"),
	OPTIONS_ROW_TEXT(struct restore_options, lsm_mount_context, "lsm-mount-context", 0, "CONTEXT",
			 "with this SELinux context of mounts"),
	/* The images themselves say where their parents are. */
	OPTIONS_ROW_OTHER(OPTIONS_IGNORED_TEXT, "parent-path", 0, "DIR", NULL),
};

static const struct restore_options defaults = { .criu = CRIU_OPTIONS_DEFAULTS };

static int run(const struct command_call *call, struct err *err)
{
	const struct restore_options *options = call->options;
	struct restore_request request = {
		.tcp_close = options->tcp_close,
		.lsm_profile = criu_options_given(options->lsm_profile),
		.lsm_mount_context = criu_options_given(options->lsm_mount_context),
	};
	char id[REQUEST_ID_SIZE];
	int status = 0;

	if (criu_options_read(&options->criu, &request.wishes, err) < 0 ||
	    request_make(call, false, id, &request.create, err) < 0 ||
	    restore_container(&request, &status, err) < 0)
		return -1;
	return status;
}

const struct command restore_command = {
	.name = "restore",
	.summary = "make a container from the images of a checkpoint",
	.usage = "ID",
	.details = "   CRIU, the program \"criu\", does it.  Its log is restore.log in the directory of --work-path.\n",
	.table = OPTIONS_TABLE(rows),
	.defaults = &defaults,
	.options_size = sizeof(defaults),
	.min = 1,
	.max = 1,
	.run = run,
};
