/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The container of `exec`; see target.h.
 * Sources: namespaces(7), user_namespaces(7), setns(2).
 * Runs in: host.
 */
#include "host/target.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/str.h"
#include "libocispec/arena.h"
#include "plan/namespaces.h"
#include "sys/pidfd.h"

/* The kernel takes no more lines (user_namespaces(7)), of three numbers each. */
#define MAP_LINES 340
#define MAP_TEXT ((size_t)MAP_LINES * 40)

/* How long those that were killed may take to be gone. */
#define DYING_MS 1000

static const struct {
	const char *name;
	unsigned long flag;
} kinds[] = {
	{ "user", CLONE_NEWUSER }, { "mnt", CLONE_NEWNS }, { "pid", CLONE_NEWPID },	  { "net", CLONE_NEWNET },
	{ "ipc", CLONE_NEWIPC },   { "uts", CLONE_NEWUTS }, { "cgroup", CLONE_NEWCGROUP }, { "time", CLONE_NEWTIME },
};

static int refuse_status(const char *id, enum liveness_status status, struct err *err)
{
	if (status == STATUS_PAUSED)
		return err_say(err, ERR_NOWHERE, "container `%s` is paused, and a process can only be added to a running or "
			       "created one; `resume` it, or use --ignore-paused", id);
	return err_say(err, ERR_NOWHERE, "container `%s` is %s, and a process can only be added to a running or created one: "
		       "container not running", id, liveness_word(status));
}

int target_find(struct target *target, struct arena *arena, const char *root, const char *id,
		enum liveness_status *ret_status, struct err *err)
{
	if (dir_open(&target->dir, root, id, DIR_UNLOCKED, err) < 0 ||
	    record_read(target->dir.fd, arena, &target->record, err) < 0)
		return -1;
	cgroup_find(&target->cgroup, &target->record.cgroup);
	if (liveness_status(&target->dir, &target->record, &target->cgroup, ret_status, &target->pidfd, err) < 0)
		return err_wrap(err, ERR_NOWHERE, "find out the status of container `%s`", id);
	return 0;
}

int target_open(struct target *target, struct arena *arena, const char *root, const char *id, bool ignore_paused,
		struct err *err)
{
	enum liveness_status status;

	if (target_find(target, arena, root, id, &status, err) < 0)
		return -1;
	if (status == STATUS_RUNNING || status == STATUS_CREATED || (status == STATUS_PAUSED && ignore_paused))
		return 0;
	return refuse_status(id, status, err);
}

int target_check_live(const struct target *target, enum liveness_status status, struct err *err)
{
	if (status == STATUS_CREATED || status == STATUS_RUNNING || status == STATUS_PAUSED)
		return 0;
	return err_say(err, ERR_NOWHERE, "container `%s` is %s, and has mounts only while it is created, running or paused: "
		       "container not running", target->record.id, liveness_word(status));
}

int target_check(const struct target *target, struct err *err)
{
	if (pidfd_has_ended(target->pidfd, 0) == 0)
		return 0;
	return err_say(err, ERR_NOWHERE, "container `%s` has just ended: container not running", target->record.id);
}

/* A kernel without the kind of namespace has it nowhere. */
static int find_namespaces(struct target *target, struct err *err)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct stat ours, theirs;
		char path[64];

		(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", kinds[i].name);
		if (stat(path, &ours) < 0)
			continue;
		(void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)target->record.init.pid, kinds[i].name);
		if (stat(path, &theirs) < 0)
			return err_errno(err, ERR_NOWHERE, "look at %s", path);
		if (ours.st_ino != theirs.st_ino || ours.st_dev != theirs.st_dev)
			target->plan.enter |= kinds[i].flag;
	}
	return 0;
}

