/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attributes by remounting; see mountold.h.  mount(2) takes a path: that of the descriptor, in a procfs
 * of our own that nobody else can reach, so no other path is looked up (security.md R3, R5).
 * Runs in: either.
 */
#include "sys/mountold.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "sys/mountfd.h"
#include "sys/uapi.h"

/* f_flags of statfs(2) where they differ from MS_*: linux/statfs.h */
#define ST_RELATIME_FLAG 0x1000
#define ST_NOSYMFOLLOW_FLAG 0x2000

/* linux/mount.h, Linux 5.10 */
#define MS_NOSYMFOLLOW_FLAG 256ul

/* One attribute under its three names.  The access time is no set of bits: see access_time(). */
static const struct {
	uint64_t attr;
	long of_statfs;
	unsigned long of_mount;
} flags[] = {
	{ MOUNT_ATTR_RDONLY,      MS_RDONLY,           MS_RDONLY },
	{ MOUNT_ATTR_NOSUID,      MS_NOSUID,           MS_NOSUID },
	{ MOUNT_ATTR_NODEV,       MS_NODEV,            MS_NODEV },
	{ MOUNT_ATTR_NOEXEC,      MS_NOEXEC,           MS_NOEXEC },
	{ MOUNT_ATTR_NODIRATIME,  MS_NODIRATIME,       MS_NODIRATIME },
	{ MOUNT_ATTR_NOSYMFOLLOW, ST_NOSYMFOLLOW_FLAG, MS_NOSYMFOLLOW_FLAG },
};

/* The procfs mounted at @path; -1 with errno, ENOSYS when there is none. */
static int open_proc_at(const char *path)
{
	auto_fd int proc = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs st;

	if (proc < 0 || fstatfs(proc, &st) < 0)
		return -1;
	if ((unsigned long)st.f_type != UAPI_PROC_SUPER_MAGIC) {
		errno = ENOSYS;
		return -1;
	}
	return take_fd(&proc);
}

/*
 * A procfs nobody has in sight.  Where none can be made (in a user namespace that sees none, or whose pid namespace is
 * not ours) the caller's own: its working directory, or else /proc.
 */
static int open_proc(void)
{
	auto_fd int fs = mountfd_fsopen("proc");
	int proc = fs < 0 ? -1 : mountfd_create(fs, 0);

	if (proc < 0)
		proc = open_proc_at(".");
	return proc < 0 ? open_proc_at("/proc") : proc;
}

/* mount(2) with nothing but @ms for what is mounted where @fd is. */
static int change(int fd, unsigned long ms)
{
	auto_fd int proc = open_proc(), here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char path[32];
	int r, code;

	if (proc < 0 || here < 0 || fchdir(proc) < 0)
		return -1;
	(void)snprintf(path, sizeof(path), "self/fd/%d", fd);
	r = mount(NULL, path, NULL, ms, NULL);
	/* EINVAL: it is not attached. */
	code = r < 0 && errno == EINVAL ? ENOSYS : errno;
	if (fchdir(here) < 0)
		return -1;
	errno = code;
	return r;
}

static unsigned long access_time(uint64_t set, uint64_t clear, long of_statfs)
{
	if ((clear & MOUNT_ATTR__ATIME) != 0) {
		if ((set & MOUNT_ATTR__ATIME) == MOUNT_ATTR_NOATIME)
			return MS_NOATIME;
		return (set & MOUNT_ATTR__ATIME) == MOUNT_ATTR_STRICTATIME ? MS_STRICTATIME : MS_RELATIME;
	}
	if ((of_statfs & MS_NOATIME) != 0)
		return MS_NOATIME;
	return (of_statfs & ST_RELATIME_FLAG) != 0 ? MS_RELATIME : MS_STRICTATIME;
}

int mountold_setattr(int fd, bool recursive, uint64_t set, uint64_t clear)
{
	unsigned long ms = MS_REMOUNT | MS_BIND;
	struct statfs st;

	if (recursive) {
		errno = ENOSYS;
		return -1;
	}
	if (fstatfs(fd, &st) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		bool is_on = ((long)st.f_flags & flags[i].of_statfs) != 0;

		if ((set & flags[i].attr) != 0 || (is_on && (clear & flags[i].attr) == 0))
			ms |= flags[i].of_mount;
	}
	return change(fd, ms | access_time(set, clear, (long)st.f_flags));
}

int mountold_propagate(int fd, bool recursive, unsigned long type)
{
	return change(fd, type | (recursive ? MS_REC : 0));
}
