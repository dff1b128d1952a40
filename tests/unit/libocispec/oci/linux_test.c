/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Linux part of a config. */
#include "tests/unit/libocispec/reading.h"

#include "libocispec/oci/linux.h"

static void reads_and_writes_every_key(void **state)
{
	static const char text[] =
		"{\"namespaces\":[{\"type\":\"pid\"}],\"uidMappings\":[{\"containerID\":0"
		",\"hostID\":1,\"size\":2}],\"gidMappings\":[{\"containerID\":3,"
		"\"hostID\":4,\"size\":5}],\"timeOffsets\":{\"monotonic\":{\"secs\":-5,"
		"\"nanosecs\":999999999},\"boottime\":{}},\"devices\":[{\"type\":\"p\","
		"\"path\":\"/f\"}],\"netDevices\":{\"eth0\":{\"name\":\"eth%d\"},\"eth1\""
		":{}},\"cgroupsPath\":\"a:b:c\",\"resources\":{\"pids\":{\"limit\":1}},"
		"\"intelRdt\":{\"closID\":\"c\"},\"memoryPolicy\":{\"mode\":\"MPOL_BIND\""
		",\"nodes\":\"0\",\"flags\":[\"MPOL_F_STATIC_NODES\"]},\"sysctl\":{"
		"\"net.ipv4.ip_forward\":\"1\"},\"seccomp\":{\"defaultAction\":"
		"\"SCMP_ACT_ALLOW\"},\"rootfsPropagation\":\"rslave\",\"maskedPaths\":["
		"\"/proc/kcore\"],\"readonlyPaths\":[],\"mountLabel\":\"m\","
		"\"personality\":{\"domain\":\"LINUX32\",\"flags\":[]}}";
	auto_arena struct arena arena = ARENA_INIT;
	const struct oci_linux *lx = there_and_back(&arena, &oci_linux_shape, text);

	(void)state;
	const struct oci_time_offset *offset = oci_map_find(&lx->time_offsets, "monotonic")->object;
	const struct oci_net_device *device = oci_map_find(&lx->net_devices, "eth0")->object;
	
	assert_int_equal(lx->namespaces.n, 1);
	assert_true(offset->secs == -5);
	assert_int_equal(offset->nanosecs, 999999999);
	assert_string_equal(device->name, "eth%d");
	device = oci_map_find(&lx->net_devices, "eth1")->object;
	assert_null(device->name);
	assert_string_equal(lx->cgroups_path, "a:b:c");
	assert_int_equal(lx->memory_policy->mode, OCI_MPOL_BIND);
	assert_int_equal(lx->memory_policy->flags.item[0], OCI_MPOL_F_STATIC_NODES);
	assert_string_equal(oci_map_string(&lx->sysctl, "net.ipv4.ip_forward"), "1");
	assert_int_equal(lx->rootfs_propagation, OCI_PROPAGATION_RSLAVE);
	assert_true(lx->readonly_paths.set);
	assert_int_equal(lx->personality->domain, OCI_PERSONALITY_LINUX32);
}

static void refuses(void **state)
{
	(void)state;
	expect_refused(&oci_linux_shape, "{\"timeOffsets\":{\"realtime\":{}}}",
		       "t.json:1:17: timeOffsets.realtime: \"realtime\" is not a clock (monotoni"
		       "c or boottime)");
	expect_refused(&oci_linux_shape,
		       "{\"timeOffsets\":{\"boottime\":{\"nanosecs\":1000000000}}}",
		       "t.json:1:40: timeOffsets.boottime.nanosecs: 1000000000 is out of range ("
		       "0 to 999999999)");
	expect_refused(&oci_linux_shape, "{\"memoryPolicy\":{}}",
		       "t.json:1:17: memoryPolicy: \"mode\" is required");
	expect_refused(&oci_linux_shape, "{\"memoryPolicy\":{\"mode\":\"MPOL_BINT\"}}",
		       "t.json:1:25: memoryPolicy.mode: \"MPOL_BINT\" is not a memory policy; di"
		       "d you mean \"MPOL_BIND\"?");
	expect_refused(&oci_linux_shape, "{\"personality\":{}}",
		       "t.json:1:16: personality: \"domain\" is required");
	expect_refused(&oci_linux_shape, "{\"personality\":{\"flags\":[\"X\"]}}",
		       "t.json:1:26: personality.flags[0]: \"X\" is not a personality flag");
	expect_refused(&oci_linux_shape, "{\"rootfsPropagation\":\"master\"}",
		       "t.json:1:22: rootfsPropagation: \"master\" is not a mount propagation");
	expect_refused(&oci_linux_shape, "{\"rootfsPropagation\":\"\"}",
		       "t.json:1:22: rootfsPropagation: \"\" is not a mount propagation");
	expect_refused(&oci_linux_shape, "{\"sysctl\":{\"a\":1}}",
		       "t.json:1:16: sysctl.a: expected a string, got a number");
	expect_refused(&oci_linux_shape, "{\"netDevices\":{\"e\":\"x\"}}",
		       "t.json:1:20: netDevices.e: expected an object, got a string");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_writes_every_key),
		cmocka_unit_test(refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
