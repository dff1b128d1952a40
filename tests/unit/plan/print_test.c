/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The printed plan, where the golden tests do not reach: plans that no config of this version comes
 * to.
 */
#include "fixture.h"

#include <linux/mount.h>
#include <linux/sched.h>

#include "plan/plan.h"
#include "printed.h"

static void test_empty(void **state)
{
	static const struct plan plan = { .process.present = false };

	(void)state;
	assert_true(printed_has(&plan, "container none"));
	assert_true(printed_has(&plan, "  create"));
}

static void test_container(void **state)
{
	static struct plan_warning second = { .text = "two" };
	static struct plan_warning first = { .text = "one", .next = &second };
	static const struct plan plan = {
		.root = { .path = "/r", .readonly = true, .propagation = MS_SLAVE | MS_REC },
		.warnings = &first,
	};

	(void)state;
	assert_true(printed_has(&plan, "root \"/r\""));
	assert_true(printed_has(&plan, "  readonly yes"));
	assert_true(printed_has(&plan, "  propagation rslave"));
	assert_true(printed_has(&plan, "  pivot yes"));
	assert_true(printed_has(&plan, "warning \"one\""));
	assert_true(printed_has(&plan, "warning \"two\""));
}

static void test_id_maps(void **state)
{
	static struct plan_idmap map = { .inside = 0, .outside = 100000, .count = 65536 };
	static struct plan_join join = { .flag = CLONE_NEWUSER, .path = "/u" };
	static const struct plan plan = {
		.namespaces = { .create = CLONE_NEWTIME | CLONE_NEWPID | 1,
				.join = &join, .n_join = 1,
				.uid_map = &map, .n_uid_map = 1, .gid_map = &map, .n_gid_map = 1 },
	};

	(void)state;
	assert_true(printed_has(&plan, "  create pid time 0x1"));
	assert_true(printed_has(&plan, "  join user \"/u\""));
	assert_true(printed_has(&plan, "  uid-map 0 is 100000 outside, 65536 ids"));
	assert_true(printed_has(&plan, "  gid-map 0 is 100000 outside, 65536 ids"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_container),
		cmocka_unit_test(test_id_maps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
