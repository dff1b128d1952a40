/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Places below a container's cgroup: named ones, the one that its process has gone to, one of its own. */
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "cgroup/tree.h"

/* A made cgroup, and the same as a later command finds it. */
struct pair {
	struct plan_cgroup plan;
	struct cgroup made, later;
};

static void make(struct pair *pair)
{
	struct err err = ERR_INIT;

	*pair = (struct pair){ .plan = scratch_plan(""), .made = CGROUP_INIT, .later = CGROUP_INIT };
	assert_ok(cgroup_open(&pair->made, &pair->plan, &err), err);
	assert_ok(cgroup_create(&pair->made, &pair->plan, &err), err);
	cgroup_find(&pair->later, &pair->made.ref);
	assert_ok(cgroup_open_trees(&pair->later, &err), err);
}

static void unmake(struct pair *pair)
{
	struct err err = ERR_INIT;

	cgroup_close(&pair->later);
	assert_ok(cgroup_remove(&pair->made, 5000, &err), err);
	cgroup_close(&pair->made);
}

/* Make the directory @path in every tree, or in the tree @only. */
static void add(const struct pair *pair, const char *path, size_t only)
{
	for (size_t i = 0; i < pair->made.ref.n; i++) {
		if (only == TREE_NONE || only == i)
			assert_int_equal(mkdirat(pair->made.fd[i], path, 0755), 0);
	}
}

/* @later has the directory @path below of the tree @i open. */
static bool is_at(const struct pair *pair, size_t i, const char *path)
{
	struct stat here, there;

	return fstat(pair->later.fd[i], &here) == 0 && fstatat(pair->made.fd[i], path, &there, 0) == 0 &&
	       here.st_ino == there.st_ino && here.st_dev == there.st_dev;
}

static void test_descend(void **state)
{
	struct err err = ERR_INIT;
	struct pair pair;

	(void)state;
	make(&pair);
	add(&pair, "a", TREE_NONE);
	add(&pair, "a/b", TREE_NONE);
	assert_ok(cgroup_descend(&pair.later, "/a", &err), err);
	for (size_t i = 0; i < pair.later.ref.n; i++)
		assert_true(is_at(&pair, i, "a"));
	assert_ok(cgroup_descend(&pair.later, "b//", &err), err);
	assert_ok(cgroup_descend(&pair.later, "", &err), err);
	for (size_t i = 0; i < pair.later.ref.n; i++)
		assert_true(is_at(&pair, i, "a/b"));
	unmake(&pair);
}

static void test_descend_in_some(void **state)
{
	struct err err = ERR_INIT;
	struct pair pair;
	size_t first, second;
	char place[128];

	(void)state;
	make(&pair);
	first = tree_find(&pair.made.ref, "pids");
	second = tree_find(&pair.made.ref, "freezer");
	assert_int_equal(cgroup_descend(&pair.later, "nonesuch:a", &err), -1);
	assert_non_null(strstr(err.text, "\"nonesuch\""));
	if (first == TREE_NONE || second == TREE_NONE || first == second) {
		unmake(&pair);
		scratch_skip("the v1 controllers pids and freezer in two hierarchies");
	}
	add(&pair, "a", first);
	add(&pair, "a", second);
	(void)snprintf(place, sizeof(place), "pids,freezer:a");
	assert_ok(cgroup_descend(&pair.later, place, &err), err);
	for (size_t i = 0; i < pair.later.ref.n; i++)
		assert_true(is_at(&pair, i, i == first || i == second ? "a" : "."));
	unmake(&pair);
}

static void test_descend_refused(void **state)
{
	static const char *const outside[] = { "..", "/..", "a/..", "a/../..", "x/../../y", "pids:.." };
	struct cgroup none = CGROUP_INIT;
	struct err err = ERR_INIT;
	struct pair pair;

	(void)state;
	make(&pair);
	add(&pair, "a", TREE_NONE);
	for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
		err = ERR_INIT;
		assert_int_equal(cgroup_descend(&pair.later, outside[i], &err), -1);
		assert_non_null(strstr(err.text, "leads out"));
	}
	err = ERR_INIT;
	assert_int_equal(cgroup_descend(&pair.later, "none", &err), -1);
	assert_int_equal(err.code, ENOENT);
	for (size_t i = 0; i < pair.later.ref.n; i++)
		assert_true(is_at(&pair, i, "."));
	unmake(&pair);
	err = ERR_INIT;
	assert_int_equal(cgroup_descend(&none, "a", &err), -1);
	assert_non_null(strstr(err.text, "no cgroup of its own"));
}

