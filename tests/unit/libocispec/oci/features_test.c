/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The features document. */
#include "tests/unit/libocispec/reading.h"

#include "libocispec/oci/features.h"

static void reads_and_writes_every_key(void **state)
{
	static const char text[] =
		"{\"ociVersionMin\":\"1.0.0\",\"ociVersionMax\":\"1.3.0\",\"hooks\":["
		"\"prestart\"],\"mountOptions\":[],\"linux\":{\"namespaces\":[\"pid\"],"
		"\"capabilities\":[\"CAP_CHOWN\"],\"cgroup\":{\"v1\":true,\"v2\":true,"
		"\"systemd\":false,\"systemdUser\":false,\"rdma\":true},\"seccomp\":{"
		"\"enabled\":true,\"actions\":[\"SCMP_ACT_ALLOW\"],\"operators\":[],"
		"\"archs\":[\"SCMP_ARCH_X32\"],\"knownFlags\":[\"a\"],\"supportedFlags\":"
		"[]},\"apparmor\":{\"enabled\":true},\"selinux\":{\"enabled\":false},"
		"\"memoryPolicy\":{\"modes\":[\"MPOL_BIND\"],\"flags\":[]},\"intelRdt\":{"
		"\"enabled\":true,\"schemata\":true,\"monitoring\":false},"
		"\"mountExtensions\":{\"idmap\":{\"enabled\":true}},\"netDevices\":{"
		"\"enabled\":true}},\"annotations\":{\"a\":\"b\"},"
		"\"potentiallyUnsafeConfigAnnotations\":[\"x.\"]}";
	auto_arena struct arena arena = ARENA_INIT;
	const struct oci_features *features = there_and_back(&arena, &oci_features_shape, text);

	(void)state;
	assert_string_equal(features->oci_version_max, "1.3.0");
	assert_true(features->mount_options.set);
	assert_true(features->on_linux->cgroup->rdma.v);
	assert_true(features->on_linux->selinux->enabled.set);
	assert_true(features->on_linux->mount_extensions->idmap->enabled.v);
	assert_string_equal(features->unsafe_annotations.item[0], "x.");
}

static void tells_unknown_from_none(void **state)
{
	static const char text[] =
		"{\"ociVersionMin\":\"1.0.0\",\"ociVersionMax\":\"1.3.0\",\"linux\":{"
		"\"seccomp\":{}}}";
	auto_arena struct arena arena = ARENA_INIT;
	const struct oci_features *features = there_and_back(&arena, &oci_features_shape, text);

	(void)state;
	assert_false(features->hooks.set);
	assert_false(features->on_linux->seccomp->enabled.set);
	assert_null(features->on_linux->cgroup);
}

static void refuses(void **state)
{
	(void)state;
	expect_refused(&oci_features_shape, "{\"ociVersionMin\":\"1.0.0\"}",
		       "t.json:1:1: \"ociVersionMax\" is required");
	expect_refused(&oci_features_shape, "{\"ociVersionMin\":\"x\"}",
		       "t.json:1:18: ociVersionMin: \"x\" is not a semantic version such as 1.3."
		       "0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_writes_every_key),
		cmocka_unit_test(tells_unknown_from_none),
		cmocka_unit_test(refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
