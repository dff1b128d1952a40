/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Existing device nodes; see devnode.h.
 * Runs in: either.
 */
#include "sys/devnode.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"

static int open_if_same(const char *path, mode_t type, dev_t number)
{
	auto_fd int fd = open(path, O_PATH | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || (st.st_mode & S_IFMT) != type || st.st_rdev != number)
		return -1;
	return take_fd(&fd);
}

int devnode_open(const char *path, mode_t type, unsigned int major, unsigned int minor)
{
	int fd = open_if_same(path, type, makedev(major, minor));
	char by_number[64];

	if (fd >= 0)
		return fd;
	(void)snprintf(by_number, sizeof(by_number), "/dev/%s/%u:%u", type == S_IFBLK ? "block" : "char", major, minor);
	return open_if_same(by_number, type, makedev(major, minor));
}
