/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program in a sealed memfd; see memexe.h.
 * Runs in: host.
 */
#include "sys/memexe.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "sys/uapi.h"

/* Linux 6.3: says that the file is meant to be executed; older kernels refuse the flag. */
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

int memexe_open(const char *name, const void *image, size_t size)
{
	auto_fd int fd = -1;

	fd = (int)syscall(SYS_memfd_create, name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
	if (fd < 0 && errno == EINVAL)
		fd = (int)syscall(SYS_memfd_create, name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0 || fd_write_all(fd, image, size) < 0)
		return -1;
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return -1;
	return take_fd(&fd);
}
