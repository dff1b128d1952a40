/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resources to limits: the small kinds, which tree they go to, and machines without any. */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "resources.h"

static void test_nothing(void **state)
{
	auto_fixture struct fixture f;
	struct plan_cgroup cg;

	(void)state;
	resources_judge(&f, CGROUP_MODE_V2, CONFIG("", "", ""), &cg);
	assert_int_equal(cg.n_limits, 0);
	assert_false(cg.has_resources);
	fixture_close(&f);
	resources_judge(&f, CGROUP_MODE_V2, RESOURCES("'blockIO':{},'memory':{},'cpu':{},'pids':{},'network':{},"
				  "'hugepageLimits':[],'rdma':{},'unified':{}"), &cg);
	assert_int_equal(cg.n_limits, 0);
	assert_true(cg.has_resources);
}

/* CG-42: -1 is no limit, 0 is one. */
static void test_pids(void **state)
{
	auto_fixture struct fixture f;
	struct plan_cgroup cg;

	(void)state;
	resources_judge(&f, CGROUP_MODE_V2, RESOURCES("'pids':{'limit':0}"), &cg);
	assert_int_equal(cg.n_limits, 1);
	assert_limit(&cg, 0, LIMIT_PIDS_MAX, 0, "pids.limit");
	fixture_close(&f);
	resources_judge(&f, CGROUP_MODE_V1, RESOURCES("'pids':{'limit':-1}"), &cg);
	assert_limit(&cg, 0, LIMIT_PIDS_MAX, LIMIT_UNLIMITED, "pids.limit");
	fixture_close(&f);
	resources_refuse(CGROUP_MODE_V2, RESOURCES("'pids':{'limit':-2}"),
			 "linux.resources.pids.limit", "negative, and not -1 for \"no limit\"");
}

/* CG-40: the size becomes part of a file's name.  On a hybrid machine without the v1 controller: v2. */
static void test_hugepages(void **state)
{
	static const char *const bad[] = { "2M", "MB", "0MB", "02MB", "2MBx", "2TB", "2mb", "-2MB",
					   "../2MB", "2/MB", "2 MB", "10000000000KB" };
	auto_fixture struct fixture f;
	struct plan_cgroup cg;

	(void)state;
	resources_judge(&f, CGROUP_MODE_HYBRID,
			RESOURCES("'hugepageLimits':[{'pageSize':'2MB','limit':4194304},"
				  "{'pageSize':'64KB','limit':0},"
				  "{'pageSize':'1GB','limit':18446744073709551615}]"), &cg);
	assert_int_equal(cg.n_limits, 3);
	assert_part(&cg, 0, LIMIT_HUGETLB, "2MB", 4194304, "hugepageLimits[0]");
	assert_part(&cg, 1, LIMIT_HUGETLB, "64KB", 0, "hugepageLimits[1]");
	assert_part(&cg, 2, LIMIT_HUGETLB, "1GB", LIMIT_UNLIMITED, "hugepageLimits[2]");
	assert_true(cg.limits[0].is_v2);
	fixture_close(&f);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char json[512], text[128];

		(void)snprintf(json, sizeof(json), RESOURCES("'hugepageLimits':[{'limit':1,'pageSize':"
							     "'%s'}]"), bad[i]);
		(void)snprintf(text, sizeof(text), "\"%s\" is not a page size such as 64KB, 2MB or "
			       "1GB", bad[i]);
		resources_refuse(CGROUP_MODE_V2, json, "linux.resources.hugepageLimits[0].pageSize",
				 text);
	}
}

