/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A scope of systemd's and the directories of ours around it, with a stand-in that makes cgroups. */
#include "scratch.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup/place.h"
#include "cgroup/tree.h"
#include "plan/property.h"
#include "standin.h"

#define UNIT "tare-unit.scope"

/* As scratch_plan("") names it: what lies above the scope, which would be a slice. */
static char above[128];

static struct plan_property slice;
static struct plan_value slice_name = { .type = 's', .text = "test.slice" };

static bool is_theirs(const struct plan_hierarchy *tree)
{
	return tree->is_v2 || strcmp(tree->controllers, "name=systemd") == 0;
}

/* What systemd does: the scope, with the process in it, in the trees that it keeps. */
static void make_scope(const char *slice_given, const char *unit, pid_t pid)
{
	struct plan_cgroup plan = scratch_plan("");

	if (strcmp(slice_given, "test.slice") != 0)
		return;
	for (size_t i = 0; i < plan.n_hierarchies; i++) {
		char path[512];
		FILE *file;

		if (!is_theirs(&plan.hierarchies[i]))
			continue;
		(void)snprintf(path, sizeof(path), "/sys/fs/cgroup/%s%s", plan.hierarchies[i].mount, above);
		(void)mkdir(path, 0755);
		(void)snprintf(path + strlen(path), sizeof(path) - strlen(path), "/%s", unit);
		(void)mkdir(path, 0755);
		(void)strcat(path, "/cgroup.procs");
		file = fopen(path, "we");
		if (file != NULL) {
			(void)fprintf(file, "%d", (int)pid);
			(void)fclose(file);
		}
	}
}

static struct plan_cgroup plan_scope(const char *below)
{
	struct plan_cgroup plan = scratch_plan("");
	static char path[256];

	(void)snprintf(above, sizeof(above), "%s", plan.path);
	slice = (struct plan_property){ .name = "Slice", .signature = "s", .value = &slice_name, .n = 1 };
	(void)snprintf(path, sizeof(path), "%s/%s%s", above, UNIT, below);
	plan.manager = CGROUP_MANAGER_SYSTEMD;
	plan.path = path;
	plan.path_at = 77;
	plan.scope = (struct plan_scope){
		.unit = UNIT,
		.slice = "test.slice",
		.path_len = strlen(above) + 1 + strlen(UNIT),
		.properties = &slice,
		.n = 1,
	};
	return plan;
}

/* The process is in the cgroup in every tree. */
static void assert_inside(const struct cgroup *cg, pid_t pid)
{
	char number[16];

	(void)snprintf(number, sizeof(number), "%d", (int)pid);
	for (size_t i = 0; i < cg->ref.n; i++)
		assert_string_equal(scratch_read(cg->fd[i], "cgroup.procs"), number);
}

static void life(const char *below)
{
	struct plan_cgroup plan = plan_scope(below);
	struct cgroup cg = CGROUP_INIT, later = CGROUP_INIT;
	struct err err = ERR_INIT;
	pid_t pid = scratch_sleeper();

	standin_start(&(struct standin_behaviour){ .make = make_scope });
	assert_ok(cgroup_open(&cg, &plan, &err), err);
	assert_string_equal(cg.ref.unit, UNIT);
	assert_string_equal(cg.ref.path, plan.path);
	assert_true(cgroup_needs_process(&cg));
	/* Nothing is open that lies above it: what is killed before it is made would be the whole machine. */
	for (size_t i = 0; i < cg.ref.n; i++)
		assert_int_equal(cg.fd[i], -1);
	assert_ok(cgroup_create(&cg, &plan, &err), err);
	for (size_t i = 0; i < cg.ref.n; i++)
		assert_false(scratch_exists(&cg, i, ""));
	assert_ok(cgroup_adopt(&cg, &plan, pid, &err), err);
	assert_inside(&cg, pid);
	assert_null(cg.bus);
	/* What is systemd's is not ours to remove. */
	for (size_t i = 0; i < cg.ref.n; i++)
		assert_int_equal(cg.ref.tree[i].kept, is_theirs(&plan.hierarchies[i]) ? plan.scope.path_len : 0);
	/* As a later command does it: with what the record holds. */
	cgroup_find(&later, &cg.ref);
	scratch_end(pid);
	assert_ok(cgroup_remove(&later, 5000, &err), err);
	assert_non_null(strstr(standin_log(), "StopUnit(" UNIT ",replace)\n"));
	for (size_t i = 0; i < cg.ref.n; i++) {
		bool is_kept = is_theirs(&plan.hierarchies[i]) && below[0] == '\0';

		assert_int_equal(scratch_exists(&cg, i, ""), is_kept);
	}
	cgroup_close(&later);
	cgroup_close(&cg);
	standin_stop();
}

