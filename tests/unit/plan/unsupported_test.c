/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this version refuses by name. */
#include "fixture.h"

#include <string.h>

static void test_refused(void **state)
{
	static const struct {
		const char *json, *refusal;
	} cases[] = {
		{ CONFIG("", "'timeOffsets':{'monotonic':{'secs':1}},", ""),
		  "linux.timeOffsets: clock offsets are not supported by this version" },
		{ "{'ociVersion':'1.2.0','root':{'path':'r'}}",
		  "linux is missing: a container without its own mount namespace is not supported by "
		  "this version" },
		{ "{'ociVersion':'1.2.0','root':{'path':'r'},'linux':{'namespaces':[{'type':'pid'}]}}",
		  "linux.namespaces: a container without its own mount namespace is not supported by "
		  "this version" },
		{ "{'ociVersion':'1.2.0','root':{'path':'r'},'linux':{'namespaces':[{'type':'time'}]}}",
		  "linux.namespaces[0].type: time namespaces are not supported by this version" },
		{ "{'ociVersion':'1.2.0','root':{'path':'r'},'linux':{'namespaces':[{'type':'user',"
		  "'path':'/u'}]}}",
		  "linux.namespaces[0].type: user namespaces are not supported by this version" },
		{ "{'ociVersion':'1.2.0','root':{'path':'r'},'linux':{'namespaces':[{'type':'mount'},"
		  "{'type':'pid','path':'/p'}]}}",
		  "linux.namespaces[1].type: joining a pid namespace is not supported by this version" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;
		const char *refusal;

		fixture_open(&f, cases[i].json);
		refusal = fixture_refused(&f);
		assert_memory_equal(refusal, "config.json:1:", 14);
		assert_string_equal(strchr(refusal, ' ') + 1, cases[i].refusal);
	}
}

static void test_manager(void **state)
{
	auto_fixture struct fixture f;

	(void)state;
	fixture_open(&f, CONFIG("", "", ""));
	f.options.manager = CGROUP_MANAGER_SYSTEMD;
	assert_string_equal(fixture_refused(&f),
			    "config.json: the systemd cgroup manager is not supported by this version; "
			    "use --cgroup-manager=cgroupfs or =disabled");
}

/* Managers write empty values for what they do not want. */
static void test_empty(void **state)
{
	auto_fixture struct fixture f;

	(void)state;
	fixture_open(&f, CONFIG("",
				"'netDevices':{},'timeOffsets':{},'uidMappings':[],",
				""));
	(void)fixture_plan(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_manager),
		cmocka_unit_test(test_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
