/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Facts about the host; see probe.h.
 * Runs in: host.
 */
#include "host/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "libocispec/arena.h"
#include "sys/priv.h"
#include "sys/uapi.h"

#define CGROUP_MOUNT "/sys/fs/cgroup"

/* /proc/self/cgroup of a machine with every v1 controller is below 2 KiB. */
#define CGROUP_TEXT 8192

/* More v1 hierarchies than the kernel has controllers, with room for named ones. */
#define MAX_HIERARCHIES 32

/* linux/nsfs.h; Linux 4.9: the inode number of the first user namespace is fixed */
#define FIRST_USER_NS_INODE 0xEFFFFFFDU

static bool is_magic(const char *path, long magic)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && (unsigned long)fs.f_type == (unsigned long)magic;
}

bool probe_in_user_ns(void)
{
	struct stat st;

	return stat("/proc/self/ns/user", &st) == 0 && st.st_ino != FIRST_USER_NS_INODE;
}

enum cgroup_mode probe_cgroup_mode(void)
{
	if (is_magic(CGROUP_MOUNT, UAPI_CGROUP2_SUPER_MAGIC))
		return CGROUP_MODE_V2;
	if (!is_magic(CGROUP_MOUNT, UAPI_TMPFS_MAGIC))
		return CGROUP_MODE_NONE;
	return is_magic(CGROUP_MOUNT "/unified", UAPI_CGROUP2_SUPER_MAGIC) ? CGROUP_MODE_HYBRID : CGROUP_MODE_V1;
}

/* "yes" and "no" files of security modules: one letter. */
static bool says_yes(const char *path)
{
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	char letter = 'N';

	return fd >= 0 && read(fd, &letter, 1) == 1 && letter == 'Y';
}

static unsigned int last_capability(void)
{
	unsigned int cap = 0;

	while (prctl(PR_CAPBSET_READ, cap + 1, 0, 0, 0) >= 0)
		cap++;
	return cap;
}

static uint64_t bounding_set(unsigned int last)
{
	uint64_t set = 0;

	for (unsigned int cap = 0; cap <= last; cap++) {
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1)
			set |= UINT64_C(1) << cap;
	}
	return set;
}

/* Where the hierarchy of @controllers is mounted below /sys/fs/cgroup: by its whole name, else by the
 * name of one controller, since distributions link one to the other. */
static const char *mount_of(struct arena *arena, const char *controllers)
{
	const char *name = strncmp(controllers, "name=", 5) == 0 ? controllers + 5 : controllers;
	const char *path = arena_format(arena, CGROUP_MOUNT "/%s", name);
	struct stat st;

	if (stat(path, &st) == 0)
		return name;
	for (const char *one = name; *one != '\0'; one += strspn(one, ",")) {
		size_t n = strcspn(one, ",");
		char *first = arena_text(arena, one, n);

		if (stat(arena_format(arena, CGROUP_MOUNT "/%s", first), &st) == 0)
			return first;
		one += n;
	}
	return NULL;
}

/* cgroups(7): "hierarchy-ID:controller-list:path" per line, the v2 tree with an empty list. */
static int read_hierarchies(struct arena *arena, struct facts *facts, struct err *err)
{
	const char **controllers = arena_array(arena, MAX_HIERARCHIES + 1, sizeof(*controllers));
	const char **mounts = arena_array(arena, MAX_HIERARCHIES + 1, sizeof(*mounts));
	char *text = arena_alloc(arena, CGROUP_TEXT);
	auto_fd int fd = open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC);
	size_t n = 0;
	char *line;

	facts->v1_controllers = controllers;
	facts->v1_mounts = mounts;
	if (facts->cgroup_mode != CGROUP_MODE_V1 && facts->cgroup_mode != CGROUP_MODE_HYBRID)
		return 0;
	if (fd < 0 || fd_read_all(fd, text, CGROUP_TEXT - 1) < 0)
		return err_errno(err, ERR_NOWHERE, "read /proc/self/cgroup");
	while (n < MAX_HIERARCHIES && (line = strsep(&text, "\n")) != NULL) {
		const char *list;

		(void)strsep(&line, ":");
		list = strsep(&line, ":");
		if (line == NULL || list == NULL || list[0] == '\0')
			continue;
		mounts[n] = mount_of(arena, list);
		if (mounts[n] != NULL)
			controllers[n++] = list;
	}
	mounts[n] = NULL;
	return 0;
}

int probe_host(struct arena *arena, const char *bundle, struct facts *ret_facts, struct err *err)
{
	struct facts facts = {
		.euid = geteuid(),
		.egid = getegid(),
		.last_capability = last_capability(),
		.in_user_ns = probe_in_user_ns(),
		.cgroup_mode = probe_cgroup_mode(),
		.apparmor = says_yes("/sys/module/apparmor/parameters/enabled"),
		.selinux = access("/sys/fs/selinux/enforce", F_OK) == 0,
		.seccomp_filter = prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0,
		.bundle = bundle,
	};
	uint64_t effective, inheritable;

	if (priv_capget(&effective, &facts.capabilities, &inheritable) < 0)
		return err_errno(err, ERR_NOWHERE, "look at our own capabilities");
	facts.bounding = bounding_set(facts.last_capability);
	if (read_hierarchies(arena, &facts, err) < 0)
		return -1;
	*ret_facts = facts;
	return 0;
}
