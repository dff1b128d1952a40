/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Run one program to its end: fed from memory, its output kept, bounded in time.  What a hook needs,
 * on the host's side as well as in the container; no heap.
 * Not here: what a hook is (host/hooks.c, init/hooks.c).
 * Runs in: either.
 */
#ifndef TARE_SYS_SPAWN_H
#define TARE_SYS_SPAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

/* As much of the program's output as is kept: its beginning. */
#define SPAWN_OUTPUT 512

/* No limit in time. */
#define SPAWN_FOREVER INT64_C(0)

/*
 * struct spawn - what to run.
 * @path:  for execve(2), not searched; @args and @env are NULL-terminated and exact
 * @input: @n_input pieces for its standard input, then end of file; it need not read them
 * @timeout: seconds until its whole process group is killed, or SPAWN_FOREVER
 * @watch:   positive: a descriptor; once it is readable the group is killed likewise.  A pidfd, of a process that
 *           the program runs for
 * @output:  for standard output and standard error: a descriptor that the program gets for it, or 0: what it prints
 *           there is kept in the result
 * @copies:  the program is not to hold @output's: all that it prints is kept, and appended to them by us, as far as
 *           they take it at once
 * @prepare: called in the child last before execve, may be NULL; a negative result (errno set) ends it
 */
struct spawn {
	const char *path;
	const char *const *args, *const *env;
	const struct iovec *input;
	size_t n_input;
	int64_t timeout;
	int watch;
	int output[2];
	bool copies;
	int (*prepare)(void *data);
	void *data;
};

/* How it ended. */
enum spawn_end {
	SPAWN_EXITED,	/* @code is the exit status */
	SPAWN_KILLED,	/* @code is the signal */
	SPAWN_TIMED_OUT,
	SPAWN_IN_VAIN,	/* @watch became readable */
	SPAWN_NOT_RUN,	/* @code is the errno of execve(2) or @prepare */
};

/* struct spawn_result - @output: the first SPAWN_OUTPUT bytes of what it printed, ended with a NUL. */
struct spawn_result {
	enum spawn_end end;
	int code;
	char output[SPAWN_OUTPUT + 1];
};

/*
 * Run @spawn in a session of its own, with default signals, nothing blocked, and no descriptor but
 * 0-2; it is killed if we die.  What it prints goes into @ret_result->output, whose trailing newline is cut, but for
 * @spawn->output.  Returns
 * 0 when there is a result, -1 with errno set when it could not even be tried.  Processes that it
 * leaves behind live on unless it timed out or was in vain.  SIGPIPE must be ignored by the caller, SIGCHLD not.
 */
int spawn_run(const struct spawn *spawn, struct spawn_result *ret_result);

/*
 * Say in @text what became of a program that did not succeed: "exited with status 3: <output>".
 * True, with @text empty, when it exited with 0.
 */
bool spawn_succeeded(const struct spawn_result *result, char *text, size_t size);

#endif
