/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two FIFOs of `start`; see fifo.h.
 * Runs in: host.
 */
#include "state/fifo.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"

int fifo_make(int dirfd, struct err *err)
{
	if (mkfifoat(dirfd, FIFO_STATUS, 0600) < 0)
		return err_errno(err, ERR_NOWHERE, "make %s", FIFO_STATUS);
	if (mkfifoat(dirfd, FIFO_GO, 0600) < 0)
		return err_errno(err, ERR_NOWHERE, "make %s", FIFO_GO);
	return 0;
}

/* A FIFO and nothing else: opening another file could do anything. */
static int open_fifo(int dirfd, const char *name, int flags)
{
	auto_fd int fd = openat(dirfd, name, flags | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if (!S_ISFIFO(st.st_mode)) {
		errno = EINVAL;
		return -1;
	}
	return take_fd(&fd);
}

int fifo_open_init_ends(int dirfd, int *ret_go, int *ret_status, struct err *err)
{
	auto_fd int go = open_fifo(dirfd, FIFO_GO, O_RDWR);
	auto_fd int status = -1;

	if (go < 0)
		return err_errno(err, ERR_NOWHERE, "open %s", FIFO_GO);
	status = open_fifo(dirfd, FIFO_STATUS, O_RDWR);
	if (status < 0)
		return err_errno(err, ERR_NOWHERE, "open %s", FIFO_STATUS);
	*ret_go = take_fd(&go);
	*ret_status = take_fd(&status);
	return 0;
}

/* The writing end, if init reads at the other; -1 with errno ENXIO or ENOENT when nobody does. */
static int open_go(int dirfd)
{
	return open_fifo(dirfd, FIFO_GO, O_WRONLY | O_NONBLOCK);
}

int fifo_is_held(int dirfd, struct err *err)
{
	auto_fd int status = open_fifo(dirfd, FIFO_STATUS, O_WRONLY | O_NONBLOCK);

	if (status >= 0)
		return 1;
	if (errno == ENXIO || errno == ENOENT)
		return 0;
	return err_errno(err, ERR_NOWHERE, "open %s", FIFO_STATUS);
}

static int refuse_gone(struct err *err)
{
	int r = err_say(err, ERR_NOWHERE, "the container's process does not wait to be started");

	err->code = ENXIO;
	return r;
}

/* What came from the container's process is text only once it is known to end. */
static void end_texts(struct err *err)
{
	err->phase[sizeof(err->phase) - 1] = '\0';
	err->file[sizeof(err->file) - 1] = '\0';
	err->text[sizeof(err->text) - 1] = '\0';
	err->excerpt[sizeof(err->excerpt) - 1] = '\0';
}

/* To the end of file: the byte, one whole record, or both. */
static int wait_executed(int status, struct err *err)
{
	struct err theirs = ERR_INIT;
	char said[1 + sizeof(theirs)];
	ssize_t n;

	if (fcntl(status, F_SETFL, 0) < 0)
		return err_errno(err, ERR_NOWHERE, "wait at %s", FIFO_STATUS);
	n = fd_read_all(status, said, sizeof(said));
	if (n == 1)
		return 0;
	if (n < 0)
		return err_errno(err, ERR_NOWHERE, "read %s", FIFO_STATUS);
	if (n == 0)
		return err_say(err, ERR_NOWHERE, "the container's process was killed before it executed its program");
	if ((size_t)n != sizeof(theirs) && (size_t)n != sizeof(said))
		return err_say(err, ERR_NOWHERE,
			       "the container's process failed and its report broke off");
	memcpy(&theirs, said + (size_t)n - sizeof(theirs), sizeof(theirs));
	end_texts(&theirs);
	*err = theirs;
	return -1;
}

int fifo_release(int dirfd, struct err *err)
{
	/* The reading end first, or init's death in between would look like an end of file. */
	auto_fd int status = open_fifo(dirfd, FIFO_STATUS, O_RDONLY | O_NONBLOCK);
	auto_fd int go = -1;

	if (status < 0 && errno == ENOENT)
		return refuse_gone(err);
	if (status < 0)
		return err_errno(err, ERR_NOWHERE, "open %s", FIFO_STATUS);
	go = open_go(dirfd);
	if (go < 0 && (errno == ENXIO || errno == ENOENT))
		return refuse_gone(err);
	if (go < 0 || fd_write_all(go, "", 1) < 0)
		return err_errno(err, ERR_NOWHERE, "write %s", FIFO_GO);
	if (wait_executed(status, err) < 0)
		return -1;
	/* Only now: until execve succeeded the container is not running. */
	if ((unlinkat(dirfd, FIFO_GO, 0) < 0 || unlinkat(dirfd, FIFO_STATUS, 0) < 0) &&
	    errno != ENOENT)
		return err_errno(err, ERR_NOWHERE, "remove %s", FIFO_GO);
	return 0;
}
