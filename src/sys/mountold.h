/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mount_setattr(2) by mount(2), for kernels before 5.12 and where a filter does not know the newer call.
 * Private to mountfd.c, which is what everybody else calls.
 * Both need a mount that is attached, where the newer call also takes a detached one: -1 with errno
 * ENOSYS then, and for what mount(2) cannot do at all (attributes of a whole tree).
 * Runs in: either.
 */
#ifndef TARE_SYS_MOUNTOLD_H
#define TARE_SYS_MOUNTOLD_H

#include <stdbool.h>
#include <stdint.h>

/* MOUNT_ATTR_* @set and @clear of the mount behind @fd; the others stay as they are. */
int mountold_setattr(int fd, bool recursive, uint64_t set, uint64_t clear);

/* Propagation @type (one MS_*) of the mount behind @fd, of all below it too if @recursive. */
int mountold_propagate(int fd, bool recursive, unsigned long type);

#endif
