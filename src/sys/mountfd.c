/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mounts as descriptors; see mountfd.h.
 * Runs in: either.
 */
#include "sys/mountfd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "sys/mountold.h"
#include "sys/uapi.h"

int mountfd_fsopen(const char *type)
{
	return (int)syscall(SYS_fsopen, type, UAPI_FSOPEN_CLOEXEC);
}

int mountfd_set(int fs, const char *key, const char *value)
{
	if (value == NULL)
		return (int)syscall(SYS_fsconfig, fs, UAPI_FSCONFIG_SET_FLAG, key, NULL, 0);
	return (int)syscall(SYS_fsconfig, fs, UAPI_FSCONFIG_SET_STRING, key, value, 0);
}

int mountfd_create(int fs, uint64_t attr)
{
	if (syscall(SYS_fsconfig, fs, UAPI_FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	return (int)syscall(SYS_fsmount, fs, UAPI_FSMOUNT_CLOEXEC, (unsigned int)attr);
}

int mountfd_pick(int fd)
{
	return (int)syscall(SYS_fspick, fd, "", UAPI_FSPICK_CLOEXEC | UAPI_FSPICK_EMPTY_PATH);
}

int mountfd_reconfigure(int fs)
{
	return (int)syscall(SYS_fsconfig, fs, UAPI_FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0);
}

void mountfd_message(int fs, char *text, size_t size)
{
	int saved = errno;
	ssize_t n = read(fs, text, size - 1);

	if (n > 2 && text[1] == ' ') {
		memmove(text, text + 2, (size_t)n - 2);
		n -= 2;
	} else {
		n = 0;
	}
	while (n > 0 && text[n - 1] == '\n')
		n--;
	text[n] = '\0';
	errno = saved;
}

int mountfd_clone(int dir, const char *path, bool recursive)
{
	unsigned int flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;

	if (path == NULL)
		flags |= AT_EMPTY_PATH;
	if (recursive)
		flags |= AT_RECURSIVE;
	return (int)syscall(SYS_open_tree, dir, path == NULL ? "" : path, flags);
}

int mountfd_attach(int tree, int target)
{
	return (int)syscall(SYS_move_mount, tree, "", target, "",
			    MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

static int setattr(int fd, bool recursive, const struct uapi_mount_attr *attr)
{
	unsigned int flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);

	return (int)syscall(SYS_mount_setattr, fd, "", flags, attr, sizeof(*attr));
}

int mountfd_setattr(int fd, bool recursive, uint64_t set, uint64_t clear)
{
	struct uapi_mount_attr attr = { .attr_set = set, .attr_clr = clear };

	if (setattr(fd, recursive, &attr) == 0)
		return 0;
	return errno == ENOSYS ? mountold_setattr(fd, recursive, set, clear) : -1;
}

int mountfd_propagate(int fd, bool recursive, unsigned long type)
{
	struct uapi_mount_attr attr = { .propagation = type };

	if (setattr(fd, recursive, &attr) == 0)
		return 0;
	return errno == ENOSYS ? mountold_propagate(fd, recursive, type) : -1;
}

int mountfd_idmap(int fd, bool recursive, int user_ns)
{
	struct uapi_mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)(unsigned int)user_ns };

	return setattr(fd, recursive, &attr);
}

bool mountfd_may_be_root(int fd)
{
	struct uapi_statx st = { .attributes_mask = 0 };

	if (syscall(SYS_statx, fd, "", AT_EMPTY_PATH, 0, &st) < 0 ||
	    (st.attributes_mask & UAPI_STATX_ATTR_MOUNT_ROOT) == 0)
		return true;
	return (st.attributes & UAPI_STATX_ATTR_MOUNT_ROOT) != 0;
}
