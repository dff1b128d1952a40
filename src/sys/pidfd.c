/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes by descriptor; see pidfd.h.
 * Runs in: either.
 */
#include "sys/pidfd.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

/* Since Linux 5.1 new calls have one number on every architecture (alpha apart). */
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

/* waitid(2): the third argument is a pidfd (Linux 5.4); an enum where the C library knows it. */
#define WAIT_PIDFD ((idtype_t)3)

/* PID_FS_MAGIC of linux/magic.h: from Linux 6.9 on pidfds have a file system with real inodes. */
#define PIDFS_MAGIC 0x50494446

int pidfd_open(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	/* The number of a thread: EINVAL, or ENOENT where newer kernels (6.18 is one) keep these apart. */
	if (fd < 0 && pid > 0 && (errno == EINVAL || errno == ENOENT))
		errno = ESRCH;
	return fd;
}

int pidfd_send_signal(int pidfd, int sig)
{
	return (int)syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0);
}

int pidfd_has_ended(int pidfd, int timeout_ms)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	if (poll(&p, 1, timeout_ms) < 0)
		return -1;
	if (p.revents & POLLNVAL) {
		errno = EBADF;
		return -1;
	}
	return p.revents != 0;
}

int pidfd_wait(int pidfd, struct pidfd_exit *ret)
{
	siginfo_t info;

	memset(&info, 0, sizeof(info));
	while (waitid(WAIT_PIDFD, (id_t)pidfd, &info, WEXITED) < 0) {
		if (errno != EINTR)
			return -1;
	}
	ret->code = info.si_status;
	ret->by_signal = info.si_code != CLD_EXITED;
	return 0;
}

uint64_t pidfd_inode(int pidfd)
{
	struct statfs fs;
	struct stat st;

	if (fstatfs(pidfd, &fs) < 0 || fs.f_type != PIDFS_MAGIC || fstat(pidfd, &st) < 0)
		return 0;
	return st.st_ino;
}
