/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where hooks print to: the files of run.oci.hooks.stdout and run.oci.hooks.stderr, by crun's names.  They are the
 * host's, whichever hook it is.
 * Runs in: host.
 */
#ifndef TARE_HOST_HOOKOUTPUT_H
#define TARE_HOST_HOOKOUTPUT_H

#include <stdbool.h>

struct err;
struct oci_map;

/*
 * struct hook_output
 * @fd: for standard output and standard error, owned; 0 where nothing is said and the hook's words are kept for
 *      the error alone (struct spawn's @output)
 */
struct hook_output {
	int fd[2];
};

#define HOOK_OUTPUT_INIT ((struct hook_output){ { 0, 0 } })

/* Output that is closed with its scope. */
#define auto_hook_output __attribute__((cleanup(hook_output_close)))

/*
 * Open what @annotations name, to be appended to: a file, made if it is missing (mode 0600), a FIFO that somebody
 * reads, or a device; /dev/stdout and /dev/stderr are our own.  A symbolic link in the last place, or a file with
 * a second name, is refused: a container that can write to the directory may have put it there.
 * @has_places: of config.json, so that an error names the place; otherwise of a state record.
 * Returns 0, or -1 with @err and nothing left open.
 */
int hook_output_open(struct hook_output *output, const struct oci_map *annotations, bool has_places, struct err *err);

void hook_output_close(struct hook_output *output);

#endif
