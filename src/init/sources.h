/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The root tree, the sources of bind mounts and the nodes of bound devices, where the host may not copy its
 * mounts (an ordinary user): init opens them in its own copy of the mount namespace.
 * Runs in: init, before the change of root.
 */
#ifndef TARE_INIT_SOURCES_H
#define TARE_INIT_SOURCES_H

struct init;
struct err;

/*
 * With plan->init_opens fill init->root, init->tree and init->node, as the host fills them otherwise; else
 * nothing.  The paths are the host's: nothing of the container is attached yet.
 */
int sources_open(struct init *init, struct err *err);

#endif
