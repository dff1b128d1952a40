/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who belongs to a container; see members.h.
 * Runs in: host.
 */
#include "host/members.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/nsfs.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/mem.h"
#include "host/lookup.h"

/* Pid namespaces nest no deeper than this (Linux: MAX_PID_NS_LEVEL). */
enum { MAX_LEVELS = 32 };

/* A namespace is known by the device and inode of its file. */
struct ns_id {
	dev_t dev;
	ino_t ino;
};

static int identify(int fd, struct ns_id *ret)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -1;
	*ret = (struct ns_id){ .dev = st.st_dev, .ino = st.st_ino };
	return 0;
}

/* The pid namespace that process @pid is in; -1 with errno, also for a zombie, which is in none any more. */
static int open_pid_ns(pid_t pid)
{
	char path[32];

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/pid", (int)pid);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/*
 * Is the process in the namespace @wanted or in one below it?  One that is gone is not, nor one that we may not look
 * at: those of our own container we may.
 */
static bool is_in_ns(pid_t pid, const struct ns_id *wanted)
{
	auto_fd int fd = open_pid_ns(pid);

	for (int level = 0; fd >= 0 && level <= MAX_LEVELS; level++) {
		struct ns_id id;
		int parent;

		if (identify(fd, &id) == 0 && id.dev == wanted->dev && id.ino == wanted->ino)
			return true;
		/* EPERM above our own: not below the container's, then. */
		parent = ioctl(fd, NS_GET_PARENT);
		fd_close(&fd);
		fd = parent;
	}
	return false;
}

static int refuse_unknown(const struct lookup *found, struct err *err)
{
	return err_say(err, ERR_NOWHERE, "container `%s` has neither a cgroup nor a pid namespace of its own: "
		       "nothing tells its processes from others", found->record.id);
}

/*
 * The container's own pid namespace, while its first process is there.  Whatever the record says, one that we are in
 * ourselves is not the container's alone.
 */
static int find_ns(const struct lookup *found, struct ns_id *ret, struct err *err)
{
	auto_fd int fd = -1;

	if (found->record.shares_pids)
		return refuse_unknown(found, err);
	fd = open_pid_ns(found->record.init.pid);
	if (fd < 0 || identify(fd, ret) < 0)
		return err_errno(err, ERR_NOWHERE, "look at the pid namespace of container `%s`", found->record.id);
	return is_in_ns(getpid(), ret) ? refuse_unknown(found, err) : 0;
}

static int list_ns(const struct lookup *found, pid_t **ret_pids, size_t *ret_n, struct err *err)
{
	auto_free pid_t *pids = NULL;
	size_t n = 0, room = 0;
	struct dirent *entry;
	struct ns_id wanted = { .ino = 0 };
	DIR *proc;

	if (find_ns(found, &wanted, err) < 0)
		return -1;
	proc = opendir("/proc");
	if (proc == NULL)
		return err_errno(err, ERR_NOWHERE, "read /proc");
	while ((entry = readdir(proc)) != NULL) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
		pid_t *grown;

		if (pid <= 0 || !is_in_ns(pid, &wanted))
			continue;
		if (n == room) {
			room = room > 0 ? 2 * room : 64;
			grown = realloc(pids, room * sizeof(*pids));
			if (grown == NULL) {
				(void)closedir(proc);
				return err_errno(err, ERR_NOWHERE, "list processes");
			}
			pids = grown;
		}
		pids[n++] = pid;
	}
	(void)closedir(proc);
	*ret_pids = take_ptr(&pids);
	*ret_n = n;
	return 0;
}

int members_list(struct lookup *found, pid_t **ret_pids, size_t *ret_n, struct err *err)
{
	*ret_pids = NULL;
	*ret_n = 0;
	if (cgroup_is_present(&found->cgroup))
		return cgroup_pids(&found->cgroup, ret_pids, ret_n, err);
	/* With the first process the namespace has ended, and all that was in it. */
	if (found->pidfd < 0 && !found->record.shares_pids)
		return 0;
	return list_ns(found, ret_pids, ret_n, err);
}

int members_has(struct lookup *found, pid_t pid, struct err *err)
{
	auto_free pid_t *pids = NULL;
	struct ns_id wanted = { .ino = 0 };
	size_t n;

	if (!cgroup_is_present(&found->cgroup))
		return find_ns(found, &wanted, err) < 0 ? -1 : is_in_ns(pid, &wanted);
	if (cgroup_pids(&found->cgroup, &pids, &n, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (pids[i] == pid)
			return 1;
	}
	return 0;
}
