/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The container's control group: the only public header of this room.  Two questions are kept
 * apart inside: who owns the tree (place_*.c, by enum cgroup_manager) and which files a tree has
 * (tree_*.c).
 *
 * Life of a cgroup: cgroup_open; write its ref into the state record; cgroup_create; clone3 with
 * CLONE_INTO_CGROUP and cgroup_clone_fd; cgroup_enter; later cgroup_kill and cgroup_remove.
 * With systemd: cgroup_open, ref, cgroup_create, clone3, and cgroup_adopt while the process waits.
 * Later commands begin with cgroup_find() on what the record holds.
 * Not here: decisions about config.json (plan/limits.c).
 * Runs in: host; cgroup_enter_self() in the child between clone and execve.
 *
 * Sources: cgroups(7), Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/ of Linux,
 * runtime-spec config-linux.md.  Kernels: v2 needs 4.15 (device programs), freezing 5.2,
 * CLONE_INTO_CGROUP 5.7, cgroup.kill 5.14; each newer one has a fall-back here.
 */
#ifndef TARE_CGROUP_CGROUP_H
#define TARE_CGROUP_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "plan/limits.h"

struct err;
struct systemd_bus;

/* More trees than the kernel has v1 controllers, with room for named ones. */
enum { CGROUP_MAX_TREES = 24 };

/* Room for the path of a cgroup below its mount point. */
enum { CGROUP_PATH_SIZE = 4096 };

/*
 * struct cgroup_tree_ref - one hierarchy of a container, for the state record.
 * @mount, @controllers, @is_v2: see struct plan_hierarchy
 * @kept: length of the part of the path that was there before us: 0 when we made every directory of
 *        it, strlen(path) when we made none.  We remove no directory of that part, ever.
 */
struct cgroup_tree_ref {
	const char *mount;
	const char *controllers;
	bool is_v2;
	size_t kept;
};

/*
 * struct cgroup_ref - all that is needed to find and unmake a cgroup.  Plain data: strings belong
 * to whoever filled it.  With CGROUP_MANAGER_DISABLED there is nothing else in it.
 * @unit: with CGROUP_MANAGER_SYSTEMD the scope, of the user's own systemd if @is_user
 */
struct cgroup_ref {
	enum cgroup_manager manager;
	enum cgroup_mode mode;
	const char *path;
	const char *unit;
	bool is_user;
	struct cgroup_tree_ref tree[CGROUP_MAX_TREES];
	size_t n;
};

/*
 * struct cgroup - a cgroup in use.
 * @path: where ref.path lies when it is neither of the plan nor of the record
 * @bus:  connection to systemd, NULL while there is none; owned
 * @ref:  what it is; strings belong to the plan or the record it came from, which must live longer
 * @fd:   for each of ref.tree its directory (O_DIRECTORY|O_CLOEXEC), -1 when it does not exist or
 *        was not needed yet
 * @leaf: directory of plan_cgroup.leaf, which processes are put into instead; only while a container is made with
 *        one, otherwise 0
 */
struct cgroup {
	struct cgroup_ref ref;
	int fd[CGROUP_MAX_TREES];
	int leaf;
	struct systemd_bus *bus;
	char path[CGROUP_PATH_SIZE];
};

/* No cgroup; cgroup_close() accepts it. */
#define CGROUP_INIT ((struct cgroup){ .ref = { .manager = CGROUP_MANAGER_DISABLED } })

/*
 * A cgroup whose descriptors are closed with its scope: `auto_cgroup struct cgroup cg =
 * CGROUP_INIT;`
 */
#define auto_cgroup __attribute__((cleanup(cgroup_close)))

/*
 * Look at the trees for @plan and find out which directories are missing, without changing
 * anything. Afterwards @cg->ref says what cgroup_create() is going to make: write it down first.
 * Refuses a cgroup that exists and holds processes ("container's cgroup is not empty"; those of
 * its descendants count) or is frozen ("container's cgroup unexpectedly frozen").
 */