static void test_life(void **state)
{
	(void)state;
	life("");
	assert_int_equal(scratch_sweep(NULL), 0);
	life("/container");
}

/* A unit in use is not touched: neither when it is seen before nor when it is seen late. */
static void test_foreign(void **state)
{
	struct plan_cgroup plan = plan_scope("");
	struct cgroup cg = CGROUP_INIT;
	struct err err = ERR_INIT;
	pid_t pid = scratch_sleeper();

	(void)state;
	standin_start(&(struct standin_behaviour){ .state = "active" });
	assert_int_equal(cgroup_open(&cg, &plan, &err), -1);
	assert_string_equal(err.text, "the systemd unit " UNIT " exists already and is in use");
	assert_int_equal(err.at, 77);
	cgroup_close(&cg);
	standin_stop();

	standin_start(&(struct standin_behaviour){ .n_exist = 2 });
	err = ERR_INIT;
	assert_ok(cgroup_open(&cg, &plan, &err), err);
	assert_int_equal(cgroup_adopt(&cg, &plan, pid, &err), -1);
	assert_string_equal(err.text, "the systemd unit " UNIT " exists already and is in use");
	assert_int_equal(err.at, 77);
	assert_false(cgroup_is_present(&cg));
	err = ERR_INIT;
	assert_ok(cgroup_remove(&cg, 100, &err), err);
	assert_null(strstr(standin_log(), "StopUnit"));
	cgroup_close(&cg);
	standin_stop();
	scratch_end(pid);
}

/* The process is somewhere else than where it was said to be. */
static void test_no_scope(void **state)
{
	struct plan_cgroup plan = plan_scope("/container");
	struct cgroup cg = CGROUP_INIT;
	struct err err = ERR_INIT;
	pid_t pid = scratch_sleeper();
	bool has_theirs = false;

	(void)state;
	for (size_t i = 0; i < plan.n_hierarchies; i++)
		has_theirs |= is_theirs(&plan.hierarchies[i]);
	if (!has_theirs)
		scratch_skip("a tree that systemd would keep");
	standin_start(&(struct standin_behaviour){ .root = "" });
	assert_ok(cgroup_open(&cg, &plan, &err), err);
	assert_int_equal(cgroup_adopt(&cg, &plan, pid, &err), -1);
	assert_non_null(strstr(err.text, "systemd has started " UNIT ", but there is no cgroup /tare-test-"));
	for (size_t i = 0; i < cg.ref.n; i++)
		assert_int_equal(cg.fd[i], -1);
	err = ERR_INIT;
	assert_ok(cgroup_remove(&cg, 1000, &err), err);
	assert_non_null(strstr(standin_log(), "StopUnit(" UNIT ",replace)\n"));
	cgroup_close(&cg);
	standin_stop();
	scratch_end(pid);
}

/* A user's manager has a cgroup of its own. */
static void test_root(void **state)
{
	struct plan_cgroup plan = plan_scope("/container");
	auto_cgroup struct cgroup cg = CGROUP_INIT;
	struct err err = ERR_INIT;
	char path[512];

	(void)state;
	plan.scope.is_user = true;
	standin_start(&(struct standin_behaviour){ .root = "/user.slice/user@7.service" });
	assert_ok(cgroup_open(&cg, &plan, &err), err);
	(void)snprintf(path, sizeof(path), "/user.slice/user@7.service%s", plan.path);
	assert_string_equal(cg.ref.path, path);
	assert_true(cg.ref.is_user);
	standin_stop();
}

