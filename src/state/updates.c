/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the updates of one container share; see updates.h.
 * Runs in: host.
 */
#include "state/updates.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "sys/flockwait.h"

/* Always so many digits, so that a number replaces another one in one write. */
#define FORMAT "%020" PRIu64 "\n"
enum { TEXT_SIZE = 22 };

/* An update writes some files of the cgroup; the kernel may reclaim memory meanwhile. */
#define LOCK_DEADLINE_MS 10000

int updates_lock(int dirfd, struct err *err)
{
	auto_fd int fd = openat(dirfd, UPDATES_FILE, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_errno(err, ERR_NOWHERE, "open " UPDATES_FILE);
	if (flockwait_exclusive(fd, LOCK_DEADLINE_MS) == 0)
		return take_fd(&fd);
	if (errno == EWOULDBLOCK)
		return err_say(err, ERR_NOWHERE, "another update of the container did not end within %d seconds",
			       LOCK_DEADLINE_MS / 1000);
	return err_errno(err, ERR_NOWHERE, "lock " UPDATES_FILE);
}

int updates_read(int fd, uint64_t *ret_rules, struct err *err)
{
	char text[TEXT_SIZE + 1];
	ssize_t n = pread(fd, text, TEXT_SIZE, 0);

	if (n < 0)
		return err_errno(err, ERR_NOWHERE, "read " UPDATES_FILE);
	text[n] = '\0';
	*ret_rules = strtoull(text, NULL, 10);
	return 0;
}

int updates_write(int fd, uint64_t rules, struct err *err)
{
	char text[TEXT_SIZE];
	int n = snprintf(text, sizeof(text), FORMAT, rules);
	ssize_t written = pwrite(fd, text, (size_t)n, 0);

	if (written < 0)
		return err_errno(err, ERR_NOWHERE, "write " UPDATES_FILE);
	return written == n ? 0 : err_say(err, ERR_NOWHERE, "write " UPDATES_FILE ": no room");
}
