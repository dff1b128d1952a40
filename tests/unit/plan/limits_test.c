/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resources to limits: units, conversions between v1 and v2, and what is refused where. */
#include "fixture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define RESOURCES(json) CONFIG("", "'resources':{" json "},", "")

static const char *const v1_controllers[] = { "cpu", "cpuacct", "memory", "devices", NULL };
static const char *const v1_mounts[] = { "cpu,cpuacct", "cpu,cpuacct", "memory", "devices", NULL };

/* The limits of @json on a machine of @mode. */
static void judge(struct fixture *f, enum cgroup_mode mode, const char *json, struct plan_cgroup *cg)
{
	fixture_open(f, json);
	f->facts.cgroup_mode = mode;
	f->facts.v1_controllers = v1_controllers;
	f->facts.v1_mounts = v1_mounts;
	if (plan_limits(&f->region, &f->input, cg, &f->err) < 0)
		fail_msg("refused: %s", f->err.text);
}

/* The refusal of @json with the path of the value at fault. */
static void assert_refused(enum cgroup_mode mode, const char *json, const char *path,
			   const char *text)
{
	auto_fixture struct fixture f;
	struct plan_cgroup cg = { .n_limits = 77 };
	char where[128];

	fixture_open(&f, json);
	f.facts.cgroup_mode = mode;
	f.facts.v1_controllers = v1_controllers;
	f.facts.v1_mounts = v1_mounts;
	assert_int_equal(plan_limits(&f.region, &f.input, &cg, &f.err), -1);
	assert_string_equal(f.err.text, text);
	assert_string_equal(oci_source_path(&f.source, f.err.at, where, sizeof(where)), path);
	assert_int_equal(cg.n_limits, 77);
}

static void assert_limit(const struct plan_cgroup *cg, size_t i, enum limit kind, int64_t value,
			 const char *name)
{
	assert_true(i < cg->n_limits);
	assert_int_equal(cg->limits[i].kind, kind);
	assert_int_equal(cg->limits[i].value, value);
	assert_string_equal(cg->limits[i].name, name);
}

static void test_nothing(void **state)
{
	auto_fixture struct fixture f;
	struct plan_cgroup cg;

	(void)state;
	judge(&f, CGROUP_MODE_V2, CONFIG("", "", ""), &cg);
	assert_int_equal(cg.n_limits, 0);
	assert_false(cg.has_resources);
	fixture_close(&f);
	judge(&f, CGROUP_MODE_V2, RESOURCES("'blockIO':{},'memory':{},'cpu':{},'pids':{},"
					    "'network':{},'hugepageLimits':[]"), &cg);
	assert_int_equal(cg.n_limits, 0);
	assert_true(cg.has_resources);
}

/* 8.1 #20, #21: 0 means "not given", save for pids and swappiness. */
static void test_zero_is_unset(void **state)
{
	auto_fixture struct fixture f;
	struct plan_cgroup cg;

	(void)state;
	judge(&f, CGROUP_MODE_V2,
	      RESOURCES("'memory':{'limit':0,'reservation':0,'swap':0,'kernel':0,'kernelTCP':-1,"
			"'disableOOMKiller':false,'useHierarchy':true},"
			"'cpu':{'shares':0,'quota':0,'period':0,'burst':0,'idle':0,'cpus':'',"
			"'mems':'','realtimeRuntime':0,'realtimePeriod':0},'pids':{'limit':0},"
			"'blockIO':{'weight':0}"), &cg);
	assert_int_equal(cg.n_limits, 1);
	assert_limit(&cg, 0, LIMIT_PIDS_MAX, 0, "linux.resources.pids.limit");
	fixture_close(&f);
	judge(&f, CGROUP_MODE_V1, RESOURCES("'memory':{'swappiness':0}"), &cg);
	assert_int_equal(cg.n_limits, 1);
	assert_limit(&cg, 0, LIMIT_MEMORY_SWAPPINESS, 0, "linux.resources.memory.swappiness");
}

