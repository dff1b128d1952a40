/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The options that create, run and plan share, and what becomes of them: a request to host/create.h.
 * Runs in: host.
 */
#ifndef TARE_CMD_REQUEST_H
#define TARE_CMD_REQUEST_H

#include <stdbool.h>

#include "cmd/options.h"

struct command_call;
struct create_request;
struct err;
struct plan_options;

/* struct request_options - what create, run and plan are asked for on the command line; NULL: not given. */
struct request_options {
	const char *bundle;
	const char *config;
	const char *console_socket;
	const char *pidfd_socket;
	const char *pid_file;
	unsigned int preserve_fds;
	bool no_pivot;
	bool no_new_keyring;
	bool detach;
	bool keep;
};

/* Rows of all three verbs. */
#define REQUEST_BUNDLE_ROWS                                                                         \
	OPTIONS_ROW_TEXT(struct request_options, bundle, "bundle", 'b', "DIR",                      \
			 "directory of config.json and root file system (.)"),                      \
	OPTIONS_ROW_TEXT(struct request_options, config, "config", 'f', "FILE",                     \
			 "read this instead of the bundle's config.json")

/* Rows of create and run. */
#define REQUEST_CREATE_ROWS                                                                         \
	OPTIONS_ROW_TEXT(struct request_options, console_socket, "console-socket", 0, "PATH",       \
			 "send the container's terminal to this socket"),                           \
	OPTIONS_ROW_TEXT(struct request_options, pid_file, "pid-file", 0, "PATH",                   \
			 "write the pid of the container's process to this file"),                  \
	OPTIONS_ROW_FLAG(struct request_options, no_pivot, "no-pivot", 0,                           \
			 "move the root instead of pivoting, for hosts on a ramdisk"),              \
	OPTIONS_ROW_FLAG(struct request_options, no_new_keyring, "no-new-keyring", 0,               \
			 "stay in the caller's session keyring"),                                   \
	OPTIONS_ROW_NUMBER(struct request_options, preserve_fds, "preserve-fds", 0, "N",            \
			   "hand descriptors 3 to 2+N on to the container"),                        \
	OPTIONS_ROW_TEXT(struct request_options, pidfd_socket, "pidfd-socket", 0, "PATH",           \
			 "send a pidfd of the container's process to this socket"),                 \
	OPTIONS_ROW_OTHER(OPTIONS_IGNORED_FLAG, "no-subreaper", 0, NULL, NULL)

/* An ID made from a bundle's name fits in this, with its NUL. */
#define REQUEST_ID_SIZE 64

/*
 * Fill @ret from @call, whose options are struct request_options.  The only argument is an ID.  With
 * @may_make_id it may be missing, or hold a slash, as no ID does: then it is the bundle, and an ID is made
 * up for it in @id.  Marks inherited descriptors that are not to be preserved close-on-exec.
 */
int request_make(const struct command_call *call, bool may_make_id, char id[REQUEST_ID_SIZE],
		 struct create_request *ret, struct err *err);

/*
 * Which descriptors reach the payload: --preserve-fds @preserve_fds, and the sockets that were handed to us for it.
 */
int request_find_descriptors(unsigned int preserve_fds, struct plan_options *ret, struct err *err);

/*
 * An ID for a container of the bundle at @path: its base name, what no ID may hold replaced, and eight
 * random characters.
 */
int request_make_id(const char *path, char id[REQUEST_ID_SIZE], struct err *err);

#endif
