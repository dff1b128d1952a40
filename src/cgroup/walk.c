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

/*
 * struct level - a directory on the way down.
 * @names: its children, each with its NUL, then an empty one; @next: the first that was not visited
 */
struct level {
	struct level *up;
	char *names;
	const char *next;
};

static void pop(struct level **top)
{
	struct level *level = *top;

	*top = level->up;
	free(level->names);
	free(level);
}

static void pop_all(struct level **top)
{
	while (*top)
		pop(top);
}

/* The names of all children of @dir at once, so that nothing stays open above where we are; malloc(3)ed, or NULL. */
static char *read_names(int dir)
{
	auto_dir DIR *d = open_stream(dir);
	size_t used = 0, room = NAME_MAX + 2;
	char *names = d || is_gone(errno) ? calloc(1, room) : NULL;
	const char *name = NULL;

	if (!names || !d)
		return names;
	while ((name = next_child(d))) {
		size_t len = strlen(name) + 1;

		memcpy(names + used, name, len);
		used += len;
		if (used + NAME_MAX + 2 > room) {
			char *grown = realloc(names, 2 * room + NAME_MAX);

			if (!grown)
				break;
			room = 2 * room + NAME_MAX;
			names = grown;
		}
		names[used] = '\0';
	}
	/* Not at the end of the directory. */
	if (name || errno) {
		free(names);
		return NULL;
	}
	return names;
}

static int push(struct level **top, int dir)
{
	struct level *level = malloc(sizeof(*level));

	if (!level)
		return -1;
	level->names = read_names(dir);
	if (!level->names) {
		free(level);
		return -1;
	}
	level->up = *top;
	level->next = level->names;
	*top = level;
	return 0;
}

static int go_to(int *at, const char *name)
{
	int next = openat(*at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (next < 0)
		return -1;
	fd_close(at);
	*at = next;
	return 0;
}

/* Go on from @*at to the next directory that was not visited yet: 1 with it in @*at, 0 at the end, -1 with errno. */
static int go_on(struct level **top, int *at)
{
	for (;;) {
		const char *name = (*top)->next;

		if (*name) {
			(*top)->next += strlen(name) + 1;
			if (go_to(at, name) == 0)
				return 1;
			if (!is_gone(errno))
				return -1;
			continue;
		}
		pop(top);
		if (!*top)
			return 0;
		if (go_to(at, "..") < 0)
			return -1;
	}
}

/*
 * Downwards by name and upwards by "..", as walk_remove_below(): the container decides how deep it is, so it costs
 * neither descriptors nor stack.  A directory cannot get another parent (cgroup v1 renames in place only).
 */
int walk_each(int dir, int (*visit)(int dir, void *data), void *data)
{
	__attribute__((cleanup(pop_all))) struct level *top = NULL;
	auto_fd int at = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (at < 0)
		return -1;
	do {
		r = visit(at, data);
		if (r < 0 || push(&top, at) < 0)
			return r < 0 ? r : -1;
		r = go_on(&top, &at);
	} while (r > 0);
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): pop_all() frees it */
	return r;
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
