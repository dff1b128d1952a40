/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The same for every container whose ID matches: --regex of kill and delete.
 * Runs in: host.
 */
#ifndef TARE_CMD_MATCHING_H
#define TARE_CMD_MATCHING_H

struct command_call;
struct err;

/* What is done to container @id; @data is the verb's own. */
typedef int matching_deed(const char *root, const char *id, const void *data, struct err *err);

/*
 * Do @deed to each container below the state root of @call in whose ID the extended regular expression @pattern
 * (regex(7)) is found, in the order of their names.  One that fails does not keep the others; then -1, and @err says of
 * how many, and why the first did.  None that matches is no error.
 */
int matching_each(const struct command_call *call, const char *pattern, matching_deed *deed, const void *data,
		  struct err *err);

#endif
