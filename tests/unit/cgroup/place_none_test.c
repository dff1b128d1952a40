/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nobody's tree: every act succeeds and does nothing. */
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
	assert_false(err_is_set(&err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
