/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Facts about the host; see probe.h.
 * Runs in: host.
 */
#include "host/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/str.h"
#include "host/describe.h"
#include "libocispec/arena.h"
#include "sys/mountfd.h"
#include "sys/priv.h"
#include "sys/selfstatus.h"
#include "sys/uapi.h"

#define CGROUP_MOUNT "/sys/fs/cgroup"

/* /proc/self/cgroup of a machine with every v1 controller is below 2 KiB. */
#define CGROUP_TEXT 8192

/* More v1 hierarchies than the kernel has controllers, with room for named ones. */
#define MAX_HIERARCHIES 32

/* Ranges of subordinate ids that one user has; there is hardly ever more than one. */
#define MAX_RANGES 64

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

/* From the last one that Linux 6.18 has, which others are not far from. */
static unsigned int last_capability(void)
{
	unsigned int cap = CAP_LAST_CAP;

	while (cap > 0 && prctl(PR_CAPBSET_READ, cap, 0, 0, 0) < 0)
		cap--;
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

/* Copies of mounts can be made in a mount namespace of our own user namespace only. */
static bool are_mounts_refused(const struct facts *facts)
{
	int tree;

	if ((facts->capabilities >> CAP_SYS_ADMIN & 1) == 0)
		return true;
	if (!facts->in_user_ns)
		return false;
	tree = mountfd_clone(AT_FDCWD, "/", false);
	if (tree < 0)
		tree = mountfd_clone(AT_FDCWD, "/", true);
	if (tree >= 0)
		(void)close(tree);
	return tree < 0;
}

/* subuid(5): "user:first:count" per line, the user by name or number. */
static void read_ranges(struct arena *arena, const char *path, const char *name, const struct facts_range **ret,
			size_t *ret_n)
{
	struct facts_range *ranges = arena_array(arena, MAX_RANGES, sizeof(*ranges));
	FILE *file = fopen(path, "re");
	char line[512], number[16];
	size_t n = 0;

	(void)snprintf(number, sizeof(number), "%u", (unsigned int)geteuid());
	while (file != NULL && n < MAX_RANGES && fgets(line, sizeof(line), file) != NULL) {
		char *rest = line;
		const char *user = strsep(&rest, ":");
		uint32_t range[2];

		if (rest == NULL || ((name == NULL || strcmp(user, name) != 0) && strcmp(user, number) != 0) ||
		    !str_numbers(rest, ":", range, 2))
			continue;
		ranges[n].first = range[0];
		ranges[n].count = range[1];
		n++;
	}
	if (file != NULL)
		(void)fclose(file);
	*ret = ranges;
	*ret_n = n;
}

static const char *find_helper(struct arena *arena, const char *name)
{
	/* PATH is the caller's, and what is found here gets more rights than he has. */
	static const char *const dirs[] = { "/usr/bin", "/bin", "/usr/local/bin", "/run/wrappers/bin" };

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		const char *path = arena_format(arena, "%s/%s", dirs[i], name);

		if (access(path, X_OK) == 0)
			return path;
	}
	return NULL;
}

/*
 * What an ordinary user has for a user namespace.  Whom /etc/passwd does not know is who his environment says,
 * without the name service: newuidmap(1) gives nobody the ranges of another one.
 */
static void look_at_user(struct arena *arena, struct facts *facts)
{
	const char *name = describe_user(arena, facts->euid);

	if (name == NULL)
		name = getenv("USER");

	read_ranges(arena, "/etc/subuid", name, &facts->subuid, &facts->n_subuid);
	read_ranges(arena, "/etc/subgid", name, &facts->subgid, &facts->n_subgid);
	facts->newuidmap = find_helper(arena, "newuidmap");
	facts->newgidmap = find_helper(arena, "newgidmap");
}

/* Without a procfs that tells, by asking for one after the other. */
static int look_at_self(struct facts *facts)
{
	uint64_t effective, inheritable;
	struct self_status status;

	if (selfstatus_read(&status) == 0) {
		facts->capabilities = status.permitted;
		facts->bounding = status.bounding;
		facts->default_signals = ~(status.ignored | status.caught);
		return 0;
	}
	facts->bounding = bounding_set(facts->last_capability);
	facts->default_signals = 0;
	return priv_capget(&effective, &facts->capabilities, &inheritable);
}

int probe_host(struct arena *arena, const char *bundle, struct facts *ret_facts, struct err *err)
{
	struct facts facts = {
		.euid = geteuid(),
		.egid = getegid(),
		.last_capability = last_capability(),
		.in_user_ns = probe_in_user_ns(),
		.cgroup_mode = probe_cgroup_mode(),
		.has_user_bus = getenv("DBUS_SESSION_BUS_ADDRESS") != NULL || getenv("XDG_RUNTIME_DIR") != NULL,
		.apparmor = says_yes("/sys/module/apparmor/parameters/enabled"),
		.selinux = access("/sys/fs/selinux/enforce", F_OK) == 0,
		.seccomp_filter = prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0,
		.bundle = bundle,
	};

	if (look_at_self(&facts) < 0)
		return err_errno(err, ERR_NOWHERE, "look at our own capabilities");
	facts.mounts_refused = are_mounts_refused(&facts);
	if ((facts.capabilities >> CAP_SYS_ADMIN & 1) == 0)
		look_at_user(arena, &facts);
	if (read_hierarchies(arena, &facts, err) < 0)
		return -1;
	*ret_facts = facts;
	return 0;
}
