/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Device nodes for a container in a user namespace, which can make none itself: mounts of single nodes
 * that were made or found outside (DV-06).
 * Runs in: host.
 */
#ifndef TARE_HOST_NODES_H
#define TARE_HOST_NODES_H

#include <stdbool.h>

struct err;
struct plan;
struct plan_device;

/*
 * struct nodes - where nodes are made.
 * @dir:       a detached tmpfs, -1 until the first node
 * @n:         nodes in it
 * @is_refused: we may make none, or this kernel cannot copy a detached mount (before Linux 6.15)
 */
struct nodes {
	int dir;
	unsigned int n;
	bool is_refused;
};

#define NODES_INIT ((struct nodes){ .dir = -1 })

/*
 * A detached mount of a node for @device, owned by the caller: one of its own with mode and owner as asked
 * for where that can be, else the host's own node; a warning names what of it is not as asked.  -1 with @err when the host has no such node either.
 */
int nodes_open(struct nodes *nodes, const struct plan *plan, const struct plan_device *device, struct err *err);

/* Close; mounts that were opened stay.  Accepts NODES_INIT. */
void nodes_close(struct nodes *nodes);

#endif
