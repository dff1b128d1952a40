/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one resolver below a hostile root; see rootpath.h.
 * Runs in: either.
 */
#include "sys/rootpath.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "sys/inode.h"
#include "sys/rootwalk.h"
#include "sys/uapi.h"

/* openat2(2) gives EAGAIN when a rename or mount happened meanwhile; an attacker can make that go on. */
#define MAX_RACES 128

/* As many dangling links on one path as the kernel follows links (path_resolution(7)). */
#define MAX_LINKS 40

static int open_how(int dir, const char *path, int flags, uint64_t resolve)
{
	struct uapi_open_how how = { .flags = (uint64_t)(unsigned int)flags | O_CLOEXEC, .resolve = resolve };
	int fd = -1;

	for (int i = 0; i < MAX_RACES; i++) {
		fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
		/* Not there before 5.6; EPERM is how older filters refuse what they do not know. */
		if (fd < 0 && (errno == ENOSYS || errno == EPERM))
			fd = rootwalk_open(dir, path, &how);
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	return fd;
}

int rootpath_open(int root, const char *path, enum rootpath_links links)
{
	uint64_t resolve = UAPI_RESOLVE_IN_ROOT | UAPI_RESOLVE_NO_MAGICLINKS;
	int flags = O_PATH;

	if (links == ROOTPATH_NOFOLLOW_LAST)
		flags |= O_NOFOLLOW;
	if (links == ROOTPATH_NONE)
		resolve |= UAPI_RESOLVE_NO_SYMLINKS;
	return open_how(root, path, flags, resolve);
}

int rootpath_beneath(int dir, const char *path, int flags)
{
	return open_how(dir, path, flags,
			UAPI_RESOLVE_BENEATH | UAPI_RESOLVE_NO_XDEV | UAPI_RESOLVE_NO_SYMLINKS |
				UAPI_RESOLVE_NO_MAGICLINKS);
}

/* Split @path into its parent and last component, without trailing slashes; "" is the root itself. */
static int split(const char *path, char *parent, char *name)
{
	size_t end = strlen(path);
	size_t start;

	while (end > 0 && path[end - 1] == '/')
		end--;
	start = end;
	while (start > 0 && path[start - 1] != '/')
		start--;
	if (end - start > NAME_MAX || start >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(name, path + start, end - start);
	name[end - start] = '\0';
	memcpy(parent, path, start);
	parent[start] = '\0';
	return 0;
}

static int make(int root, const char *path, enum rootpath_kind kind, enum rootpath_links links, int budget);

/*
 * Nothing is behind the component @name of @dir because it is a link to nowhere: make what it points
 * to.  @prefix is the path up to and without @name, @base bytes long.  A procfs has no such links: one that was not
 * there before is a magic one, of a descriptor that we have got since, and its text names nothing.
 */
static int make_link_target(int root, int dir, const char *prefix, size_t base, const char *name,
			    enum rootpath_kind kind, enum rootpath_links links, int budget)
{
	char target[PATH_MAX], joined[PATH_MAX];
	ssize_t n = readlinkat(dir, name, target, sizeof(target) - 1);
	struct statfs fs;

	if (n < 0 || fstatfs(dir, &fs) < 0)
		return -1;
	if ((unsigned long)fs.f_type == UAPI_PROC_SUPER_MAGIC) {
		errno = ELOOP;
		return -1;
	}
	target[n] = '\0';
	if (target[0] == '/')
		base = 0;
	if (base + 1 + (size_t)n >= sizeof(joined)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(joined, prefix, base);
	joined[base] = '/';
	memcpy(joined + base + 1, target, (size_t)n + 1);
	return make(root, joined, kind, links, budget);
}

/* Make the missing component @name in @dir and open it. */
static int make_component(int root, int dir, const char *prefix, size_t base, const char *name,
			  enum rootpath_kind kind, enum rootpath_links links, int budget)
{
	auto_fd int file = -1;
	int r, fd;

	if (kind == ROOTPATH_DIR) {
		r = mkdirat(dir, name, 0755);
	} else {
		file = openat(dir, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_WRONLY, 0644);
		r = file < 0 ? -1 : 0;
	}
	if (r < 0 && errno != EEXIST)
		return -1;
	if (r < 0 && links == ROOTPATH_FOLLOW) {
		fd = make_link_target(root, dir, prefix, base, name, kind, links, budget);
		/* EINVAL of readlinkat(2): no link at all, somebody made the name meanwhile */
		if (fd >= 0 || errno != EINVAL)
			return fd;
	}
	return open_how(dir, name, O_PATH | O_NOFOLLOW, UAPI_RESOLVE_BENEATH | UAPI_RESOLVE_NO_MAGICLINKS);
}

/* End of the component that starts at or after @start (slashes skipped), and where it starts. */
static size_t next_component(const char *path, size_t start, size_t *ret_name)
{
	while (path[start] == '/')
		start++;
	*ret_name = start;
	while (path[start] != '\0' && path[start] != '/')
		start++;
	return start;
}

/* Where the last component of @path begins, trailing slashes apart. */
static size_t last_component(const char *path)
{
	size_t end = strlen(path);

	while (end > 0 && path[end - 1] == '/')
		end--;
	while (end > 0 && path[end - 1] != '/')
		end--;
	return end;
}

/*
 * Of @path, of which something is missing: open all but the last component, where only that one is missing, as
 * usual, and say in *@ret_at where it begins; otherwise the root, and 0.
 */
static int open_deepest(int root, const char *path, enum rootpath_links links, size_t *ret_at)
{
	size_t at = last_component(path);
	char parent[PATH_MAX];
	int fd;

	memcpy(parent, path, at);
	parent[at] = '\0';
	*ret_at = at;
	fd = at == 0 ? -1 : rootpath_open(root, parent, links == ROOTPATH_NONE ? links : ROOTPATH_FOLLOW);
	if (fd >= 0)
		return fd;
	*ret_at = 0;
	return rootpath_open(root, "/", links);
}

static int make(int root, const char *path, enum rootpath_kind kind, enum rootpath_links links, int budget)
{
	int fd = rootpath_open(root, path, links);
	auto_fd int dir = -1;
	char prefix[PATH_MAX], name[NAME_MAX + 1];
	size_t at, start, end;
	bool is_missing;

	if (fd >= 0 || errno != ENOENT)
		return fd;
	if (budget == 0) {
		errno = ELOOP;
		return -1;
	}
	if (strlen(path) >= sizeof(prefix)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	dir = open_deepest(root, path, links, &at);
	/* All but the last component is there, so it was that one a moment ago. */
	is_missing = at > 0;
	for (end = next_component(path, at, &start); dir >= 0 && start < end; end = next_component(path, at, &start)) {
		size_t next;
		bool is_last;

		(void)next_component(path, end, &next);
		is_last = path[next] == '\0';
		at = end;
		memcpy(prefix, path, end);
		prefix[end] = '\0';
		fd = -1;
		if (!is_missing)
			fd = rootpath_open(root, prefix, is_last || links == ROOTPATH_NONE ? links : ROOTPATH_FOLLOW);
		if (fd < 0 && (is_missing || errno == ENOENT) && end - start <= NAME_MAX) {
			memcpy(name, path + start, end - start);
			name[end - start] = '\0';
			fd = make_component(root, dir, prefix, start, name, is_last ? kind : ROOTPATH_DIR,
					    is_last || links == ROOTPATH_NONE ? links : ROOTPATH_FOLLOW,
					    budget - 1);
		}
		(void)close(dir);
		dir = fd;
	}
	return take_fd(&dir);
}

int rootpath_make(int root, const char *path, enum rootpath_kind kind, enum rootpath_links links, struct inode *ret)
{
	auto_fd int fd = make(root, path, kind, links, MAX_LINKS);
	struct inode inode;

	if (ret == NULL)
		ret = &inode;
	if (fd < 0 || inode_look(fd, ret) < 0)
		return -1;
	if (kind == ROOTPATH_DIR && !S_ISDIR(ret->mode)) {
		errno = ENOTDIR;
		return -1;
	}
	if (kind == ROOTPATH_FILE && S_ISDIR(ret->mode)) {
		errno = EISDIR;
		return -1;
	}
	return take_fd(&fd);
}

int rootpath_parent(int root, const char *path, char *name, unsigned long size)
{
	char parent[PATH_MAX], last[NAME_MAX + 1];

	if (split(path, parent, last) < 0)
		return -1;
	if (last[0] == '\0' || strcmp(last, ".") == 0 || strcmp(last, "..") == 0 || strlen(last) >= size) {
		errno = EINVAL;
		return -1;
	}
	memcpy(name, last, strlen(last) + 1);
	return make(root, parent[0] == '\0' ? "/" : parent, ROOTPATH_DIR, ROOTPATH_FOLLOW, MAX_LINKS);
}