/* CG-41: v1 only.  The machine of these tests has net_cls and lacks net_prio. */
static void test_network(void **state)
{
	static const char prio[] = RESOURCES("'network':{'priorities':[{'name':'eth0','priority':7},"
					     "{'name':'lo','priority':0}]}");
	static const char bad_name[] = RESOURCES("'network':{'priorities':[{'name':'a b',"
						 "'priority':1}]}");
	static const char class[] = RESOURCES("'network':{'classID':4294967295}");
	auto_fixture struct fixture f;
	struct plan_cgroup cg;

	(void)state;
	resources_judge(&f, CGROUP_MODE_V1, prio, &cg);
	assert_int_equal(cg.n_limits, 2);
	assert_part(&cg, 0, LIMIT_NET_PRIORITY, "eth0", 7, "network.priorities[0]");
	assert_part(&cg, 1, LIMIT_NET_PRIORITY, "lo", 0, "network.priorities[1]");
	fixture_close(&f);
	resources_judge(&f, CGROUP_MODE_HYBRID, class, &cg);
	assert_int_equal(cg.n_limits, 1);
	assert_limit(&cg, 0, LIMIT_NET_CLASS, 4294967295, "network.classID");
	assert_false(cg.limits[0].is_v2);
	fixture_close(&f);
	resources_judge(&f, CGROUP_MODE_V2, RESOURCES("'network':{'classID':0,'priorities':[]}"), &cg);
	assert_int_equal(cg.n_limits, 0);
	fixture_close(&f);
	resources_refuse(CGROUP_MODE_V2, class, "linux.resources.network.classID",
			 "cgroup v2 has no such setting");
	resources_refuse(CGROUP_MODE_V2, prio, "linux.resources.network.priorities",
			 "cgroup v2 has no such setting");
	resources_refuse(CGROUP_MODE_HYBRID, prio, "linux.resources.network.priorities",
			 "cgroup v2 has no such setting, and no cgroup v1 tree has the controller");
	resources_refuse(CGROUP_MODE_V1, bad_name, "linux.resources.network.priorities[0].name",
			 "\"a b\" is not the name of a network interface");
}

/* CG-43: one of both at least, and 0 is a limit. */
static void test_rdma(void **state)
{
	auto_fixture struct fixture f;
	struct plan_cgroup cg;

	(void)state;
	resources_judge(&f, CGROUP_MODE_V2,
			RESOURCES("'rdma':{'mlx5_1':{'hcaHandles':3,'hcaObjects':10000},"
				  "'rxe0':{'hcaObjects':0}}"), &cg);
	assert_int_equal(cg.n_limits, 3);
	assert_part(&cg, 0, LIMIT_RDMA_HANDLES, "mlx5_1", 3, "rdma[\"mlx5_1\"]");
	assert_part(&cg, 1, LIMIT_RDMA_OBJECTS, "mlx5_1", 10000, "rdma[\"mlx5_1\"]");
	assert_part(&cg, 2, LIMIT_RDMA_OBJECTS, "rxe0", 0, "rdma[\"rxe0\"]");
	fixture_close(&f);
	resources_refuse(CGROUP_MODE_V2, RESOURCES("'rdma':{'mlx5_1':{}}"),
			 "linux.resources.rdma.mlx5_1", "has neither hcaHandles nor hcaObjects");
	/* It would be read as two words. */
	resources_refuse(CGROUP_MODE_V2, RESOURCES("'rdma':{'a hca_object=1':{'hcaHandles':3}}"),
			 "linux.resources.rdma[\"a hca_object=1\"]",
			 "is not the name of an RDMA device");
}

/* CG-44: after everything else, so that they win, and always on the v2 tree. */
/* What moves, stops or kills processes is no limit. */
static void test_unified_is_for_resources(void **state)
{
	static const char *const bad[] = { "cgroup.procs", "cgroup.threads", "cgroup.freeze", "cgroup.kill", "cgroup.type",
					   "cgroup.subtree_control", "cgroup.controllers", "cgroup.new" };
	static const char *const good[] = { "cgroup.max.depth", "cgroup.max.descendants", "cgroup.pressure", "memory.high",
					    "io.weight", "cgroups" };
	struct plan_cgroup cg;
	char json[256], path[128];
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(json, sizeof(json), RESOURCES("'unified':{'%s':'1'}"), bad[i]);
		(void)snprintf(path, sizeof(path), "linux.resources.unified[\"%s\"]", bad[i]);
		resources_refuse(CGROUP_MODE_V2, json, path, "is a file of the cgroup itself, and no resource");
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		(void)snprintf(json, sizeof(json), RESOURCES("'unified':{'%s':'1'}"), good[i]);
		resources_judge(&f, CGROUP_MODE_V2, json, &cg);
		assert_int_equal(cg.n_limits, 1);
		assert_string_equal(cg.limits[0].key, good[i]);
		fixture_close(&f);
	}
}

