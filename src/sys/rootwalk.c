/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A path walked component by component; see rootwalk.h.  Every directory on the way stays open, so
 * that ".." is a step back to what was passed, whatever is renamed meanwhile, and no look-up ever
 * takes more than one name (security.md R1).
 * Runs in: either.
 */
#include "sys/rootwalk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "sys/uapi.h"

/* Directories held open at once; deeper paths are refused. */
#define MAX_DEPTH 128

/* As many links on one path as the kernel follows (path_resolution(7)). */
#define MAX_LINKS 40

/* The root of every procfs; its links are ordinary ones ("self", "mounts"). */
#define PROC_ROOT_INODE 1

/*
 * struct walk
 * @fd:    the directories from the root on, the present one last; the first is the caller's
 * @depth: index of the present one
 * @rest:  what of the path is still to be walked
 */
struct walk {
	const struct uapi_open_how *how;
	int fd[MAX_DEPTH];
	unsigned int depth;
	unsigned int links;
	dev_t dev;
	char rest[PATH_MAX];
};

static int fail(int error)
{
	errno = error;
	return -1;
}

static int here(const struct walk *walk)
{
	return walk->fd[walk->depth];
}

static void step_back_to(struct walk *walk, unsigned int depth)
{
	while (walk->depth > depth)
		fd_close(&walk->fd[walk->depth--]);
}

/* Start again at the root, for an absolute path or link. */
static int go_to_root(struct walk *walk)
{
	if ((walk->how->resolve & UAPI_RESOLVE_IN_ROOT) == 0)
		return fail(EXDEV);
	step_back_to(walk, 0);
	return 0;
}

static int go_up(struct walk *walk)
{
	if (walk->depth > 0)
		step_back_to(walk, walk->depth - 1);
	else if ((walk->how->resolve & UAPI_RESOLVE_IN_ROOT) == 0)
		return fail(EXDEV);
	return 0;
}

static bool is_magic(const struct walk *walk, int link)
{
	struct statfs fs;
	struct stat parent;

	if (fstatfs(link, &fs) < 0 || (unsigned long)fs.f_type != UAPI_PROC_SUPER_MAGIC)
		return false;
	return fstat(here(walk), &parent) < 0 || parent.st_ino != PROC_ROOT_INODE;
}

/* Put the text of @link in front of what is still to be walked. */
static int expand(struct walk *walk, int link)
{
	char target[PATH_MAX];
	size_t left = strlen(walk->rest);
	ssize_t n;

	if ((walk->how->resolve & UAPI_RESOLVE_NO_SYMLINKS) != 0 || is_magic(walk, link) ||
	    walk->links++ == MAX_LINKS)
		return fail(ELOOP);
	n = readlinkat(link, "", target, sizeof(target));
	if (n <= 0)
		return n < 0 ? -1 : fail(ENOENT);
	if ((size_t)n + 1 + left >= sizeof(walk->rest))
		return fail(ENAMETOOLONG);
	memmove(walk->rest + n + (left > 0), walk->rest, left + 1);
	memcpy(walk->rest, target, (size_t)n);
	if (left > 0)
		walk->rest[n] = '/';
	return target[0] == '/' ? go_to_root(walk) : 0;
}

/* The end of the path is what O_PATH descriptor @node is, reached as @name: open it as asked. */
static int finish(struct walk *walk, int *node, const struct stat *st, const char *name)
{
	int flags = (int)walk->how->flags;
	auto_fd int fd = -1;
	struct stat again;

	if ((flags & O_DIRECTORY) != 0 && !S_ISDIR(st->st_mode))
		return fail(ENOTDIR);
	if ((flags & O_PATH) != 0)
		return take_fd(node);
	fd = openat(here(walk), name, flags | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &again) < 0)
		return -1;
	if (again.st_dev != st->st_dev || again.st_ino != st->st_ino)
		return fail(EAGAIN);
	return take_fd(&fd);
}

static int enter(struct walk *walk, int *node, const struct stat *st)
{
	if (!S_ISDIR(st->st_mode))
		return fail(ENOTDIR);
	if (walk->depth + 1 == MAX_DEPTH)
		return fail(ENAMETOOLONG);
	walk->fd[++walk->depth] = take_fd(node);
	return 0;
}

/* Cut the next component off the rest, into @name; true when nothing, not even a slash, follows it. */
static bool next_name(struct walk *walk, char *name, size_t size)
{
	const char *start = walk->rest + strspn(walk->rest, "/");
	size_t n = strcspn(start, "/");
	const char *end = start + n;
	bool is_last = *end == '\0';

	if (n >= size)
		n = size - 1; /* longer than any name: the kernel says so */
	memcpy(name, start, n);
	name[n] = '\0';
	memmove(walk->rest, end, strlen(end) + 1);
	return is_last;
}

/* Walk one component.  Returns the result's descriptor at the end, -2 when there is more, -1. */
enum { MORE = -2 };
static int step(struct walk *walk)
{
	char name[NAME_MAX + 2];
	bool is_last = next_name(walk, name, sizeof(name));
	auto_fd int node = -1;
	struct stat st;

	if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
		if (strcmp(name, "..") == 0 && go_up(walk) < 0)
			return -1;
		if (!is_last)
			return MORE;
		node = openat(here(walk), ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
		return node < 0 || fstat(node, &st) < 0 ? -1 : finish(walk, &node, &st, ".");
	}
	node = openat(here(walk), name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (node < 0 || fstat(node, &st) < 0)
		return -1;
	if ((walk->how->resolve & UAPI_RESOLVE_NO_XDEV) != 0 && st.st_dev != walk->dev)
		return fail(EXDEV);
	if (S_ISLNK(st.st_mode) && !(is_last && (walk->how->flags & O_NOFOLLOW) != 0))
		return expand(walk, node) < 0 ? -1 : MORE;
	if (is_last)
		return finish(walk, &node, &st, name);
	return enter(walk, &node, &st) < 0 ? -1 : MORE;
}

int rootwalk_open(int dir, const char *path, const struct uapi_open_how *how)
{
	struct walk walk = { .how = how, .fd = { dir } };
	struct stat st;
	int fd = MORE;

	if (path[0] == '\0')
		return fail(ENOENT);
	if (strlen(path) >= sizeof(walk.rest))
		return fail(ENAMETOOLONG);
	if (fstat(dir, &st) < 0)
		return -1;
	walk.dev = st.st_dev;
	memcpy(walk.rest, path, strlen(path) + 1);
	if (path[0] == '/' && go_to_root(&walk) < 0)
		return -1;
	while (fd == MORE)
		fd = step(&walk);
	step_back_to(&walk, 0);
	return fd;
}
