/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Freezing, thawing and killing a cgroup and all below it. cgroup.freeze and cgroup.kill of the
 * v2 tree act on a subtree in one write, on hybrid machines too; the v1 freezer and a loop over
 * pidfds do where there is no such file. Runs in: host.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/str.h"
#include "cgroup/cgroup.h"
#include "cgroup/tree.h"
#include "cgroup/walk.h"
#include "sys/membarrier.h"
#include "sys/pidfd.h"

/* A process in an uninterruptible sleep is not frozen before it wakes. */
enum { FREEZE_DEADLINE_MS = 10000 };

/* Rounds of killing; each new one needs a process that forked faster than we signalled. */
enum { KILL_ROUNDS = 100 };

/* No such directory or file: the kernel's words for what is gone or not there. */
static bool is_missing(int code)
{
	return code == ENOENT || code == ENODEV;
}

static int fail(const struct cgroup *cg, const char *what, struct err *err)
{
	return err_errno(err, ERR_NOWHERE, "%s cgroup %s", what, cg->ref.path);
}

int cgroup_is_frozen(struct cgroup *cg, struct err *err)
{
	size_t v2 = tree_find_v2(&cg->ref), freezer = tree_find(&cg->ref, "freezer");
	char text[TREE_FILE_SIZE];

	if (v2 != TREE_NONE) {
		if (tree_read(cg, v2, "cgroup.events", text, sizeof(text)) >= 0) {
			if (tree_find_value(text, "frozen") == 1)
				return 1;
		} else if (!is_missing(errno)) {
			return fail(cg, "look at", err);
		}
	}
	if (freezer == TREE_NONE)
		return 0;
	if (tree_read(cg, freezer, "freezer.state", text, sizeof(text)) < 0)
		return is_missing(errno) ? 0 : fail(cg, "look at", err);
	return strcmp(text, "THAWED") != 0;
}

/*
 * v1 finishes freezing when it is looked at, and tells nobody: each read makes the kernel look again
 * at what is still freezing.  A process freezes when it next comes to a CPU, so between two looks every
 * CPU goes through its scheduler.
 */
static int freeze_v1(int dir)
{
	long long end = tree_now_ms() + FREEZE_DEADLINE_MS;
	char text[TREE_FILE_SIZE];

	if (tree_write_at(dir, "freezer.state", "FROZEN") < 0)
		return -1;
	for (;;) {
		if (tree_read_at(dir, "freezer.state", text, sizeof(text)) < 0)
			return -1;
		if (strcmp(text, "FROZEN") == 0)
			return 0;
		if (tree_now_ms() >= end) {
			errno = ETIMEDOUT;
			return -1;
		}
		membarrier_pass();
	}
}

/* 0 done, -1 with errno; ENOENT: this tree cannot freeze. */
static int freeze(struct cgroup *cg, size_t i, bool is_v2)
{
	int dir = i == TREE_NONE ? -1 : tree_open(cg, i);

	if (i == TREE_NONE)
		errno = ENOENT;
	if (dir < 0)
		return -1;
	if (!is_v2)
		return freeze_v1(dir);
	if (tree_write_at(dir, "cgroup.freeze", "1") < 0)
		return -1;
	return tree_wait_event(dir, "frozen", 1, FREEZE_DEADLINE_MS);
}

static int note_freezing(int dir, void *data)
{
	bool *is_freezing = data;
	char text[TREE_FILE_SIZE];

	if (tree_read_at(dir, "freezer.self_freezing", text, sizeof(text)) < 0)
		return is_missing(errno) ? 0 : -1;
	*is_freezing |= strcmp(text, "1") == 0;
	return 0;
}

/*
 * On a hybrid machine the container may have frozen a cgroup below with the v1 freezer.  The v2 tree never calls such
 * processes frozen, for they do not come to where it would hold them; the v1 freezer takes those of both for frozen.
 * freezer.self_freezing is what the cgroup was told itself, whatever those above it were.
 */
static bool has_frozen_in_v1(struct cgroup *cg)
{
	size_t freezer = tree_find(&cg->ref, "freezer");
	bool is_freezing = false;

	return freezer != TREE_NONE && tree_open(cg, freezer) >= 0 &&
	       walk_each(cg->fd[freezer], note_freezing, &is_freezing) == 0 && is_freezing;
}

int cgroup_freeze(struct cgroup *cg, struct err *err)
{
	struct err ignored = ERR_INIT;
	bool in_v1;

	if (!cgroup_is_present(cg))
		return err_say(err, ERR_NOWHERE, "the container has no cgroup to freeze");
	in_v1 = has_frozen_in_v1(cg);
	if (!in_v1 && freeze(cg, tree_find_v2(&cg->ref), true) == 0)
		return 0;
	if ((in_v1 || is_missing(errno)) && freeze(cg, tree_find(&cg->ref, "freezer"), false) == 0)
		return 0;
	(void)fail(cg, "freeze", err);
	(void)cgroup_thaw(cg, &ignored);
	return -1;
}

static int thaw_one_v2(int dir, void *data)
{
	(void)data;
	return tree_write_at(dir, "cgroup.freeze", "0") < 0 && !is_missing(errno) ? -1 : 0;
}

static int thaw_one_v1(int dir, void *data)
{
	(void)data;
	return tree_write_at(dir, "freezer.state", "THAWED") < 0 && !is_missing(errno) ? -1 : 0;
}

