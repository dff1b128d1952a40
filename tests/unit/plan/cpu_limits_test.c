/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CG-20..CG-25: shares and weights, bandwidth, idle cgroups, real time, sets of CPUs. */
#include "fixture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plan/cpu_limits.h"
#include "resources.h"

#define CPU(json) RESOURCES("'cpu':{" json "}")

static void test_v2(void **state)
{
	auto_fixture struct fixture f;
	struct plan_cgroup cg;

	(void)state;
	resources_judge(&f, CGROUP_MODE_V2,
			CPU("'shares':1024,'quota':50000,'period':100000,'burst':1000,"
			    "'cpus':'0-1','mems':'0'"), &cg);
	assert_int_equal(cg.n_limits, 6);
	assert_limit(&cg, 0, LIMIT_CPU_WEIGHT, 100, "cpu.shares");
	assert_limit(&cg, 1, LIMIT_CPU_PERIOD, 100000, "cpu.period");
	assert_limit(&cg, 2, LIMIT_CPU_QUOTA, 50000, "cpu.quota");
	assert_limit(&cg, 3, LIMIT_CPU_BURST, 1000, "cpu.burst");
	assert_limit(&cg, 4, LIMIT_CPUSET_CPUS, 0, "cpu.cpus");
	assert_string_equal(cg.limits[4].text, "0-1");
	assert_limit(&cg, 5, LIMIT_CPUSET_MEMS, 0, "cpu.mems");
	assert_string_equal(cg.limits[5].text, "0");
}

static void test_v1(void **state)
{
	auto_fixture struct fixture f;
	struct plan_cgroup cg;

	(void)state;
	resources_judge(&f, CGROUP_MODE_V1,
			CPU("'shares':300000,'quota':-5,'realtimePeriod':1000000,"
			    "'realtimeRuntime':500"), &cg);
	assert_int_equal(cg.n_limits, 4);
	assert_limit(&cg, 0, LIMIT_CPU_SHARES, 262144, "cpu.shares");
	assert_limit(&cg, 1, LIMIT_CPU_QUOTA, LIMIT_UNLIMITED, "cpu.quota");
	/* The period first: the budget is judged by its share of it. */
	assert_limit(&cg, 2, LIMIT_CPU_RT_PERIOD, 1000000, "cpu.realtimePeriod");
	assert_limit(&cg, 3, LIMIT_CPU_RT_RUNTIME, 500, "cpu.realtimeRuntime");
}

static void test_not_in_v2(void **state)
{
	(void)state;
	resources_refuse(CGROUP_MODE_V2, CPU("'realtimeRuntime':1"),
			 "linux.resources.cpu.realtimeRuntime", "cgroup v2 has no such setting");
	resources_refuse(CGROUP_MODE_V2, CPU("'realtimePeriod':1"),
			 "linux.resources.cpu.realtimePeriod", "cgroup v2 has no such setting");
}

/* An idle cgroup takes no weight; one that is not is said so before it gets its weight. */
static void test_idle(void **state)
{
	auto_fixture struct fixture f;
	struct plan_cgroup cg;

	(void)state;
	resources_judge(&f, CGROUP_MODE_V2, CPU("'shares':512,'idle':1,'quota':-1"), &cg);
	assert_int_equal(cg.n_limits, 2);
	assert_limit(&cg, 0, LIMIT_CPU_IDLE, 1, "cpu.idle");
	assert_limit(&cg, 1, LIMIT_CPU_QUOTA, LIMIT_UNLIMITED, "cpu.quota");
	fixture_close(&f);
	resources_judge(&f, CGROUP_MODE_V1, CPU("'shares':512,'idle':0"), &cg);
	assert_int_equal(cg.n_limits, 2);
	assert_limit(&cg, 0, LIMIT_CPU_IDLE, 0, "cpu.idle");
	assert_limit(&cg, 1, LIMIT_CPU_SHARES, 512, "cpu.shares");
}

/* 0 means "not given" (8.1 #21). */
static void test_values(void **state)
{
	auto_fixture struct fixture f;
	struct plan_cgroup cg;

	(void)state;
	resources_judge(&f, CGROUP_MODE_V2,
			CPU("'shares':0,'quota':0,'period':0,'burst':0,'cpus':'','mems':'',"
			    "'realtimeRuntime':0,'realtimePeriod':0"), &cg);
	assert_int_equal(cg.n_limits, 0);
	fixture_close(&f);
	resources_refuse(CGROUP_MODE_V2, CPU("'quota':10,'burst':11"),
			 "linux.resources.cpu.burst", "more than cpu.quota");
	resources_refuse(CGROUP_MODE_V2, CPU("'burst':18446744073709551615"),
			 "linux.resources.cpu.burst", "more than cpu.quota");
	resources_refuse(CGROUP_MODE_V2, CPU("'period':18446744073709551615"),
			 "linux.resources.cpu.period", "too large");
	resources_refuse(CGROUP_MODE_V1, CPU("'realtimePeriod':18446744073709551615"),
			 "linux.resources.cpu.realtimePeriod", "too large");
	resources_refuse(CGROUP_MODE_V1, CPU("'realtimeRuntime':-2"),
			 "linux.resources.cpu.realtimeRuntime",
			 "negative, and not -1 for \"no limit\"");
}

/* The same curve as computed with libm, for every value that there is. */
static void test_weight(void **state)
{
	(void)state;
	assert_int_equal(cpu_limits_weight(0), 1);
	assert_int_equal(cpu_limits_weight(2), 1);
	assert_int_equal(cpu_limits_weight(1024), 100);
	assert_int_equal(cpu_limits_weight(262144), 10000);
	assert_int_equal(cpu_limits_weight(UINT64_MAX), 10000);
	for (uint64_t shares = 3; shares < 262144; shares++) {
		double l = log2((double)shares);
		double w = pow(10, (l * l + 125 * l) / 612 - 7.0 / 34);

		/* 10^2 exactly comes out a hair above 100 in floating point. */
		assert_int_equal(cpu_limits_weight(shares), (unsigned int)ceil(w - 1e-9));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_v2),
		cmocka_unit_test(test_v1),
		cmocka_unit_test(test_not_in_v2),
		cmocka_unit_test(test_idle),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_weight),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