int cgroup_open(struct cgroup *cg, const struct plan_cgroup *plan, struct err *err);

/*
 * Make the directories, hand the controllers down, write limits and device rules, delegate.
 * After a failure everything made here is removed again.  Afterwards cg->ref.tree[].kept is
 * exact: where somebody else made an ancestor since cgroup_open(), it is theirs. A rootless
 * runtime that may not make an unasked-for cgroup gets CGROUP_MANAGER_DISABLED in cg->ref.
 */
int cgroup_create(struct cgroup *cg, const struct plan_cgroup *plan, struct err *err);

/* Set the limits that had to wait for the container's own process, after cgroup_create(). */
int cgroup_limit_late(const struct cgroup *cg, const struct plan_cgroup *plan, struct err *err);

/*
 * The cgroup only comes to be around a process: cgroup_create() has made nothing, and the first process is to
 * wait, without having entered anything, until cgroup_adopt() is done.
 */
bool cgroup_needs_process(const struct cgroup *cg);

/*
 * For those: have the cgroup made with our waiting child @pid in it, then what cgroup_create() does for others.
 * After a failure cgroup_remove() takes away what there is; where the name is already somebody else's,
 * @cg is without a cgroup then.
 */
int cgroup_adopt(struct cgroup *cg, const struct plan_cgroup *plan, pid_t pid, struct err *err);

/* True when this build can ask systemd. */
bool cgroup_knows_systemd(void);

/* Prepare @cg for a container of the state record.  Opens nothing yet and cannot fail. */
void cgroup_find(struct cgroup *cg, const struct cgroup_ref *ref);

/* True unless the container has no cgroup of its own. */
bool cgroup_is_present(const struct cgroup *cg);

/*
 * The v2 directory for clone3(CLONE_INTO_CGROUP); -1 when the container has none, or has one that was
 * there before us: a kernel that counts the writes to cgroup.kill (6.14, and what it was ported back
 * to) kills a process at once that is born into a cgroup with another count than its parent's.
 * Stays owned by @cg. clone3 fails with EOPNOTSUPP or EBUSY where processes may not be put into it,
 * with EINVAL or E2BIG before 5.7.
 */
int cgroup_clone_fd(const struct cgroup *cg);

/*
 * Move process @pid into the cgroup: into every v1 hierarchy, and into the v2 tree unless it was
 * born there (@born_in_v2).  Single steps of a few ms each on v1, see cgroup_enter_self().
 */
int cgroup_enter(struct cgroup *cg, pid_t pid, bool born_in_v2, struct err *err);

/*
 * The same for the calling process, which must have one thread only: writes "0" to `tasks` on v1,
 * which spares the kernel the grace period that it waits for when another process is moved.
 * Needs the descriptors of cgroup_create() or cgroup_open_trees() and calls nothing but
 * openat(2), write(2) and close(2), so a fresh child may do it before its execve. Returns 0, or
 * -1 with errno set and *@ret_tree the index of the tree at fault.
 */
int cgroup_enter_self(const struct cgroup *cg, bool born_in_v2, size_t *ret_tree);

/*
 * Open for exec what cgroup_create() left open for create: the directory of every tree.
 * The container's directories must exist.
 */
int cgroup_open_trees(struct cgroup *cg, struct err *err);

/*
 * What memory and CPU time of the container are limited to now, for plan_update_limits().  Without the controller
 * that is nothing.
 */
int cgroup_present(struct cgroup *cg, struct plan_present *ret, struct err *err);

/*
 * Put the limits of @plan in force, and its device rules if it has any; nothing else is touched.  Whatever
 * fails, the kernel's refusal or a value that is not what was written when it is read back, everything is
 * as before afterwards, or the error says what is not.  (A real-time budget that ancestors of ours had to be
 * given as well stays with them.)  Of the plan only mode, check_memory and the lists are looked at.
 * Names of limits go into messages as they are.
 */
