/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pseudo terminals; see tty.h, pts(4), ioctl_tty(2).
 * Runs in: init.
 */
#include "sys/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <termios.h>
#include <unistd.h>

#include "base/fd.h"
#include "sys/uapi.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

/* drivers/tty: the multiplexer is 5:2 and has inode 2 in every devpts */
#define PTMX_MAJOR 5
#define PTMX_MINOR 2
#define PTMX_INODE 2

static int check_ptmx(int fd)
{
	struct statfs fs;
	struct stat st;

	if (fstatfs(fd, &fs) < 0 || fstat(fd, &st) < 0)
		return -1;
	if ((unsigned long)fs.f_type == UAPI_DEVPTS_SUPER_MAGIC && S_ISCHR(st.st_mode) &&
	    st.st_rdev == makedev(PTMX_MAJOR, PTMX_MINOR) && st.st_ino == PTMX_INODE)
		return 0;
	errno = EXDEV;
	return -1;
}

int tty_open_pair(int devpts, int *ret_master, int *ret_slave)
{
	auto_fd int master = -1, slave = -1;
	int unlock = 0;
	unsigned int number = 0;

	master = openat(devpts, "ptmx", O_RDWR | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
	if (master < 0 || check_ptmx(master) < 0)
		return -1;
	if (ioctl(master, TIOCSPTLCK, &unlock) < 0 || ioctl(master, TIOCGPTN, &number) < 0)
		return -1;
	slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return -1;
	*ret_master = take_fd(&master);
	*ret_slave = take_fd(&slave);
	return (int)number;
}

int tty_set_size(int fd, unsigned short rows, unsigned short columns)
{
	struct winsize size = { .ws_row = rows, .ws_col = columns };

	return ioctl(fd, TIOCSWINSZ, &size);
}

int tty_take_control(int fd)
{
	if (setsid() < 0)
		return -1;
	return ioctl(fd, TIOCSCTTY, 0);
}
