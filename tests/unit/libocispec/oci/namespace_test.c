/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Namespaces. */
#include "tests/unit/libocispec/reading.h"

#include "libocispec/oci/namespace.h"

static void reads_and_writes_every_key(void **state)
{
	static const char text[] =
		"{\"type\":\"network\",\"path\":\"/proc/1/ns/net\"}";
	auto_arena struct arena arena = ARENA_INIT;
	const struct oci_namespace *ns = there_and_back(&arena, &oci_namespace_shape, text);

	(void)state;
	assert_int_equal(ns->type, OCI_NS_NETWORK);
	assert_string_equal(ns->path, "/proc/1/ns/net");
}

static void knows_all_types(void **state)
{
	static const char *const types[] = {
		"pid", "network", "mount", "ipc", "uts", "user", "cgroup", "time",
	};

	(void)state;
	assert_int_equal(oci_namespace_names.n, 8);
	for (int i = 0; i < 8; i++)
		assert_int_equal(oci_names_find(&oci_namespace_names, types[i]), i + 1);
}

static void refuses(void **state)
{
	(void)state;
	expect_refused(&oci_namespace_shape, "{\"path\":\"/x\"}",
		       "t.json:1:1: \"type\" is required");
	expect_refused(&oci_namespace_shape, "{\"type\":\"net\"}",
		       "t.json:1:9: type: \"net\" is not a namespace type");
	expect_refused(&oci_namespace_shape, "{\"type\":\"mnount\"}",
		       "t.json:1:9: type: \"mnount\" is not a namespace type; did you mean "
		       "\"mount\"?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_writes_every_key),
		cmocka_unit_test(knows_all_types),
		cmocka_unit_test(refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