static void test_follow(void **state)
{
	struct err err = ERR_INIT;
	pid_t pid = scratch_sleeper();
	char controllers[TREE_FILE_SIZE] = "", command[64], number[16];
	struct pair pair;
	size_t v2;

	(void)state;
	make(&pair);
	v2 = tree_find_v2(&pair.made.ref);
	/* As long as it takes processes there is nobody to follow. */
	assert_ok(cgroup_enter(&pair.made, pid, false, &err), err);
	assert_ok(cgroup_follow(&pair.later, pid, &err), err);
	for (size_t i = 0; i < pair.later.ref.n; i++)
		assert_true(is_at(&pair, i, "."));
	if (v2 == TREE_NONE || tree_read_at(pair.made.fd[v2], "cgroup.controllers", controllers, sizeof(controllers)) <= 0) {
		scratch_end(pid);
		unmake(&pair);
		scratch_skip("a controller on the cgroup v2 tree");
	}
	add(&pair, "deep", v2);
	add(&pair, "deep/init", v2);
	(void)snprintf(number, sizeof(number), "%d", (int)pid);
	assert_int_equal(tree_write_at(pair.made.fd[v2], "deep/init/cgroup.procs", number), 0);
	controllers[strcspn(controllers, " ")] = '\0';
	(void)snprintf(command, sizeof(command), "+%s", controllers);
	assert_int_equal(tree_write_at(pair.made.fd[v2], "cgroup.subtree_control", command), 0);
	assert_ok(cgroup_follow(&pair.later, pid, &err), err);
	assert_true(is_at(&pair, v2, "deep/init"));
	/* Somebody who is elsewhere shows no way. */
	cgroup_close(&pair.later);
	cgroup_find(&pair.later, &pair.made.ref);
	assert_ok(cgroup_open_trees(&pair.later, &err), err);
	assert_ok(cgroup_follow(&pair.later, getpid(), &err), err);
	assert_true(is_at(&pair, v2, "."));
	scratch_end(pid);
	unmake(&pair);
}

static void test_split(void **state)
{
	struct cgroup part = CGROUP_INIT, none = CGROUP_INIT;
	pid_t inside = scratch_sleeper(), outside = scratch_sleeper();
	struct err err = ERR_INIT;
	struct pair pair;
	size_t lister;
	char number[16];
	int status;

	(void)state;
	make(&pair);
	lister = tree_find_lister(&pair.made.ref);
	assert_ok(cgroup_split(&pair.later, "part", &part, &err), err);
	for (size_t i = 0; i < pair.later.ref.n; i++)
		assert_true(is_at(&pair, i, i == lister ? "part" : "."));
	assert_ok(cgroup_enter(&pair.made, outside, false, &err), err);
	assert_ok(cgroup_enter(&pair.later, inside, false, &err), err);
	(void)snprintf(number, sizeof(number), "%d", (int)inside);
	assert_string_equal(scratch_read(part.fd[0], "cgroup.procs"), number);
	/* Those in it end, and nobody else. */
	assert_ok(cgroup_kill(&part, &err), err);
	assert_int_equal(waitpid(inside, &status, 0), inside);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(waitpid(outside, &status, WNOHANG), 0);
	cgroup_unsplit(&part, "part", 1000);
	assert_false(cgroup_is_present(&part));
	assert_int_equal(faccessat(pair.made.fd[lister], "part", F_OK, 0), -1);
	cgroup_unsplit(&part, "part", 0);
	scratch_end(outside);
	unmake(&pair);
	assert_int_equal(cgroup_split(&none, "part", &part, &err), -1);
	assert_non_null(strstr(err.text, "no cgroup of its own"));
}

/* What is used stays, to go with the container. */
static void test_split_in_use(void **state)
{
	struct cgroup part = CGROUP_INIT;
	struct err err = ERR_INIT;
	pid_t pid = scratch_sleeper();
	struct pair pair;

	(void)state;
	make(&pair);
	assert_ok(cgroup_split(&pair.later, "part", &part, &err), err);
	assert_ok(cgroup_enter(&pair.later, pid, false, &err), err);
	cgroup_unsplit(&part, "part", 5);
	assert_int_equal(faccessat(pair.made.fd[tree_find_lister(&pair.made.ref)], "part", F_OK, 0), 0);
	/* The name is taken now. */
	cgroup_close(&pair.later);
	cgroup_find(&pair.later, &pair.made.ref);
	assert_ok(cgroup_open_trees(&pair.later, &err), err);
	assert_int_equal(cgroup_split(&pair.later, "part", &part, &err), -1);
	assert_int_equal(err.code, EEXIST);
	scratch_end(pid);
	unmake(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_unit_test(test_descend),	 scratch_unit_test(test_descend_in_some),
		scratch_unit_test(test_descend_refused), scratch_unit_test(test_follow),
		scratch_unit_test(test_split),		 scratch_unit_test(test_split_in_use),
	};

	scratch_need_cgroups();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
