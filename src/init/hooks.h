/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hooks that run in the container's namespaces (HK-03, HK-04).
 * Runs in: init.
 */
#ifndef TARE_INIT_HOOKS_H
#define TARE_INIT_HOOKS_H

struct init;
struct err;

/* createContainer: before the change of root, so their paths are the host's. */
int hooks_create_container(struct init *init, struct err *err);

/* startContainer: after `start`, inside the container, with the payload's rights only. */
int hooks_start_container(struct init *init, struct err *err);

#endif
