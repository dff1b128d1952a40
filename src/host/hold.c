/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --wait-fifo; see hold.h.  Sources: fifo(7), inotify(7), poll(2).
 * Runs in: host.
 */
#include "host/hold.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/fd.h"

/* Time for a writer between open(2) and write(2). */
#define WRITER_MS 50

int hold_open(struct hold *hold, const char *path, struct err *err)
{
	char link[32];
	struct stat st;

	if (path == NULL)
		return 0;
	/* Non-blocking: else it would already wait here. */
	hold->fifo = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (hold->fifo < 0 || fstat(hold->fifo, &st) < 0)
		return err_errno(err, ERR_NOWHERE, "open --wait-fifo %s", path);
	if (!S_ISFIFO(st.st_mode))
		return err_say(err, ERR_NOWHERE, "--wait-fifo %s is no FIFO", path);
	hold->watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", hold->fifo);
	/* poll(2) does not tell of a writer that neither writes nor goes. */
	if (hold->watch < 0 || inotify_add_watch(hold->watch, link, IN_OPEN) < 0)
		return err_errno(err, ERR_NOWHERE, "watch --wait-fifo %s", path);
	return 0;
}

int hold_wait(struct hold *hold, int pidfd, int end, struct err *err)
{
	enum { FIFO, WATCH, PROCESS, END };
	struct pollfd fds[] = {
		[FIFO] = { .fd = hold->fifo, .events = POLLIN },
		[WATCH] = { .fd = hold->watch, .events = POLLIN },
		[PROCESS] = { .fd = pidfd, .events = POLLIN },
		[END] = { .fd = end, .events = POLLIN },
	};
	int r;

	if (hold->fifo < 0)
		return 0;
	do {
		r = poll(fds, sizeof(fds) / sizeof(fds[0]), -1);
	} while (r < 0 && errno == EINTR);
	if (r < 0)
		return err_errno(err, ERR_NOWHERE, "wait at the FIFO");
	if (fds[END].revents != 0)
		return err_say(err, ERR_NOWHERE, "a signal came while the process was held at --wait-fifo");
	if (fds[PROCESS].revents != 0) {
		(void)err_say(err, ERR_NOWHERE, "the process ended while it was held at --wait-fifo");
		err->code = EPIPE;
		return -1;
	}
	/* Who has just opened it is about to write: gone at once, we would break his pipe. */
	if (fds[FIFO].revents == 0)
		(void)poll(&fds[FIFO], 1, WRITER_MS);
	hold_close(hold);
	return 0;
}

void hold_close(struct hold *hold)
{
	fd_close(&hold->fifo);
	fd_close(&hold->watch);
}
