/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a cgroup is given, and what an old one keeps. */
#include "scratch.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cgroup/equip.h"
#include "cgroup/make.h"
#include "cgroup/remove.h"
#include "cgroup/tree.h"

static void open_directories(struct cgroup *cg, const struct plan_cgroup *plan)
{
	struct err err = ERR_INIT;

	assert_ok(make_begin(cg, plan, plan->path, &err), err);
	for (size_t i = 0; i < cg->ref.n; i++) {
		assert_ok(make_open_deepest(cg, i, &err), err);
		assert_ok(make_tree(cg, i, false, &err), err);
	}
}

static void removes(struct cgroup *cg)
{
	struct err err = ERR_INIT;

	assert_ok(remove_directories(cg, 5000, &err), err);
	cgroup_close(cg);
}

/* The tree with the pids controller: on a hybrid machine it may be either. */
static size_t find_pids(const struct cgroup *cg)
{
	size_t i = tree_find(&cg->ref, "pids");

	return i == TREE_NONE ? tree_find_v2(&cg->ref) : i;
}

/* CG-02: an old one without `resources` keeps its limits. */
static void test_limits(void **state)
{
	struct plan_cgroup plan = scratch_plan("");
	struct cgroup cg = CGROUP_INIT;
	struct plan_limit limit = { .kind = LIMIT_PIDS_MAX, .value = 7, .name = "linux.resources.pids.limit" };
	struct err err = ERR_INIT;
	size_t pids;

	(void)state;
	open_directories(&cg, &plan);
	pids = find_pids(&cg);
	if (pids == TREE_NONE)
		scratch_skip("the pids controller");
	limit.is_v2 = cg.ref.tree[pids].is_v2;
	plan.limits = &limit;
	plan.n_limits = 1;
	assert_ok(equip(&cg, &plan, false, &err), err);
	assert_string_equal(scratch_read(cg.fd[pids], "pids.max"), "7");
	limit.value = 8;
	plan.has_resources = false;
	assert_ok(equip(&cg, &plan, true, &err), err);
	assert_string_equal(scratch_read(cg.fd[pids], "pids.max"), "7");
	assert_ok(equip(&cg, &plan, false, &err), err);
	assert_string_equal(scratch_read(cg.fd[pids], "pids.max"), "8");
	removes(&cg);
}

/* CG-04: the directory and the files that the kernel names change hands, no other. */
static void test_delegate(void **state)
{
	struct plan_cgroup plan = scratch_plan("");
	struct cgroup cg = CGROUP_INIT;
	struct err err = ERR_INIT;
	struct stat st;
	size_t v2;

	(void)state;
	if (plan.mode == CGROUP_MODE_V1)
		scratch_skip("a v2 tree");
	plan.delegate = true;
	plan.delegate_uid = 1234;
	open_directories(&cg, &plan);
	assert_ok(equip(&cg, &plan, false, &err), err);
	v2 = tree_find_v2(&cg.ref);
	assert_int_equal(fstat(cg.fd[v2], &st), 0);
	assert_int_equal(st.st_uid, 1234);
	assert_int_equal(st.st_gid, 0);
	assert_int_equal(fstatat(cg.fd[v2], "cgroup.subtree_control", &st, 0), 0);
	assert_int_equal(st.st_uid, 1234);
	assert_int_equal(fstatat(cg.fd[v2], "cgroup.max.depth", &st, 0), 0);
	assert_int_equal(st.st_uid, 0);
	removes(&cg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_unit_test(test_limits),
		scratch_unit_test(test_delegate),
	};

	scratch_need_cgroups();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
