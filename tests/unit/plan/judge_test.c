/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which tree a controller's limits go to, and how the judges add and refuse. */
#include "fixture.h"

#include <string.h>

#include "plan/judge.h"
#include "resources.h"

static void open_judge(struct fixture *f, struct judge *j, struct plan_cgroup *cg,
		       enum cgroup_mode mode)
{
	resources_open(f, mode, RESOURCES("'memory':{'limit':5}"));
	*cg = (struct plan_cgroup){ .mode = mode };
	cg->limits = region_alloc(&f->region, 8 * sizeof(*cg->limits));
	*j = (struct judge){ .input = &f->input, .region = &f->region, .ret = cg, .err = &f->err,
			     .at = f->config->on_linux->resources->at };
}

static void test_tree(void **state)
{
	static const struct {
		enum cgroup_mode mode;
		const char *controller;
		bool is_v1, is_v2;
	} rows[] = {
		{ CGROUP_MODE_V2,     "memory",  false, true },
		{ CGROUP_MODE_V1,     "memory",  true,  false },
		{ CGROUP_MODE_V1,     "hugetlb", false, false },
		{ CGROUP_MODE_HYBRID, "memory",  true,  false },
		{ CGROUP_MODE_HYBRID, "cpuacct", true,  false },
		{ CGROUP_MODE_HYBRID, "hugetlb", false, true },
		{ CGROUP_MODE_NONE,   "memory",  false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_fixture struct fixture f;
		struct plan_cgroup cg;
		struct judge j, one;

		open_judge(&f, &j, &cg, rows[i].mode);
		one = judge_of(&j, rows[i].controller);
		assert_int_equal(one.is_v1, rows[i].is_v1);
		assert_int_equal(one.is_v2, rows[i].is_v2);
	}
}

static void test_add(void **state)
{
	auto_fixture struct fixture f;
	struct plan_cgroup cg;
	struct judge j;

	(void)state;
	open_judge(&f, &j, &cg, CGROUP_MODE_V2);
	j = judge_of(&j, "memory");
	judge_add(&j, LIMIT_PIDS_MAX, 7, "pids.limit", 3);
	judge_add_text(&j, LIMIT_CPUSET_CPUS, 8, "cpu.cpus", "0-3");
	judge_add_part(&j, LIMIT_HUGETLB, 9, "hugepageLimits[0]", "2MB", 5);
	assert_int_equal(cg.n_limits, 3);
	assert_limit(&cg, 0, LIMIT_PIDS_MAX, 3, "pids.limit");
	assert_int_equal(cg.limits[0].at, 7);
	assert_true(cg.limits[0].is_v2);
	assert_string_equal(cg.limits[1].text, "0-3");
	assert_part(&cg, 2, LIMIT_HUGETLB, "2MB", 5, "hugepageLimits[0]");
}

static void test_number(void **state)
{
	auto_fixture struct fixture f;
	struct opt_i64 unset = { .v = 9 }, zero = { .set = true }, none = { .set = true, .v = -1 };
	struct opt_i64 some = { .set = true, .v = 5 }, bad = { .set = true, .v = -2 };
	struct plan_cgroup cg;
	struct judge j;

	(void)state;
	open_judge(&f, &j, &cg, CGROUP_MODE_V2);
	assert_int_equal(judge_number(&j, LIMIT_MEMORY_MAX, 0, "memory.limit", &unset), 0);
	assert_int_equal(judge_number(&j, LIMIT_MEMORY_MAX, 0, "memory.limit", &zero), 0);
	assert_int_equal(judge_number(&j, JUDGE_NO_LIMIT, 0, "memory.limit", &none), 0);
	assert_int_equal(cg.n_limits, 0);
	assert_int_equal(judge_number(&j, LIMIT_MEMORY_MAX, 0, "memory.limit", &some), 0);
	assert_int_equal(judge_number(&j, LIMIT_MEMORY_MAX, 0, "memory.limit", &none), 0);
	assert_int_equal(cg.n_limits, 2);
	assert_int_equal(judge_number(&j, LIMIT_MEMORY_MAX, 0, "memory.limit", &bad), -1);
	assert_string_equal(f.err.text, judge_below_unlimited);
	assert_int_equal(judge_number(&j, JUDGE_NO_LIMIT, 0, "memory.limit", &some), -1);
	assert_string_equal(f.err.text, "cgroup v2 has no such setting");
}

/* A refusal points to the value; on a hybrid machine it says why v2 was asked at all. */
static void test_refuse(void **state)
{
	auto_fixture struct fixture f;
	struct plan_cgroup cg;
	struct judge j;
	char path[64];

	(void)state;
	open_judge(&f, &j, &cg, CGROUP_MODE_HYBRID);
	assert_int_equal(judge_refuse(&j, "memory.limit", "100% wrong"), -1);
	assert_string_equal(f.err.text, "100% wrong");
	assert_string_equal(oci_source_path(&f.source, f.err.at, path, sizeof(path)),
			    "linux.resources.memory.limit");
	assert_int_equal(judge_refuse_v2(&j, "memory.limit"), -1);
	assert_string_equal(f.err.text, "cgroup v2 has no such setting, and no cgroup v1 tree has the "
			    "controller");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tree),
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_number),
		cmocka_unit_test(test_refuse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
