/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The directories and files of a container in its hierarchies: what place_*.c, tree_*.c and the
 * commands share.  Private to this room.
 * Not here: who makes and removes directories (place.h).
 * Runs in: host.
 */
#ifndef TARE_CGROUP_TREE_H
#define TARE_CGROUP_TREE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cgroup/cgroup.h"

/* Room for the content of any small file here; lists of controllers are the longest. */
enum { TREE_FILE_SIZE = 1024 };

/* No such hierarchy. */
#define TREE_NONE SIZE_MAX

/*
 * Write "/sys/fs/cgroup/<mount>" and the first @len bytes of the container's path into @buf of
 * PATH_MAX bytes.  -1 with errno ENAMETOOLONG.
 */
int tree_path(char *buf, const struct cgroup_ref *ref, size_t i, size_t len);

/*
 * The directory in hierarchy @i, opened when it is not yet; it stays owned by @cg.  -1 with errno,
 * ENOENT when there is none.
 */
int tree_open(struct cgroup *cg, size_t i);

/* The v2 hierarchy, or the v1 one with @controller; TREE_NONE. */
size_t tree_find_v2(const struct cgroup_ref *ref);
size_t tree_find(const struct cgroup_ref *ref, const char *controller);

/* The hierarchy that lists the container's processes best: v2, else the freezer, else the first. */
size_t tree_find_lister(const struct cgroup_ref *ref);

/* True when the list @words, separated by blanks or commas, has @word (of @len bytes). */
bool tree_has_word(const char *words, const char *word, size_t len);

/*
 * Read a small file, NUL-terminated and without the newline at the end.  Longer ones are cut.
 * Returns the length, or -1 with errno.
 */
int tree_read_at(int dir, const char *name, char *buf, size_t size);

/* The same in the container's directory of hierarchy @i, which need not be open. */
int tree_read(const struct cgroup *cg, size_t i, const char *name, char *buf, size_t size);

/* Write a file in one write(2), as the kernel wants it.  -1 with errno. */
int tree_write_at(int dir, const char *name, const char *text);

/* The number after "@key " in the lines of @text, -1 when there is none ("populated 1"). */
long tree_find_value(const char *text, const char *key);

/* Milliseconds of CLOCK_MONOTONIC, for deadlines. */
long long tree_now_ms(void);

/*
 * Wait until cgroup.events of the v2 directory @dir says "@key @value", @ms at most: each change of
 * the file wakes us.  -1 with errno, ETIMEDOUT.
 */
int tree_wait_event(int dir, const char *key, long value, int ms);

/*
 * Write plan->limits into the open directories of @cg.  Limits that depend on each other are
 * tried in other orders when the kernel refuses one (EINVAL), as long as another one can be written;
 * those of `unified` come after all others.
 * Late ones are left for tree_write_late_limits().
 */
int tree_write_limits(const struct cgroup *cg, const struct plan_cgroup *plan, struct err *err);
int tree_write_late_limits(const struct cgroup *cg, const struct plan_cgroup *plan, struct err *err);

/* One limit of a v1 hierarchy or of the v2 tree; err->code is the kernel's errno. */
int tree_v1_write(const struct cgroup *cg, const struct plan_cgroup *plan,
		  const struct plan_limit *limit, struct err *err);
int tree_v2_write(const struct cgroup *cg, const struct plan_cgroup *plan,
		  const struct plan_limit *limit, struct err *err);

/*
 * struct tree_edit - what a limit writes into one file.
 * @tree:  the hierarchy
 * @file:  in the container's directory
 * @text:  as it is written; of `unified`, whose every line is a write of its own, all of them
 * @either: another file of the same limit may have taken it instead
 */
struct tree_edit {
	size_t tree;
	char file[NAME_MAX + 1];
	char text[PATH_MAX];
	bool either;
};

/*
 * The @n-th file that @limit writes, from 0: 1, or 0 when there is none (any more), because the file or
 * the controller does not exist.  Needs the open directories of @cg.
 */
int tree_find_edit(const struct cgroup *cg, const struct plan_cgroup *plan, const struct plan_limit *limit,
		   size_t n, struct tree_edit *ret);
int tree_v1_find_edit(const struct cgroup *cg, const struct plan_limit *limit, size_t n, struct tree_edit *ret);
int tree_v2_find_edit(const struct cgroup *cg, const struct plan_cgroup *plan, const struct plan_limit *limit,
		      size_t n, struct tree_edit *ret);

/*
 * Hand controllers of the v2 tree's root down to the container's directory, and to the leaf below it, as far as the kernel and
 * our rights allow: all of them on a v2 machine, on a hybrid one those that a limit needs, since the
 * others are for the machine to use.  Of what systemd keeps only the scope is changed, which it has delegated.
 * What is missing afterwards matters only to a limit that needs
 * it, and is reported there.
 */
void tree_v2_hand_down(const struct cgroup *cg, const struct plan_cgroup *plan);

/*
 * Write the name of a file into @buf: @pattern with @key in the place of its '*', if it has one.
 * -1 with errno ENAMETOOLONG.
 */
int tree_file_name(char *buf, size_t size, const char *pattern, const char *key);

/* The value of @limit is what a kernel without the file does anyway, so none is missing. */
bool tree_is_usual(const struct plan_limit *limit);

/*
 * Refuse limits of memory and swap below what the cgroup uses already (memory.checkBeforeUpdate,
 * CG-16).
 */
int tree_check_memory(const struct cgroup *cg, const struct plan_cgroup *plan, struct err *err);

/*
 * Swap cannot be limited because the kernel does not count it: the file of @limit is missing.
 * Fine when nothing is to be limited or the machine has no swap in use; an error otherwise
 * (CG-11).
 */
int tree_judge_no_swap(const struct plan_limit *limit, struct err *err);

/*
 * Make a v1 cpuset directory usable: a fresh one has no CPUs and no memory nodes and takes no
 * process. What is empty gets the parent's value, parents first.  -1 with errno.
 */
int tree_v1_fill_cpuset(int dir);

#endif
