/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptors; see fd.h.
 * Runs in: either.
 */
#include "base/fd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"

/* linux/close_range.h, Linux 5.11; older headers lack it. */
#define CLOSE_RANGE_CLOEXEC_FLAG 4u

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

void fd_close(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
	errno = saved;
}

int fd_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

ssize_t fd_read_all(int fd, void *data, size_t size)
{
	size_t have = 0;

	while (have < size) {
		ssize_t n = read(fd, (char *)data + have, size - have);

		if (n < 0) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

int fd_set_cloexec(int fd, int on)
{
	/* There is no other flag of a descriptor, fcntl(2). */
	return fcntl(fd, F_SETFD, on ? FD_CLOEXEC : 0);
}

/* Before Linux 5.11: walk our own descriptor table. */
static int cloexec_by_listing(unsigned int first)
{
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *entry;
	int r = 0;

	if (dir == NULL)
		return -1;
	while (r == 0 && (entry = readdir(dir)) != NULL) {
		char *end;
		unsigned long fd = strtoul(entry->d_name, &end, 10);

		if (end != entry->d_name && *end == '\0' && fd >= first)
			r = fd_set_cloexec((int)fd, 1);
	}
	(void)closedir(dir);
	return r;
}

static bool seal_at_once(unsigned int first)
{
	return syscall(SYS_close_range, first, ~0U, CLOSE_RANGE_CLOEXEC_FLAG) == 0;
}

void fd_seal(unsigned int first)
{
	if (seal_at_once(first))
		return;
	for (unsigned int fd = first; fd < FD_SEALED_BELOW; fd++)
		(void)fd_set_cloexec((int)fd, 1);
}

int fd_open_standard(struct err *err)
{
	for (int fd = 0; fd < 3; fd++) {
		int null;

		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		/* The lowest free number is the one that is closed, since those below are open. */
		null = open("/dev/null", O_RDWR | O_NOCTTY); /* NOLINT(android-cloexec-open): stdio is inherited */
		if (null != fd)
			return err_errno(err, ERR_NOWHERE, "open /dev/null as descriptor %d", fd);
	}
	return 0;
}

int fd_seal_inherited(unsigned int preserved, struct err *err)
{
	unsigned int first = 3 + preserved;

	if (seal_at_once(first))
		return 0;
	if (cloexec_by_listing(first) < 0)
		return err_errno(err, ERR_NOWHERE, "mark inherited descriptors close-on-exec");
	return 0;
}
