/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mounts for CRIU; see criu_mounts.h.  Source: https://criu.org/External_bind_mounts
 * Runs in: host.
 */
#include "host/criu_mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/str.h"
#include "cgroup/cgroup.h"
#include "host/criu_message.h"
#include "libocispec/arena.h"
#include "plan/plan.h"
#include "sys/rootpath.h"
#include "sys/uapi.h"

#define CGROUP_ROOT "/sys/fs/cgroup"

/* What masks a file: bound from the host when it is restored. */
#define NULL_DEVICE "/dev/null"

/* struct mounts - a list that add() makes longer; there is room for all. */
struct mounts {
	struct criu_mount *item;
	size_t n;
};

static void add(struct mounts *mounts, const char *key, const char *val)
{
	mounts->item[mounts->n++] = (struct criu_mount){ .key = key, .val = val };
}

/* Without a cgroup namespace they show the host's hierarchies, as CRIU sees it, and it can only bind these. */
static bool is_cgroup_bound(const struct plan *plan, const struct plan_mount *mount)
{
	return (mount->kind == PLAN_MOUNT_CGROUP1 || mount->kind == PLAN_MOUNT_CGROUP2) &&
	       !plan_namespaces_has(&plan->namespaces, CLONE_NEWCGROUP);
}

static struct mounts begin(struct arena *arena, const struct plan *plan)
{
	size_t n = plan->mounts.n * (1 + plan->mounts.n_cgroup1) + plan->devices.n + plan->masks.n_masked + 1;

	return (struct mounts){ .item = arena_array(arena, n, sizeof(struct criu_mount)) };
}

/* The mount behind @fd: its number, or -1 when @fd is no mount's root, as far as the kernel tells. */
static int find_mount_id(int fd)
{
	char path[64], line[128];
	struct statx st;
	FILE *file;
	int id = -1;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_TYPE, &st) == 0 &&
	    (st.stx_attributes_mask & UAPI_STATX_ATTR_MOUNT_ROOT) != 0 &&
	    (st.stx_attributes & UAPI_STATX_ATTR_MOUNT_ROOT) == 0)
		return -1;
	(void)snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "re");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		const char *number = str_after(line, "mnt_id:");

		if (number != NULL)
			id = (int)strtol(number, NULL, 10);
	}
	if (file != NULL)
		(void)fclose(file);
	return id;
}

/* The three digits of an escaped character of mountinfo (proc_pid_mountinfo(5)), or 0. */
static char escaped(const char *text)
{
	for (int i = 0; i < 3; i++) {
		if (text[i] < '0' || text[i] > '7')
			return '\0';
	}
	return (char)((text[0] - '0') * 64 + (text[1] - '0') * 8 + (text[2] - '0'));
}

static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0'; from++) {
		char c = *from == '\\' ? escaped(from + 1) : '\0';

		*to++ = c != '\0' ? c : *from;
		from += c != '\0' ? 3 : 0;
	}
	*to = '\0';
}

/* struct entry - a line of mountinfo: mount point and options of the mount, and whether a directory stands there. */
struct entry {
	char *point, *options;
	bool is_dir;
};

/* The entry of mount @id in the mountinfo of @pid, in @arena; false when it has none. */
static bool find_entry(struct arena *arena, pid_t pid, int id, struct entry *ret)
{
	auto_free char *line = NULL;
	size_t size = 0;
	char path[64];
	bool found = false;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/mountinfo", (int)pid);
	file = fopen(path, "re");
	while (file != NULL && !found && getline(&line, &size, file) >= 0) {
		/* 36 35 98:0 /root /point rw,noatime ... */
		char *rest = line, *field[6];

		for (size_t i = 0; i < 6; i++)
			field[i] = rest != NULL ? strsep(&rest, " ") : NULL;
		if (field[5] == NULL || strtol(field[0], NULL, 10) != id)
			continue;
		found = true;
		ret->point = arena_copy(arena, field[4]);
		ret->options = arena_copy(arena, field[5]);
		unescape(ret->point);
	}
	if (file != NULL)
		(void)fclose(file);
	return found;
}

