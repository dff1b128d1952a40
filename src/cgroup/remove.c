/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Removing a container's directories; see remove.h.  Processes that still die are waited for by
 * cgroup.events (v2) or by their pidfds (v1); no path here sleeps for a time.
 * Runs in: host.
 */
#include "cgroup/remove.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/str.h"
#include "cgroup/tree.h"
#include "cgroup/walk.h"
#include "sys/membarrier.h"
#include "sys/pidfd.h"

/* Milliseconds until @end for poll(2). */
static int left_ms(long long end)
{
	long long left = end - tree_now_ms();

	return left > 0 ? (int)left : 0;
}

/* A process in @dir or below, 0 when there is none (or it cannot be found out). */
static pid_t find_holder(int dir)
{
	struct walk_pids pids = { .pid = NULL };
	pid_t r = walk_add_pids(dir, &pids) == 0 && pids.n > 0 ? pids.pid[0] : 0;

	free(pids.pid);
	return r;
}

/* One that is gone is empty. */
static int wait_empty_v2(int dir, long long end)
{
	if (tree_wait_event(dir, "populated", 0, left_ms(end)) == 0)
		return 0;
	return errno == ENOENT || errno == ENODEV ? 0 : -1;
}

/* v1 tells nobody; so wait for one process after the other. */
static int wait_empty_v1(int dir, long long end)
{
	for (;;) {
		pid_t pid = find_holder(dir);
		auto_fd int pidfd = -1;

		if (pid == 0)
			return 0;
		pidfd = pidfd_open(pid);
		if (pidfd < 0 && errno != ESRCH)
			return -1;
		if (pidfd >= 0 && pidfd_has_ended(pidfd, left_ms(end)) < 0 && errno != EINTR)
			return -1;
		if (left_ms(end) == 0) {
			errno = ETIMEDOUT;
			return -1;
		}
	}
}

/* Name a process that keeps the cgroup alive, with its command as far as it is printable. */
static int refuse_busy(const struct cgroup *cg, size_t i, int dir, struct err *err)
{
	pid_t pid = find_holder(dir);
	char path[64], comm[TREE_FILE_SIZE], text[128];
	struct str safe = STR_IN(text);

	if (pid == 0)
		return err_errno(err, ERR_NOWHERE, "remove cgroup %s from /sys/fs/cgroup/%s",
				 cg->ref.path, cg->ref.tree[i].mount);
	(void)snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	if (tree_read_at(AT_FDCWD, path, comm, sizeof(comm)) < 0)
		comm[0] = '\0';
	str_add_plain(&safe, comm);
	return err_say(err, ERR_NOWHERE, "remove cgroup %s: it still holds process %d (%s)",
		       cg->ref.path, (int)pid, text);
}

/*
 * The container's own directory, with all that the container made in it.  A directory may be busy though nobody
 * is left in there: the last process is gone for everybody but still counted until it has left its CPU for
 * good.  Every CPU going through its scheduler is what that takes; no file tells when it is done on v1.
 */
static int remove_leaf(const struct cgroup *cg, size_t i, const char *path, long long end,
		       struct err *err)
{
	auto_fd int dir = -1;
	bool is_v2 = cg->ref.tree[i].is_v2;

	for (int n = 0;; n++) {
		if (unlinkat(AT_FDCWD, path, AT_REMOVEDIR) == 0 || errno == ENOENT)
			return 0;
		if (errno != EBUSY && errno != ENOTEMPTY)
			return err_errno(err, ERR_NOWHERE, "remove %s", path);
		if (dir < 0)
			dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (dir < 0 && errno == ENOENT)
			return 0;
		if (dir < 0)
			return err_errno(err, ERR_NOWHERE, "open %s", path);
		if (n > 0 && left_ms(end) == 0) {
			errno = EBUSY;
			return refuse_busy(cg, i, dir, err);
		}
		if (n > 0)
			membarrier_pass();
		if ((is_v2 ? wait_empty_v2(dir, end) : wait_empty_v1(dir, end)) < 0)
			return refuse_busy(cg, i, dir, err);
		if (walk_remove_below(dir) < 0 && errno != EBUSY && errno != ENOENT)
			return err_errno(err, ERR_NOWHERE, "remove cgroups below %s", path);
	}
}

bool remove_empty(const struct cgroup *cg)
{
	size_t len = strlen(cg->ref.path);
	char path[PATH_MAX];

	return len > cg->ref.tree[0].kept && tree_path(path, &cg->ref, 0, len) == 0 && rmdir(path) == 0;
}

/* Ancestors that we made go as well, unless others moved in. */
static int remove_tree(struct cgroup *cg, size_t i, long long end, struct err *err)
{
	size_t len = strlen(cg->ref.path), kept = cg->ref.tree[i].kept;
	char path[PATH_MAX];

	fd_close(&cg->fd[i]);
	if (len <= kept)
		return 0;
	if (tree_path(path, &cg->ref, i, len) < 0)
		return err_errno(err, ERR_NOWHERE, "remove cgroup %s", cg->ref.path);
	if (remove_leaf(cg, i, path, end, err) < 0)
		return -1;
	for (;;) {
		while (cg->ref.path[--len] != '/')
			;
		if (len <= kept || tree_path(path, &cg->ref, i, len) < 0)
			return 0;
		/* One that somebody else removed meanwhile says nothing about those above it. */
		if (rmdir(path) < 0 && errno != ENOENT)
			return 0;
	}
}

int remove_directories(struct cgroup *cg, int deadline_ms, struct err *err)
{
	long long end = tree_now_ms() + deadline_ms;
	struct err later = ERR_INIT;
	int r = 0;

	/*
	 * v2, the last one, first: it tells when all processes are gone.  Where one tree refuses, the
	 * others are cleared all the same, and what was refused first is what is said.
	 */
	for (size_t i = cg->ref.n; i-- > 0;) {
		if (remove_tree(cg, i, end, r < 0 ? &later : err) < 0)
			r = -1;
	}
	return r;
}
