/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The options that checkpoint and restore share, and what becomes of them.
 * Runs in: host.
 */
#ifndef TARE_CMD_CRIU_OPTIONS_H
#define TARE_CMD_CRIU_OPTIONS_H

#include <stdbool.h>

#include "cmd/options.h"

struct criu_wishes;
struct err;

/* struct criu_options - what checkpoint and restore are both asked for on the command line; a path NULL: not given. */
struct criu_options {
	const char *image_path, *work_path;
	bool tcp_established, ext_unix_sk, shell_job, file_locks, auto_dedup, lazy_pages;
	int cgroups, network_lock;
	struct options_list empty_ns;
};

/* CRIU_CGROUPS_SOFT, CRIU_LOCK_...: as host/criu_message.h has them. */
#define CRIU_OPTIONS_DEFAULTS { .cgroups = CRIU_CGROUPS_SOFT }

/* Words of --manage-cgroups-mode and of --network-lock. */
extern const struct options_word criu_cgroups_words[];
extern const struct options_word criu_network_lock_words[];

/* Rows of a verb whose struct @type has them as its member `criu`. */
#define CRIU_OPTIONS_ROWS(type)                                                                     \
	OPTIONS_ROW_TEXT(type, criu.image_path, "image-path", 0, "DIR",                             \
			 "directory of the images (./checkpoint)"),                                 \
	OPTIONS_ROW_TEXT(type, criu.work_path, "work-path", 0, "DIR",                               \
			 "directory of CRIU's log and statistics (that of the images)"),            \
	OPTIONS_ROW_FLAG(type, criu.tcp_established, "tcp-established", 0, "with open TCP connections"), \
	OPTIONS_ROW_FLAG(type, criu.ext_unix_sk, "ext-unix-sk", 0,                                  \
			 "with unix sockets whose other end is outside"),                           \
	OPTIONS_ROW_FLAG(type, criu.shell_job, "shell-job", 0,                                      \
			 "with a session or terminal that began outside"),                          \
	OPTIONS_ROW_FLAG(type, criu.file_locks, "file-locks", 0, "with file locks"),                \
	OPTIONS_ROW_WORD(type, criu.cgroups, "manage-cgroups-mode", 0, criu_cgroups_words, "MODE",  \
			 "soft, full, strict or ignore (soft)"),                                    \
	OPTIONS_ROW_LIST(type, criu.empty_ns, "empty-ns", 0, "TYPE",                                \
			 "a namespace without what is in it: network"),                             \
	OPTIONS_ROW_FLAG(type, criu.auto_dedup, "auto-dedup", 0, "drop pages from images once they are not needed"), \
	OPTIONS_ROW_WORD(type, criu.network_lock, "network-lock", 0, criu_network_lock_words, "HOW", \
			 "iptables, nftables or skip")

/* @text, or NULL for an empty one: Go programs write an option that is not meant so. */
const char *criu_options_given(const char *text);

/* Judge @options.  -1 with @err naming the one at fault. */
int criu_options_read(const struct criu_options *options, struct criu_wishes *ret, struct err *err);

#endif
