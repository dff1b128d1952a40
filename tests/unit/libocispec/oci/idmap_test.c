/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Id mappings. */
#include "tests/unit/libocispec/reading.h"

#include "libocispec/oci/idmap.h"

static void reads_and_writes_every_key(void **state)
{
	static const char text[] =
		"{\"containerID\":0,\"hostID\":4294967295,\"size\":1}";
	auto_arena struct arena arena = ARENA_INIT;
	const struct oci_idmap *map = there_and_back(&arena, &oci_idmap_shape, text);

	(void)state;
	assert_int_equal(map->container_id, 0);
	assert_int_equal(map->host_id, UINT32_MAX);
	assert_int_equal(map->size, 1);
}

static void refuses(void **state)
{
	(void)state;
	expect_refused(&oci_idmap_shape, "{\"hostID\":1,\"size\":1}",
		       "t.json:1:1: \"containerID\" is required");
	expect_refused(&oci_idmap_shape, "{\"containerID\":0,\"size\":1}",
		       "t.json:1:1: \"hostID\" is required");
	expect_refused(&oci_idmap_shape, "{\"containerID\":0,\"hostID\":1}",
		       "t.json:1:1: \"size\" is required");
	expect_refused(&oci_idmap_shape, "{\"containerID\":-1}",
		       "t.json:1:16: containerID: -1 is out of range (0 to 4294967295)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_writes_every_key),
		cmocka_unit_test(refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
