/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The root tree, the sources of bind mounts and the nodes of bound devices, opened by init in its own copy of
 * the host's mount namespace: where the host may not copy its mounts (an ordinary user), and where init has
 * the host's rights (no user namespace).
 * Runs in: init, before the change of root.
 */
#ifndef TARE_INIT_SOURCES_H
#define TARE_INIT_SOURCES_H

#include <stdbool.h>
#include <stddef.h>

struct init;
struct plan;
struct err;

/*
 * With plan->init_opens fill init->root and init->node, as the host fills them otherwise, and for every bind
 * mount init->source, or init->tree where the copy cannot wait for its turn; else nothing.  The paths are the
 * host's: nothing of the container is attached yet, and no path is looked up again.
 */
int sources_open(struct init *init, struct err *err);

/*
 * The turn of bind mount @i has come: make init->tree[i].  Mounts have their numbers, and mountinfo its order
 * (Linux 6.8), from when they are made, so that the order is config.json's; a tree that is there already is
 * replaced by a copy where the kernel allows it: one that init made, Linux 6.15.
 */
int sources_copy(struct init *init, size_t i, struct err *err);

/* True unless no mount of @plan, nor one that a bind brings along, can be shared (mount_namespaces(7)). */
bool sources_may_share(const struct plan *plan);

#endif
