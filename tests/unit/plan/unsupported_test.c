/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this version refuses by name. */
#include "fixture.h"

#include <string.h>

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
		cmocka_unit_test(test_manager),
		cmocka_unit_test(test_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
