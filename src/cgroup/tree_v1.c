/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Limits in the files of cgroup v1 (Documentation/admin-guide/cgroup-v1 of Linux).
 * Runs in: host.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/fd.h"
#include "cgroup/tree.h"

/* How a value is spelt: a number with -1 for no limit, the same with "max", or the text itself. */
enum spelling { NUMBER, NUMBER_OR_MAX, TEXT };

static const struct row {
	const char *controller;
	const char *file;
	enum spelling spelling;
} rows[LIMIT_KINDS] = {
	[LIMIT_MEMORY_MAX]         = { "memory", "memory.limit_in_bytes",       NUMBER },
	[LIMIT_MEMORY_LOW]         = { "memory", "memory.soft_limit_in_bytes",  NUMBER },
	[LIMIT_MEMSW_MAX]          = { "memory", "memory.memsw.limit_in_bytes", NUMBER },
	[LIMIT_MEMORY_KERNEL]      = { "memory", "memory.kmem.limit_in_bytes",  NUMBER },
	[LIMIT_MEMORY_KERNEL_TCP]  = { "memory", "memory.kmem.tcp.limit_in_bytes", NUMBER },
	[LIMIT_MEMORY_SWAPPINESS]  = { "memory", "memory.swappiness",           NUMBER },
	[LIMIT_MEMORY_OOM_DISABLE] = { "memory", "memory.oom_control",          NUMBER },
	[LIMIT_CPU_SHARES]         = { "cpu",    "cpu.shares",                  NUMBER },
	[LIMIT_CPU_PERIOD]         = { "cpu",    "cpu.cfs_period_us",           NUMBER },
	[LIMIT_CPU_QUOTA]          = { "cpu",    "cpu.cfs_quota_us",            NUMBER },
	[LIMIT_CPU_BURST]          = { "cpu",    "cpu.cfs_burst_us",            NUMBER },
	[LIMIT_CPU_IDLE]           = { "cpu",    "cpu.idle",                    NUMBER },
	[LIMIT_CPUSET_CPUS]        = { "cpuset", "cpuset.cpus",                 TEXT },
	[LIMIT_CPUSET_MEMS]        = { "cpuset", "cpuset.mems",                 TEXT },
	[LIMIT_PIDS_MAX]           = { "pids",   "pids.max",                    NUMBER_OR_MAX },
};

int tree_v1_write(const struct cgroup *cg, const struct plan_cgroup *plan,
		  const struct plan_limit *limit, struct err *err)
{
	const struct row *row = &rows[limit->kind];
	char number[32];
	const char *text = number;
	size_t i;

	(void)plan;
	if (!row->file)
		return err_say(err, limit->at, "%s: cgroup v1 has no such limit", limit->name);
	i = tree_find(&cg->ref, row->controller);
	if (i == TREE_NONE)
		return err_say(err, limit->at, "%s: this machine has no cgroup v1 tree with the %s "
			       "controller", limit->name, row->controller);

	(void)snprintf(number, sizeof(number), "%lld", (long long)limit->value);
	if (row->spelling == TEXT)
		text = limit->text;
	else if (row->spelling == NUMBER_OR_MAX && limit->value == LIMIT_UNLIMITED)
		text = "max";

	if (tree_write_at(cg->fd[i], row->file, text) == 0)
		return 0;
	if (limit->kind == LIMIT_MEMSW_MAX && errno == ENOENT)
		return tree_judge_no_swap(limit, err);
	return err_errno(err, limit->at, "%s: write \"%s\" to %s of cgroup %s", limit->name, text,
			 row->file, cg->ref.path);
}

static int fill_one(int dir, const char *name, const char *parents)
{
	char text[4096];
	int n = tree_read_at(dir, name, text, sizeof(text));

	if (n != 0)
		return n < 0 ? -1 : 0;
	n = tree_read_at(dir, parents, text, sizeof(text));
	if (n < 0)
		return -1;
	if (n == 0) {
		/* Somebody made the parent and left it empty; the hierarchy's root never is. */
		auto_fd int parent = openat(dir, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (parent < 0 || tree_v1_fill_cpuset(parent) < 0 ||
		    tree_read_at(parent, name, text, sizeof(text)) < 0)
			return -1;
	}
	return tree_write_at(dir, name, text);
}

int tree_v1_fill_cpuset(int dir)
{
	if (fill_one(dir, "cpuset.cpus", "../cpuset.cpus") < 0)
		return -1;
	return fill_one(dir, "cpuset.mems", "../cpuset.mems");
}
