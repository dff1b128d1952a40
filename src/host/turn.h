/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waiting until no other command is at work on a container, with an end to it: the other one may be in a hook that
 * takes its time, or for ever.  `delete --force` does not wait; see evict.h.
 * Runs in: host.
 */
#ifndef TARE_HOST_TURN_H
#define TARE_HOST_TURN_H

struct err;
struct state_dir;

/*
 * Get the exclusive lock on @dir, which is open without one, within ten seconds.  0; 1 without the lock and without
 * waiting when the other command is a create, for what it makes is no container yet; -1 with @err, which names the
 * process that has the lock.  err->code is ENOENT when the container vanished meanwhile.
 */
int turn_await(struct state_dir *dir, struct err *err);

/* @err says that others have the lock on @dir still; @reason: what they did or what was done to them.  Returns -1. */
int turn_refuse(const struct state_dir *dir, const char *reason, struct err *err);

#endif
