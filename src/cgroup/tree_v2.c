/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Limits in the files of cgroup v2, and the controllers they need
 * (Documentation/admin-guide/cgroup-v2.rst of Linux).
 * Runs in: host.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/str.h"
#include "cgroup/tree.h"

/* How a value is spelt.  cpu.max holds quota and period in one line. */
enum spelling { NUMBER_OR_MAX, TEXT, CPU_QUOTA, CPU_PERIOD };

static const struct row {
	const char *controller;
	const char *file;
	enum spelling spelling;
} rows[LIMIT_KINDS] = {
	[LIMIT_MEMORY_MAX]  = { "memory", "memory.max",      NUMBER_OR_MAX },
	[LIMIT_MEMORY_LOW]  = { "memory", "memory.low",      NUMBER_OR_MAX },
	[LIMIT_SWAP_MAX]    = { "memory", "memory.swap.max", NUMBER_OR_MAX },
	[LIMIT_CPU_WEIGHT]  = { "cpu",    "cpu.weight",      NUMBER_OR_MAX },
	[LIMIT_CPU_PERIOD]  = { "cpu",    "cpu.max",         CPU_PERIOD },
	[LIMIT_CPU_QUOTA]   = { "cpu",    "cpu.max",         CPU_QUOTA },
	[LIMIT_CPU_BURST]   = { "cpu",    "cpu.max.burst",   NUMBER_OR_MAX },
	[LIMIT_CPU_IDLE]    = { "cpu",    "cpu.idle",        NUMBER_OR_MAX },
	[LIMIT_CPUSET_CPUS] = { "cpuset", "cpuset.cpus",     TEXT },
	[LIMIT_CPUSET_MEMS] = { "cpuset", "cpuset.mems",     TEXT },
	[LIMIT_PIDS_MAX]    = { "pids",   "pids.max",        NUMBER_OR_MAX },
};

/* Read a list of controllers; one that cannot be read has none. */
static void read_controllers(int dir, const char *name, char *buf, size_t size)
{
	if (tree_read_at(dir, name, buf, size) < 0)
		buf[0] = '\0';
}

