/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Directories that stand in for a cgroup's, with files such as the kernel would show: for tests of statistics.
 */
#ifndef TARE_TESTS_CGROUP_COUNTED_H
#define TARE_TESTS_CGROUP_COUNTED_H

#include "tests/unit/support.h"

#include "base/err.h"
#include "cgroup/cgroup.h"
#include "cgroup/stats.h"
#include "libocispec/arena.h"

/* A file of it. */
struct counted_file {
	const char *name, *text;
};

/* One hierarchy with @controllers ("" and v2) in the fresh directory @dir, which holds the @n @files. */
static inline struct cgroup counted_make(struct support_dir *dir, const char *controllers, bool is_v2,
					 const struct counted_file *files, size_t n)
{
	struct cgroup cg = CGROUP_INIT;

	support_open_dir(dir);
	for (size_t i = 0; i < n; i++)
		support_write(dir->fd, files[i].name, files[i].text);
	cg.ref.manager = CGROUP_MANAGER_CGROUPFS;
	cg.ref.path = "/x";
	cg.ref.n = 1;
	cg.ref.tree[0] = (struct cgroup_tree_ref){ .mount = "", .controllers = controllers, .is_v2 = is_v2 };
	cg.fd[0] = dir->fd;
	return cg;
}

static inline struct stats *counted_read(struct cgroup *cg, struct arena *arena)
{
	struct err err = ERR_INIT;
	struct stats *stats = NULL;
	size_t fds = support_count_fds();

	assert_good(cgroup_read_stats(cg, arena, &stats, &err), err);
	assert_int_equal(support_count_fds(), fds);
	return stats;
}

#define assert_io(list, i, major_, minor_, op_, value_)                                    \
	do {                                                                               \
		const struct stats_io *io_ = (list).item[i];                               \
		const char *want_ = (op_);                                                 \
                                                                                           \
		assert_int_equal(io_->major, major_);                                      \
		assert_int_equal(io_->minor, minor_);                                      \
		if (want_ == NULL)                                                         \
			assert_null(io_->op);                                              \
		else                                                                       \
			assert_string_equal(io_->op, want_);                               \
		assert_int_equal(io_->value, value_);                                      \
	} while (0)

#endif