static void test_long_path(void **state)
{
	struct plan_cgroup plan = plan_scope("");
	auto_cgroup struct cgroup cg = CGROUP_INIT;
	static char path[CGROUP_PATH_SIZE + 1];
	struct err err = ERR_INIT;

	(void)state;
	memset(path, '/', sizeof(path) - 1);
	plan.path = path;
	standin_start(&(struct standin_behaviour){ .root = "" });
	assert_int_equal(cgroup_open(&cg, &plan, &err), -1);
	assert_non_null(strstr(err.text, "is too long"));
	standin_stop();
}

/* Both or none: the unit before the files, and back when these refuse. */
static void test_update(void **state)
{
	struct plan_cgroup plan = plan_scope("/container"), change;
	struct plan_limit limit = { .at = 5, .kind = LIMIT_PIDS_MAX, .name = "pids.limit", .value = 9 };
	struct plan_value tasks = { .type = 't', .number = 9 };
	struct plan_property property = { .name = "New", .signature = "t", .value = &tasks, .n = 1 };
	struct cgroup cg = CGROUP_INIT, later = CGROUP_INIT;
	struct err err = ERR_INIT;
	pid_t pid = scratch_sleeper();
	size_t tree;

	(void)state;
	standin_start(&(struct standin_behaviour){ .make = make_scope });
	assert_ok(cgroup_open(&cg, &plan, &err), err);
	assert_ok(cgroup_adopt(&cg, &plan, pid, &err), err);
	standin_stop();
	tree = tree_find(&cg.ref, "pids");
	if (tree == TREE_NONE)
		tree = tree_find_v2(&cg.ref);
	assert_true(tree != TREE_NONE);
	limit.is_v2 = cg.ref.tree[tree].is_v2;
	change = (struct plan_cgroup){ .mode = plan.mode, .has_resources = true, .limits = &limit, .n_limits = 1,
				       .scope = { .properties = &property, .n = 1 } };
	standin_start(&(struct standin_behaviour){ .state = "active" });
	cgroup_find(&later, &cg.ref);
	assert_ok(cgroup_update(&later, &change, &err), err);
	assert_string_equal(scratch_read(cg.fd[tree], "pids.max"), "9");
	assert_non_null(strstr(standin_log(), "SetUnitProperties(" UNIT ",true,[(New,9)])\n"));
	/* What the kernel refuses. */
	limit.value = INT64_MAX;
	tasks.number = 10;
	assert_int_equal(cgroup_update(&later, &change, &err), -1);
	assert_string_equal(scratch_read(cg.fd[tree], "pids.max"), "9");
	assert_non_null(strstr(standin_log(), "[(New,10)])\nSetUnitProperties(" UNIT ",true,[(New,4711)])\n"));
	/* Nothing of systemd's. */
	change.scope.n = 0;
	limit.value = 7;
	err = ERR_INIT;
	assert_ok(cgroup_update(&later, &change, &err), err);
	assert_null(strstr(standin_log(), "(New,7)"));
	assert_string_equal(scratch_read(cg.fd[tree], "pids.max"), "7");
	scratch_end(pid);
	assert_ok(cgroup_remove(&later, 5000, &err), err);
	cgroup_close(&later);
	cgroup_close(&cg);
	standin_stop();
}

/* Its processes are dead: systemd notices that by itself, and a container must be deletable. */
static void test_no_bus_at_the_end(void **state)
{
	struct plan_cgroup plan = plan_scope("/container");
	struct cgroup cg = CGROUP_INIT, later = CGROUP_INIT;
	struct err err = ERR_INIT;
	pid_t pid = scratch_sleeper();

	(void)state;
	standin_start(&(struct standin_behaviour){ .make = make_scope });
	assert_ok(cgroup_open(&cg, &plan, &err), err);
	assert_ok(cgroup_adopt(&cg, &plan, pid, &err), err);
	cgroup_find(&later, &cg.ref);
	standin_stop();
	scratch_end(pid);
	assert_ok(cgroup_remove(&later, 5000, &err), err);
	for (size_t i = 0; i < cg.ref.n; i++)
		assert_false(scratch_exists(&cg, i, ""));
	cgroup_close(&later);
	cgroup_close(&cg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_unit_test(test_life),
		scratch_unit_test(test_foreign),
		scratch_unit_test(test_no_scope),
		scratch_unit_test(test_root),
		scratch_unit_test(test_long_path),
		scratch_unit_test(test_update),
		scratch_unit_test(test_no_bus_at_the_end),
	};

	scratch_need_cgroups();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