/* The directory at the top of the tree. */
static int open_root(const struct cgroup_ref *ref, size_t i)
{
	char path[PATH_MAX];

	if (tree_path(path, ref, i, 0) < 0)
		return -1;
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/*
 * The kernel refuses the whole line when it refuses one word (a CPU controller while real-time
 * processes exist, say), so the words are then tried one by one.
 */
static void enable(int dir, const char *all, const char *have)
{
	static const char file[] = "cgroup.subtree_control";
	char line[2 * TREE_FILE_SIZE];
	struct str words = STR_IN(line);

	for (const char *p = all; *p; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");

		if (!tree_has_word(have, p, n))
			str_add_format(&words, "%s+%.*s", words.len ? " " : "", (int)n, p);
		p += n;
	}
	if (words.len == 0 || tree_write_at(dir, file, line) == 0)
		return;
	for (char *p = line; p;) {
		char *blank = strchr(p, ' ');

		if (blank)
			*blank = '\0';
		(void)tree_write_at(dir, file, p);
		p = blank ? blank + 1 : NULL;
	}
}

static bool has_all(const char *have, const char *all)
{
	for (const char *p = all; *p; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");

		if (!tree_has_word(have, p, n))
			return false;
		p += n;
	}
	return true;
}

void tree_v2_hand_down(const struct cgroup *cg)
{
	char all[TREE_FILE_SIZE], have[TREE_FILE_SIZE];
	size_t i = tree_find_v2(&cg->ref), len;
	auto_fd int root = -1;

	if (i == TREE_NONE)
		return;
	len = strlen(cg->ref.path);
	root = open_root(&cg->ref, i);
	read_controllers(root, "cgroup.controllers", all, sizeof(all));
	read_controllers(cg->fd[i], "cgroup.controllers", have, sizeof(have));
	if (has_all(have, all))
		return;

	/* From the root to the parent: each level can hand down only what it was handed. */
	for (size_t end = 0; end < len; end += 1 + strcspn(cg->ref.path + end + 1, "/")) {
		char path[PATH_MAX];
		auto_fd int dir = -1;

		if (tree_path(path, &cg->ref, i, end) < 0)
			return;
		dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (dir < 0)
			return;
		read_controllers(dir, "cgroup.subtree_control", have, sizeof(have));
		enable(dir, all, have);
	}
}

/* Why a file is missing: the tree lacks the controller, or it did not get down to us. */
static int refuse_missing(const struct cgroup *cg, size_t i, const struct plan_limit *limit,
			  const char *controller, size_t len, struct err *err)
{
	char all[TREE_FILE_SIZE], have[TREE_FILE_SIZE];
	auto_fd int root = open_root(&cg->ref, i);

	/* "cgroup.max.depth" and the like belong to the core, not to a controller. */
	if (len == strlen("cgroup") && memcmp(controller, "cgroup", len) == 0)
		return err_say(err, limit->at, "%s: this kernel has no such file", limit->name);
	read_controllers(root, "cgroup.controllers", all, sizeof(all));
	read_controllers(cg->fd[i], "cgroup.controllers", have, sizeof(have));
	if (!tree_has_word(all, controller, len))
		return err_say(err, limit->at, "%s: this machine's cgroup2 tree has no %.*s "
			       "controller", limit->name, (int)len, controller);
	if (!tree_has_word(have, controller, len))
		return err_say(err, limit->at, "%s: the %.*s controller could not be handed down "
			       "to cgroup %s: an ancestor holds processes or is not ours to change",
			       limit->name, (int)len, controller, cg->ref.path);
	return err_say(err, limit->at, "%s: this kernel's %.*s controller has no such file",
		       limit->name, (int)len, controller);
}

static const struct plan_limit *find_limit(const struct plan_cgroup *plan, enum limit kind)
{
	for (size_t i = 0; i < plan->n_limits; i++) {
		if (plan->limits[i].kind == kind)
			return &plan->limits[i];
	}
	return NULL;
}

static void spell_number(struct str *str, int64_t value)
{
	if (value == LIMIT_UNLIMITED)
		str_add(str, "max");
	else
		str_add_format(str, "%lld", (long long)value);
}

/* The present quota, the first word of cpu.max. */
static void spell_present_quota(struct str *str, int dir)
{
	char text[TREE_FILE_SIZE];

	read_controllers(dir, "cpu.max", text, sizeof(text));
	text[strcspn(text, " ")] = '\0';
	str_add(str, *text ? text : "max");
}

/*
 * Quota and period go together, so that neither is judged beside the other's old value.  A period
 * alone keeps the quota, a quota alone the period.
 */
static void spell_cpu_max(struct str *str, const struct plan_cgroup *plan, int dir)
{
	const struct plan_limit *quota = find_limit(plan, LIMIT_CPU_QUOTA);
	const struct plan_limit *period = find_limit(plan, LIMIT_CPU_PERIOD);

	if (quota)
		spell_number(str, quota->value);
	else
		spell_present_quota(str, dir);
	if (period)
		str_add_format(str, " %lld", (long long)period->value);
}

/*
 * A file named in the config: several lines are several writes (io.max takes one device each),
 * and an empty text is an empty line, since the kernel does not see a write of nothing.
 */
static int write_unified(const struct cgroup *cg, size_t i, const struct plan_limit *limit,
			 struct err *err)
{
	const char *p = limit->text;
	size_t controller = strcspn(limit->key, ".");

	do {
		auto_fd int fd = openat(cg->fd[i], limit->key, O_WRONLY | O_CLOEXEC);
		size_t n = strcspn(p, "\n");

		if (fd < 0 && errno == ENOENT)
			return refuse_missing(cg, i, limit, limit->key, controller, err);
		if (fd < 0 || fd_write_all(fd, n ? p : "\n", n ? n : 1) < 0)
			return err_errno(err, limit->at, "%s: write \"%.*s\" to %s of cgroup %s",
					 limit->name, (int)n, p, limit->key, cg->ref.path);
		p += n;
		p += *p == '\n';
	} while (*p);
	return 0;
}

int tree_v2_write(const struct cgroup *cg, const struct plan_cgroup *plan,
		  const struct plan_limit *limit, struct err *err)
{
	const struct row *row = &rows[limit->kind];
	size_t i = tree_find_v2(&cg->ref);
	char buf[64];
	struct str number = STR_IN(buf);
	const char *text = buf;

	if (i == TREE_NONE)
		return err_say(err, limit->at, "%s: this machine has no cgroup2 tree", limit->name);
	if (limit->kind == LIMIT_UNIFIED)
		return write_unified(cg, i, limit, err);
	if (!row->file)
		return err_say(err, limit->at, "%s: cgroup v2 has no such limit", limit->name);
	if (row->spelling == CPU_PERIOD && find_limit(plan, LIMIT_CPU_QUOTA))
		return 0;

	if (row->spelling == TEXT)
		text = limit->text;
	else if (row->spelling == NUMBER_OR_MAX)
		spell_number(&number, limit->value);
	else
		spell_cpu_max(&number, plan, cg->fd[i]);

	if (tree_write_at(cg->fd[i], row->file, text) == 0)
		return 0;
	if (errno != ENOENT)
		return err_errno(err, limit->at, "%s: write \"%s\" to %s of cgroup %s", limit->name,
				 text, row->file, cg->ref.path);
	if (limit->kind == LIMIT_SWAP_MAX && faccessat(cg->fd[i], "memory.max", F_OK, 0) == 0)
		return tree_judge_no_swap(limit, err);
	return refuse_missing(cg, i, limit, row->controller, strlen(row->controller), err);
}
