/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules as the v1 controller takes them: a default and exceptions.  Files stand in for it; the last
 * test asks the machine's own controller. */
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup/devices.h"
#include "cgroup/tree.h"

#define ALL(allow_) { .allow = (allow_), .type = 'a', .major = -1, .minor = -1, .access = 7 }
#define RULE(allow_, type_, major_, minor_, access_)                                         \
	{ .at = 5, .allow = (allow_), .type = (type_), .major = (major_), .minor = (minor_),  \
	  .access = (access_) }

/* The last lines written to devices.deny and devices.allow, which begin empty. */
static int write_rules(const struct plan_device_rule *rules, size_t n, char *deny, char *allow,
		       struct err *err)
{
	char path[PATH_MAX];
	int dir = scratch_dir(path), r;

	scratch_file(dir, "devices.deny", "");
	scratch_file(dir, "devices.allow", "");
	r = devices_v1_write(dir, rules, n, err);
	(void)strcpy(deny, scratch_read(dir, "devices.deny"));
	(void)strcpy(allow, scratch_read(dir, "devices.allow"));
	(void)close(dir);
	scratch_remove_dir(path);
	return r;
}

static void test_spelling(void **state)
{
	const struct plan_device_rule rules[] = { ALL(false), RULE(true, 'c', 136, -1, 5) };
	const struct plan_device_rule others[] = { ALL(true), RULE(false, 'b', 8, 16, 2) };
	char deny[256], allow[256];
	struct err err = ERR_INIT;

	(void)state;
	assert_ok(write_rules(rules, 2, deny, allow, &err), err);
	assert_string_equal(deny, "a");
	assert_string_equal(allow, "c 136:* rm");
	assert_ok(write_rules(others, 2, deny, allow, &err), err);
	assert_string_equal(allow, "a");
	assert_string_equal(deny, "b 8:16 w");
}

/* A rule back to the default takes exceptions out, those for fewer devices as well. */
static void test_taken_out(void **state)
{
	const struct plan_device_rule rules[] = { ALL(false), RULE(true, 'c', 1, 3, 7),
						  RULE(true, 'c', 1, 5, 7),
						  RULE(false, 'c', 1, -1, 6) };
	const struct plan_device_rule gone[] = { ALL(false), RULE(true, 'c', 1, 3, 7),
						 RULE(false, 'c', 1, 3, 7) };
	char deny[256], allow[256];
	struct err err = ERR_INIT;

	(void)state;
	assert_ok(write_rules(rules, 4, deny, allow, &err), err);
	assert_string_equal(allow, "c 1:5 r");
	assert_ok(write_rules(gone, 3, deny, allow, &err), err);
	assert_string_equal(allow, "");
}

static void test_hole(void **state)
{
	const struct plan_device_rule rules[] = { ALL(false), RULE(true, 'c', 10, -1, 7),
						  RULE(false, 'c', 10, 229, 3) };
	const struct plan_device_rule apart[] = { ALL(false), RULE(true, 'c', 10, -1, 4),
						  RULE(false, 'c', 10, 229, 3),
						  RULE(false, 'b', 10, 229, 7) };
	char deny[256], allow[256];
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(write_rules(rules, 3, deny, allow, &err), -1);
	assert_string_equal(err.text,
			    "cgroup v1 cannot take \"c 10:229 rw\" out of a rule for more devices");
	assert_int_equal(err.at, 5);
	assert_string_equal(deny, "");
	/* Access or type differ: nothing to take out. */
	assert_ok(write_rules(apart, 4, deny, allow, &err), err);
	assert_string_equal(allow, "c 10:* m");
}

static void test_write_fails(void **state)
{
	const struct plan_device_rule rules[] = { ALL(false) };
	char path[PATH_MAX];
	int dir = scratch_dir(path);
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(devices_v1_write(dir, rules, 1, &err), -1);
	assert_int_equal(err.code, ENOENT);
	assert_non_null(strstr(err.text, "device rule: write \"a\" to devices.deny"));
	(void)close(dir);
	scratch_remove_dir(path);
}

static void test_kernel(void **state)
{
	const struct plan_device_rule rules[] = { ALL(false), RULE(true, 'c', -1, -1, 4),
						  RULE(true, 'c', 1, 3, 7), RULE(true, 'b', 8, 0, 1) };
	struct plan_cgroup plan;
	auto_cgroup struct cgroup cg = CGROUP_INIT;
	struct err err = ERR_INIT;
	size_t i;

	(void)state;
	if (geteuid() != 0)
		scratch_skip("root");
	plan = scratch_plan("");
	plan.rules = (struct plan_device_rule *)rules;
	plan.n_rules = 4;
	if (plan.mode == CGROUP_MODE_NONE)
		scratch_skip("a cgroup tree");
	assert_ok(cgroup_open(&cg, &plan, &err), err);
	i = tree_find(&cg.ref, "devices");
	if (i == TREE_NONE)
		scratch_skip("a v1 devices controller");
	assert_ok(cgroup_create(&cg, &plan, &err), err);
	assert_string_equal(scratch_read(cg.fd[i], "devices.list"),
			    "c *:* m\nc 1:3 rwm\nb 8:0 r");
	assert_ok(cgroup_remove(&cg, 0, &err), err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spelling),
		cmocka_unit_test(test_taken_out),
		cmocka_unit_test(test_hole),
		cmocka_unit_test(test_write_fails),
		scratch_unit_test(test_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
