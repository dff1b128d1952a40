/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Limits in the files of cgroup v1 (Documentation/admin-guide/cgroup-v1 of Linux).
 * Runs in: host.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/str.h"
#include "cgroup/tree.h"

/*
 * How a value is spelt: a number with -1 for no limit, the same with "max", the text itself; for a part
 * "KEY NUMBER", with 0 for no limit, or with "default" for 0, or "KEY word=NUMBER".
 */
enum spelling { NUMBER, NUMBER_OR_MAX, TEXT, PART, PART_OR_ZERO, PART_OR_DEFAULT, HANDLES, OBJECTS };

/*
 * @file, @other: the second one where the first does not exist; '*' stands for the limit's key
 */
static const struct row {
	const char *controller;
	const char *file;
	enum spelling spelling;
	const char *other;
} rows[LIMIT_KINDS] = {
	[LIMIT_MEMORY_HIERARCHY]   = { "memory", "memory.use_hierarchy",        NUMBER },
	[LIMIT_MEMORY_MAX]         = { "memory", "memory.limit_in_bytes",       NUMBER },
	[LIMIT_MEMORY_LOW]         = { "memory", "memory.soft_limit_in_bytes",  NUMBER },
	[LIMIT_MEMSW_MAX]          = { "memory", "memory.memsw.limit_in_bytes", NUMBER },
	[LIMIT_MEMORY_KERNEL]      = { "memory", "memory.kmem.limit_in_bytes",  NUMBER },
	[LIMIT_MEMORY_KERNEL_TCP]  = { "memory", "memory.kmem.tcp.limit_in_bytes", NUMBER },
	[LIMIT_MEMORY_SWAPPINESS]  = { "memory", "memory.swappiness",           NUMBER },
	[LIMIT_MEMORY_OOM_DISABLE] = { "memory", "memory.oom_control",          NUMBER },
	[LIMIT_CPU_IDLE]           = { "cpu",    "cpu.idle",                    NUMBER },
	[LIMIT_CPU_SHARES]         = { "cpu",    "cpu.shares",                  NUMBER },
	[LIMIT_CPU_PERIOD]         = { "cpu",    "cpu.cfs_period_us",           NUMBER },
	[LIMIT_CPU_QUOTA]          = { "cpu",    "cpu.cfs_quota_us",            NUMBER },
	[LIMIT_CPU_BURST]          = { "cpu",    "cpu.cfs_burst_us",            NUMBER },
	[LIMIT_CPU_RT_PERIOD]      = { "cpu",    "cpu.rt_period_us",            NUMBER },
	[LIMIT_CPU_RT_RUNTIME]     = { "cpu",    "cpu.rt_runtime_us",           NUMBER },
	[LIMIT_CPUSET_CPUS]        = { "cpuset", "cpuset.cpus",                 TEXT },
	[LIMIT_CPUSET_MEMS]        = { "cpuset", "cpuset.mems",                 TEXT },
	[LIMIT_PIDS_MAX]           = { "pids",   "pids.max",                    NUMBER_OR_MAX },
	/* CFQ had the plain names until Linux 5.0, BFQ has its own. */
	[LIMIT_IO_WEIGHT]          = { "blkio",  "blkio.weight",                NUMBER,
				       "blkio.bfq.weight" },
	[LIMIT_IO_LEAF_WEIGHT]     = { "blkio",  "blkio.leaf_weight",           NUMBER },
	[LIMIT_IO_WEIGHT_DEVICE]   = { "blkio",  "blkio.weight_device",         PART_OR_DEFAULT,
				       "blkio.bfq.weight_device" },
	[LIMIT_IO_LEAF_WEIGHT_DEVICE] = { "blkio", "blkio.leaf_weight_device",  PART_OR_DEFAULT },
	[LIMIT_IO_READ_BPS]   = { "blkio", "blkio.throttle.read_bps_device",    PART_OR_ZERO },
	[LIMIT_IO_WRITE_BPS]  = { "blkio", "blkio.throttle.write_bps_device",   PART_OR_ZERO },
	[LIMIT_IO_READ_IOPS]  = { "blkio", "blkio.throttle.read_iops_device",   PART_OR_ZERO },
	[LIMIT_IO_WRITE_IOPS] = { "blkio", "blkio.throttle.write_iops_device",  PART_OR_ZERO },
	/* Reservations since Linux 5.7. */
	[LIMIT_HUGETLB]       = { "hugetlb", "hugetlb.*.rsvd.limit_in_bytes",   NUMBER,
				  "hugetlb.*.limit_in_bytes" },
	[LIMIT_NET_CLASS]     = { "net_cls",  "net_cls.classid",                NUMBER },
	[LIMIT_NET_PRIORITY]  = { "net_prio", "net_prio.ifpriomap",             PART },
	[LIMIT_RDMA_HANDLES]  = { "rdma",     "rdma.max",                       HANDLES },
	[LIMIT_RDMA_OBJECTS]  = { "rdma",     "rdma.max",                       OBJECTS },
};

