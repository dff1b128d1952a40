/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walks over a cgroup subtree; see walk.h.
 * Runs in: host.
 */
#include "cgroup/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"

/* One descriptor and one stack frame a level; nobody sensible nests deeper. */
enum { MAX_DEPTH = 200 };

static void close_dir(DIR **d)
{
	if (*d)
		(void)closedir(*d);
}

#define auto_dir __attribute__((cleanup(close_dir)))

/* A stream of its own over @dir, from the beginning. */
static DIR *open_stream(int dir)
{
	auto_fd int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (d)
		(void)take_fd(&fd);
	return d;
}

/* The next directory in @d, NULL with errno 0 at the end. */
static const char *next_child(DIR *d)
{
	struct dirent *e;

	for (;;) {
		errno = 0;
		e = readdir(d);
		if (!e)
			return NULL;
		if (e->d_type == DT_DIR && strcmp(e->d_name, ".") != 0 &&
		    strcmp(e->d_name, "..") != 0)
			return e->d_name;
	}
}

static bool is_gone(int code)
{
	return code == ENOENT || code == ENODEV;
}

static int walk(int dir, int depth, int (*visit)(int dir, void *data), void *data)
{
	auto_dir DIR *d = NULL;
	const char *name;
	int r = visit(dir, data);

	if (r < 0)
		return r;
	if (depth >= MAX_DEPTH) {
		errno = ELOOP;
		return -1;
	}
	d = open_stream(dir);
	if (!d)
		return is_gone(errno) ? 0 : -1;
	while ((name = next_child(d))) {
		auto_fd int child = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (child < 0 && is_gone(errno))
			continue;
		if (child < 0)
			return -1;
		r = walk(child, depth + 1, visit, data);
		if (r < 0)
			return r;
	}
	return errno ? -1 : 0;
}

int walk_each(int dir, int (*visit)(int dir, void *data), void *data)
{
	return walk(dir, 0, visit, data);
}

static int add_pid(struct walk_pids *pids, pid_t pid)
{
	if (pids->n == pids->room) {
		size_t room = pids->room ? 2 * pids->room : 64;
		pid_t *grown = realloc(pids->pid, room * sizeof(*grown));

		if (!grown)
			return -1;
		pids->pid = grown;
		pids->room = room;
	}
	pids->pid[pids->n++] = pid;
	return 0;
}

/*
 * cgroup.procs of one directory: decimal numbers, one a line, maybe very many.  In a threaded
 * cgroup (cgroup v2) it cannot be read: EOPNOTSUPP; its processes are listed further up. A
 * process of another PID namespace reads as 0 and cannot be named by us.
 */
static int read_procs(int dir, void *data)
{
	struct walk_pids *pids = data;
	auto_fd int fd = openat(dir, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	char buf[4096];
	ssize_t n;
	pid_t pid = 0;

	if (fd < 0)
		return is_gone(errno) ? 0 : -1;
	while ((n = read(fd, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return is_gone(errno) || errno == EOPNOTSUPP ? 0 : -1;
		for (ssize_t i = 0; i < n; i++) {
			if (buf[i] >= '0' && buf[i] <= '9') {
				pid = pid * 10 + (buf[i] - '0');
				continue;
			}
			if (pid > 0 && add_pid(pids, pid) < 0)
				return -1;
			pid = 0;
		}
	}
	return 0;
}

int walk_add_pids(int dir, struct walk_pids *pids)
{
	return walk_each(dir, read_procs, pids);
}

/*
 * Remove the empty children of @dir.  1 with the name of one that has children itself, 0 when none
 * is left, -1 with errno.
 */
static int remove_children(int dir, char name[NAME_MAX + 1])
{
	auto_dir DIR *d = open_stream(dir);
	const char *child;

	if (!d)
		return -1;
	while ((child = next_child(d))) {
		if (unlinkat(dir, child, AT_REMOVEDIR) == 0 || is_gone(errno))
			continue;
		if (errno != EBUSY && errno != ENOTEMPTY)
			return -1;
		(void)strncpy(name, child, NAME_MAX);
		name[NAME_MAX] = '\0';
		return 1;
	}
	return errno ? -1 : 0;
}

/*
 * Downwards by name and upwards by "..", so two descriptors do for any depth; nobody is left in
 * there who could move directories meanwhile.
 */
int walk_remove_below(int dir)
{
	auto_fd int at = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char name[NAME_MAX + 1];
	size_t depth = 0;
	bool is_emptied = false;

	while (at >= 0) {
		int r = remove_children(at, name);
		int next;

		/* The one that we come from has no children any more: it holds processes. */
		if (r == 1 && is_emptied)
			errno = EBUSY;
		if (r < 0 || (r == 1 && is_emptied))
			return -1;
		if (r == 0 && depth == 0)
			return 0;
		is_emptied = r == 0;
		depth += r == 1 ? 1 : (size_t)-1;
		next = openat(at, r == 1 ? name : "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		fd_close(&at);
		at = next;
	}
	return -1;
}
