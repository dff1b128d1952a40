/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The probe: a static program that the end-to-end tests run as the payload, as a hook and as a helper
 * on the host.  Its command line is a list of verbs separated by "--"; each prints one JSON record:
 *
 *     {"verb":"open","args":["/x","r"],"value":null,"errno":2,"error":"ENOENT"}
 *
 * A verb returns 0 or a positive errno value, and writes exactly one JSON value under the key "value".
 */
#ifndef TARE_TESTS_PROBE_PROBE_H
#define TARE_TESTS_PROBE_PROBE_H

#include <stdbool.h>

#include "json.h"

/*
 * struct verb
 * @min_args: fewer are a usage error
 * @is_last:  does not come back when it works, so its record is written before it runs
 * @takes_rest: "--" does not end its arguments
 */
struct verb {
	const char *name;
	int min_args;
	bool is_last;
	bool takes_rest;
	int (*run)(struct json *json, char **args, int n_args);
};

#define VALUE "value"

/* The tables end with a row without a name. */
extern const struct verb info_verbs[];
extern const struct verb file_verbs[];
extern const struct verb process_verbs[];

#endif
