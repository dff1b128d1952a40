/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The top level of config.json, and versions. */
#include "tests/unit/libocispec/reading.h"

#include "libocispec/oci/config.h"

static void reads_and_writes_every_key(void **state)
{
	static const char text[] =
		"{\"ociVersion\":\"1.2.1+dev\",\"root\":{\"path\":\"r\",\"readonly\":true"
		"},\"process\":{\"args\":[\"a\"],\"cwd\":\"/\"},\"hostname\":\"h\","
		"\"domainname\":\"d\",\"mounts\":[{\"destination\":\"/proc\"},{"
		"\"destination\":\"/sys\"}],\"hooks\":{\"poststop\":[{\"path\":\"/p\"}]},"
		"\"annotations\":{\"a.b\":\"\"},\"linux\":{\"cgroupsPath\":\"/c\"}}";
	auto_arena struct arena arena = ARENA_INIT;
	const struct oci_config *config = there_and_back(&arena, &oci_config_shape, text);

	(void)state;
	assert_string_equal(config->oci_version, "1.2.1+dev");
	assert_string_equal(config->root->path, "r");
	assert_true(config->root->readonly);
	assert_string_equal(config->process->args.item[0], "a");
	assert_string_equal(config->hostname, "h");
	assert_string_equal(config->domainname, "d");
	assert_int_equal(config->mounts.n, 2);
	assert_int_equal(config->hooks->poststop.n, 1);
	assert_string_equal(oci_map_string(&config->annotations, "a.b"), "");
	assert_string_equal(config->on_linux->cgroups_path, "/c");
}

static void ignores_other_systems(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct oci_source src = text_source(
		"{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"/\"},\"windows\":7,\"solaris\":{},"
		"\"vm\":[],\"zos\":\"\",\"freebsd\":{\"a\":1}}");
	struct oci_config *config = NULL;
	struct oci_error err = OCI_ERROR_INIT;

	(void)state;
	assert_int_equal(oci_config_read(&arena, &src, &config, &err), 0);
	assert_null(config->process);
	assert_null(config->on_linux);
	assert_null(config->hooks);
	assert_false(config->mounts.set);
	assert_false(config->root->readonly);
}

static void knows_versions(void **state)
{
	static const char *const good[] = {
		"0.0.0", "1.0.0", "1.3.0", "10.20.30", "1.0.0-rc1", "1.0.2-dev", "1.2.0-rc.2.x-y",
		"1.1.0+dev", "1.0.0-alpha-a.b-c+build.01.x", "1.0.0--", "1.0.0-0",
	};
	static const char *const bad[] = {
		"", "1", "1.0", "1.0.0.0", "v1.0.0", "1.0.x", "01.0.0", "1.00.0", "1.0.0-", "1.0.0+",
		"1.0.0-01", "1.0.0-a..b", "1.0.0-a_b", " 1.0.0", "1.0.0 ", "1..0", "-1.0.0",
		"1.0.0+a+b",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_null(oci_version_check(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_non_null(oci_version_check(bad[i]));
}

static void complies_with_what_it_knows(void **state)
{
	static const char *const same[] = { "1.0.0", "1.0.2-dev", "1.2.0+dev", "1.3.0", "1.3.9" };
	static const char *const newer[] = { "1.4.0", "1.4.0-rc1", "1.99.0", "1.30.0", "1.99999999999999999999999.0" };

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		assert_string_equal(oci_version_complied(same[i]), same[i]);
	for (size_t i = 0; i < sizeof(newer) / sizeof(newer[0]); i++)
		assert_string_equal(oci_version_complied(newer[i]), OCI_VERSION);
}

static void refuses(void **state)
{
	(void)state;
	expect_refused(&oci_config_shape, "{}", "t.json:1:1: \"ociVersion\" is required");
	expect_refused(&oci_config_shape, "{\"ociVersion\":\"1.0.0\"}",
		       "t.json:1:1: \"root\" is required");
	expect_refused(&oci_config_shape, "{\"ociVersion\":\"1.0.0\",\"root\":{}}",
		       "t.json:1:30: root: \"path\" is required");
	expect_refused(&oci_config_shape, "{\"ociVersion\":\"1.0\"}",
		       "t.json:1:15: ociVersion: \"1.0\" is not a semantic version such as 1.3.0");
	expect_refused(&oci_config_shape, "{\"ociVersion\":\"2.0.0\"}",
		       "t.json:1:15: ociVersion: \"2.0.0\" is no version 1 of the runtime specif"
		       "ication, the only one known");
	expect_refused(&oci_config_shape, "{\"ociVersion\":\"10.0.0\"}",
		       "t.json:1:15: ociVersion: \"10.0.0\" is no version 1 of the runtime speci"
		       "fication, the only one known");
	expect_refused(&oci_config_shape, "{\"ociVersion\":1}",
		       "t.json:1:15: ociVersion: expected a string, got a number");
	expect_refused(&oci_config_shape, "{\"root\":null}",
		       "t.json:1:9: root: required, must not be null");
	expect_refused(&oci_config_shape, "{\"annotations\":{\"a\":null}}",
		       "t.json:1:21: annotations.a: expected a string, got null");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_writes_every_key),
		cmocka_unit_test(ignores_other_systems),
		cmocka_unit_test(knows_versions),
		cmocka_unit_test(complies_with_what_it_knows),
		cmocka_unit_test(refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
