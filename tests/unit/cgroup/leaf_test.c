/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cgroup below the container's that gets its processes. */
#include "scratch.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cgroup/leaf.h"
#include "cgroup/tree.h"

static struct plan_cgroup plan_with_leaf(void)
{
	struct plan_cgroup plan = scratch_plan("");

	if (plan.mode == CGROUP_MODE_V1)
		scratch_skip("a v2 tree");
	plan.leaf = "payload";
	return plan;
}

static void make(struct cgroup *cg, const struct plan_cgroup *plan)
{
	struct err err = ERR_INIT;

	assert_ok(cgroup_open(cg, plan, &err), err);
	assert_ok(cgroup_create(cg, plan, &err), err);
}

static void removes(struct cgroup *cg)
{
	struct err err = ERR_INIT;

	assert_ok(cgroup_remove(cg, 5000, &err), err);
	cgroup_close(cg);
}

/* The leaf alone changes hands; limits stay where the payload cannot change them. */
static void test_owner(void **state)
{
	struct plan_cgroup plan = plan_with_leaf();
	struct cgroup cg = CGROUP_INIT;
	struct stat st;
	size_t v2;

	(void)state;
	plan.delegate = true;
	plan.delegate_uid = 1234;
	make(&cg, &plan);
	v2 = tree_find_v2(&cg.ref);
	assert_true(scratch_exists(&cg, v2, "/payload"));
	assert_int_equal(fstat(cg.fd[v2], &st), 0);
	assert_int_equal(st.st_uid, 0);
	assert_int_equal(fstatat(cg.fd[v2], "payload", &st, 0), 0);
	assert_int_equal(st.st_uid, 1234);
	assert_int_equal(fstatat(cg.fd[v2], "payload/cgroup.procs", &st, 0), 0);
	assert_int_equal(st.st_uid, 1234);
	removes(&cg);
	assert_false(scratch_exists(&cg, v2, ""));
}

/* Whoever is put into the container is put there, and nowhere else in the v2 tree. */
static void test_processes(void **state)
{
	struct plan_cgroup plan = plan_with_leaf();
	struct cgroup cg = CGROUP_INIT, later = CGROUP_INIT;
	struct err err = ERR_INIT;
	struct stat leaf, opened;
	char text[16];
	pid_t pid, *pids;
	size_t v2, n;

	(void)state;
	make(&cg, &plan);
	v2 = tree_find_v2(&cg.ref);
	assert_int_equal(leaf_dir(&cg, v2), cg.leaf);
	assert_int_equal(cgroup_clone_fd(&cg), cg.leaf);
	assert_int_equal(fstat(cg.leaf, &opened), 0);
	assert_int_equal(fstatat(cg.fd[v2], "payload", &leaf, 0), 0);
	assert_int_equal(opened.st_ino, leaf.st_ino);
	for (size_t i = 0; i < v2; i++)
		assert_int_equal(leaf_dir(&cg, i), cg.fd[i]);
	pid = scratch_sleeper();
	assert_ok(cgroup_enter(&cg, pid, false, &err), err);
	assert_int_equal(tree_read_at(cg.fd[v2], "cgroup.procs", text, sizeof(text)), 0);
	assert_true(tree_read_at(cg.leaf, "cgroup.procs", text, sizeof(text)) > 0);
	assert_int_equal(atoi(text), pid);

	/* Those who come later follow it, whatever controllers there are, and see it. */
	cgroup_find(&later, &cg.ref);
	assert_ok(cgroup_open_trees(&later, &err), err);
	assert_ok(cgroup_follow(&later, pid, &err), err);
	assert_int_equal(fstat(later.fd[v2], &opened), 0);
	assert_int_equal(opened.st_ino, leaf.st_ino);
	cgroup_close(&later);
	assert_ok(cgroup_pids(&cg, &pids, &n, &err), err);
	assert_int_equal(n, 1);
	assert_int_equal(pids[0], pid);
	free(pids);
	scratch_end(pid);
	removes(&cg);
}

/* What is handed down to the container's cgroup is handed on. */
static void test_controllers(void **state)
{
	struct plan_cgroup plan = plan_with_leaf();
	struct cgroup cg = CGROUP_INIT;
	char have[TREE_FILE_SIZE];
	size_t v2;

	(void)state;
	if (plan.mode != CGROUP_MODE_V2)
		scratch_skip("a machine with cgroup v2 alone");
	make(&cg, &plan);
	v2 = tree_find_v2(&cg.ref);
	if (tree_read_at(cg.fd[v2], "cgroup.controllers", have, sizeof(have)) <= 0) {
		removes(&cg);
		scratch_skip("a controller");
	}
	assert_string_equal(scratch_read(cg.fd[v2], "payload/cgroup.controllers"), have);
	removes(&cg);
}

/* The name of a file of the kernel's. */
static void test_refused(void **state)
{
	struct plan_cgroup plan = plan_with_leaf();
	struct cgroup cg = CGROUP_INIT;
	struct err err = ERR_INIT;

	(void)state;
	plan.leaf = "cgroup.procs";
	plan.leaf_at = 7;
	assert_ok(cgroup_open(&cg, &plan, &err), err);
	assert_int_equal(cgroup_create(&cg, &plan, &err), -1);
	assert_non_null(strstr(err.text, "cgroup.procs"));
	assert_int_equal(err.at, 7);
	assert_false(scratch_exists(&cg, tree_find_v2(&cg.ref), ""));
	cgroup_close(&cg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_unit_test(test_owner),
		scratch_unit_test(test_processes),
		scratch_unit_test(test_controllers),
		scratch_unit_test(test_refused),
	};

	scratch_need_cgroups();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