static void test_unified(void **state)
{
	static const char *const bad[] = { "a/b", "..", ".", ".hidden", "a..b" };
	auto_fixture struct fixture f;
	struct plan_cgroup cg;

	(void)state;
	resources_refuse(CGROUP_MODE_V1, RESOURCES("'unified':{'memory.high':'1'}"),
			 "linux.resources.unified[\"memory.high\"]", "needs cgroup v2");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char json[512], path[128];

		(void)snprintf(json, sizeof(json), RESOURCES("'unified':{'%s':'1'}"), bad[i]);
		(void)snprintf(path, sizeof(path), "linux.resources.unified[\"%s\"]", bad[i]);
		resources_refuse(CGROUP_MODE_V2, json, path, "is not the name of a file");
	}
	resources_judge(&f, CGROUP_MODE_HYBRID,
			RESOURCES("'unified':{'cgroup.max.depth':'3','io.max':'1\\n2'},"
				  "'memory':{'limit':5}"), &cg);
	assert_int_equal(cg.n_limits, 3);
	assert_limit(&cg, 0, LIMIT_MEMORY_MAX, 5, "memory.limit");
	assert_false(cg.limits[0].is_v2);
	assert_part(&cg, 1, LIMIT_UNIFIED, "cgroup.max.depth", 0, "unified[\"cgroup.max.depth\"]");
	assert_true(cg.limits[1].is_v2);
	assert_string_equal(cg.limits[1].text, "3");
	assert_string_equal(cg.limits[2].text, "1\n2");
}

/* Lists of the config have no bound: what they become must have room. */
static void test_many(void **state)
{
	static char json[1 << 17];
	auto_fixture struct fixture f;
	struct plan_cgroup cg;
	size_t n = 0;

	(void)state;
	n += (size_t)snprintf(json, sizeof(json), "{'ociVersion':'1.2.0','root':{'path':'r'},'process':"
			      "{'cwd':'/','args':['sh']},'linux':{'namespaces':[{'type':'mount'}],"
			      "'resources':{'pids':{'limit':1},'unified':{");
	for (int i = 0; i < 300; i++)
		n += (size_t)snprintf(json + n, sizeof(json) - n, "%s'x.f%d':'1'", i ? "," : "", i);
	n += (size_t)snprintf(json + n, sizeof(json) - n, "},'rdma':{");
	for (int i = 0; i < 300; i++)
		n += (size_t)snprintf(json + n, sizeof(json) - n, "%s'd%d':{'hcaHandles':1,"
				      "'hcaObjects':2}", i ? "," : "", i);
	n += (size_t)snprintf(json + n, sizeof(json) - n, "},'blockIO':{'weightDevice':[");
	for (int i = 0; i < 300; i++)
		n += (size_t)snprintf(json + n, sizeof(json) - n, "%s{'major':8,'minor':%d,'weight':1,"
				      "'leafWeight':2}", i ? "," : "", i);
	n += (size_t)snprintf(json + n, sizeof(json) - n, "],'throttleReadBpsDevice':[");
	for (int i = 0; i < 300; i++)
		n += (size_t)snprintf(json + n, sizeof(json) - n, "%s{'major':8,'minor':%d,'rate':1}",
				      i ? "," : "", i);
	(void)snprintf(json + n, sizeof(json) - n, "]}}}}");
	resources_judge(&f, CGROUP_MODE_HYBRID, json, &cg);
	assert_int_equal(cg.n_limits, 1 + 300 + 600 + 600 + 300);
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
	assert_int_equal(plan_limits(&f.region, &f.input, &cg, &f.err), 0);
	assert_int_equal(cg.manager, CGROUP_MANAGER_SYSTEMD);
	assert_int_equal(cg.n_limits, 1);
	assert_non_null(cg.scope.unit);
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
		cmocka_unit_test(test_pids),
		cmocka_unit_test(test_hugepages),
		cmocka_unit_test(test_network),
		cmocka_unit_test(test_rdma),
		cmocka_unit_test(test_unified),
		cmocka_unit_test(test_unified_is_for_resources),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_manager),
		cmocka_unit_test(test_no_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
