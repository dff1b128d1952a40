/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The programs inside ours.  The init, as the host side launches it: a program image to execute, or, in a direct
 * build (configure --enable-direct-init), its entry to call in the cloned process.  And in a static build tare-bus.
 * Runs in: host.
 */
#ifndef TARE_IMAGE_H
#define TARE_IMAGE_H

#include <stddef.h>

/*
 * struct init_image
 * @data, @size: a static executable, in read-only pages of the program's file; @size is 0 in a direct build
 * @entry:       init_main() in a direct build, else NULL
 */
struct init_image {
	const void *data;
	size_t size;
	int (*entry)(int plan_fd, int wire_fd);
};

/* Chosen at link time: image_embedded.c or image_direct.c. */
struct init_image init_image_get(void);

/* struct bus_image - the program that talks to systemd (cgroup/systemd_remote.c), in pages like those of the init. */
struct bus_image {
	const void *data;
	size_t size;
};

/* image_bus.c; called by nobody in a build that is not static or without systemd. */
struct bus_image bus_image_get(void);

#endif