static int read_proc(const struct target *target, const char *name, char *text, size_t size, struct err *err)
{
	auto_fd int fd = -1;
	char path[64];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)target->record.init.pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : fd_read_all(fd, text, size - 1);
	if (n < 0)
		return err_errno(err, ERR_NOWHERE, "read %s", path);
	text[n] = '\0';
	return 0;
}

static int read_map(const struct target *target, const char *name, struct arena *arena, const struct plan_idmap **ret_map,
		    size_t *ret_n, struct err *err)
{
	struct plan_idmap *map = arena_array(arena, MAP_LINES, sizeof(*map));
	char *rest = arena_alloc(arena, MAP_TEXT);
	char *line;
	size_t n = 0;

	if (read_proc(target, name, rest, MAP_TEXT, err) < 0)
		return -1;
	while (n < MAP_LINES && (line = strsep(&rest, "\n")) != NULL && *line != '\0') {
		uint32_t number[3];

		if (!str_numbers(line, " ", number, 3))
			return err_say(err, ERR_NOWHERE, "the line \"%s\" of the container's %s is not understood", line, name);
		map[n++] = (struct plan_idmap){ .at = ERR_NOWHERE, .inside = number[0], .outside = number[1],
						.count = number[2] };
	}
	*ret_map = map;
	*ret_n = n;
	return 0;
}

static int read_user_namespace(struct target *target, struct arena *arena, struct err *err)
{
	struct plan_target *plan = &target->plan;
	char word[8];

	if (read_map(target, "uid_map", arena, &plan->uid_map, &plan->n_uid_map, err) < 0 ||
	    read_map(target, "gid_map", arena, &plan->gid_map, &plan->n_gid_map, err) < 0 ||
	    read_proc(target, "setgroups", word, sizeof(word), err) < 0)
		return -1;
	plan->deny_setgroups = strncmp(word, "deny", 4) == 0;
	return 0;
}

int target_look(struct target *target, struct arena *arena, struct err *err)
{
	const struct record *record = &target->record;
	int r;

	target->plan = (struct plan_target){
		.pid = record->init.pid,
		.rootfs = record->rootfs,
		.enters_root = record->enters_root,
		.new_keyring = record->new_keyring,
	};
	r = find_namespaces(target, err);
	if (r == 0 && (target->plan.enter & CLONE_NEWUSER) != 0)
		r = read_user_namespace(target, arena, err);
	/* What was read by its number was that of the process only if it still is there. */
	return target_check(target, err) < 0 ? -1 : r;
}

/* A name that nobody in the container can have taken. */
static int name_part(char name[TARGET_NAME_SIZE], struct err *err)
{
	uint64_t number;

	if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
		return err_errno(err, ERR_NOWHERE, "get a random number");
	(void)snprintf(name, TARGET_NAME_SIZE, "exec-%016" PRIx64, number);
	return 0;
}

int target_place(struct target *target, const struct inherit_words *places, bool has_part, struct err *err)
{
	struct cgroup *cgroup = &target->cgroup;

	if (cgroup_open_trees(cgroup, err) < 0)
		return -1;
	for (size_t i = 0; i < places->n; i++) {
		if (cgroup_descend(cgroup, places->item[i], err) < 0)
			return err_wrap(err, ERR_NOWHERE, "--cgroup");
	}
	if (!has_part)
		return places->n > 0 ? 0 : cgroup_follow(cgroup, target->record.init.pid, err);
	if (name_part(target->part_name, err) < 0 || cgroup_split(cgroup, target->part_name, &target->part, err) < 0)
		return err_wrap(err, ERR_NOWHERE, "--timeout");
	return 0;
}

int target_kill_part(struct target *target, struct err *err)
{
	target->is_part_killed = true;
	return cgroup_kill(&target->part, err);
}

void target_close(struct target *target)
{
	cgroup_unsplit(&target->part, target->part_name, target->is_part_killed ? DYING_MS : 0);
	fd_close(&target->pidfd);
	cgroup_close(&target->cgroup);
	dir_close(&target->dir);
}
