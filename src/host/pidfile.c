/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pid file; see pidfile.h.
 * Runs in: host.
 */
#include "host/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/path.h"

int pidfile_open(struct pidfile *pidfile, const char *path, struct err *err)
{
	char dir[PATH_MAX];
	const char *name;
	int fd;

	if (path == NULL)
		return 0;
	name = path_base(path);
	if (*name == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return err_say(err, ERR_NOWHERE, "--pid-file %s: it names no file", path);
	if (strlen(name) >= sizeof(pidfile->name) || (size_t)(name - path) >= sizeof(dir)) {
		errno = ENAMETOOLONG;
		return err_errno(err, ERR_NOWHERE, "--pid-file %s", path);
	}
	(void)snprintf(dir, sizeof(dir), "%.*s", (int)(name - path), path);
	fd = open(dir[0] != '\0' ? dir : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(err, ERR_NOWHERE, "open the directory of --pid-file %s", path);
	memcpy(pidfile->name, name, strlen(name) + 1);
	pidfile->dir = fd;
	return 0;
}

int pidfile_write(struct pidfile *pidfile, pid_t pid, struct err *err)
{
	char temporary[40], text[24];
	auto_fd int fd = -1;
	int n;

	if (pidfile->dir < 0)
		return 0;
	/* Our own pid makes the name ours alone; one left by a dead namesake may be replaced. */
	(void)snprintf(temporary, sizeof(temporary), ".tare-pid-%d", (int)getpid());
	(void)unlinkat(pidfile->dir, temporary, 0);
	fd = openat(pidfile->dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return err_errno(err, ERR_NOWHERE, "make the pid file %s", pidfile->name);
	n = snprintf(text, sizeof(text), "%d", (int)pid);
	if (fd_write_all(fd, text, (size_t)n) < 0 ||
	    renameat(pidfile->dir, temporary, pidfile->dir, pidfile->name) < 0) {
		(void)err_errno(err, ERR_NOWHERE, "write the pid file %s", pidfile->name);
		(void)unlinkat(pidfile->dir, temporary, 0);
		return -1;
	}
	pidfile->is_written = true;
	return 0;
}

void pidfile_remove(struct pidfile *pidfile)
{
	if (pidfile->is_written)
		(void)unlinkat(pidfile->dir, pidfile->name, 0);
	pidfile->is_written = false;
}

void pidfile_close(struct pidfile *pidfile)
{
	fd_close(&pidfile->dir);
}
