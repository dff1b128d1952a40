/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `update`: new limits for a container that exists.
 * Runs in: host.
 */
#ifndef TARE_HOST_UPDATE_H
#define TARE_HOST_UPDATE_H

#include <stddef.h>

struct err;

/* struct update_name - what a property of the document, "memory.limit", is called on the command line. */
struct update_name {
	const char *path;
	const char *name;
};

/*
 * struct update_request - what is to change.
 * @file:  a document that is one linux.resources object; "-" is standard input; NULL: @text is
 * @text:  such a document, made from options
 * @names: how messages about @text call its properties, up to an entry without a path
 * @l3, @mb: lines for schemata of the container's resctrl group, "L3:..." and "MB:..."; NULL: none
 */
struct update_request {
	const char *file;
	const char *text;
	const struct update_name *names;
	const char *l3;
	const char *mb;
};

/*
 * Change what @request names, and nothing else, of container @id below @root, which has to be created, running
 * or paused.  -1 with @err, placed in the document or naming the option; everything is as before then.
 */
int update_container(const char *root, const char *id, const struct update_request *request, struct err *err);

#endif