static void spell(struct str *str, enum spelling spelling, const struct plan_limit *limit)
{
	long long value = limit->value;

	if (spelling == TEXT)
		str_add(str, limit->text);
	else if (spelling == NUMBER_OR_MAX && value == LIMIT_UNLIMITED)
		str_add(str, "max");
	else if (spelling == NUMBER || spelling == NUMBER_OR_MAX)
		str_add_format(str, "%lld", value);
	else if (spelling == PART_OR_ZERO && value == LIMIT_UNLIMITED)
		str_add_format(str, "%s 0", limit->key);
	else if (spelling == PART_OR_DEFAULT && value == 0)
		str_add_format(str, "%s default", limit->key);
	else if (spelling == HANDLES || spelling == OBJECTS)
		str_add_format(str, "%s hca_%s=%lld", limit->key,
			       spelling == HANDLES ? "handle" : "object", value);
	else
		str_add_format(str, "%s %lld", limit->key, value);
}

/* Write @text into the first of the row's files that exists; its name in @file. */
static int write_file(int dir, const struct row *row, const struct plan_limit *limit,
		      const char *text, char file[NAME_MAX])
{
	const char *const patterns[] = { row->other, row->file };

	for (size_t n = 2; n-- > 0;) {
		if (!patterns[n])
			continue;
		if (tree_file_name(file, NAME_MAX, patterns[n], limit->key) < 0)
			return -1;
		if (tree_write_at(dir, file, text) == 0)
			return 0;
		if (errno != ENOENT)
			return -1;
	}
	return -1;
}

/* A budget is part of the parent's: ancestors that we made begin with none, and need it as well. */
static bool is_taken_from_parent(enum limit kind)
{
	return kind == LIMIT_CPU_RT_PERIOD || kind == LIMIT_CPU_RT_RUNTIME;
}