static bool has_option(const char *options, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = options; at != NULL; at = strchr(at, ',') != NULL ? strchr(at, ',') + 1 : NULL) {
		if (strncmp(at, word, len) == 0 && (at[len] == ',' || at[len] == '\0'))
			return true;
	}
	return false;
}

static int check_options(const struct plan_mount *mount, const struct entry *entry, struct err *err)
{
	static const struct {
		uint64_t attr;
		const char *word;
	} words[] = {
		{ MOUNT_ATTR_RDONLY, "ro" }, { MOUNT_ATTR_NOSUID, "nosuid" },
		{ MOUNT_ATTR_NODEV, "nodev" }, { MOUNT_ATTR_NOEXEC, "noexec" },
	};
	uint64_t set = mount->attr.set | mount->attr_recursive.set;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if ((set & words[i].attr) != 0 && !has_option(entry->options, words[i].word))
			return err_say(err, mount->at, "the mount that stands at %s in the container is not \"%s\", as it was made, "
				       "and cannot be saved under that name", mount->target, words[i].word);
	}
	return 0;
}

/* What stands at @target in the container now; false when no mount does. */
static bool look(struct arena *arena, int root, int root_id, pid_t pid, const char *target, struct entry *ret)
{
	auto_fd int fd = rootpath_open(root, target, ROOTPATH_FOLLOW);
	int id = fd < 0 ? -1 : find_mount_id(fd);
	struct stat st;

	if (id < 0 || id == root_id || fstat(fd, &st) < 0 || !find_entry(arena, pid, id, ret))
		return false;
	ret->is_dir = S_ISDIR(st.st_mode);
	return true;
}

int criu_mounts_saved(struct arena *arena, const struct plan *plan, pid_t pid, struct protobuf_list *ret,
		      struct err *err)
{
	struct mounts mounts = begin(arena, plan);
	auto_fd int root = -1;
	struct entry entry;
	char path[64];
	int root_id;

	(void)snprintf(path, sizeof(path), "/proc/%d/root", (int)pid);
	root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return err_errno(err, ERR_NOWHERE, "open the root of the container");
	root_id = find_mount_id(root);
	for (size_t i = 0; i < plan->mounts.n; i++) {
		const struct plan_mount *mount = &plan->mounts.item[i];

		if (mount->kind != PLAN_MOUNT_BIND && !is_cgroup_bound(plan, mount))
			continue;
		for (size_t k = 0; mount->kind == PLAN_MOUNT_CGROUP1 && k < plan->mounts.n_cgroup1; k++) {
			const char *name = arena_format(arena, "%s/%s", mount->target, plan->mounts.cgroup1[k].name);

			if (look(arena, root, root_id, pid, name, &entry))
				add(&mounts, entry.point, name);
		}
		if (mount->kind == PLAN_MOUNT_CGROUP1 || !look(arena, root, root_id, pid, mount->target, &entry))
			continue;
		if (mount->kind == PLAN_MOUNT_BIND && check_options(mount, &entry, err) < 0)
			return -1;
		add(&mounts, entry.point, mount->target);
	}
	for (size_t i = 0; i < plan->masks.n_masked; i++) {
		/* A directory is masked by a file system of the container's own. */
		if (look(arena, root, root_id, pid, plan->masks.masked[i].path, &entry) && !entry.is_dir)
			add(&mounts, entry.point, NULL_DEVICE);
	}
	/* Where nodes could not be made they were bound. */
	for (size_t i = 0; i < plan->devices.n; i++)
		add(&mounts, plan->devices.item[i].path, plan->devices.item[i].path);
	*ret = (struct protobuf_list){ .item = mounts.item, .n = mounts.n };
	return 0;
}

