/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finding a device node that exists, by its numbers.
 * Runs in: either; in init only before the container's root is there, on paths of the host.
 */
#ifndef TARE_SYS_DEVNODE_H
#define TARE_SYS_DEVNODE_H

#include <sys/types.h>

/*
 * An O_PATH descriptor of the node of type @type (S_IFCHR or S_IFBLK) with these numbers: at @path, else
 * where udev(7) lists all nodes by number.  -1 when neither is that device.
 */
int devnode_open(const char *path, mode_t type, unsigned int major, unsigned int minor);

#endif
