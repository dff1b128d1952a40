/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Masked and read-only paths. */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

/* The same path twice, however spelt, is masked once: Podman sends it so. */
static void test_once(void **state)
{
	auto_fixture struct fixture f;
	const struct plan_masks *masks;

	(void)state;
	fixture_open(&f, CONFIG("", "'maskedPaths':['/proc/a','/proc/b','/proc/a','/proc//b/'],"
				    "'readonlyPaths':['/proc/a'],", ""));
	masks = &fixture_plan(&f)->masks;
	assert_int_equal(masks->n_masked, 2);
	assert_string_equal(masks->masked[0].path, "/proc/a");
	assert_string_equal(masks->masked[1].path, "/proc/b");
	assert_int_equal(masks->n_readonly, 1);
	assert_string_equal(masks->readonly[0].path, "/proc/a");
	assert_int_equal(masks->readonly[0].at, f.config->on_linux->at);
}

static void test_none(void **state)
{
	auto_fixture struct fixture f;

	(void)state;
	fixture_open(&f, CONFIG("", "'maskedPaths':[],", ""));
	assert_int_equal(fixture_plan(&f)->masks.n_masked, 0);
	assert_int_equal(f.plan->masks.n_readonly, 0);
}

static void test_relative(void **state)
{
	auto_fixture struct fixture f;
	auto_fixture struct fixture g;

	(void)state;
	fixture_open(&f, CONFIG("", "'maskedPaths':['/a','proc/b'],", ""));
	assert_non_null(strstr(fixture_refused(&f),
			       "linux.maskedPaths[1]: \"proc/b\" is not an absolute path"));
	fixture_close(&f);
	fixture_open(&g, CONFIG("", "'readonlyPaths':[''],", ""));
	assert_non_null(strstr(fixture_refused(&g),
			       "linux.readonlyPaths[0]: \"\" is not an absolute path"));
}

/* Covered, it would still be what the container stands on. */
static void test_root(void **state)
{
	static const char *const roots[] = { "/", "//", "/.", "/proc/.." };

	(void)state;
	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
		auto_fixture struct fixture f;
		auto_fixture struct fixture g;
		char json[512], text[256];

		(void)snprintf(json, sizeof(json), CONFIG("", "'maskedPaths':['%s'],", ""), roots[i]);
		fixture_open(&f, json);
		(void)snprintf(text, sizeof(text), "linux.maskedPaths[0]: \"%s\" is the root file system itself", roots[i]);
		assert_non_null(strstr(fixture_refused(&f), text));
		fixture_close(&f);
		(void)snprintf(json, sizeof(json), CONFIG("", "'readonlyPaths':['/a','%s'],", ""), roots[i]);
		fixture_open(&g, json);
		(void)snprintf(text, sizeof(text), "linux.readonlyPaths[1]: \"%s\" is the root file system itself", roots[i]);
		assert_non_null(strstr(fixture_refused(&g), text));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_once),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_relative),
		cmocka_unit_test(test_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
