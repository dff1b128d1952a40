/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a descriptor is open on, all of it by one look.
 * Runs in: either.
 */
#ifndef TARE_SYS_INODE_H
#define TARE_SYS_INODE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * struct inode - a file, and by which mount it is open
 * @dev, @ino: the file, stat(2)
 * @mount: the mount's ID, of use while that is mounted; only if @has_mount: older kernels than Linux 5.8 do not tell
 * @mode:  its type and permissions, stat(2)
 */
struct inode {
	uint64_t dev, ino;
	uint64_t mount;
	bool has_mount;
	mode_t mode;
};

/* Look at the file that @fd is open on, O_PATH descriptors included.  -1 with errno set (statx(2)). */
int inode_look(int fd, struct inode *ret);

/*
 * True if both are the same file on the same mount: what is mounted on one of them covers the other.  Where the
 * mount is not known, the file counts.
 */
bool inode_is_same(const struct inode *a, const struct inode *b);

#endif
