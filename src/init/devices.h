/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Device nodes and the symbolic links of /dev.
 * Runs in: init.
 */
#ifndef TARE_INIT_DEVICES_H
#define TARE_INIT_DEVICES_H

struct init;
struct err;

/*
 * Make the plan's device nodes and links below init->root.  A node that exists already must be the
 * same device (DV-02); a link is left out when something has its name.
 */
int devices_make(struct init *init, struct err *err);

#endif