static void test_v2(void **state)
{
	auto_fixture struct fixture f;
	struct plan_cgroup cg;

	(void)state;
	judge(&f, CGROUP_MODE_V2,
	      RESOURCES("'unified':{'memory.high':'1\\n2'},"
			"'memory':{'limit':67108864,'reservation':-1,'swap':134217728,"
			"'checkBeforeUpdate':true},"
			"'cpu':{'shares':1024,'quota':50000,'period':100000,'burst':1000,"
			"'cpus':'0-1','mems':'0'},'pids':{'limit':-1}"), &cg);
	assert_int_equal(cg.n_limits, 11);
	assert_limit(&cg, 0, LIMIT_MEMORY_MAX, 67108864, "linux.resources.memory.limit");
	assert_limit(&cg, 1, LIMIT_MEMORY_LOW, -1, "linux.resources.memory.reservation");
	assert_limit(&cg, 2, LIMIT_SWAP_MAX, 67108864, "linux.resources.memory.swap");
	assert_limit(&cg, 3, LIMIT_CPU_WEIGHT, 100, "linux.resources.cpu.shares");
	assert_limit(&cg, 4, LIMIT_CPU_PERIOD, 100000, "linux.resources.cpu.period");
	assert_limit(&cg, 5, LIMIT_CPU_QUOTA, 50000, "linux.resources.cpu.quota");
	assert_limit(&cg, 6, LIMIT_CPU_BURST, 1000, "linux.resources.cpu.burst");
	assert_string_equal(cg.limits[7].text, "0-1");
	assert_string_equal(cg.limits[8].text, "0");
	assert_limit(&cg, 9, LIMIT_PIDS_MAX, -1, "linux.resources.pids.limit");
	assert_limit(&cg, 10, LIMIT_UNIFIED, 0, "linux.resources.unified[\"memory.high\"]");
	assert_string_equal(cg.limits[10].key, "memory.high");
	assert_string_equal(cg.limits[10].text, "1\n2");
	assert_true(cg.check_memory);
}

static void test_v1(void **state)
{
	auto_fixture struct fixture f;
	struct plan_cgroup cg;

	(void)state;
	judge(&f, CGROUP_MODE_HYBRID,
	      RESOURCES("'memory':{'limit':100,'swap':200,'kernel':50,'kernelTCP':40,"
			"'swappiness':60,'disableOOMKiller':true},"
			"'cpu':{'shares':300000}"), &cg);
	assert_int_equal(cg.n_limits, 7);
	assert_limit(&cg, 0, LIMIT_MEMORY_MAX, 100, "linux.resources.memory.limit");
	assert_limit(&cg, 1, LIMIT_MEMSW_MAX, 200, "linux.resources.memory.swap");
	assert_limit(&cg, 2, LIMIT_MEMORY_KERNEL, 50, "linux.resources.memory.kernel");
	assert_limit(&cg, 3, LIMIT_MEMORY_KERNEL_TCP, 40, "linux.resources.memory.kernelTCP");
	assert_limit(&cg, 4, LIMIT_MEMORY_SWAPPINESS, 60, "linux.resources.memory.swappiness");
	assert_limit(&cg, 5, LIMIT_MEMORY_OOM_DISABLE, 1,
		     "linux.resources.memory.disableOOMKiller");
	assert_limit(&cg, 6, LIMIT_CPU_SHARES, 262144, "linux.resources.cpu.shares");
}

static void test_swap(void **state)
{
	static const char path[] = "linux.resources.memory.swap";
	auto_fixture struct fixture f;
	struct plan_cgroup cg;

	(void)state;
	assert_refused(CGROUP_MODE_V2, RESOURCES("'memory':{'swap':5}"), path,
		       "it counts memory and swap together: it needs memory.limit");
	assert_refused(CGROUP_MODE_V1, RESOURCES("'memory':{'limit':-1,'swap':5}"), path,
		       "it counts memory and swap together: it needs memory.limit");
	assert_refused(CGROUP_MODE_V1, RESOURCES("'memory':{'limit':6,'swap':5}"), path,
		       "it counts memory and swap together, so it cannot be less than memory.limit");
	judge(&f, CGROUP_MODE_V2, RESOURCES("'memory':{'limit':100,'swap':100}"), &cg);
	assert_limit(&cg, 1, LIMIT_SWAP_MAX, 0, path);
	fixture_close(&f);
	judge(&f, CGROUP_MODE_V2, RESOURCES("'memory':{'swap':-1}"), &cg);
	assert_limit(&cg, 0, LIMIT_SWAP_MAX, LIMIT_UNLIMITED, path);
}