/* Write to the ancestors that we made, from the top. */
static int write_above(const struct cgroup *cg, size_t i, const char *file, const char *text)
{
	const char *path = cg->ref.path;
	size_t len = strlen(path), end = cg->ref.tree[i].kept;

	while (end < len) {
		char above[PATH_MAX];
		auto_fd int dir = -1;

		end += 1 + strcspn(path + end + 1, "/");
		if (end >= len)
			break;
		if (tree_path(above, &cg->ref, i, end) < 0)
			return -1;
		dir = open(above, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (dir < 0 || tree_write_at(dir, file, text) < 0)
			return -1;
	}
	return 0;
}

/* Since Linux 6.6 a limit to kernel memory alone is read and forgotten, which nobody is told. */
static int check_kernel_memory(const struct cgroup *cg, int dir, const struct plan_limit *limit,
			       struct err *err)
{
	char text[TREE_FILE_SIZE];

	if (limit->kind != LIMIT_MEMORY_KERNEL || limit->value == LIMIT_UNLIMITED)
		return 0;
	if (tree_read_at(dir, rows[limit->kind].file, text, sizeof(text)) < 0)
		return err_errno(err, limit->at, "%s: read %s of cgroup %s", limit->name,
				 rows[limit->kind].file, cg->ref.path);
	if (strtoll(text, NULL, 10) <= limit->value)
		return 0;
	return err_say(err, limit->at, "%s: this kernel has no limit for kernel memory alone; "
		       "memory.limit counts it too", limit->name);
}

/* The kernel's words, or better ones where the file is missing. */
static int refuse(const struct cgroup *cg, const struct plan_limit *limit, const char *file,
		  const char *text, struct err *err)
{
	if (errno == ENOENT && limit->kind == LIMIT_MEMSW_MAX)
		return tree_judge_no_swap(limit, err);
	if (errno == ENOENT && tree_is_usual(limit))
		return 0;
	if (errno == ENOENT && limit->kind == LIMIT_HUGETLB)
		return err_say(err, limit->at, "%s: this kernel has no huge pages of %s",
			       limit->name, limit->key);
	return err_errno(err, limit->at, "%s: write \"%s\" to %s of cgroup %s", limit->name, text,
			 file, cg->ref.path);
}

int tree_v1_write(const struct cgroup *cg, const struct plan_cgroup *plan,
		  const struct plan_limit *limit, struct err *err)
{
	const struct row *row = &rows[limit->kind];
	char value[PATH_MAX], file[NAME_MAX];
	struct str text = STR_IN(value);
	size_t i;

	(void)plan;
	if (!row->file)
		return err_say(err, limit->at, "%s: cgroup v1 has no such limit", limit->name);
	i = tree_find(&cg->ref, row->controller);
	if (i == TREE_NONE)
		return err_say(err, limit->at, "%s: this machine has no cgroup v1 tree with the %s "
			       "controller", limit->name, row->controller);

	spell(&text, row->spelling, limit);
	if (text.is_cut) {
		errno = E2BIG;
		return refuse(cg, limit, row->file, "...", err);
	}
	if (is_taken_from_parent(limit->kind) && write_above(cg, i, row->file, value) < 0)
		return refuse(cg, limit, row->file, value, err);
	if (write_file(cg->fd[i], row, limit, value, file) < 0)
		return refuse(cg, limit, file, value, err);
	return check_kernel_memory(cg, cg->fd[i], limit, err);
}

int tree_v1_find_edit(const struct cgroup *cg, const struct plan_limit *limit, size_t n, struct tree_edit *ret)
{
	const struct row *row = &rows[limit->kind];
	const char *const patterns[] = { row->file, row->other };
	struct str text = STR_IN(ret->text);

	if (!row->file || n > 0)
		return 0;
	ret->tree = tree_find(&cg->ref, row->controller);
	if (ret->tree == TREE_NONE)
		return 0;
	spell(&text, row->spelling, limit);
	ret->either = false;
	for (size_t i = 0; i < 2 && patterns[i]; i++) {
		if (tree_file_name(ret->file, sizeof(ret->file), patterns[i], limit->key) == 0 &&
		    faccessat(cg->fd[ret->tree], ret->file, F_OK, 0) == 0)
			return !text.is_cut;
	}
	return 0;
}

/* What @dir of a cpuset has of its parent's, if it has none of its own: 1 when it still has none, 0, -1 with errno. */
static int inherit(int dir, const char *name, const char *parents)
{
	char text[4096];
	int n = tree_read_at(dir, name, text, sizeof(text));

	if (n == 0)
		n = tree_read_at(dir, parents, text, sizeof(text));
	else if (n > 0)
		return 0;
	if (n <= 0)
		return n < 0 ? -1 : 1;
	return tree_write_at(dir, name, text);
}

/*
 * The hierarchy's root is never empty.  A parent that is was left so by who made it; then the topmost such one comes
 * first, and so on down, without a stack of all of them.
 */
static int fill_file(int dir, const char *name, const char *parents)
{
	int r;

	while ((r = inherit(dir, name, parents)) == 1) {
		auto_fd int at = openat(dir, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		while (at >= 0 && (r = inherit(at, name, parents)) == 1) {
			int up = openat(at, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

			fd_close(&at);
			at = up;
		}
		if (at < 0 || r < 0)
			return -1;
	}
	return r;
}

int tree_v1_fill_cpuset(int dir)
{
	if (fill_file(dir, "cpuset.cpus", "../cpuset.cpus") < 0)
		return -1;
	return fill_file(dir, "cpuset.mems", "../cpuset.mems");
}
