/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is the container's first process alive, and is it still the same one?  PIDs are used again, so
 * a PID alone says nothing: boot id and start time (or the pidfd's inode) must match too. Runs
 * in: host.
 */
#ifndef TARE_STATE_LIVENESS_H
#define TARE_STATE_LIVENESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "state/record.h"

struct cgroup;
struct err;
struct state_dir;

/* As `state` prints them (cli-contract.md 2.4). */
enum liveness_status {
	STATUS_CREATING,
	STATUS_CREATED,
	STATUS_RUNNING,
	STATUS_PAUSED,
	STATUS_STOPPED,
};

/* "creating", "created", "running", "paused", "stopped". */
const char *liveness_word(enum liveness_status status);

/* Room for a boot id with NUL. */
enum { LIVENESS_BOOT_ID_SIZE = 38 };

/* This boot's id.  Returns 0, or -1 with @err. */
int liveness_boot_id(char buf[LIVENESS_BOOT_ID_SIZE], struct err *err);

/*
 * Fill @init for process @pid, whose pidfd is @pidfd: start time, boot id (kept in @boot_id_buf),
 * inode. Call it while the process cannot have been reaped: by its parent.
 */
int liveness_identify(struct record_init *init, pid_t pid, int pidfd,
		      char boot_id_buf[LIVENESS_BOOT_ID_SIZE], struct err *err);

/*
 * Has it ended, or is it about to, and was it called @name to the last?  So a process that execve would have called
 * otherwise is known to have been killed before.  False also when it was reaped already and nobody can tell.
 */
bool liveness_ended_as(const struct record_init *init, const char *name);

/*
 * A pidfd of the container's first process, CLOEXEC; LIVENESS_GONE when it ended (a zombie has
 * ended) or never existed; -1 with @err when that could not be found out.
 */
enum { LIVENESS_GONE = -2 };
int liveness_open(const struct record *record, struct err *err);

/*
 * The container's status.  @cg from cgroup_find() on the record's cgroup; only asked when the
 * process lives.  *@ret_pidfd (may be NULL) gets the pidfd, or -1 when stopped or creating.
 * "created": init lives and waits at the FIFO.  "creating": phase says so and the creator still
 * holds the lock; a creator that died leaves "stopped".  Pass the directory as opened by this
 * command; when this command itself holds the exclusive lock, a phase "creating" means a dead
 * creator: stopped.
 */
int liveness_status(const struct state_dir *dir, const struct record *record, struct cgroup *cg,
		    enum liveness_status *ret, int *ret_pidfd, struct err *err);

#endif
