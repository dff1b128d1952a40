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
#include "plan/block_io.h"

/*
 * How a value is spelt.  cpu.max holds quota and period in one line.  Weights of block IO have two
 * scales, v1's and that of v2; where a part has its own, 0 is "default".  The others of parts are
 * "KEY word=NUMBER".
 */
enum spelling { NUMBER_OR_MAX, TEXT, CPU_QUOTA, CPU_PERIOD, IO_WEIGHT, PART_WORD };

/*
 * @file:  '*' stands for the limit's key
 * @other: with IO_WEIGHT a file on the other scale, written as well; else used where the first does
 *         not exist
 * @word:  of PART_WORD
 */
static const struct row {
	const char *controller;
	const char *file;
	enum spelling spelling;
	const char *other;
	const char *word;
} rows[LIMIT_KINDS] = {
	[LIMIT_MEMORY_MAX]  = { "memory", "memory.max",      NUMBER_OR_MAX },
	[LIMIT_MEMORY_LOW]  = { "memory", "memory.low",      NUMBER_OR_MAX },
	[LIMIT_SWAP_MAX]    = { "memory", "memory.swap.max", NUMBER_OR_MAX },
	[LIMIT_CPU_IDLE]    = { "cpu",    "cpu.idle",        NUMBER_OR_MAX },
	[LIMIT_CPU_WEIGHT]  = { "cpu",    "cpu.weight",      NUMBER_OR_MAX },
	[LIMIT_CPU_PERIOD]  = { "cpu",    "cpu.max",         CPU_PERIOD },
	[LIMIT_CPU_QUOTA]   = { "cpu",    "cpu.max",         CPU_QUOTA },
	[LIMIT_CPU_BURST]   = { "cpu",    "cpu.max.burst",   NUMBER_OR_MAX },
	[LIMIT_CPUSET_CPUS] = { "cpuset", "cpuset.cpus",     TEXT },
	[LIMIT_CPUSET_MEMS] = { "cpuset", "cpuset.mems",     TEXT },
	[LIMIT_PIDS_MAX]    = { "pids",   "pids.max",        NUMBER_OR_MAX },
	/* BFQ's file counts for devices with that scheduler, the other one where io.cost is on. */
	[LIMIT_IO_WEIGHT]        = { "io", "io.bfq.weight", IO_WEIGHT, "io.weight" },
	[LIMIT_IO_WEIGHT_DEVICE] = { "io", "io.bfq.weight", IO_WEIGHT, "io.weight" },
	[LIMIT_IO_READ_BPS]      = { "io", "io.max", PART_WORD, NULL, "rbps" },
	[LIMIT_IO_WRITE_BPS]     = { "io", "io.max", PART_WORD, NULL, "wbps" },
	[LIMIT_IO_READ_IOPS]     = { "io", "io.max", PART_WORD, NULL, "riops" },
	[LIMIT_IO_WRITE_IOPS]    = { "io", "io.max", PART_WORD, NULL, "wiops" },
	/* Reservations since Linux 5.7. */
	[LIMIT_HUGETLB]      = { "hugetlb", "hugetlb.*.rsvd.max", NUMBER_OR_MAX, "hugetlb.*.max" },
	[LIMIT_RDMA_HANDLES] = { "rdma", "rdma.max", PART_WORD, NULL, "hca_handle" },
	[LIMIT_RDMA_OBJECTS] = { "rdma", "rdma.max", PART_WORD, NULL, "hca_object" },
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

/*
 * A cgroup with processes takes no controller for its children, except those for threads: with one of
 * these it would turn into the root of a threaded subtree, where no process can be put into a child.
 * The root of all, which has no type, may have both.
 */
static bool holds_processes(int dir)
{
	char text[16];

	return faccessat(dir, "cgroup.type", F_OK, 0) == 0 &&
	       tree_read_at(dir, "cgroup.procs", text, sizeof(text)) > 0;
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

/* The controller that @limit needs, the first @*ret_len bytes; none for files of the core. */
static const char *get_controller(const struct plan_limit *limit, size_t *ret_len)
{
	const char *name = limit->kind == LIMIT_UNIFIED ? limit->key : rows[limit->kind].controller;

	*ret_len = name ? strcspn(name, ".") : 0;
	if (*ret_len == strlen("cgroup") && memcmp(name, "cgroup", *ret_len) == 0)
		*ret_len = 0;
	return name;
}

/* Those of @all that are to be handed down. */
static void choose_controllers(struct str *wanted, const char *all, const struct plan_cgroup *plan)
{
	for (size_t i = 0; i < plan->n_limits; i++) {
		size_t len = 0;
		const char *name = get_controller(&plan->limits[i], &len);

		if (plan->limits[i].is_v2 && len > 0 && tree_has_word(all, name, len) &&
		    !tree_has_word(wanted->buf, name, len))
			str_add_format(wanted, "%s%.*s", wanted->len ? " " : "", (int)len, name);
	}
}

/* Bytes of the path of the first level that is ours to change: the root, or the scope that systemd has delegated. */
static size_t first_level(const struct cgroup_ref *ref, size_t i)
{
	return ref->manager == CGROUP_MANAGER_SYSTEMD ? ref->tree[i].kept : 0;
}

/* Down to the parent of the container's: each level can hand down only what it was handed. */
static void hand_down_path(const struct cgroup *cg, size_t i, const char *controllers)
{
	size_t len = strlen(cg->ref.path);

	for (size_t end = first_level(&cg->ref, i); end < len; end += 1 + strcspn(cg->ref.path + end + 1, "/")) {
		char path[PATH_MAX], have[TREE_FILE_SIZE];
		auto_fd int dir = -1;

		if (tree_path(path, &cg->ref, i, end) < 0)
			return;
		dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (dir < 0 || holds_processes(dir))
			return;
		read_controllers(dir, "cgroup.subtree_control", have, sizeof(have));
		enable(dir, controllers, have);
	}
}

void tree_v2_hand_down(const struct cgroup *cg, const struct plan_cgroup *plan)
{
	char all[TREE_FILE_SIZE], have[TREE_FILE_SIZE], chosen[TREE_FILE_SIZE];
	struct str wanted = STR_IN(chosen);
	size_t i = tree_find_v2(&cg->ref);
	auto_fd int root = -1;

	if (i == TREE_NONE)
		return;
	root = open_root(&cg->ref, i);
	read_controllers(root, "cgroup.controllers", all, sizeof(all));
	if (plan->mode == CGROUP_MODE_V2)
		str_add(&wanted, all);
	else
		choose_controllers(&wanted, all, plan);
	read_controllers(cg->fd[i], "cgroup.controllers", have, sizeof(have));
	if (!has_all(have, chosen))
		hand_down_path(cg, i, chosen);
	if (cg->leaf > 0) {
		read_controllers(cg->fd[i], "cgroup.subtree_control", have, sizeof(have));
		enable(cg->fd[i], chosen, have);
	}
}

/* Why a file is missing: the tree lacks the controller, or it did not get down to us. */
static int refuse_missing(const struct cgroup *cg, size_t i, const struct plan_limit *limit,
			  struct err *err)
{
	char all[TREE_FILE_SIZE], have[TREE_FILE_SIZE];
	auto_fd int root = open_root(&cg->ref, i);
	size_t len = 0;
	const char *controller = get_controller(limit, &len);

	if (tree_is_usual(limit))
		return 0;
	/* "cgroup.max.depth" and the like belong to the core, not to a controller. */
	if (len == 0)
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
	if (limit->kind == LIMIT_HUGETLB)
		return err_say(err, limit->at, "%s: this kernel has no huge pages of %s",
			       limit->name, limit->key);
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

	do {
		auto_fd int fd = openat(cg->fd[i], limit->key, O_WRONLY | O_CLOEXEC);
		size_t n = strcspn(p, "\n");

		if (fd < 0 && errno == ENOENT)
			return refuse_missing(cg, i, limit, err);
		if (fd < 0 || fd_write_all(fd, n ? p : "\n", n ? n : 1) < 0)
			return err_errno(err, limit->at, "%s: write \"%.*s\" to %s of cgroup %s",
					 limit->name, (int)n, p, limit->key, cg->ref.path);
		p += n;
		p += *p == '\n';
	} while (*p);
	return 0;
}

static void spell_weight(struct str *str, const struct plan_limit *limit, bool is_scaled)
{
	if (limit->key)
		str_add_format(str, "%s ", limit->key);
	if (limit->value == 0)
		str_add(str, "default");
	else
		str_add_format(str, "%lld", (long long)(is_scaled ? block_io_scale(limit->value) : limit->value));
}

static int fail_write(const struct cgroup *cg, const struct plan_limit *limit, const char *file,
		      const char *text, struct err *err)
{
	return err_errno(err, limit->at, "%s: write \"%s\" to %s of cgroup %s", limit->name, text,
			 file, cg->ref.path);
}

/*
 * A weight counts where its scheduler runs, so each file that exists gets it.  A device has one
 * scheduler: the other file refuses it, which is no failure.
 */
static int write_weight(const struct cgroup *cg, size_t i, const struct plan_limit *limit,
			struct err *err)
{
	const struct row *row = &rows[limit->kind];
	const char *const files[] = { row->other, row->file };
	struct err refusal = ERR_INIT;
	bool is_done = false;

	for (size_t n = 0; n < 2; n++) {
		char buf[64];
		struct str text = STR_IN(buf);

		spell_weight(&text, limit, files[n] == row->other);
		if (tree_write_at(cg->fd[i], files[n], buf) == 0)
			is_done = true;
		else if (errno != ENOENT)
			(void)fail_write(cg, limit, files[n], buf, &refusal);
	}
	if (is_done)
		return 0;
	if (!err_is_set(&refusal))
		return refuse_missing(cg, i, limit, err);
	if (refusal.code == EOPNOTSUPP && limit->key)
		return err_say(err, limit->at, "%s: neither BFQ nor io.cost is on for device %s, so "
			       "it knows no weights", limit->name, limit->key);
	*err = refusal;
	return -1;
}

static void spell(struct str *str, const struct plan_cgroup *plan, const struct plan_limit *limit,
		  int dir)
{
	const struct row *row = &rows[limit->kind];

	switch (row->spelling) {
	case TEXT:
		str_add(str, limit->text);
		break;
	case CPU_QUOTA:
	case CPU_PERIOD:
		spell_cpu_max(str, plan, dir);
		break;
	case PART_WORD:
		str_add_format(str, "%s %s=", limit->key, row->word);
		spell_number(str, limit->value);
		break;
	default:
		spell_number(str, limit->value);
	}
}

int tree_v2_write(const struct cgroup *cg, const struct plan_cgroup *plan,
		  const struct plan_limit *limit, struct err *err)
{
	const struct row *row = &rows[limit->kind];
	size_t i = tree_find_v2(&cg->ref);
	char value[PATH_MAX], file[NAME_MAX];
	struct str text = STR_IN(value);
	const char *const patterns[] = { row->file, row->other };

	if (i == TREE_NONE)
		return err_say(err, limit->at, "%s: this machine has no cgroup2 tree", limit->name);
	if (limit->kind == LIMIT_UNIFIED)
		return write_unified(cg, i, limit, err);
	if (!row->file)
		return err_say(err, limit->at, "%s: cgroup v2 has no such limit", limit->name);
	if (row->spelling == CPU_PERIOD && find_limit(plan, LIMIT_CPU_QUOTA))
		return 0;
	if (row->spelling == IO_WEIGHT)
		return write_weight(cg, i, limit, err);

	spell(&text, plan, limit, cg->fd[i]);
	errno = E2BIG;
	if (text.is_cut)
		return fail_write(cg, limit, row->file, "...", err);
	for (size_t n = 0; n < 2 && patterns[n]; n++) {
		if (tree_file_name(file, sizeof(file), patterns[n], limit->key) == 0 &&
		    tree_write_at(cg->fd[i], file, value) == 0)
			return 0;
		if (errno != ENOENT)
			return fail_write(cg, limit, file, value, err);
	}
	if (limit->kind == LIMIT_SWAP_MAX && faccessat(cg->fd[i], "memory.max", F_OK, 0) == 0)
		return tree_judge_no_swap(limit, err);
	return refuse_missing(cg, i, limit, err);
}

/* The files of a weight count each for its scheduler; of other limits the first one that exists is written. */
static int find_file(int dir, const struct plan_limit *limit, size_t n, struct tree_edit *ret)
{
	const struct row *row = &rows[limit->kind];
	const char *const patterns[] = { row->file, row->other };

	for (size_t i = 0; i < 2 && patterns[i]; i++) {
		if (tree_file_name(ret->file, sizeof(ret->file), patterns[i], limit->key) < 0 ||
		    faccessat(dir, ret->file, F_OK, 0) < 0)
			continue;
		if (n == 0)
			return 1;
		if (row->spelling != IO_WEIGHT)
			return 0;
		n--;
	}
	return 0;
}

static bool find_unified(int dir, const struct plan_limit *limit, struct str *text, struct tree_edit *ret)
{
	struct str file = STR_IN(ret->file);

	str_add(&file, limit->key);
	str_add(text, limit->text);
	return !file.is_cut && !text->is_cut && faccessat(dir, ret->file, F_OK, 0) == 0;
}

int tree_v2_find_edit(const struct cgroup *cg, const struct plan_cgroup *plan, const struct plan_limit *limit,
		      size_t n, struct tree_edit *ret)
{
	const struct row *row = &rows[limit->kind];
	struct str text = STR_IN(ret->text);

	ret->tree = tree_find_v2(&cg->ref);
	ret->either = false;
	if (ret->tree == TREE_NONE)
		return 0;
	if (limit->kind == LIMIT_UNIFIED)
		return n == 0 && find_unified(cg->fd[ret->tree], limit, &text, ret);
	if (!row->file || find_file(cg->fd[ret->tree], limit, n, ret) == 0)
		return 0;
	if (row->spelling == IO_WEIGHT) {
		spell_weight(&text, limit, strcmp(ret->file, row->other) == 0);
		ret->either = limit->key != NULL;
	} else {
		spell(&text, plan, limit, cg->fd[ret->tree]);
	}
	return !text.is_cut;
}
