/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CG-11..CG-16: memory on v1 and v2, the sum with swap and the difference, and what only v1 has. */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "resources.h"

#define MEMORY(json) RESOURCES("'memory':{" json "}")

static void test_v1(void **state)
{
	auto_fixture struct fixture f;
	struct plan_cgroup cg;

	(void)state;
	resources_judge(&f, CGROUP_MODE_HYBRID,
			MEMORY("'limit':100,'reservation':70,'swap':200,'kernel':50,'kernelTCP':40,"
			       "'swappiness':60,'disableOOMKiller':true,'useHierarchy':true"), &cg);
	assert_int_equal(cg.n_limits, 8);
	assert_limit(&cg, 0, LIMIT_MEMORY_HIERARCHY, 1, "memory.useHierarchy");
	assert_limit(&cg, 1, LIMIT_MEMORY_MAX, 100, "memory.limit");
	assert_limit(&cg, 2, LIMIT_MEMORY_LOW, 70, "memory.reservation");
	assert_limit(&cg, 3, LIMIT_MEMSW_MAX, 200, "memory.swap");
	assert_limit(&cg, 4, LIMIT_MEMORY_KERNEL, 50, "memory.kernel");
	assert_limit(&cg, 5, LIMIT_MEMORY_KERNEL_TCP, 40, "memory.kernelTCP");
	assert_limit(&cg, 6, LIMIT_MEMORY_SWAPPINESS, 60, "memory.swappiness");
	assert_limit(&cg, 7, LIMIT_MEMORY_OOM_DISABLE, 1, "memory.disableOOMKiller");
	for (size_t i = 0; i < cg.n_limits; i++)
		assert_false(cg.limits[i].is_v2);
	assert_false(cg.check_memory);
}

static void test_v2(void **state)
{
	auto_fixture struct fixture f;
	struct plan_cgroup cg;

	(void)state;
	resources_judge(&f, CGROUP_MODE_V2,
			MEMORY("'limit':67108864,'reservation':-1,'swap':134217728,"
			       "'checkBeforeUpdate':true"), &cg);
	assert_int_equal(cg.n_limits, 3);
	assert_limit(&cg, 0, LIMIT_MEMORY_MAX, 67108864, "memory.limit");
	assert_limit(&cg, 1, LIMIT_MEMORY_LOW, -1, "memory.reservation");
	assert_limit(&cg, 2, LIMIT_SWAP_MAX, 67108864, "memory.swap");
	assert_true(cg.limits[0].is_v2 && cg.limits[2].is_v2);
	assert_true(cg.check_memory);
}

static void test_swap(void **state)
{
	static const char path[] = "linux.resources.memory.swap";
	auto_fixture struct fixture f;
	struct plan_cgroup cg;

	(void)state;
	resources_refuse(CGROUP_MODE_V2, MEMORY("'swap':5"), path,
			 "it counts memory and swap together: it needs memory.limit");
	resources_refuse(CGROUP_MODE_V1, MEMORY("'limit':-1,'swap':5"), path,
			 "it counts memory and swap together: it needs memory.limit");
	resources_refuse(CGROUP_MODE_V1, MEMORY("'limit':6,'swap':5"), path,
			 "it counts memory and swap together, so it cannot be less than memory.limit");
	resources_refuse(CGROUP_MODE_V2, MEMORY("'limit':6,'swap':5"), path,
			 "it counts memory and swap together, so it cannot be less than memory.limit");
	resources_refuse(CGROUP_MODE_V2, MEMORY("'swap':-2"), path,
			 "negative, and not -1 for \"no limit\"");
	resources_judge(&f, CGROUP_MODE_V2, MEMORY("'limit':100,'swap':100"), &cg);
	assert_limit(&cg, 1, LIMIT_SWAP_MAX, 0, "memory.swap");
	fixture_close(&f);
	resources_judge(&f, CGROUP_MODE_V2, MEMORY("'swap':-1"), &cg);
	assert_limit(&cg, 0, LIMIT_SWAP_MAX, LIMIT_UNLIMITED, "memory.swap");
	fixture_close(&f);
	/* An existing cgroup of v1 may have the limit. */
	resources_judge(&f, CGROUP_MODE_V1, MEMORY("'swap':5"), &cg);
	assert_int_equal(cg.n_limits, 1);
	assert_limit(&cg, 0, LIMIT_MEMSW_MAX, 5, "memory.swap");
}

