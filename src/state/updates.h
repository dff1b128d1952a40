/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the updates of one container share: a lock that orders them, and the device rules that the last one put
 * in force.  A file of its own, so that updates wait for nothing but each other: create, start and delete hold
 * the directory's lock while hooks run, and a hook may call `update`.
 * Runs in: host.
 */
#ifndef TARE_STATE_UPDATES_H
#define TARE_STATE_UPDATES_H

#include <stdint.h>

struct err;

/* The file's name in the container's directory. */
#define UPDATES_FILE "updates"

/*
 * Open the file in the directory @dirfd, which must be a container's, and wait until no other update is at work,
 * ten seconds at most.  The lock lives as long as the descriptor that is returned.  -1 with @err.
 */
int updates_lock(int dirfd, struct err *err);

/* What stands for the device rules of the last update (device_rules_digest()), 0 when none has changed them. */
int updates_read(int fd, uint64_t *ret_rules, struct err *err);
int updates_write(int fd, uint64_t rules, struct err *err);

#endif
