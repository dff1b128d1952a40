/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A unit and its properties in the printed plan: every kind of value. */
#include "fixture.h"

#include "plan/plan.h"
#include "printed.h"

static void test_values(void **state)
{
	static struct plan_value unlimited[] = { { .type = 't', .number = UINT64_MAX } };
	static struct plan_value flag[] = { { .type = 'b', .number = 1 } };
	static struct plan_value real[] = { { .type = 'd', .real = 1.5 } };
	static struct plan_value negative[] = { { .type = 'i', .number = (uint64_t)-3 } };
	static struct plan_value list[] = {
		{ .type = 'a', .text = "(st)" },
		{ .type = '(', .text = "st" }, { .type = 's', .text = "a\n" }, { .type = 't', .number = 1 }, { .type = ')' },
		{ .type = '(', .text = "st" }, { .type = 's', .text = "b" }, { .type = 't', .number = 2 }, { .type = ')' },
		{ .type = ')' },
	};
	static struct plan_property properties[] = {
		{ .name = "Max", .signature = "t", .value = unlimited, .n = 1 },
		{ .name = "Flag", .signature = "b", .value = flag, .n = 1, .is_asked = true },
		{ .name = "Real", .signature = "d", .value = real, .n = 1 },
		{ .name = "Signal", .signature = "i", .value = negative, .n = 1 },
		{ .name = "List", .signature = "a(st)", .value = list, .n = 10 },
	};
	static const struct plan plan = {
		.cgroup = { .manager = CGROUP_MANAGER_SYSTEMD, .mode = CGROUP_MODE_V2,
			    .scope = { .unit = "u.scope", .slice = "s.slice", .is_user = true,
				       .properties = properties, .n = 5 } },
	};

	(void)state;
	assert_true(printed_has(&plan, "  user-unit \"u.scope\""));
	assert_true(printed_has(&plan, "    slice \"s.slice\""));
	assert_true(printed_has(&plan, "    property Max t unlimited"));
	assert_true(printed_has(&plan, "    property Flag asked b yes"));
	assert_true(printed_has(&plan, "    property Real d 1.5"));
	assert_true(printed_has(&plan, "    property Signal i -3"));
	assert_true(printed_has(&plan, "    property List a(st) [(\"a\\x0a\", 1), (\"b\", 2)]"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
