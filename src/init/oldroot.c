/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Clearing the old tree; see oldroot.h.
 * The table lists the container's mounts as well, under names that mean something else in the old tree: what
 * is unmounted there for nothing is hidden anyway, and a slave of the host's.
 * Runs in: init.
 */
#include "init/oldroot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "init/init.h"
#include "sys/mountfd.h"
#include "sys/rootpath.h"
#include "sys/uapi.h"

/* A line has two paths of PATH_MAX, with four bytes for some of theirs, and the options of a file system. */
#define TABLE_BYTES 65536

/* Mounts may lie on each other; each round takes the uppermost of every place. */
#define MAX_ROUNDS 64

int oldroot_open_table(const struct init *init, struct err *err)
{
	char path[32];
	int fd;

	(void)snprintf(path, sizeof(path), "%d/mountinfo", (int)getpid());
	fd = rootpath_beneath(init->proc, path, O_RDONLY);
	return fd < 0 ? err_errno(err, ERR_NOWHERE, "open the table of mounts") : fd;
}

/* "\040" and the like back to what they stand for, in place. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0'; from++) {
		if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] >= '0' && from[2] <= '7' &&
		    from[3] >= '0' && from[3] <= '7') {
			*to++ = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
			from += 3;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
}

char *oldroot_parse(char *line)
{
	const char *type = strstr(line, " - ");
	char *point = line;

	if (type == NULL || (strncmp(type, " - proc ", 8) != 0 && strncmp(type, " - sysfs ", 9) != 0))
		return NULL;
	/* The fifth field. */
	for (int i = 0; i < 4; i++) {
		point = strchr(point, ' ');
		if (point == NULL)
			return NULL;
		point++;
	}
	point[strcspn(point, " ")] = '\0';
	unescape(point);
	point += strspn(point, "/");
	return *point == '\0' ? NULL : point;
}

/* An empty directory over @path, that nobody who makes a user namespace later can take off. */
static int cover(const char *path)
{
	auto_fd int target = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	auto_fd int fs = target < 0 ? -1 : mountfd_fsopen("tmpfs");
	auto_fd int tree = fs < 0 ? -1 : mountfd_create(fs, MOUNT_ATTR_RDONLY);

	return tree < 0 ? -1 : mountfd_attach(tree, target);
}

/* One mount.  1 when it is gone, 0 when there is none or it is covered, -1 with errno. */
static int take(const char *path, bool covers)
{
	if (covers)
		return cover(path) < 0 && errno != ENOENT && errno != ENOTDIR ? -1 : 0;
	if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
		return 1;
	/* EINVAL: no mount, or one that is locked (mount_namespaces(7)). */
	return errno == EINVAL || errno == ENOENT || errno == ENOTDIR || errno == EACCES ? 0 : -1;
}

/* One pass over the table.  How many mounts went, or -1 with errno. */
static int pass(int table, bool covers)
{
	char text[TABLE_BYTES];
	size_t have = 0;
	int taken = 0;
	ssize_t n;

	if (lseek(table, 0, SEEK_SET) < 0)
		return -1;
	while ((n = read(table, text + have, sizeof(text) - have)) != 0) {
		char *line = text, *end;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		have += (size_t)n;
		for (; (end = memchr(line, '\n', (size_t)(text + have - line))) != NULL; line = end + 1) {
			const char *path;
			int r;

			*end = '\0';
			path = oldroot_parse(line);
			r = path == NULL ? 0 : take(path, covers);
			if (r < 0)
				return -1;
			taken += r;
		}
		have -= (size_t)(line - text);
		memmove(text, line, have);
		if (have == sizeof(text)) {
			errno = E2BIG;
			return -1;
		}
	}
	return taken;
}

int oldroot_clear(const struct init *init, int old, int table, struct err *err)
{
	int r = fchdir(old) < 0 ? -1 : 1;

	for (int i = 0; i < MAX_ROUNDS && r > 0; i++)
		r = pass(table, false);
	if (r >= 0 && init->plan->namespaces.has_user)
		r = pass(table, true);
	return r < 0 ? err_errno(err, ERR_NOWHERE, "take the host's procfs and sysfs out of the container") : 0;
}
