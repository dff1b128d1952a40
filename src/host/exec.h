/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `exec`: one more process in a container that is there already.  steps.c is to create what exec.c is to this;
 * the process's own side is the second table of init/steps.c.
 * Runs in: host.
 */
#ifndef TARE_HOST_EXEC_H
#define TARE_HOST_EXEC_H

#include <stdbool.h>

#include "host/inherit.h"
#include "plan/options.h"

struct err;

/*
 * struct exec_request - what the command line asks for.
 * @root, @id:    the container
 * @process_file: a document with the whole process object, or NULL
 * @changes:      without it: what is different from the container's own process
 * @options:      the part that the plan sees
 * @pid_file, @console_socket, @pidfd_socket: paths as given, or NULL
 * @cgroups:      places below the container's cgroup, see cgroup_descend()
 * @timeout:      seconds after which the process and all that it started are killed; 0: never; not with detach
 * @wait_fifo:    FIFO at which the process is held when it is ready, or NULL
 * @ignore_paused: add the process even to a paused container; it then waits for the thaw
 */
struct exec_request {
	const char *root;
	const char *id;
	const char *process_file;
	struct inherit_changes changes;
	struct plan_options options;
	const char *pid_file;
	const char *console_socket;
	const char *pidfd_socket;
	struct inherit_words cgroups;
	unsigned int timeout;
	const char *wait_fifo;
	bool ignore_paused;
};

/* The exit code of a process that @timeout ended, as timeout(1) has it. */
enum { EXEC_TIMED_OUT = 124 };

/*
 * Start the process.  With options.detach returns 0 once it was executed; else waits for it, forwards
 * signals, copies its terminal, and sets *@ret_status to its exit code, 128+N for signal N,
 * EXEC_TIMED_OUT.  -1 with @err
 * filled and nothing left when it could not be executed.
 */
int exec_process(const struct exec_request *request, int *ret_status, struct err *err);

#endif
