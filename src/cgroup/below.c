/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Places below the container's cgroup for a process of exec: one that the container has made, one that the
 * command names, one of its own.  Whatever is there was made by the container, so it is opened without
 * following links; only descriptors change, since the cgroup of the record stays what it is.
 * Runs in: host.
 */
#include "cgroup/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/str.h"
#include "cgroup/tree.h"
#include "sys/membarrier.h"
#include "sys/rootpath.h"

static int open_below(int dir, const char *path)
{
	return rootpath_beneath(dir, path, O_RDONLY | O_DIRECTORY);
}

/* The path of process @pid in the v2 tree, below that of @cg, written to @buf; false when it is not below it. */
static bool find_below(const struct cgroup *cg, pid_t pid, char *buf, size_t size)
{
	const size_t len = strlen(cg->ref.path);
	char text[4 * TREE_FILE_SIZE], name[32];
	char *rest = text;
	const char *line;

	(void)snprintf(name, sizeof(name), "/proc/%d/cgroup", (int)pid);
	if (tree_read_at(AT_FDCWD, name, text, sizeof(text)) < 0)
		return false;
	while ((line = strsep(&rest, "\n")) != NULL) {
		const char *path = str_after(line, "0::");

		if (path == NULL || strncmp(path, cg->ref.path, len) != 0 || path[len] != '/')
			continue;
		return (size_t)snprintf(buf, size, "%s", path + len + 1) < size;
	}
	return false;
}

int cgroup_follow(struct cgroup *cg, pid_t pid, struct err *err)
{
	size_t i = tree_find_v2(&cg->ref);
	char text[TREE_FILE_SIZE], below[PATH_MAX];
	int fd;

	if (i == TREE_NONE || (tree_read_at(cg->fd[i], "cgroup.subtree_control", text, sizeof(text)) <= 0 &&
			       tree_read_at(cg->fd[i], "cgroup.procs", text, sizeof(text)) != 0) ||
	    !find_below(cg, pid, below, sizeof(below)))
		return 0;
	fd = open_below(cg->fd[i], below);
	if (fd < 0)
		return err_errno(err, ERR_NOWHERE, "open cgroup %s/%s", cg->ref.path, below);
	fd_close(&cg->fd[i]);
	cg->fd[i] = fd;
	return 0;
}

/* A path below, whatever stands in front of it. */
static const char *check_path(const char *path, struct err *err)
{
	const char *below = path + strspn(path, "/");

	for (const char *p = below; *p != '\0'; p += strspn(p, "/")) {
		size_t len = strcspn(p, "/");

		if (len == 2 && memcmp(p, "..", 2) == 0) {
			(void)err_say(err, ERR_NOWHERE, "\"%s\" leads out of the container's cgroup", path);
			return NULL;
		}
		p += len;
	}
	return *below == '\0' ? "." : below;
}

static int descend(struct cgroup *cg, size_t i, const char *path, struct err *err)
{
	int fd = open_below(cg->fd[i], path);

	if (fd < 0)
		return err_errno(err, ERR_NOWHERE, "open cgroup %s/%s in /sys/fs/cgroup/%s", cg->ref.path, path,
				 cg->ref.tree[i].mount);
	fd_close(&cg->fd[i]);
	cg->fd[i] = fd;
	return 0;
}

/* In the v1 hierarchy of each controller in the list, with commas between them. */
static int descend_some(struct cgroup *cg, const char *controllers, size_t len, const char *path, struct err *err)
{
	const char *end = controllers + len;

	for (const char *p = controllers; p <= end; p++) {
		size_t n = strcspn(p, ",:");
		char name[NAME_MAX + 1];
		size_t i;

		(void)snprintf(name, sizeof(name), "%.*s", (int)n, p);
		i = tree_find(&cg->ref, name);
		if (i == TREE_NONE)
			return err_say(err, ERR_NOWHERE, "the container is in no cgroup v1 hierarchy of the controller \"%s\"",
				       name);
		if (descend(cg, i, path, err) < 0)
			return -1;
		p += n;
	}
	return 0;
}

int cgroup_descend(struct cgroup *cg, const char *place, struct err *err)
{
	const char *colon = strchr(place, ':');
	const char *path = check_path(colon == NULL ? place : colon + 1, err);

	if (path == NULL)
		return -1;
	if (!cgroup_is_present(cg))
		return err_say(err, ERR_NOWHERE, "the container has no cgroup of its own");
	if (colon != NULL)
		return descend_some(cg, place, (size_t)(colon - place), path, err);
	for (size_t i = 0; i < cg->ref.n; i++) {
		if (descend(cg, i, path, err) < 0)
			return -1;
	}
	return 0;
}

int cgroup_split(struct cgroup *cg, const char *name, struct cgroup *ret_part, struct err *err)
{
	size_t i = tree_find_lister(&cg->ref);
	int fd;

	if (i == TREE_NONE)
		return err_say(err, ERR_NOWHERE, "the container has no cgroup of its own");
	if (mkdirat(cg->fd[i], name, 0755) < 0)
		return err_errno(err, ERR_NOWHERE, "make cgroup %s/%s", cg->ref.path, name);
	fd = openat(cg->fd[i], name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		(void)err_errno(err, ERR_NOWHERE, "open cgroup %s/%s", cg->ref.path, name);
		(void)unlinkat(cg->fd[i], name, AT_REMOVEDIR);
		return -1;
	}
	if (i == tree_find(&cg->ref, "cpuset") && tree_v1_fill_cpuset(fd) < 0) {
		(void)err_errno(err, ERR_NOWHERE, "give cgroup %s/%s its parent's CPUs", cg->ref.path, name);
		(void)unlinkat(cg->fd[i], name, AT_REMOVEDIR);
		fd_close(&fd);
		return -1;
	}
	*ret_part = (struct cgroup){ .ref = { .manager = cg->ref.manager, .mode = cg->ref.mode, .path = cg->ref.path,
					      .tree = { cg->ref.tree[i] }, .n = 1 } };
	ret_part->fd[0] = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	fd_close(&cg->fd[i]);
	cg->fd[i] = fd;
	return ret_part->fd[0] < 0 ? err_errno(err, ERR_NOWHERE, "keep cgroup %s/%s", cg->ref.path, name) : 0;
}

void cgroup_unsplit(struct cgroup *part, const char *name, int wait_ms)
{
	long long end = tree_now_ms() + wait_ms;
	auto_fd int parent = -1;

	if (!cgroup_is_present(part))
		return;
	parent = openat(part->fd[0], "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (parent >= 0 && unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno == EBUSY && tree_now_ms() < end)
		membarrier_pass();
	cgroup_close(part);
	*part = CGROUP_INIT;
}