int cgroup_thaw(struct cgroup *cg, struct err *err)
{
	size_t v2 = tree_find_v2(&cg->ref), freezer = tree_find(&cg->ref, "freezer");

	if (v2 != TREE_NONE && tree_open(cg, v2) >= 0 && thaw_one_v2(cg->fd[v2], NULL) < 0)
		return fail(cg, "thaw", err);
	if (freezer != TREE_NONE && tree_open(cg, freezer) >= 0 &&
	    thaw_one_v1(cg->fd[freezer], NULL) < 0)
		return fail(cg, "thaw", err);
	return 0;
}

int cgroup_thaw_all(struct cgroup *cg, struct err *err)
{
	size_t v2 = tree_find_v2(&cg->ref), freezer = tree_find(&cg->ref, "freezer");

	if (v2 != TREE_NONE && tree_open(cg, v2) >= 0 &&
	    walk_each(cg->fd[v2], thaw_one_v2, NULL) < 0)
		return fail(cg, "thaw", err);
	if (freezer != TREE_NONE && tree_open(cg, freezer) >= 0 &&
	    walk_each(cg->fd[freezer], thaw_one_v1, NULL) < 0)
		return fail(cg, "thaw", err);
	return 0;
}

/*
 * Does the file @name of an ancestor in hierarchy @i say 1?  The tree's own root has none of those asked for.  1 with
 * its path in @ret, 0, or -1 with errno.
 */
static int find_set_above(const struct cgroup *cg, size_t i, const char *name, char *ret)
{
	char file[PATH_MAX], text[TREE_FILE_SIZE];
	size_t len = strlen(cg->ref.path);

	for (;;) {
		struct str path = STR_IN(file);
		int r;

		do
			len--;
		while (len > 0 && cg->ref.path[len] != '/');
		if (len == 0)
			return 0;
		if (tree_path(ret, &cg->ref, i, len) < 0)
			return -1;
		str_add_format(&path, "%s/%s", ret, name);
		r = path.is_cut ? 0 : tree_read_at(AT_FDCWD, file, text, sizeof(text));
		if (r < 0 && !is_missing(errno))
			return -1;
		if (r > 0 && strcmp(text, "1") == 0)
			return 1;
	}
}

int cgroup_find_frozen_above(const struct cgroup *cg, char *ret_path, struct err *err)
{
	static const char *const files[] = { "freezer.self_freezing", "cgroup.freeze" };

	for (size_t i = 0; i < cg->ref.n; i++) {
		bool is_v2 = cg->ref.tree[i].is_v2;
		int r = is_v2 || i == tree_find(&cg->ref, "freezer") ? find_set_above(cg, i, files[is_v2], ret_path) : 0;

		if (r < 0)
			return fail(cg, "look above", err);
		if (r > 0)
			return 1;
	}
	return 0;
}

bool cgroup_dies_as_one(struct cgroup *cg, bool is_used)
{
	size_t v2 = tree_find_v2(&cg->ref);
	char text[TREE_FILE_SIZE], path[PATH_MAX];

	if (v2 == TREE_NONE || tree_find(&cg->ref, "memory") != TREE_NONE)
		return false;
	if (is_used && tree_read(cg, v2, "memory.oom.group", text, sizeof(text)) >= 0 && strcmp(text, "1") == 0)
		return true;
	return find_set_above(cg, v2, "memory.oom.group", path) > 0;
}

/* Signal every process listed now.  Returns their number, or -1 with errno. */
static int signal_all(int dir)
{
	struct walk_pids pids = { .pid = NULL };
	int r = walk_add_pids(dir, &pids);
	int code = errno;

	for (size_t i = 0; r == 0 && i < pids.n; i++) {
		auto_fd int pidfd = pidfd_open(pids.pid[i]);

		if ((pidfd < 0 || pidfd_send_signal(pidfd, SIGKILL) < 0) && errno != ESRCH) {
			code = errno;
			r = -1;
		}
	}
	free(pids.pid);
	errno = code;
	return r < 0 ? -1 : (int)pids.n;
}

/*
 * Kernels without cgroup.kill (before 5.14) and v1: a frozen cgroup has the same processes until
 * it is thawed, so none escapes by forking and no number is used again meanwhile.  Where nothing
 * freezes, signalling is repeated until no process is listed or all have been signalled often.
 */
static int kill_one_by_one(struct cgroup *cg, struct err *err)
{
	size_t lister = tree_find_lister(&cg->ref);
	struct err ignored = ERR_INIT;
	bool is_frozen;
	int r = 0;

	if (lister == TREE_NONE || tree_open(cg, lister) < 0)
		return lister == TREE_NONE || is_missing(errno) ? 0 : fail(cg, "kill", err);
	is_frozen = cgroup_freeze(cg, &ignored) == 0;
	for (int i = 0; i < (is_frozen ? 1 : KILL_ROUNDS); i++) {
		r = signal_all(cg->fd[lister]);
		if (r <= 0)
			break;
	}
	return r < 0 ? fail(cg, "kill all processes of", err) : 0;
}

int cgroup_kill(struct cgroup *cg, struct err *err)
{
	size_t v2 = tree_find_v2(&cg->ref), freezer = tree_find(&cg->ref, "freezer");
	bool is_done = false;

	if (v2 != TREE_NONE && tree_open(cg, v2) >= 0) {
		is_done = tree_write_at(cg->fd[v2], "cgroup.kill", "1") == 0;
		if (!is_done && !is_missing(errno))
			return fail(cg, "kill all processes of", err);
	}
	if (!is_done && kill_one_by_one(cg, err) < 0)
		return -1;
	/*
	 * A frozen process of v1 dies when it is thawed; v2 kills frozen ones by itself since
	 * 5.2.
	 */
	if (is_done && freezer == TREE_NONE)
		return 0;
	return cgroup_thaw_all(cg, err);
}
