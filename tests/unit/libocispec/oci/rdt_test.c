/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Intel RDT. */
#include "tests/unit/libocispec/reading.h"

#include "libocispec/oci/rdt.h"

static void reads_and_writes_every_key(void **state)
{
	static const char text[] =
		"{\"closID\":\"/\",\"l3CacheSchema\":\"L3:0=f\",\"memBwSchema\":"
		"\"MB:0=20\",\"schemata\":[\"L2:0=f\",\"L3:1=f\"],\"enableMonitoring\":fa"
		"lse}";
	auto_arena struct arena arena = ARENA_INIT;
	const struct oci_rdt *rdt = there_and_back(&arena, &oci_rdt_shape, text);

	(void)state;
	assert_string_equal(rdt->clos_id, "/");
	assert_string_equal(rdt->l3_cache_schema, "L3:0=f");
	assert_string_equal(rdt->mem_bw_schema, "MB:0=20");
	assert_string_equal(rdt->schemata.item[1], "L3:1=f");
	assert_true(rdt->enable_monitoring.set && !rdt->enable_monitoring.v);
}

static void ignores_what_was_withdrawn(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;
	const struct oci_rdt *rdt =
		read_good(&arena, &oci_rdt_shape, "{\"enableCMT\":true,\"enableMBM\":\"x\"}");

	(void)state;
	assert_null(rdt->clos_id);
	assert_false(rdt->enable_monitoring.set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_writes_every_key),
		cmocka_unit_test(ignores_what_was_withdrawn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
