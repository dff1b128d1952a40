/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `checkpoint`: have CRIU save a running container into a directory of images, from which `restore` makes it again.
 * Runs in: host.
 */
#ifndef TARE_HOST_CHECKPOINT_H
#define TARE_HOST_CHECKPOINT_H

#include <stdbool.h>

#include "host/criu_images.h"

struct err;

/*
 * struct checkpoint_request - what the command line asks for; members are called as the options are.
 * @root, @id:     the container
 * @parent_path:   images of an earlier pre-dump, relative to those now to be made, or NULL
 * @page_server:   "ADDRESS:PORT" of a page server that gets the pages, or NULL
 * @status_fd:     descriptor that is told (one byte, then closed) that pages can be asked for, -1: none
 * @pre_dump:      save the memory only, ahead of the checkpoint; the container goes on
 */
struct checkpoint_request {
	const char *root, *id;
	struct criu_wishes wishes;
	const char *parent_path;
	const char *page_server;
	int status_fd;
	bool leave_running, pre_dump, link_remap, tcp_skip_in_flight;
};

/*
 * Save the container, which must be running or paused.  Unless it is left running (@leave_running, @pre_dump) it ends
 * with that, and is deleted.  -1 with @err, which quotes CRIU's log; the container then goes on.
 */
int checkpoint_container(const struct checkpoint_request *request, struct err *err);

#endif
