/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Device nodes and symbolic links below /dev: the default ones and linux.devices (DV-01..DV-11).
 * Runs in: made in host, read in either.
 */
#ifndef TARE_PLAN_DEVICES_H
#define TARE_PLAN_DEVICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * struct plan_device - a node to make.
 * @type: S_IFCHR, S_IFBLK or S_IFIFO; @mode: permission bits only; @uid, @gid: as the container counts
 * @is_bound: in a user namespace no node can be made (user_namespaces(7)): a node made outside is bound
 * @is_default: one of the nodes every container has; an equal node that exists already is left as it is
 */
struct plan_device {
	uint32_t at;
	const char *path;
	mode_t type, mode;
	unsigned int major, minor;
	uid_t uid;
	gid_t gid;
	bool is_default;
	bool is_bound;
};

/* A symbolic link @path -> @target, made unless something is there; only if @needs exists (NULL: always). */
struct plan_link {
	const char *path, *target, *needs;
};

/*
 * struct plan_devices
 * @populate_dev: false when /dev is a bind mount: then no default node or link is made in it
 */
struct plan_devices {
	struct plan_device *item;
	size_t n;
	struct plan_link *link;
	size_t n_link;
	bool populate_dev;
};

#endif
