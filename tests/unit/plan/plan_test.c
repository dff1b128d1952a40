/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules about the container as a whole, and plan_make() itself. */
#include "fixture.h"

#include <linux/mount.h>
#include <string.h>

static void test_whole(void **state)
{
	auto_fixture struct fixture f;
	const struct plan *plan;

	(void)state;
	fixture_open(&f, CONFIG("", "", "'hostname':'h','domainname':'d',"));
	f.options.preserve_fds = 2;
	plan = fixture_plan(&f);
	assert_int_equal(plan->magic, PLAN_MAGIC);
	assert_int_equal(plan->size, sizeof(*plan));
	assert_string_equal(plan->id, "box");
	assert_string_equal(plan->oci_version, "1.2.0");
	assert_string_equal(plan->bundle, "/bundle");
	assert_string_equal(plan->hostname, "h");
	assert_string_equal(plan->domainname, "d");
	assert_true(plan->new_keyring);
	assert_int_equal(plan->preserve_fds, 2);
	assert_string_equal(plan->root.path, "/bundle/rootfs");
	assert_false(plan->root.readonly);
	assert_int_equal(plan->root.propagation, MS_SLAVE | MS_REC);
	assert_null(plan->warnings);
}

/* Nothing may point out of the region: the other process does not have the rest. */
static void test_copies(void **state)
{
	auto_fixture struct fixture f;
	const struct plan *plan;

	(void)state;
	fixture_open(&f, CONFIG("'env':['A=b'],", "", "'hostname':'h',"));
	plan = fixture_plan(&f);
	memset(f.text, 'x', f.source.len);
	arena_free(&f.arena);
	assert_string_equal(plan->hostname, "h");
	assert_string_equal(plan->oci_version, "1.2.0");
	assert_string_equal(plan->process.env[0], "A=b");
	assert_string_equal(plan->process.args[0], "sh");
	assert_in_range((uintptr_t)plan->process.env[0], (uintptr_t)f.region.base,
			(uintptr_t)f.region.base + f.region.used);
}

static void test_root(void **state)
{
	auto_fixture struct fixture f;
	const struct plan *plan;

	(void)state;
	fixture_open(&f, "{'ociVersion':'1.0.2','root':{'path':'/r','readonly':true},"
			 "'linux':{'namespaces':[{'type':'mount'}],'rootfsPropagation':'shared'}}");
	f.options.no_pivot = true;
	f.options.no_new_keyring = true;
	plan = fixture_plan(&f);
	assert_string_equal(plan->root.path, "/r");
	assert_true(plan->root.readonly);
	assert_true(plan->root.no_pivot);
	assert_false(plan->new_keyring);
	assert_int_equal(plan->root.propagation, MS_SHARED);
	assert_int_equal(plan->root.at, strstr(f.text, "{\"path\"") - f.text);
}

static void test_refused(void **state)
{
	static const struct {
		const char *json, *refusal;
	} cases[] = {
		{ "{'ociVersion':'1.2.0','hostname':'a','root':{'path':'r'},"
		  "'linux':{'namespaces':[{'type':'mount'}]}}",
		  "config.json:1:34: hostname: cannot be set without a namespace of type \"uts\"" },
		{ CONFIG("", "", "'domainname':'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
				 "aaaaaaaaaaaa',"),
		  "config.json:1:15: domainname: is longer than 64 bytes, which the kernel does not "
		  "take" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;

		fixture_open(&f, cases[i].json);
		assert_string_equal(fixture_refused(&f), cases[i].refusal);
	}
}

/* The longest names, and empty ones, which mean none. */
static void test_names(void **state)
{
	auto_fixture struct fixture f;

	(void)state;
	fixture_open(&f, CONFIG("", "", "'domainname':'','hostname':'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
					"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',"));
	assert_int_equal(strlen(fixture_plan(&f)->hostname), 64);
	assert_null(f.plan->domainname);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_root),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
