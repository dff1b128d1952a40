/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mounts. */
#include "tests/unit/libocispec/reading.h"

#include "libocispec/oci/mount.h"

static void reads_and_writes_every_key(void **state)
{
	static const char text[] =
		"{\"destination\":\"/d\",\"type\":\"bind\",\"source\":\"/s\",\"options\":"
		"[\"rbind\",\"ro\"],\"uidMappings\":[{\"containerID\":1,\"hostID\":2,"
		"\"size\":3}],\"gidMappings\":[]}";
	auto_arena struct arena arena = ARENA_INIT;
	const struct oci_mount *mount = there_and_back(&arena, &oci_mount_shape, text);

	(void)state;
	assert_string_equal(mount->destination, "/d");
	assert_string_equal(mount->type, "bind");
	assert_string_equal(mount->source, "/s");
	assert_int_equal(mount->options.n, 2);
	assert_string_equal(mount->options.item[1], "ro");
	assert_int_equal(mount->uid_maps.n, 1);
	assert_true(mount->gid_maps.set);
	assert_int_equal(mount->gid_maps.n, 0);
}

static void needs_little(void **state)
{
	static const char text[] =
		"{\"destination\":\"relative\"}";
	auto_arena struct arena arena = ARENA_INIT;
	const struct oci_mount *mount = there_and_back(&arena, &oci_mount_shape, text);

	(void)state;
	assert_null(mount->type);
	assert_null(mount->source);
	assert_false(mount->options.set);
	assert_false(mount->uid_maps.set);
}

static void refuses(void **state)
{
	(void)state;
	expect_refused(&oci_mount_shape, "{}", "t.json:1:1: \"destination\" is required");
	expect_refused(&oci_mount_shape, "{\"destination\":\"\"}",
		       "t.json:1:16: destination: must not be empty");
	expect_refused(&oci_mount_shape, "{\"destination\":\"/\",\"options\":\"ro\"}",
		       "t.json:1:30: options: expected a list, got a string");
}

static void reads_a_list(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct oci_source src = text_source(" [{\"destination\":\"/a\"},{\"destination\":\"/b\",\"options\":[\"ro\"]}]");
	struct oci_error err = OCI_ERROR_INIT;
	struct oci_list list = { .n = 7 };
	const struct oci_mount *mount;
	char line[256];

	(void)state;
	assert_int_equal(oci_mounts_read(&arena, &src, &list, &err), 0);
	assert_true(list.set && list.n == 2);
	mount = list.item[1];
	assert_string_equal(mount->destination, "/b");
	assert_int_equal(src.text[mount->at], '{');
	assert_int_equal(mount->options.n, 1);

	src = text_source("[{\"destination\":\"/a\"},{\"destination\":7}]");
	assert_int_equal(oci_mounts_read(&arena, &src, &list, &err), -1);
	assert_int_equal(list.n, 2);
	oci_error_format(&err, &src, line, sizeof(line));
	assert_string_equal(line, "t.json:1:38: [1].destination: expected a string, got a number");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_writes_every_key),
		cmocka_unit_test(needs_little),
		cmocka_unit_test(refuses),
		cmocka_unit_test(reads_a_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
