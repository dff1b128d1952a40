/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cgroup and the resctrl group in the printed plan, where the golden tests do not reach.
 */
#include "fixture.h"

#include "plan/plan.h"
#include "printed.h"

static void test_cgroup(void **state)
{
	static struct plan_limit limit[] = {
		{ .kind = LIMIT_MEMORY_MAX, .value = LIMIT_UNLIMITED, .name = "memory.limit" },
		{ .kind = LIMIT_UNIFIED, .key = "io.max", .text = "8:0 rbps=1\n", .name = "unified" },
	};
	static struct plan_device_rule rule = { .type = 'b', .major = 8, .minor = DEVICE_ANY,
						.access = DEVICE_READ };
	static const struct plan plan = {
		.cgroup = { .manager = CGROUP_MANAGER_DISABLED, .mode = CGROUP_MODE_V2,
			    .delegate = true, .delegate_uid = 7, .limits = limit, .n_limits = 2,
			    .rules = &rule, .n_rules = 1 },
	};

	(void)state;
	assert_true(printed_has(&plan, "cgroup v2 by disabled"));
	assert_true(printed_has(&plan, "  delegate to 7"));
	assert_true(printed_has(&plan, "  limit memory-max unlimited from \"memory.limit\""));
	assert_true(printed_has(&plan, "  limit unified \"io.max\" \"8:0 rbps=1\\x0a\" from \"unified\""));
	assert_true(printed_has(&plan, "  device deny b 8:* read"));
}

static void test_rdt(void **state)
{
	static const char *const lines[] = { "L2:0=f", NULL };
	static const struct plan plan = {
		.rdt = { .present = true, .is_own = true, .group = "g", .l3 = "L3:0=ff", .lines = lines },
	};
	static const struct plan without = { .rdt = { .group = "g", .lines = lines } };

	(void)state;
	assert_true(printed_has(&plan, "rdt-group own \"g\""));
	assert_true(printed_has(&plan, "  schema \"L3:0=ff\""));
	assert_true(printed_has(&plan, "  schema \"L2:0=f\""));
	assert_true(printed_has(&plan, "  monitoring no"));
	assert_false(printed_has(&without, "rdt-group own \"g\"") || printed_has(&without, "rdt-group \"g\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cgroup),
		cmocka_unit_test(test_rdt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
