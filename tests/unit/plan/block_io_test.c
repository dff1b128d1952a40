/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CG-30..CG-32: weights and rates, of a group and of devices. */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "resources.h"

#define BLOCK_IO(json) RESOURCES("'blockIO':{" json "}")
#define DEVICES(json) BLOCK_IO("'weightDevice':[" json "]")
#define AT "linux.resources.blockIO."

static const char everything[] =
	BLOCK_IO("'weight':300,'weightDevice':[{'major':8,'minor':0,'weight':500},"
		 "{'major':8,'minor':16,'weight':0}],"
		 "'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':1000},"
		 "{'major':253,'minor':1048575,'rate':18446744073709551615}],"
		 "'throttleWriteBpsDevice':[{'major':8,'minor':0,'rate':5000000000}],"
		 "'throttleReadIOPSDevice':[{'major':8,'minor':0,'rate':0}],"
		 "'throttleWriteIOPSDevice':[{'major':8,'minor':0,'rate':4294967296},"
		 "{'major':8,'minor':0,'rate':4294967295}]");

static void assert_everything(const struct plan_cgroup *cg)
{
	assert_int_equal(cg->n_limits, 9);
	assert_limit(cg, 0, LIMIT_IO_WEIGHT, 300, "blockIO.weight");
	assert_part(cg, 1, LIMIT_IO_WEIGHT_DEVICE, "8:0", 500, "blockIO.weightDevice[0].weight");
	assert_part(cg, 2, LIMIT_IO_WEIGHT_DEVICE, "8:16", 0, "blockIO.weightDevice[1].weight");
	assert_part(cg, 3, LIMIT_IO_READ_BPS, "8:0", 1000, "blockIO.throttleReadBpsDevice[0]");
	assert_part(cg, 4, LIMIT_IO_READ_BPS, "253:1048575", LIMIT_UNLIMITED,
		    "blockIO.throttleReadBpsDevice[1]");
	assert_part(cg, 5, LIMIT_IO_WRITE_BPS, "8:0", 5000000000, "blockIO.throttleWriteBpsDevice[0]");
	assert_part(cg, 6, LIMIT_IO_READ_IOPS, "8:0", LIMIT_UNLIMITED,
		    "blockIO.throttleReadIOPSDevice[0]");
	/* More than the kernel counts in 32 bits is no limit, and must not be cut to a small one. */
	assert_part(cg, 7, LIMIT_IO_WRITE_IOPS, "8:0", LIMIT_UNLIMITED,
		    "blockIO.throttleWriteIOPSDevice[0]");
	assert_part(cg, 8, LIMIT_IO_WRITE_IOPS, "8:0", 4294967295,
		    "blockIO.throttleWriteIOPSDevice[1]");
}

static void test_both_versions(void **state)
{
	auto_fixture struct fixture f;
	struct plan_cgroup cg;

	(void)state;
	resources_judge(&f, CGROUP_MODE_V2, everything, &cg);
	assert_everything(&cg);
	assert_true(cg.limits[3].is_v2);
	fixture_close(&f);
	resources_judge(&f, CGROUP_MODE_HYBRID, everything, &cg);
	assert_everything(&cg);
	assert_false(cg.limits[3].is_v2);
}

static void test_leaf_weight(void **state)
{
	static const char json[] = BLOCK_IO("'leafWeight':20,'weightDevice':[{'major':8,'minor':0,"
					    "'weight':10,'leafWeight':1000}]");
	auto_fixture struct fixture f;
	struct plan_cgroup cg;

	(void)state;
	resources_judge(&f, CGROUP_MODE_V1, json, &cg);
	assert_int_equal(cg.n_limits, 3);
	assert_limit(&cg, 0, LIMIT_IO_LEAF_WEIGHT, 20, "blockIO.leafWeight");
	assert_part(&cg, 1, LIMIT_IO_WEIGHT_DEVICE, "8:0", 10, "blockIO.weightDevice[0].weight");
	assert_part(&cg, 2, LIMIT_IO_LEAF_WEIGHT_DEVICE, "8:0", 1000,
		    "blockIO.weightDevice[0].leafWeight");
	fixture_close(&f);
	resources_refuse(CGROUP_MODE_V2, json, AT "leafWeight", "cgroup v2 has no such setting");
	resources_refuse(CGROUP_MODE_V2, DEVICES("{'major':8,'minor':0,'leafWeight':10}"),
			 AT "weightDevice[0].leafWeight", "cgroup v2 has no such setting");
}

static void test_refused(void **state)
{
	static const struct {
		const char *json, *path, *text;
	} rows[] = {
		{ BLOCK_IO("'weight':1001"), AT "weight", "more than 1000" },
		{ DEVICES("{'major':8,'minor':0,'weight':1},{'major':8,'minor':0,'weight':1001}"),
		  AT "weightDevice[1].weight", "more than 1000" },
		{ DEVICES("{'major':8,'minor':0}"), AT "weightDevice[0]",
		  "has neither weight nor leafWeight" },
		{ DEVICES("{'major':-1,'minor':0,'weight':1}"), AT "weightDevice[0]",
		  "-1:0 is not the number of a device" },
		/* Packed into the kernel's number it would be device 9:0. */
		{ BLOCK_IO("'throttleReadBpsDevice':[{'major':8,'minor':1048576,'rate':1}]"),
		  AT "throttleReadBpsDevice[0]", "8:1048576 is not the number of a device" },
		{ BLOCK_IO("'throttleWriteIOPSDevice':[{'major':4096,'minor':0,'rate':1}]"),
		  AT "throttleWriteIOPSDevice[0]", "4096:0 is not the number of a device" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		resources_refuse(CGROUP_MODE_V1, rows[i].json, rows[i].path, rows[i].text);
		resources_refuse(CGROUP_MODE_V2, rows[i].json, rows[i].path, rows[i].text);
	}
}

/* A weight of 0 is not given, and empty lists ask for nothing. */
static void test_nothing(void **state)
{
	auto_fixture struct fixture f;
	struct plan_cgroup cg;

	(void)state;
	resources_judge(&f, CGROUP_MODE_V2,
			BLOCK_IO("'weight':0,'leafWeight':0,'weightDevice':[],"
				 "'throttleReadBpsDevice':[]"), &cg);
	assert_int_equal(cg.n_limits, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_versions),
		cmocka_unit_test(test_leaf_weight),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
