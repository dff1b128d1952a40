/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ownership of file descriptors and heap blocks by scope.  A variable declared `auto_fd` is closed
 * when its scope ends; take_fd() moves the descriptor out of it.
 * Runs in: either.
 */
#ifndef TARE_BASE_FD_H
#define TARE_BASE_FD_H

#include <stddef.h>
#include <sys/types.h>

struct err;

/* Close *@fd if it is open (>= 0) and set it to -1; errno is kept. */
void fd_close(int *fd);

/* An int that owns a descriptor: `auto_fd int fd = -1;` */
#define auto_fd __attribute__((cleanup(fd_close)))

/* Move the descriptor out of *@fd: returns it and leaves -1 behind. */
static inline int take_fd(int *fd)
{
	int r = *fd;

	*fd = -1;
	return r;
}

/*
 * Write all of @data to @fd, going on after EINTR and short writes.
 * Returns 0, or -1 with errno set.
 */
int fd_write_all(int fd, const void *data, size_t len);

/*
 * Read until end of file or until @size bytes are there, going on after EINTR.
 * Returns the number of bytes, or -1 with errno set.
 */
ssize_t fd_read_all(int fd, void *data, size_t size);

/* Set or clear FD_CLOEXEC.  Returns 0, or -1 with errno set. */
int fd_set_cloexec(int fd, int on);

/*
 * Mark every descriptor from @first on close-on-exec with one call, as far as the kernel has it (close_range(2),
 * Linux 5.11), else those below FD_SEALED_BELOW one by one.  Calls nothing but fcntl(2) and that.
 */
enum { FD_SEALED_BELOW = 1024 };
void fd_seal(unsigned int first);

/*
 * First act of the program (security.md R10): open /dev/null on whichever of 0, 1 and 2 is closed.
 * Returns 0, or -1 with @err filled.
 */
int fd_open_standard(struct err *err);

/*
 * Before anything is executed (security.md R10): mark every descriptor from 3 + @preserved on close-on-exec
 * (close_range(2), Linux 5.11; by /proc/self/fd before).  Returns 0, or -1 with @err filled.
 */
int fd_seal_inherited(unsigned int preserved, struct err *err);

#endif
