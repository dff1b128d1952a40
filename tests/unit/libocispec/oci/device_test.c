/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Device nodes and rules. */
#include "tests/unit/libocispec/reading.h"

#include "libocispec/oci/device.h"

static void reads_a_node(void **state)
{
	static const char text[] =
		"{\"type\":\"u\",\"path\":\"/dev/x\",\"major\":1,\"minor\":-1,"
		"\"fileMode\":8576,\"uid\":0,\"gid\":5}";
	auto_arena struct arena arena = ARENA_INIT;
	const struct oci_device *device = there_and_back(&arena, &oci_device_shape, text);

	(void)state;
	assert_int_equal(device->type, OCI_DEV_UNBUFFERED);
	assert_true(device->minor.set && device->minor.v == -1);
	assert_int_equal(device->file_mode.v, 020600);
	assert_true(device->uid.set);
	assert_int_equal(device->gid.v, 5);
}

static void reads_a_rule(void **state)
{
	static const char text[] =
		"{\"allow\":false,\"type\":\"a\",\"major\":-1,\"minor\":3,\"access\":"
		"\"rwm\"}";
	auto_arena struct arena arena = ARENA_INIT;
	const struct oci_device_rule *rule = there_and_back(&arena, &oci_device_rule_shape, text);

	(void)state;
	assert_false(rule->allow);
	assert_int_equal(rule->type, OCI_DEV_ALL);
	assert_int_equal(rule->major.v, -1);
	assert_string_equal(rule->access, "rwm");
}

static void reads_a_short_rule(void **state)
{
	static const char text[] =
		"{\"allow\":true}";
	auto_arena struct arena arena = ARENA_INIT;
	const struct oci_device_rule *rule = there_and_back(&arena, &oci_device_rule_shape, text);

	(void)state;
	assert_true(rule->allow);
	assert_int_equal(rule->type, 0);
	assert_false(rule->major.set);
	assert_null(rule->access);
}

static void refuses_nodes(void **state)
{
	(void)state;
	expect_refused(&oci_device_shape, "{\"type\":\"a\",\"path\":\"/x\"}",
		       "t.json:1:9: type: \"a\" is not a device type (c, b, u or p)");
	expect_refused(&oci_device_shape, "{\"type\":\"c\"}", "t.json:1:1: \"path\" is required");
	expect_refused(&oci_device_shape, "{\"path\":\"/x\"}", "t.json:1:1: \"type\" is required");
}

static void refuses_rules(void **state)
{
	(void)state;
	expect_refused(&oci_device_rule_shape, "{\"allow\":true,\"type\":\"p\"}",
		       "t.json:1:22: type: \"p\" is not a device type of a rule (a, c or b)");
	expect_refused(&oci_device_rule_shape, "{\"type\":\"a\"}",
		       "t.json:1:1: \"allow\" is required");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_node),
		cmocka_unit_test(reads_a_rule),
		cmocka_unit_test(reads_a_short_rule),
		cmocka_unit_test(refuses_nodes),
		cmocka_unit_test(refuses_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