void criu_mounts_restored(struct arena *arena, const struct plan *plan, const struct cgroup_ref *cg,
			  struct protobuf_list *ret)
{
	struct mounts mounts = begin(arena, plan);
	const char *group = cg->path != NULL ? cg->path : "";

	for (size_t i = 0; i < plan->mounts.n; i++) {
		const struct plan_mount *mount = &plan->mounts.item[i];

		if (mount->kind == PLAN_MOUNT_BIND)
			add(&mounts, mount->target, mount->source);
		if (!is_cgroup_bound(plan, mount))
			continue;
		if (mount->kind == PLAN_MOUNT_CGROUP2)
			add(&mounts, mount->target, arena_format(arena, CGROUP_ROOT "%s", group));
		for (size_t k = 0; mount->kind == PLAN_MOUNT_CGROUP1 && k < plan->mounts.n_cgroup1; k++) {
			const char *name = plan->mounts.cgroup1[k].name;

			add(&mounts, arena_format(arena, "%s/%s", mount->target, name),
			    arena_format(arena, CGROUP_ROOT "/%s%s", name, group));
		}
	}
	if (plan->masks.n_masked > 0)
		add(&mounts, NULL_DEVICE, NULL_DEVICE);
	for (size_t i = 0; i < plan->devices.n; i++)
		add(&mounts, plan->devices.item[i].path, plan->devices.item[i].path);
	*ret = (struct protobuf_list){ .item = mounts.item, .n = mounts.n };
}

/* What of @path follows the mount at @target that covers it; NULL when that does not. */
static const char *below(const char *path, const char *target)
{
	const char *rest = strcmp(target, "/") == 0 ? path : str_after(path, target);

	return rest != NULL && rest[0] == '/' && rest[1] != '\0' ? rest : NULL;
}

/* The mount of @plan that covers the destination of its mount @i: the last of those before it; NULL: the root does. */
static const struct plan_mount *find_covering(const struct plan *plan, size_t i, const char **ret_rest)
{
	const char *target = plan->mounts.item[i].target;

	for (size_t k = i; k > 0; k--) {
		const struct plan_mount *other = &plan->mounts.item[k - 1];
		const char *rest = below(target, other->target);

		if (rest != NULL && other->kind != PLAN_MOUNT_REMOUNT) {
			*ret_rest = rest;
			return other;
		}
	}
	*ret_rest = target;
	return NULL;
}

static int make_point(const struct plan_mount *mount, int dir, const char *path, struct err *err)
{
	enum rootpath_kind kind = ROOTPATH_DIR;
	auto_fd int fd = -1;
	struct stat st;

	if (mount->kind == PLAN_MOUNT_BIND) {
		if (stat(mount->source, &st) < 0)
			return err_errno(err, mount->at, "look at the source %s", mount->source);
		if (!S_ISDIR(st.st_mode))
			kind = ROOTPATH_FILE;
	}
	fd = rootpath_make(dir, path, kind, mount->dest_nofollow ? ROOTPATH_NOFOLLOW_LAST : ROOTPATH_FOLLOW,
			   NULL);
	return fd < 0 ? err_errno(err, mount->at, "make the mount point %s", mount->target) : 0;
}

int criu_mounts_make_points(const struct plan *plan, int root, struct err *err)
{
	for (size_t i = 0; i < plan->mounts.n; i++) {
		const struct plan_mount *mount = &plan->mounts.item[i];
		const struct plan_mount *covering;
		auto_fd int source = -1;
		const char *rest;

		if (mount->kind == PLAN_MOUNT_REMOUNT)
			continue;
		covering = find_covering(plan, i, &rest);
		if (covering != NULL && covering->kind != PLAN_MOUNT_BIND)
			continue;
		if (covering != NULL) {
			source = open(covering->source, O_PATH | O_DIRECTORY | O_CLOEXEC);
			if (source < 0)
				return err_errno(err, covering->at, "open the source %s", covering->source);
		}
		if (make_point(mount, covering != NULL ? source : root, rest, err) < 0)
			return -1;
	}
	return 0;
}
