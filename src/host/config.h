/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config.json of a bundle: read once, kept with its text so that errors of any later step can be
 * shown at their line.
 * Runs in: host.
 */
#ifndef TARE_HOST_CONFIG_H
#define TARE_HOST_CONFIG_H

#include "libocispec/arena.h"
#include "libocispec/source.h"

struct err;
struct oci_config;
struct oci_list;
struct oci_process;
struct plan_warning;

/*
 * struct config - a loaded document.
 * @bundle: absolute, links resolved, without a trailing slash
 * @source: name (as errors show it) and text
 * @config: lives in @arena like everything else
 */
struct config {
	struct arena arena;
	const char *bundle;
	struct oci_source source;
	struct oci_config *config;
};

#define CONFIG_INIT ((struct config){ .arena = ARENA_INIT })

/*
 * Read @file, or config.json of @bundle when it is NULL; both relative to the working directory.
 * -1 with @err placed.
 */
int config_load(struct config *config, const char *bundle, const char *file, struct err *err);

/*
 * The document of `exec --process`: read @file, relative to the working directory, as one process object, which
 * lives in config->arena.  There is no bundle and no config->config then.  -1 with @err placed.
 */
int config_load_process(struct config *config, const char *file, struct oci_process **ret_process, struct err *err);

/*
 * Read @file whole, of whatever kind it is, or standard input when it is "-", into config->source: an argument of a
 * command line, so at most a megabyte.
 */
int config_read_argument(struct config *config, const char *file, struct err *err);

/* The document of `mounts`: read @file as config_read_argument() does, as a list of struct oci_mount.  -1 with @err placed. */
int config_load_mounts(struct config *config, const char *file, struct oci_list *ret_mounts, struct err *err);

/* Show the list @warning of the plan made from @config, if warnings are asked for; they never change the flow. */
void config_warn(const struct config *config, const struct plan_warning *warning);

/*
 * Fill in @err what a person needs to find its place: file, line, column, the line itself with a
 * caret, and the value's path in front of the text.  Nothing happens without a place, or twice.
 */
void config_locate(const struct config *config, struct err *err);

/* Free everything; accepts CONFIG_INIT. */
void config_close(struct config *config);

#define auto_config __attribute__((cleanup(config_close)))

#endif
