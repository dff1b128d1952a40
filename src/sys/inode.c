/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a descriptor is open on; see inode.h.
 * Runs in: either.
 */
#include "sys/inode.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "sys/uapi.h"

/* A seccomp filter around us may be older than the call. */
static int look_by_fstat(int fd, struct inode *ret)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -1;
	*ret = (struct inode){ .dev = st.st_dev, .ino = st.st_ino, .mode = st.st_mode };
	return 0;
}

int inode_look(int fd, struct inode *ret)
{
	struct uapi_statx st = { .mask = 0 };

	if (syscall(SYS_statx, fd, "", AT_EMPTY_PATH, UAPI_STATX_TYPE | UAPI_STATX_MODE | UAPI_STATX_INO |
		    UAPI_STATX_MNT_ID, &st) < 0)
		return look_by_fstat(fd, ret);
	*ret = (struct inode){
		.dev = makedev(st.dev_major, st.dev_minor),
		.ino = st.ino,
		.mount = st.mnt_id,
		.has_mount = (st.mask & UAPI_STATX_MNT_ID) != 0,
		.mode = st.mode,
	};
	return 0;
}

bool inode_is_same(const struct inode *a, const struct inode *b)
{
	if (a->dev != b->dev || a->ino != b->ino)
		return false;
	return !a->has_mount || !b->has_mount || a->mount == b->mount;
}
