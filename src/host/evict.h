/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `delete --force` of a container that another command is at work on and may be for ever: a hook of a create or
 * start that does not end, a file system that does not answer (I14, I18).  The lock is the other command's, so:
 *
 *   1. kill what the record names: the first process, by its pidfd, and all of the cgroup.  Whoever waits for that
 *      process sees it end (its channel, its FIFO, or its pidfd while a hook runs), undoes what it made, and leaves.
 *   2. wait for the lock, a moment only: what the other command does then need not end either (a poststop hook).
 *   3. kill its process, which is known as the holder of the lock.  Killed at any instant it leaves a record that
 *      says how to unmake all there is; its first process and its hooks end with it, for they asked the kernel to.
 *
 * Whatever became of the other command, the caller then holds the lock and deletes as ever.
 * Runs in: host.
 */
#ifndef TARE_HOST_EVICT_H
#define TARE_HOST_EVICT_H

struct err;
struct state_dir;

/*
 * Get the exclusive lock on @dir, which is open without one, in bounded time.  Returns 0, or -1 with @err: its code
 * is ENOENT when the container has vanished, which is what a caller of `delete --force` wants.
 */
int evict_others(struct state_dir *dir, struct err *err);

#endif
