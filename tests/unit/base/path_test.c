/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Paths as text. */
#include "base/path.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/err.h"

static void test_absolute(void **state)
{
	static const struct { const char *path, *expected; } rows[] = {
		{ "/", "/" }, { "/a/b", "/a/b" }, { "//a//b/", "/a/b" }, { "/a/./b/.", "/a/b" }, { "/a/../b", "/b" },
		{ "/..", "/" }, { "/../../a", "/a" }, { "/a/b/../..", "/" }, { "/a/...", "/a/..." },
		{ "x", "/tmp/x" }, { ".", "/tmp" }, { "..", "/" }, { "./x/../y", "/tmp/y" }, { "../../../etc", "/etc" },
	};
	char buf[64];
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(chdir("/tmp"), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(path_absolute(buf, sizeof(buf), rows[i].path, &err), 0);
		assert_string_equal(buf, rows[i].expected);
	}
}

static void test_refused(void **state)
{
	char buf[8];
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(path_absolute(buf, sizeof(buf), "", &err), -1);
	assert_int_equal(path_absolute(buf, sizeof(buf), "/too/long/for/it", &err), -1);
	assert_int_equal(err.code, ENAMETOOLONG);
}

static void test_base(void **state)
{
	(void)state;
	assert_string_equal(path_base("a/b/c"), "c");
	assert_string_equal(path_base("c"), "c");
	assert_string_equal(path_base("/c"), "c");
	assert_string_equal(path_base("a/"), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_absolute),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_base),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