/* CG-05: what v2 cannot do is refused, never dropped; what it does anyway may be asked for. */
static void test_not_in_v2(void **state)
{
	static const struct {
		const char *json, *path, *text;
	} rows[] = {
		{ MEMORY("'swappiness':1"), "swappiness", "cgroup v2 has no such setting" },
		{ MEMORY("'kernel':4096"), "kernel", "cgroup v2 has no such setting" },
		{ MEMORY("'kernelTCP':4096"), "kernelTCP", "cgroup v2 has no such setting" },
		{ MEMORY("'disableOOMKiller':true"), "disableOOMKiller",
		  "cgroup v2 has no such setting" },
		{ MEMORY("'useHierarchy':false"), "useHierarchy",
		  "memory is always counted hierarchically" },
	};
	auto_fixture struct fixture f;
	struct plan_cgroup cg;
	char path[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(path, sizeof(path), "linux.resources.memory.%s", rows[i].path);
		resources_refuse(CGROUP_MODE_V2, rows[i].json, path, rows[i].text);
	}
	resources_judge(&f, CGROUP_MODE_V2,
			MEMORY("'kernel':-1,'kernelTCP':-1,'disableOOMKiller':false,"
			       "'useHierarchy':true"), &cg);
	assert_int_equal(cg.n_limits, 0);
}

/* A switch may have been inherited from an ancestor: what is said is written, where there is a file. */
static void test_switches_on_v1(void **state)
{
	static const char *const no_controllers[] = { NULL };
	auto_fixture struct fixture f;
	struct plan_cgroup cg;

	(void)state;
	resources_judge(&f, CGROUP_MODE_V1, MEMORY("'disableOOMKiller':false,'useHierarchy':false"),
			&cg);
	assert_int_equal(cg.n_limits, 2);
	assert_limit(&cg, 0, LIMIT_MEMORY_HIERARCHY, 0, "memory.useHierarchy");
	assert_limit(&cg, 1, LIMIT_MEMORY_OOM_DISABLE, 0, "memory.disableOOMKiller");
	f.facts.v1_controllers = no_controllers;
	assert_int_equal(plan_limits(&f.region, &f.input, &cg, &f.err), 0);
	/* To be refused by name when it is written. */
	assert_int_equal(cg.n_limits, 1);
	assert_limit(&cg, 0, LIMIT_MEMORY_HIERARCHY, 0, "memory.useHierarchy");
}

/* 8.1 #21: 0 means "not given", save for swappiness. */
static void test_values(void **state)
{
	auto_fixture struct fixture f;
	struct plan_cgroup cg;

	(void)state;
	resources_judge(&f, CGROUP_MODE_V1,
			MEMORY("'limit':0,'reservation':0,'swap':0,'kernel':0,'kernelTCP':0,"
			       "'swappiness':0"), &cg);
	assert_int_equal(cg.n_limits, 1);
	assert_limit(&cg, 0, LIMIT_MEMORY_SWAPPINESS, 0, "memory.swappiness");
	fixture_close(&f);
	resources_refuse(CGROUP_MODE_V2, MEMORY("'limit':-2"), "linux.resources.memory.limit",
			 "negative, and not -1 for \"no limit\"");
	resources_refuse(CGROUP_MODE_V1, MEMORY("'reservation':-2"),
			 "linux.resources.memory.reservation",
			 "negative, and not -1 for \"no limit\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_v1),
		cmocka_unit_test(test_v2),
		cmocka_unit_test(test_swap),
		cmocka_unit_test(test_not_in_v2),
		cmocka_unit_test(test_switches_on_v1),
		cmocka_unit_test(test_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
