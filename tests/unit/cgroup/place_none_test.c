/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nobody's tree: acts succeed and do nothing; limits cannot be set. */
#include "scratch.h"

#include "cgroup/place.h"

static void test_nothing(void **state)
{
	struct plan_cgroup plan = { .manager = CGROUP_MANAGER_DISABLED, .path = "/never" };
	struct cgroup cg = { .ref = { .n = 5, .path = "/x" } };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(place_none.open(&cg, &plan, &err), 0);
	assert_int_equal(cg.ref.n, 0);
	assert_int_equal(cg.ref.manager, CGROUP_MANAGER_DISABLED);
	assert_int_equal(place_none.create(&cg, &plan, &err), 0);
	assert_int_equal(place_none.remove(&cg, 0, &err), 0);
	assert_int_equal(place_none.update(&cg, &plan, &err), 0);
	assert_false(err_is_set(&err));
}

/* But a limit that is asked for is not forgotten. */
static void test_update(void **state)
{
	struct plan_limit limit = { .kind = LIMIT_PIDS_MAX, .at = 8 };
	struct plan_device_rule rule = { .type = 'a', .at = 9 };
	const struct plan_cgroup limits = { .limits = &limit, .n_limits = 1 }, rules = { .rules = &rule, .n_rules = 1 };
	struct cgroup cg = CGROUP_INIT;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(place_none.update(&cg, &limits, &err), -1);
	assert_int_equal(err.at, 8);
	assert_string_equal(err.text, "the container has no cgroup of its own, so nothing can be limited");
	assert_int_equal(place_none.update(&cg, &rules, &err), -1);
	assert_int_equal(err.at, 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_update),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
