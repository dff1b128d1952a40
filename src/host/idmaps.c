/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * User namespaces for id-mapped mounts; see idmaps.h.
 * Runs in: host; wait_for_end() in a child.
 */
#include "host/idmaps.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "plan/plan.h"
#include "sys/clone.h"
#include "sys/mountfd.h"
#include "sys/pidfd.h"
#include "sys/uapi.h"

/* "4294967295 4294967295 4294967295\n", for each of the 340 lines the kernel takes at most. */
#define MAP_LINE 34
#define MAP_SIZE (MAP_LINE * 340 + 1)

/* A line of mountinfo: two paths of PATH_MAX, escaped, and the options of a file system. */
#define MOUNTINFO_LINE 32768

/* Exists until the other end of the pipe is closed, be it by the end of the runtime. */
static void __attribute__((noreturn)) wait_for_end(int reading, int writing)
{
	char byte;

	(void)close(writing);
	while (read(reading, &byte, 1) < 0 && errno == EINTR)
		;
	_exit(0);
}

/* Write a whole map in one write(2), as the kernel wants it. */
static int write_map(pid_t pid, const char *file, const struct plan_idmap *map, size_t n, uint32_t at, struct err *err)
{
	char text[MAP_SIZE], path[64];
	auto_fd int fd = -1;
	size_t len = 0;

	for (size_t i = 0; i < n && len + MAP_LINE < MAP_SIZE; i++)
		len += (size_t)snprintf(text + len, MAP_SIZE - len, "%u %u %u\n", map[i].inside, map[i].outside,
					map[i].count);
	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, len) != (ssize_t)len)
		return err_errno(err, at, "write the %s of an id-mapped mount", file);
	return 0;
}

/* @pid is our child, not yet waited for: the number is still its own. */
static int set_up(pid_t pid, const struct plan_mount_idmap *idmap, struct err *err)
{
	char path[64];
	int fd;

	if (write_map(pid, "uid_map", idmap->uid_map, idmap->n_uid_map, idmap->at, err) < 0 ||
	    write_map(pid, "gid_map", idmap->gid_map, idmap->n_gid_map, idmap->at, err) < 0)
		return -1;
	(void)snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? err_errno(err, idmap->at, "open the user namespace of an id-mapped mount") : fd;
}

static int make_namespace(const struct plan_mount_idmap *idmap, struct err *err)
{
	int ends[2];
	auto_fd int pidfd = -1;
	struct pidfd_exit end;
	pid_t pid;
	int fd;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_errno(err, idmap->at, "make a pipe");
	pid = clone_process(CLONE_NEWUSER, -1, &pidfd);
	if (pid == 0)
		wait_for_end(ends[0], ends[1]);
	if (pid < 0) {
		fd = errno == ENOSPC ? err_say(err, idmap->at, "make a user namespace for an id-mapped mount: a limit is "
					       "reached (user.max_user_namespaces, or nesting)") :
				       err_errno(err, idmap->at, "make a user namespace for an id-mapped mount");
	} else {
		fd = set_up(pid, idmap, err);
	}
	(void)close(ends[0]);
	(void)close(ends[1]);
	if (pid > 0)
		(void)pidfd_wait(pidfd, &end);
	return fd;
}

/* The namespace that the container joins says how. */
static int copy_joined(int joined, const struct plan_mount_idmap *idmap, struct err *err)
{
	int fd = joined < 0 ? -1 : fcntl(joined, F_DUPFD_CLOEXEC, 3);

	if (joined < 0)
		return err_say(err, idmap->at, "an id-mapped mount without a mapping");
	return fd < 0 ? err_errno(err, idmap->at, "copy a descriptor") : fd;
}

static bool is_same_map(const struct plan_idmap *a, size_t n_a, const struct plan_idmap *b, size_t n_b)
{
	if (n_a != n_b)
		return false;
	for (size_t i = 0; i < n_a; i++) {
		if (a[i].inside != b[i].inside || a[i].outside != b[i].outside || a[i].count != b[i].count)
			return false;
	}
	return true;
}

static bool is_same(const struct plan_mount_idmap *a, const struct plan_mount_idmap *b)
{
	return is_same_map(a->uid_map, a->n_uid_map, b->uid_map, b->n_uid_map) &&
	       is_same_map(a->gid_map, a->n_gid_map, b->gid_map, b->n_gid_map);
}

/* A copy of the namespace of an earlier mount that is mapped in the same way, or -1. */
static int find_same(const struct plan_mounts *mounts, size_t end, const int *user_ns)
{
	for (size_t i = 0; i < end; i++) {
		if (mounts->item[i].idmap != NULL && is_same(mounts->item[i].idmap, mounts->item[end].idmap))
			return fcntl(user_ns[i], F_DUPFD_CLOEXEC, 3);
	}
	return -1;
}

int idmaps_open(const struct plan *plan, int joined, int *user_ns, struct err *err)
{
	const struct plan_mounts *mounts = &plan->mounts;

	for (size_t i = 0; i < mounts->n; i++) {
		const struct plan_mount_idmap *idmap = mounts->item[i].idmap;

		if (idmap == NULL)
			continue;
		user_ns[i] = find_same(mounts, i, user_ns);
		if (user_ns[i] < 0)
			user_ns[i] = idmap->n_uid_map == 0 ? copy_joined(joined, idmap, err) : make_namespace(idmap, err);
		if (user_ns[i] < 0)
			return -1;
	}
	return 0;
}

/* Which mount @fd is on, as in mountinfo; -1 when nothing says so. */
static long mount_id(int fd)
{
	char path[64], text[512];
	auto_fd int info = -1;
	const char *found;
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = open(path, O_RDONLY | O_CLOEXEC);
	n = info < 0 ? -1 : fd_read_all(info, text, sizeof(text) - 1);
	if (n < 0)
		return -1;
	text[n] = '\0';
	found = strstr(text, "mnt_id:");
	return found == NULL ? -1 : strtol(found + 7, NULL, 10);
}

/* The type of the file system that @fd is on, from mountinfo (proc(5)): the word after " - ". */
static void find_type(int fd, char *type, size_t size)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char line[MOUNTINFO_LINE];
	long id = mount_id(fd);

	(void)snprintf(type, size, "%s", "of its source");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		const char *dash = strstr(line, " - ");

		if (strtol(line, NULL, 10) != id || dash == NULL)
			continue;
		(void)snprintf(type, size, "%.*s", (int)strcspn(dash + 3, " \n"), dash + 3);
		break;
	}
	if (file != NULL)
		(void)fclose(file);
}

int idmaps_apply(const struct plan_mount *mount, int source, int tree, int user_ns, struct err *err)
{
	char type[64];

	if (mountfd_idmap(tree, mount->idmap->recursive, user_ns) == 0)
		return 0;
	if (errno != EINVAL)
		return err_errno(err, mount->idmap->at, "map the ids of %s for %s", mount->source, mount->target);
	find_type(source, type, sizeof(type));
	return err_say(err, mount->idmap->at, "map the ids of %s for %s: the file system %s, or one mounted below it, "
		       "cannot be id-mapped by this kernel", mount->source, mount->target, type);
}
