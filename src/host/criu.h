/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Conversations with CRIU, the program that saves and restores processes (criu(8)).  For each request it is started as
 * "criu swrk FD", with one end of a socket as its descriptor FD; it answers, tells on the way what it has reached and
 * waits each time for our word, and ends.  Source: https://criu.org/RPC
 * Not here: the messages (criu_message.h), and what is asked (checkpoint.h, restore.h).
 * Runs in: host; a prepare function in the child that becomes CRIU.
 */
#ifndef TARE_HOST_CRIU_H
#define TARE_HOST_CRIU_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "host/criu_message.h"

struct err;

/* struct criu - the program, and its version as 10000 * major + 100 * minor + sublevel. */
struct criu {
	char path[PATH_MAX];
	int version;
};

/* The oldest version that is used, and the oldest with --lsm-profile and --lsm-mount-context: 3.15, 3.16. */
enum { CRIU_OLDEST = 31500, CRIU_HAS_LSM = 31600 };

/* Look for "criu" in PATH.  False when there is none that we may execute; its path, if @path is not NULL, into that. */
bool criu_find(char *path, size_t size);

/* Find it and ask for its version.  -1 with @err when there is none, or one older than CRIU_OLDEST. */
int criu_open(struct criu *criu, struct err *err);

/* Does it have all that is 1 in @wanted, with this kernel?  -1 with @err naming what it lacks. */
int criu_check_features(const struct criu *criu, const struct criu_features *wanted, struct err *err);

/* Descriptors of CRIU: 0 to 2, then the socket, then those of struct criu_call. */
enum { CRIU_SOCKET = 3, CRIU_FIRST_FD = 4 };

/*
 * struct criu_call - one request.
 * @request: what is asked; its opts may be completed by @begin
 * @fds:     @n_fds descriptors that CRIU has as CRIU_FIRST_FD and up
 * @has_stdio: it has our descriptors 0 to 2, for what it restores; else the null device
 * @prepare: called in the child, ahead of the execve; may be NULL, as the next two.  *@ret_fd, -1 before, may become a
 *           descriptor for @begin
 * @begin:   CRIU runs as process @pid, and has been told nothing yet.  *@fd, -1 without one, is closed unless it is moved
 *           away
 * @notify:  a stage was reached.  *@fd is a descriptor that came along, which is closed unless it is moved away; -1: none
 *           did.  After -1 CRIU gives up, and the call fails with what @err says
 * @data:    for the three
 */
struct criu_call {
	const struct criu_req *request;
	const int *fds;
	size_t n_fds;
	bool has_stdio;
	int (*prepare)(void *data, int *ret_fd, struct err *err);
	int (*begin)(void *data, pid_t pid, int *fd, struct err *err);
	int (*notify)(void *data, const struct criu_notify *notify, int *fd, struct err *err);
	void *data;
};

/* Ask, and wait for the answer and for CRIU's end.  -1 with @err when it did not do it. */
int criu_call(const struct criu *criu, const struct criu_call *call, struct criu_resp *ret, struct err *err);

#endif
