/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Directories of a cgroup: what is opened, what is made, and whose it is. */
#include "scratch.h"

#include <string.h>

#include "cgroup/make.h"
#include "cgroup/remove.h"
#include "cgroup/tree.h"

static void test_begin(void **state)
{
	struct plan_cgroup plan = scratch_plan("");
	auto_cgroup struct cgroup cg = CGROUP_INIT;
	struct err err = ERR_INIT;

	(void)state;
	assert_ok(make_begin(&cg, &plan, "/other", &err), err);
	assert_string_equal(cg.ref.path, "/other");
	assert_int_equal(cg.ref.manager, plan.manager);
	assert_int_equal(cg.ref.n, plan.n_hierarchies);
	for (size_t i = 0; i < cg.ref.n; i++) {
		assert_string_equal(cg.ref.tree[i].mount, plan.hierarchies[i].mount);
		assert_int_equal(cg.fd[i], -1);
	}
	plan.n_hierarchies = CGROUP_MAX_TREES + 1;
	assert_int_equal(make_begin(&cg, &plan, "/other", &err), -1);
	assert_non_null(strstr(err.text, "hierarchies"));
	assert_int_equal(cg.ref.n, 0);
}

static void test_refusal(void **state)
{
	struct plan_cgroup plan = { .path_at = 7 };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(make_refusal(&plan, &err), -1);
	assert_int_equal(err.at, 7);
	plan.path_at = 8;
	assert_int_equal(make_refusal(&plan, &err), -1);
	assert_int_equal(err.at, 7);
}

/* The last directory may be made by two at once only where that is agreed. */
static void test_shared(void **state)
{
	struct plan_cgroup plan = scratch_plan("/a");
	struct cgroup one = CGROUP_INIT, two = CGROUP_INIT;
	struct err err = ERR_INIT;

	(void)state;
	plan.n_hierarchies = 1;
	assert_ok(make_begin(&one, &plan, plan.path, &err), err);
	assert_ok(make_begin(&two, &plan, plan.path, &err), err);
	assert_ok(make_open_deepest(&one, 0, &err), err);
	assert_ok(make_open_deepest(&two, 0, &err), err);
	assert_int_equal(two.ref.tree[0].kept, 0);
	assert_ok(make_tree(&one, 0, false, &err), err);
	assert_int_equal(one.ref.tree[0].kept, 0);
	assert_int_equal(make_tree(&two, 0, false, &err), -1);
	assert_non_null(strstr(err.text, "make cgroup "));
	assert_ok(make_open_deepest(&two, 0, &err), err);
	assert_ok(make_tree(&two, 0, true, &err), err);
	assert_int_equal(two.ref.tree[0].kept, strlen(plan.path));
	cgroup_close(&two);
	assert_ok(remove_directories(&one, 5000, &err), err);
	cgroup_close(&one);
}

static void test_shared_late(void **state)
{
	struct plan_cgroup plan = scratch_plan("/a");
	struct cgroup one = CGROUP_INIT, two = CGROUP_INIT;
	struct err err = ERR_INIT;

	(void)state;
	plan.n_hierarchies = 1;
	assert_ok(make_begin(&one, &plan, plan.path, &err), err);
	assert_ok(make_begin(&two, &plan, plan.path, &err), err);
	assert_ok(make_open_deepest(&two, 0, &err), err);
	assert_ok(make_open_deepest(&one, 0, &err), err);
	assert_ok(make_tree(&one, 0, false, &err), err);
	/* It was looked at before the other one made it: it is the other's all the same. */
	assert_ok(make_tree(&two, 0, true, &err), err);
	assert_int_equal(two.ref.tree[0].kept, strlen(plan.path));
	cgroup_close(&two);
	assert_ok(remove_directories(&one, 5000, &err), err);
	cgroup_close(&one);
}

static void assert_no_tree(struct plan_hierarchy *tree, const char *text)
{
	struct plan_cgroup plan = scratch_plan("");
	auto_cgroup struct cgroup cg = CGROUP_INIT;
	struct err err = ERR_INIT;

	plan.hierarchies = tree;
	plan.n_hierarchies = 1;
	assert_ok(make_begin(&cg, &plan, plan.path, &err), err);
	assert_int_equal(make_open_deepest(&cg, 0, &err), -1);
	if (!strstr(err.text, text))
		fail_msg("\"%s\" is not in: %s", text, err.text);
}

static void test_not_a_cgroup(void **state)
{
	struct plan_cgroup plan = scratch_plan("");
	struct plan_hierarchy tree = { .mount = "", .controllers = "", .is_v2 = plan.mode != CGROUP_MODE_V2 };

	(void)state;
	assert_no_tree(&tree, tree.is_v2 ? "is no cgroup2 file system" : "is no cgroup file system");
	tree.mount = "nothing-here";
	assert_no_tree(&tree, "open cgroup directory /sys/fs/cgroup/nothing-here");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_unit_test(test_begin),
		scratch_unit_test(test_refusal),
		scratch_unit_test(test_shared),
		scratch_unit_test(test_shared_late),
		scratch_unit_test(test_not_a_cgroup),
	};

	scratch_need_cgroups();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
