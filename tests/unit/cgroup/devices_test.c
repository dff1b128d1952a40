/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which device controller gets the rules, and that rules of a cgroup in use come back after a failure. */
#include "cgroup/devices.h"

#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "cgroup/tree.h"

static struct plan_device_rule deny_all[] = {
	{ .type = 'a', .major = DEVICE_ANY, .minor = DEVICE_ANY, .access = DEVICE_ALL, .at = ERR_NOWHERE },
	{ .allow = true, .type = 'c', .major = 1, .minor = 3, .access = DEVICE_ALL, .at = 5 },
};

static struct cgroup fake(int dir, const char *controllers)
{
	return (struct cgroup){ .ref = { .path = "/x", .n = 1, .tree = { { .mount = "m", .controllers = controllers } } },
				.fd = { dir } };
}

static void test_v1(void **state)
{
	const struct plan_cgroup plan = { .rules = deny_all, .n_rules = 2 };
	struct err err = ERR_INIT;
	char path[PATH_MAX];
	int dir = scratch_dir(path);
	struct cgroup cg = fake(dir, "devices");

	(void)state;
	scratch_file(dir, "devices.deny", "");
	scratch_file(dir, "devices.allow", "");
	assert_ok(devices_write(&cg, &plan, false, &err), err);
	assert_string_equal(scratch_read(dir, "devices.deny"), "a");
	assert_string_equal(scratch_read(dir, "devices.allow"), "c 1:3 rwm");
	(void)close(dir);
	scratch_remove_dir(path);
}

static void test_none(void **state)
{
	struct plan_cgroup plan = { .rules = deny_all, .n_rules = 2 };
	struct err err = ERR_INIT;
	char path[PATH_MAX];
	int dir = scratch_dir(path);
	struct cgroup cg = fake(dir, "cpu");

	(void)state;
	assert_int_equal(devices_write(&cg, &plan, false, &err), -1);
	assert_non_null(strstr(err.text, "no cgroup v1 tree has the devices controller"));
	/* A rootless runtime is excused what it may not do, not what there is not. */
	plan.is_rootless = true;
	assert_int_equal(devices_write(&cg, &plan, false, &err), -1);
	assert_int_equal(devices_change(&cg, &plan, &err), -1);
	(void)close(dir);
	scratch_remove_dir(path);
}

/* Nothing can be allowed here: what was is written again, or the error says that it could not be. */
static void test_put_back(void **state)
{
	const struct plan_cgroup plan = { .rules = deny_all, .n_rules = 2 };
	struct err err = ERR_INIT;
	char path[PATH_MAX];
	int dir = scratch_dir(path);
	struct cgroup cg = fake(dir, "devices");

	(void)state;
	assert_int_equal(devices_change(&cg, &plan, &err), -1);
	assert_non_null(strstr(err.text, "devices.list"));
	scratch_file(dir, "devices.list", "b 7:0 rw\nc 1:5 rwm\n");
	scratch_file(dir, "devices.deny", "");
	err = ERR_INIT;
	assert_int_equal(devices_change(&cg, &plan, &err), -1);
	assert_non_null(strstr(err.text, "could not be put back"));
	assert_non_null(strstr(err.text, "c 1:3 rwm"));
	assert_int_equal(err.at, 5);
	(void)close(dir);
	scratch_remove_dir(path);
}

/* The machine's own controller: a parent that forbids the second rule. */
static void test_kernel(void **state)
{
	static struct plan_device_rule rules[] = {
		{ .type = 'a', .major = DEVICE_ANY, .minor = DEVICE_ANY, .access = DEVICE_ALL, .at = ERR_NOWHERE },
		{ .allow = true, .type = 'b', .major = 7, .minor = 0, .access = DEVICE_ALL, .at = 6 },
		{ .allow = true, .type = 'c', .major = 10, .minor = 229, .access = DEVICE_ALL, .at = 7 },
	};
	struct plan_cgroup plan = scratch_plan("/below");
	auto_cgroup struct cgroup cg = CGROUP_INIT;
	struct err err = ERR_INIT;
	auto_fd int parent = -1;
	char before[1024];
	size_t v1;

	(void)state;
	assert_ok(cgroup_open(&cg, &plan, &err), err);
	v1 = tree_find(&cg.ref, "devices");
	if (v1 == TREE_NONE)
		scratch_skip("the devices controller of cgroup v1");
	assert_ok(cgroup_create(&cg, &plan, &err), err);
	parent = openat(cg.fd[v1], "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(tree_write_at(parent, "devices.deny", "c 10:229 rw"), 0);
	(void)strcpy(before, scratch_read(cg.fd[v1], "devices.list"));
	plan.rules = rules;
	plan.n_rules = 3;
	assert_int_equal(devices_change(&cg, &plan, &err), -1);
	assert_int_equal(err.at, 7);
	assert_null(strstr(err.text, "put back"));
	assert_string_equal(scratch_read(cg.fd[v1], "devices.list"), before);
	plan.n_rules = 2;
	err = ERR_INIT;
	assert_ok(devices_change(&cg, &plan, &err), err);
	assert_string_equal(scratch_read(cg.fd[v1], "devices.list"), "b 7:0 rwm");
	/* Everything allowed is put back in one word. */
	plan.rules[0].allow = true;
	plan.n_rules = 1;
	err = ERR_INIT;
	assert_ok(devices_change(&cg, &plan, &err), err);
	assert_string_equal(scratch_read(cg.fd[v1], "devices.list"), "a *:* rwm");
	plan.rules[0].allow = false;
	plan.n_rules = 3;
	assert_int_equal(devices_change(&cg, &plan, &err), -1);
	assert_null(strstr(err.text, "put back"));
	assert_string_equal(scratch_read(cg.fd[v1], "devices.list"), "a *:* rwm");
	err = ERR_INIT;
	assert_ok(cgroup_remove(&cg, 1000, &err), err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_v1),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_put_back),
		scratch_unit_test(test_kernel),
	};

	scratch_need_cgroups();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
