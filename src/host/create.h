/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a bundle to a container that waits for `start` (create) or whose payload runs (run).
 * Runs in: host.
 */
#ifndef TARE_HOST_CREATE_H
#define TARE_HOST_CREATE_H

#include <stdbool.h>

#include "plan/options.h"

struct arena;
struct console;
struct creation;
struct err;
struct hook_output;
struct notify;
struct record;
struct supervise;

/*
 * struct create_request - what the command line asks for.
 * @root:           absolute path of the state directory's parent ("/run/tare")
 * @bundle:         the bundle as given; relative to the caller's working directory
 * @config:         --config FILE, or NULL for <bundle>/config.json
 * @options:        the part that the plan sees
 * @pid_file, @console_socket, @pidfd_socket: paths as given, or NULL
 * @keep:           run --keep: leave state behind after the exit
 */
struct create_request {
	const char *root;
	const char *bundle;
	const char *config;
	struct plan_options options;
	const char *pid_file;
	const char *console_socket;
	const char *pidfd_socket;
	bool keep;
};

/*
 * Make the container and leave it waiting for `start`.  Returns 0, or -1 with @err filled and no trace
 * left (spec: runtime.md, create).
 */
int create_container(const struct create_request *request, struct err *err);

/*
 * Make the container and run its payload.  With options.detach returns 0 once it was executed; else
 * waits, forwards signals, copies the terminal, deletes the container (unless @keep) and sets
 * *@ret_status to the exit code, 128+N for signal N.  -1 with @err filled when it could not be run.
 */
int create_and_run(const struct create_request *request, int *ret_status, struct err *err);

/* Run the poststart hooks of @record, whose payload was just executed, printing to @output; for `run` and `start`. */
int create_run_poststart(struct arena *arena, const struct record *record, const struct hook_output *output,
			 struct err *err);

/*
 * The rest of create_and_run() once the payload runs, for `restore` as well: with options.detach return as soon as
 * @notify allows it, else attend to the payload until its end, with @console if that is open, and delete the container.
 * Nothing of the container is undone any more when -1 is returned.
 */
int create_attend(struct creation *creation, struct supervise *supervise, struct console *console, struct notify *notify,
		  int *ret_status, struct err *err);

/* Print the plan of the bundle on standard output and do nothing else. */
int create_print_plan(const struct create_request *request, struct err *err);

#endif
