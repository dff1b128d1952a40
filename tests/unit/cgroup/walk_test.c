/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Walks over directories that only look like cgroups: nesting, lists of processes, removal. */
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup/walk.h"
#include "tests/unit/must.h"

static void make(int dir, const char *name, const char *procs)
{
	int fd;

	assert_int_equal(mkdirat(dir, name, 0755), 0);
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	if (procs)
		scratch_file(fd, "cgroup.procs", procs);
	(void)close(fd);
}

static int count(int dir, void *data)
{
	(void)dir;
	++*(int *)data;
	return 0;
}

static int stop_at_two(int dir, void *data)
{
	(void)dir;
	return ++*(int *)data == 2 ? -1 : 0;
}

static void test_each(void **state)
{
	char path[PATH_MAX];
	int dir = scratch_dir(path), n = 0;

	(void)state;
	make(dir, "a", NULL);
	make(dir, "a/b", NULL);
	make(dir, "c", NULL);
	scratch_file(dir, "file", "");
	assert_int_equal(walk_each(dir, count, &n), 0);
	assert_int_equal(n, 4);
	n = 0;
	assert_int_equal(walk_each(dir, stop_at_two, &n), -1);
	assert_int_equal(n, 2);
	(void)close(dir);
	scratch_remove_dir(path);
}

/* Takes every directory called "c" away, whichever way it is seen. */
static int remove_c(int dir, void *data)
{
	++*(int *)data;
	(void)unlinkat(dir, "c", AT_REMOVEDIR);
	(void)unlinkat(dir, "../c", AT_REMOVEDIR);
	return 0;
}

/* What vanishes is passed over, and the way back up is found. */
static void test_vanishing(void **state)
{
	static const char *const names[] = { "a", "a/a", "a/c", "b", "b/c", "c", "d" };
	char path[PATH_MAX];
	int dir = scratch_dir(path), n = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		make(dir, names[i], NULL);
	assert_int_equal(walk_each(dir, remove_c, &n), 0);
	assert_int_equal(n, 5);
	(void)close(dir);
	scratch_remove_dir(path);
}

/* More numbers than one read gives, over several levels, and a stranger's 0. */
static void test_pids(void **state)
{
	struct walk_pids pids = { .pid = NULL };
	char path[PATH_MAX], *text = must(malloc(100000));
	int dir = scratch_dir(path);
	size_t used = 0;

	(void)state;
	for (int pid = 1000; pid < 4000; pid++)
		used += (size_t)sprintf(text + used, "%d\n", pid);
	scratch_file(dir, "cgroup.procs", text);
	make(dir, "a", "0\n7\n");
	make(dir, "a/b", "");
	make(dir, "c", NULL);
	assert_int_equal(walk_add_pids(dir, &pids), 0);
	assert_int_equal(pids.n, 3001);
	assert_int_equal(pids.pid[0], 1000);
	assert_int_equal(pids.pid[2999], 3999);
	assert_int_equal(pids.pid[3000], 7);
	free(pids.pid);
	free(text);
	(void)close(dir);
	scratch_remove_dir(path);
}

static void test_remove(void **state)
{
	char path[PATH_MAX];
	int dir = scratch_dir(path);

	(void)state;
	make(dir, "a", NULL);
	make(dir, "a/b", NULL);
	make(dir, "a/b/c", NULL);
	make(dir, "a/d", NULL);
	make(dir, "e", NULL);
	assert_int_equal(walk_remove_below(dir), 0);
	assert_int_equal(rmdir(path), 0);
	(void)close(dir);
}

/* Deeper than descriptors and paths reach. */
static void test_remove_deep(void **state)
{
	char path[PATH_MAX];
	int dir = scratch_dir(path), at = dup(dir);

	(void)state;
	for (int i = 0; i < 3000; i++) {
		int next;

		assert_int_equal(mkdirat(at, "deep", 0755), 0);
		next = openat(at, "deep", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true(next >= 0);
		(void)close(at);
		at = next;
	}
	(void)close(at);
	at = 0;
	/* As deep as the container likes to make it. */
	assert_int_equal(walk_each(dir, count, &at), 0);
	assert_int_equal(at, 3001);
	assert_int_equal(walk_remove_below(dir), 0);
	assert_int_equal(rmdir(path), 0);
	(void)close(dir);
}

/* A directory that cannot go ends it, instead of being tried for ever. */
static void test_remove_busy(void **state)
{
	char path[PATH_MAX];
	int dir = scratch_dir(path);

	(void)state;
	make(dir, "a", NULL);
	make(dir, "a/b", "1\n");
	assert_int_equal(walk_remove_below(dir), -1);
	assert_int_equal(errno, EBUSY);
	(void)close(dir);
	scratch_remove_dir(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each),
		cmocka_unit_test(test_vanishing),
		cmocka_unit_test(test_pids),
		cmocka_unit_test(test_remove),
		cmocka_unit_test(test_remove_deep),
		cmocka_unit_test(test_remove_busy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
