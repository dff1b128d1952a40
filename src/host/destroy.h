/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `delete`, and what a failed create leaves to be undone: end the processes, remove the cgroup and the
 * state, run poststop hooks.  Works from the record alone, can be repeated, and copes with a record
 * that is missing or was cut short (spec: runtime.md, delete; LC-07, LC-08).
 * Runs in: host.
 */
#ifndef TARE_HOST_DESTROY_H
#define TARE_HOST_DESTROY_H

#include <stdbool.h>

struct err;

struct cgroup;
struct record;
struct state_dir;

/*
 * Remove container @id below state root @root.  A stopped or merely created one is removed (the latter
 * is killed first); a running or paused one only with @force, else it is left as it is.
 * With @force another command that is at work on it is ended (evict.h) and a poststop hook without a timeout gets
 * a minute, so that it always ends in bounded time; without it waits for the other command.
 * An unknown @id is an error whose text holds "does not exist", and success with @force.
 * Failing poststop hooks are only warned about.  Returns 0, or -1 with @err filled: a second call then
 * goes on where this one stopped.
 */
int destroy_container(const char *root, const char *id, bool force, struct err *err);

/*
 * The same for a caller that holds the exclusive lock on @dir and knows what was made: end every process,
 * remove the cgroup, run @record's poststop hooks if @run_hooks, remove the directory (closing @dir).
 * @pidfd is the first process's, or negative when there is none.
 */
int destroy_made(struct state_dir *dir, const struct record *record, struct cgroup *cgroup, int pidfd,
		 bool run_hooks, struct err *err);

#endif
