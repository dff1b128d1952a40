/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which directories are made and whose they are, and what is refused before anything is made. */
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup/tree.h"

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

/*
 * Two containers below one ancestor: its maker leaves it to the other one, which is not its
 * maker.
 */
static void test_ancestors(void **state)
{
	struct plan_cgroup first = scratch_plan("/a/b"), second = scratch_plan("/a/c");
	struct cgroup one = CGROUP_INIT, two = CGROUP_INIT, above = CGROUP_INIT;

	(void)state;
	make(&one, &first);
	make(&two, &second);
	cgroup_find(&above, &one.ref);
	above.ref.path = scratch_plan("").path;
	for (size_t i = 0; i < one.ref.n; i++) {
		assert_int_equal(one.ref.tree[i].kept, 0);
		assert_int_equal(two.ref.tree[i].kept, strlen(second.path) - 2);
	}
	removes(&one);
	for (size_t i = 0; i < one.ref.n; i++) {
		assert_false(scratch_exists(&one, i, ""));
		assert_true(scratch_exists(&two, i, ""));
	}
	removes(&two);
	for (size_t i = 0; i < two.ref.n; i++) {
		assert_false(scratch_exists(&two, i, ""));
		assert_true(scratch_exists(&above, i, ""));
	}
	/* The ancestors are left, since only their maker knows them; deleting again takes them. */
	removes(&one);
	for (size_t i = 0; i < two.ref.n; i++)
		assert_false(scratch_exists(&above, i, ""));
}

/* A cgroup that is there is used, and stays. */
static void test_existing(void **state)
{
	struct plan_cgroup plan = scratch_plan("");
	struct cgroup owner = CGROUP_INIT, guest = CGROUP_INIT;

	(void)state;
	make(&owner, &plan);
	make(&guest, &plan);
	for (size_t i = 0; i < guest.ref.n; i++)
		assert_int_equal(guest.ref.tree[i].kept, strlen(plan.path));
	/* Who knows what was written to its cgroup.kill. */
	assert_int_equal(cgroup_clone_fd(&guest), -1);
	assert_int_equal(cgroup_clone_fd(&owner) >= 0, plan.mode != CGROUP_MODE_V1);
	removes(&guest);
	for (size_t i = 0; i < owner.ref.n; i++)
		assert_true(scratch_exists(&owner, i, ""));
	removes(&owner);
}

static void assert_refused(const struct plan_cgroup *plan, const char *text)
{
	auto_cgroup struct cgroup cg = CGROUP_INIT;
	struct err err = ERR_INIT;

	assert_int_equal(cgroup_open(&cg, plan, &err), -1);
	if (!strstr(err.text, text))
		fail_msg("\"%s\" is not in: %s", text, err.text);
}

/* CG-03: processes, also those further down, and freezing. */
static void test_in_use(void **state)
{
	struct plan_cgroup plan = scratch_plan(""), below = scratch_plan("/x");
	struct cgroup cg = CGROUP_INIT, child = CGROUP_INIT;
	struct err err = ERR_INIT;
	pid_t pid = scratch_sleeper();

	(void)state;
	make(&cg, &plan);
	make(&child, &below);
	assert_ok(cgroup_enter(&child, pid, false, &err), err);
	assert_refused(&below, "container's cgroup is not empty");
	assert_refused(&plan, "container's cgroup is not empty");
	scratch_end(pid);
	removes(&child);
	assert_ok(cgroup_freeze(&cg, &err), err);
	assert_refused(&plan, "container's cgroup unexpectedly frozen");
	assert_refused(&below, "container's cgroup unexpectedly frozen");
	assert_ok(cgroup_thaw(&cg, &err), err);
	removes(&cg);
}

/* What fails half-way leaves nothing, in no tree. */
static void test_failure_leaves_nothing(void **state)
{
	struct plan_cgroup plan = scratch_plan("/a/b");
	struct plan_limit limit = { .at = 42, .kind = LIMIT_UNIFIED, .is_v2 = true, .key = "cgroup.nonsense",
				    .text = "1", .name = "linux.resources.unified" };
	auto_cgroup struct cgroup cg = CGROUP_INIT;
	struct err err = ERR_INIT;

	(void)state;
	plan.limits = &limit;
	plan.n_limits = 1;
	assert_ok(cgroup_open(&cg, &plan, &err), err);
	assert_int_equal(cgroup_create(&cg, &plan, &err), -1);
	assert_int_equal(err.at, 42);
	cg.ref.path = scratch_plan("").path;
	for (size_t i = 0; i < cg.ref.n; i++)
		assert_false(scratch_exists(&cg, i, ""));
}

