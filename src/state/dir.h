/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where containers are kept between commands: <root>/<ID>/.  Making that directory claims the ID,
 * flock(2) on it orders the commands.  Who holds it also has a POSIX record lock there (a shared one, on the
 * first byte, in nobody's way): fcntl(F_GETLK) tells its process, which flock(2) does not.
 * Not here: what the record in it says (record.h).
 * Runs in: host.
 */
#ifndef TARE_STATE_DIR_H
#define TARE_STATE_DIR_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct err;

/* Longest ID: it is the name of a directory. */
enum { DIR_ID_MAX = 255 };

/* What other commands may do to the container meanwhile: the lock of flock(2) on its directory. */
enum dir_lock {
	DIR_UNLOCKED,	/* for state, list: the record is replaced whole, reading needs no lock */
	DIR_SHARED,	/* for whoever only needs the container to stay; no command does as yet */
	DIR_EXCLUSIVE,	/* to wait for it without limit; start and delete wait with one, see host/turn.h */
};

/*
 * struct state_dir - a container's directory, opened.
 * @root_fd: the state root
 * @fd:      the directory; the lock lives as long as this descriptor
 * @id:      its name; borrowed from the caller
 * @lock:    what this descriptor holds
 */
struct state_dir {
	int root_fd;
	int fd;
	const char *id;
	enum dir_lock lock;
};

#define STATE_DIR_INIT ((struct state_dir){ .root_fd = -1, .fd = -1 })
#define auto_state_dir __attribute__((cleanup(dir_close)))

/*
 * The state root when --root was not given: "/run/tare", or "$XDG_RUNTIME_DIR/tare" for @euid other
 * than 0 or @in_user_ns.  An unset or empty variable (@xdg_runtime_dir may be NULL) is an error for
 * those who cannot write /run: a directory in /tmp could be anybody's.
 */
int dir_root(char *buf, size_t size, uid_t euid, bool in_user_ns, const char *xdg_runtime_dir,
	     struct err *err);

/* Refuse what is not an ID: [A-Za-z0-9_+.-]+, no leading '.', at most DIR_ID_MAX bytes. */
int dir_check_id(const char *id, struct err *err);

/*
 * Claim @id: make the directory (0700, the root and its parents too where missing) and lock it
 * exclusively.  "container `X` already exists" when somebody has it.
 */
int dir_make(struct state_dir *ret, const char *root, const char *id, struct err *err);

/*
 * Open the directory of an existing container and wait for the lock.  "container `X` does not
 * exist" when there is none, also when it vanished while we waited.  Never creates anything.
 */
int dir_open(struct state_dir *ret, const char *root, const char *id, enum dir_lock lock,
	     struct err *err);

/*
 * Take the exclusive lock on @dir, which was opened without one, within @timeout_ms (0: at once or not at all).
 * 1 when it is ours, 0 when another process still has it, -1 with @err; err->code ENOENT when the container
 * vanished meanwhile.  The wait uses this process's ITIMER_REAL and SIGALRM, and leaves the timer off.
 */
int dir_lock_within(struct state_dir *dir, int timeout_ms, struct err *err);

/*
 * A pidfd of a process that holds a lock on @dir, CLOEXEC, and its number.  -1 when there is none, or none that
 * this pid namespace sees.
 */
int dir_open_holder(const struct state_dir *dir, pid_t *ret_pid);

/*
 * True when another process holds the exclusive lock right now: a create, start, kill or delete
 * is at work.
 */
bool dir_is_busy(const struct state_dir *dir);

/*
 * Remove all files in the directory, other directories of any depth among them, and the directory itself.  Links are
 * not followed and mounts not entered.  Call it as the last act of delete, with the exclusive lock; may be repeated.
 */
int dir_remove(struct state_dir *dir, struct err *err);

/* Unlock and close. */
void dir_close(struct state_dir *dir);

/*
 * IDs below @root in alphabetical order, entries that are no ID left out.  *@ret_ids is one
 * malloc(3)ed block (vector and strings), NULL-terminated.  A root that does not exist has none,
 * or is an error with
 * @must_exist (an explicit --root).
 */
int dir_list(const char *root, bool must_exist, char ***ret_ids, size_t *ret_n, struct err *err);

#endif