/* CG-05: what v2 cannot do is refused, never dropped. */
static void test_not_in_v2(void **state)
{
	static const struct {
		const char *json, *path;
	} rows[] = {
		{ RESOURCES("'memory':{'swappiness':1}"), "linux.resources.memory.swappiness" },
		{ RESOURCES("'memory':{'kernel':4096}"), "linux.resources.memory.kernel" },
		{ RESOURCES("'memory':{'kernelTCP':4096}"), "linux.resources.memory.kernelTCP" },
		{ RESOURCES("'memory':{'disableOOMKiller':true}"),
		  "linux.resources.memory.disableOOMKiller" },
		{ RESOURCES("'cpu':{'realtimeRuntime':1}"), "linux.resources.cpu.realtimeRuntime" },
		{ RESOURCES("'cpu':{'realtimePeriod':1}"), "linux.resources.cpu.realtimePeriod" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_refused(CGROUP_MODE_V2, rows[i].json, rows[i].path,
			       "cgroup v2 has no such setting");
}

static void test_unsupported(void **state)
{
	static const struct {
		const char *json, *path;
	} rows[] = {
		{ RESOURCES("'blockIO':{'weight':300}"), "linux.resources.blockIO.weight" },
		{ RESOURCES("'blockIO':{'leafWeight':300}"), "linux.resources.blockIO.leafWeight" },
		{ RESOURCES("'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':1}]}"),
		  "linux.resources.blockIO.throttleReadBpsDevice" },
		{ RESOURCES("'hugepageLimits':[{'pageSize':'2MB','limit':1}]"),
		  "linux.resources.hugepageLimits" },
		{ RESOURCES("'network':{'classID':1}"), "linux.resources.network.classID" },
		{ RESOURCES("'network':{'priorities':[{'name':'lo','priority':1}]}"),
		  "linux.resources.network.priorities" },
		{ RESOURCES("'rdma':{'mlx5_1':{'hcaHandles':3}}"), "linux.resources.rdma" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_refused(CGROUP_MODE_V2, rows[i].json, rows[i].path,
			       "not supported by this version");
	assert_refused(CGROUP_MODE_V1, RESOURCES("'cpu':{'realtimeRuntime':1}"),
		       "linux.resources.cpu.realtimeRuntime", "not supported by this version");
}

static void test_values(void **state)
{
	(void)state;
	assert_refused(CGROUP_MODE_V2, RESOURCES("'memory':{'limit':-2}"),
		       "linux.resources.memory.limit", "negative, and not -1 for \"no limit\"");
	assert_refused(CGROUP_MODE_V2, RESOURCES("'memory':{'swap':-2}"),
		       "linux.resources.memory.swap", "negative, and not -1 for \"no limit\"");
	assert_refused(CGROUP_MODE_V2, RESOURCES("'pids':{'limit':-2}"),
		       "linux.resources.pids.limit", "negative, and not -1 for \"no limit\"");
	assert_refused(CGROUP_MODE_V2, RESOURCES("'memory':{'useHierarchy':false}"),
		       "linux.resources.memory.useHierarchy",
		       "memory is always counted hierarchically");
	assert_refused(CGROUP_MODE_V2, RESOURCES("'cpu':{'quota':10,'burst':11}"),
		       "linux.resources.cpu.burst", "more than cpu.quota");
	assert_refused(CGROUP_MODE_V2, RESOURCES("'cpu':{'burst':18446744073709551615}"),
		       "linux.resources.cpu.burst", "more than cpu.quota");
	assert_refused(CGROUP_MODE_V2, RESOURCES("'cpu':{'period':18446744073709551615}"),
		       "linux.resources.cpu.period", "too large");
}

/* CG-25: an idle cgroup takes no weight. */
static void test_cpu(void **state)
{
	auto_fixture struct fixture f;
	struct plan_cgroup cg;

	(void)state;
	judge(&f, CGROUP_MODE_V2, RESOURCES("'cpu':{'shares':512,'idle':1,'quota':-1}"), &cg);
	assert_int_equal(cg.n_limits, 2);
	assert_limit(&cg, 0, LIMIT_CPU_IDLE, 1, "linux.resources.cpu.idle");
	assert_limit(&cg, 1, LIMIT_CPU_QUOTA, LIMIT_UNLIMITED, "linux.resources.cpu.quota");
}

/* CG-20: the same curve as computed with libm, for every value that there is. */
static void test_weight(void **state)
{
	(void)state;
	assert_int_equal(limits_cpu_weight(0), 1);
	assert_int_equal(limits_cpu_weight(2), 1);
	assert_int_equal(limits_cpu_weight(1024), 100);
	assert_int_equal(limits_cpu_weight(262144), 10000);
	assert_int_equal(limits_cpu_weight(UINT64_MAX), 10000);
	for (uint64_t shares = 3; shares < 262144; shares++) {
		double l = log2((double)shares);
		double w = pow(10, (l * l + 125 * l) / 612 - 7.0 / 34);

		/* 10^2 exactly comes out a hair above 100 in floating point. */
		assert_int_equal(limits_cpu_weight(shares), (unsigned int)ceil(w - 1e-9));
	}
}

static void test_unified(void **state)
{
	auto_fixture struct fixture f;
	struct plan_cgroup cg;

	(void)state;
	assert_refused(CGROUP_MODE_V1, RESOURCES("'unified':{'memory.high':'1'}"),
		       "linux.resources.unified[\"memory.high\"]", "needs cgroup v2");
	assert_refused(CGROUP_MODE_V2, RESOURCES("'unified':{'a/b':'1'}"),
		       "linux.resources.unified[\"a/b\"]", "is not the name of a file");
	assert_refused(CGROUP_MODE_V2, RESOURCES("'unified':{'..':'1'}"),
		       "linux.resources.unified[\"..\"]", "is not the name of a file");
	judge(&f, CGROUP_MODE_HYBRID, RESOURCES("'unified':{'cgroup.max.depth':'3'}"), &cg);
	assert_int_equal(cg.n_limits, 1);
}

static void test_manager(void **state)
{
	auto_fixture struct fixture f;
	struct plan_cgroup cg;

	(void)state;
	fixture_open(&f, RESOURCES("'pids':{'limit':3}"));
	f.options.manager = CGROUP_MANAGER_DISABLED;
	assert_int_equal(plan_limits(&f.region, &f.input, &cg, &f.err), 0);
	assert_int_equal(cg.manager, CGROUP_MANAGER_DISABLED);
	assert_int_equal(cg.n_limits, 0);
	assert_null(cg.path);
	f.options.manager = CGROUP_MANAGER_SYSTEMD;
	assert_int_equal(plan_limits(&f.region, &f.input, &cg, &f.err), -1);
	assert_non_null(strstr(f.err.text, "systemd cgroup manager is not supported"));
}

/* A machine without any tree: only a rootless container that asks for nothing runs. */
static void test_no_tree(void **state)
{
	auto_fixture struct fixture f;
	struct plan_cgroup cg;

	(void)state;
	fixture_open(&f, CONFIG("", "", ""));
	f.facts.cgroup_mode = CGROUP_MODE_NONE;
	assert_int_equal(plan_limits(&f.region, &f.input, &cg, &f.err), -1);
	assert_non_null(strstr(f.err.text, "no control group file system is mounted"));
	f.facts.euid = 1000;
	assert_int_equal(plan_limits(&f.region, &f.input, &cg, &f.err), 0);
	assert_int_equal(cg.manager, CGROUP_MANAGER_DISABLED);
	fixture_close(&f);

	fixture_open(&f, RESOURCES("'pids':{'limit':3}"));
	f.facts.cgroup_mode = CGROUP_MODE_NONE;
	f.facts.euid = 1000;
	assert_int_equal(plan_limits(&f.region, &f.input, &cg, &f.err), -1);
	assert_non_null(strstr(f.err.text, "linux.resources.pids.limit: no control group"));
	fixture_close(&f);

	fixture_open(&f, CONFIG("", "'cgroupsPath':'/x',", ""));
	f.facts.cgroup_mode = CGROUP_MODE_NONE;
	f.facts.euid = 1000;
	assert_int_equal(plan_limits(&f.region, &f.input, &cg, &f.err), -1);
	assert_non_null(strstr(f.err.text, "no control group"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_zero_is_unset),
		cmocka_unit_test(test_v2),
		cmocka_unit_test(test_v1),
		cmocka_unit_test(test_swap),
		cmocka_unit_test(test_not_in_v2),
		cmocka_unit_test(test_unsupported),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_cpu),
		cmocka_unit_test(test_weight),
		cmocka_unit_test(test_unified),
		cmocka_unit_test(test_manager),
		cmocka_unit_test(test_no_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
