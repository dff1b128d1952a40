/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which lines of mountinfo name a kernel's view, and under which path.  What comes of it: tests/run/test_mounts.py. */
#include "init/oldroot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static const char *parse(const char *text)
{
	static char line[512];

	(void)snprintf(line, sizeof(line), "%s", text);
	return oldroot_parse(line);
}

static void test_views(void **state)
{
	(void)state;
	assert_string_equal(parse("22 28 0:21 / /proc rw,nosuid shared:12 - proc proc rw"), "proc");
	assert_string_equal(parse("22 28 0:21 / /a/b\\040c\\134 rw - sysfs sysfs rw"), "a/b c\\");
	assert_string_equal(parse("22 28 0:21 /sys /x rw shared:1 master:2 - proc proc rw"), "x");
}

static void test_others(void **state)
{
	(void)state;
	assert_null(parse("22 28 0:21 / / rw - proc proc rw"));
	assert_null(parse("22 28 0:21 / /proc rw - tmpfs proc rw"));
	assert_null(parse("22 28 0:21 / /proc rw - procfs x rw"));
	assert_null(parse("22 28 0:21 / /sys/fs/cgroup rw - cgroup2 sysfs rw"));
	assert_null(parse("22 - proc proc"));
	assert_null(parse(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_views),
		cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