/* Limits that this machine's tree cannot carry out are errors that name property and controller. */
static void test_no_controller(void **state)
{
	struct plan_cgroup plan = scratch_plan("");
	struct plan_limit limit = { .at = 42, .kind = LIMIT_MEMORY_MAX, .value = 1 << 26,
				    .is_v2 = plan.mode == CGROUP_MODE_V2,
				    .name = "linux.resources.memory.limit" };
	auto_cgroup struct cgroup cg = CGROUP_INIT;
	struct err err = ERR_INIT;
	size_t v2 = 0;
	int r;

	(void)state;
	plan.limits = &limit;
	plan.n_limits = 1;
	assert_ok(cgroup_open(&cg, &plan, &err), err);
	v2 = tree_find_v2(&cg.ref);
	r = cgroup_create(&cg, &plan, &err);
	if (plan.mode == CGROUP_MODE_V2 && r < 0)
		assert_string_equal(err.text, "linux.resources.memory.limit: this machine's cgroup2 "
				    "tree has no memory controller");
	else if (plan.mode == CGROUP_MODE_V2)
		assert_string_equal(scratch_read(cg.fd[v2], "memory.max"), "67108864");
	else
		assert_string_equal(scratch_read(cg.fd[tree_find(&cg.ref, "memory")],
						 "memory.limit_in_bytes"), "67108864");
	assert_ok(cgroup_remove(&cg, 0, &err), err);
}

/* CG-02: without `resources` an existing cgroup keeps its limits and device rules. */
static void test_no_resources(void **state)
{
	struct plan_cgroup plan = scratch_plan("");
	struct plan_limit limit = { .kind = LIMIT_UNIFIED, .is_v2 = true, .key = "cgroup.max.depth", .text = "5",
				    .name = "linux.resources.unified" };
	struct cgroup owner = CGROUP_INIT, guest = CGROUP_INIT;
	size_t v2;

	(void)state;
	if (plan.mode == CGROUP_MODE_V1)
		scratch_skip("a v2 tree");
	make(&owner, &plan);
	plan.limits = &limit;
	plan.n_limits = 1;
	plan.has_resources = false;
	make(&guest, &plan);
	v2 = tree_find_v2(&guest.ref);
	assert_string_equal(scratch_read(guest.fd[v2], "cgroup.max.depth"), "max");
	cgroup_close(&guest);
	plan.has_resources = true;
	make(&guest, &plan);
	assert_string_equal(scratch_read(guest.fd[v2], "cgroup.max.depth"), "5");
	cgroup_close(&guest);
	removes(&owner);
}

/* v1 cpusets begin empty and would take no process. */
static void test_cpuset(void **state)
{
	struct plan_cgroup plan = scratch_plan("/a/b");
	struct cgroup cg = CGROUP_INIT;
	size_t i;

	(void)state;
	make(&cg, &plan);
	i = tree_find(&cg.ref, "cpuset");
	if (i != TREE_NONE) {
		assert_string_not_equal(scratch_read(cg.fd[i], "cpuset.cpus"), "");
		assert_string_not_equal(scratch_read(cg.fd[i], "cpuset.mems"), "");
		assert_string_not_equal(scratch_read(cg.fd[i], "../cpuset.cpus"), "");
	}
	removes(&cg);
}

/* Run @check as an ordinary user; its status. */
static int as_user(int (*check)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		if (setgid(65534) < 0 || setuid(65534) < 0)
			_exit(99);
		_exit(check());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

static int create_rootless(bool path_given, struct cgroup *cg, struct err *err)
{
	struct plan_cgroup plan = scratch_plan("");

	plan.is_rootless = true;
	plan.path_given = path_given;
	if (cgroup_open(cg, &plan, err) < 0)
		return -2;
	return cgroup_create(cg, &plan, err);
}

static int unasked(void)
{
	struct cgroup cg;
	struct err err = ERR_INIT;

	return create_rootless(false, &cg, &err) == 0 && !cgroup_is_present(&cg) &&
	       cg.ref.manager == CGROUP_MANAGER_DISABLED && !err_is_set(&err) ? 0 : 1;
}

static int asked(void)
{
	struct cgroup cg;
	struct err err = ERR_INIT;

	return create_rootless(true, &cg, &err) == -1 && strstr(err.text, "make cgroup") ? 0 : 1;
}

static void test_rootless(void **state)
{
	(void)state;
	assert_int_equal(as_user(unasked), 0);
	assert_int_equal(as_user(asked), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_unit_test(test_ancestors),
		scratch_unit_test(test_existing),
		scratch_unit_test(test_in_use),
		scratch_unit_test(test_failure_leaves_nothing),
		scratch_unit_test(test_no_controller),
		scratch_unit_test(test_no_resources),
		scratch_unit_test(test_cpuset),
		scratch_unit_test(test_rootless),
	};

	scratch_need_cgroups();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