int cgroup_update(struct cgroup *cg, const struct plan_cgroup *plan, struct err *err);

/*
 * For exec, after cgroup_open_trees(): a v2 cgroup that hands controllers down to others takes no process
 * (cgroups(7), "no internal processes"), and one that holds none has them all below.  Then the container's own
 * process @pid is somewhere below it, and that directory is opened in its place.
 */
int cgroup_follow(struct cgroup *cg, pid_t pid, struct err *err);

/*
 * For exec, after cgroup_open_trees(): open in the place of the container's directories the ones below them that
 * @place names: "PATH", in every hierarchy, or "CONTROLLER[,CONTROLLER...]:PATH" in those of cgroup v1.  They
 * must exist, and ".." is refused.
 */
int cgroup_descend(struct cgroup *cg, const char *place, struct err *err);

/*
 * For exec, after cgroup_open_trees(): make the directory @name below, in the hierarchy by which processes are
 * listed, and open it in the place of the container's: what is started there can be killed as a whole, with
 * cgroup_kill() on *@ret_part, whose strings are @cg's.
 */
int cgroup_split(struct cgroup *cg, const char *name, struct cgroup *ret_part, struct err *err);

/*
 * Remove it again; while somebody is in it, wait @wait_ms at most for those that are dying.  What stays goes with
 * the container.  Accepts CGROUP_INIT.
 */
void cgroup_unsplit(struct cgroup *part, const char *name, int wait_ms);

/* Kill every process in the cgroup and below it, frozen ones too.  Does not wait for their end. */
int cgroup_kill(struct cgroup *cg, struct err *err);

/*
 * 1 when frozen (by whomever, an ancestor included), 0 when not or without a cgroup, -1 with
 * @err.
 */
int cgroup_is_frozen(struct cgroup *cg, struct err *err);

/* Freeze the cgroup and wait until it is; an error when there is nothing to freeze with. */
int cgroup_freeze(struct cgroup *cg, struct err *err);

/* Let the cgroup go on; what the container froze below it stays so. */
int cgroup_thaw(struct cgroup *cg, struct err *err);

/* The same with all below it, for those that are to die: the container may have frozen some of its own. */
int cgroup_thaw_all(struct cgroup *cg, struct err *err);

/*
 * Is a cgroup above it frozen, so that thawing this one changes nothing?  1 with the directory nearest to it in
 * @ret_path of PATH_MAX bytes, 0 when none is that we can see, -1 with @err.
 */
int cgroup_find_frozen_above(const struct cgroup *cg, char *ret_path, struct err *err);

/*
 * May the lack of memory of some process end everything in the cgroup (memory.oom.group, Linux 4.19), because that is
 * so for a cgroup above, or for itself and it @is_used by others already?  v1 has no such thing.
 */
bool cgroup_dies_as_one(struct cgroup *cg, bool is_used);

/*
 * The processes in the cgroup and below it, as our pid namespace counts.  *@ret_pids is
 * malloc(3)ed. A cgroup that does not exist has none.  Without a cgroup -1 with @err.
 */
int cgroup_pids(struct cgroup *cg, pid_t **ret_pids, size_t *ret_n, struct err *err);

/*
 * Remove the container's own directory if it is a single one, nobody is in there and nothing below it: true, and
 * cgroup_kill() is not needed.  False leaves all as it is.
 */
bool cgroup_remove_empty(struct cgroup *cg);

/*
 * Remove the directories that we made and all that the container made below them.  Processes that
 * are dying are waited for, @deadline_ms at most; then it fails naming one that holds the cgroup.
 * What does not exist counts as removed, so it can be repeated; ancestors that others use by now
 * stay.
 */
int cgroup_remove(struct cgroup *cg, int deadline_ms, struct err *err);

/* Close all descriptors and the connection to systemd; the cgroup itself stays. */
void cgroup_close(struct cgroup *cg);

#endif
