/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mounts, mapped ids and devices in the printed plan, where the golden tests do not reach.
 */
#include "fixture.h"

#include <linux/mount.h>
#include <sys/stat.h>

#include "plan/plan.h"
#include "printed.h"

static void test_mount(void **state)
{
	static struct plan_mount mount = {
		.kind = PLAN_MOUNT_FS, .target = "/t", .type = "tmpfs",
		.tmpcopyup = true, .copy_symlink = true,
		.attr = { .set = MOUNT_ATTR_RDONLY | (UINT64_C(1) << 40), .clear = MOUNT_ATTR_NODEV },
	};
	static const struct plan plan = { .mounts = { .item = &mount, .n = 1 } };

	(void)state;
	assert_true(printed_has(&plan, "    filesystem \"tmpfs\" tmpcopyup copy-symlink"));
	assert_true(printed_has(&plan, "    attributes +ro +0x10000000000 -nodev"));
}

static void test_mapped_mounts(void **state)
{
	static struct plan_idmap map = { .inside = 1, .outside = 2, .count = 3 };
	static struct plan_mount_idmap idmap = { .recursive = true, .uid_map = &map, .n_uid_map = 1,
						 .gid_map = &map, .n_gid_map = 1 };
	static struct plan_mount_idmap joined;
	static struct plan_mount mounts[] = {
		{ .kind = PLAN_MOUNT_BIND, .target = "/t", .idmap = &idmap },
		{ .kind = PLAN_MOUNT_BIND, .target = "/u", .idmap = &joined },
	};
	static const struct plan plan = { .mounts = { .item = mounts, .n = 2 } };

	(void)state;
	assert_true(printed_has(&plan, "    ids mapped recursively"));
	assert_true(printed_has(&plan, "      uid-map 1 is 2 outside, 3 ids"));
	assert_true(printed_has(&plan, "      gid-map 1 is 2 outside, 3 ids"));
	assert_true(printed_has(&plan, "    ids mapped as in the user namespace joined"));
}

static void test_label(void **state)
{
	static struct plan_mount mount = { .kind = PLAN_MOUNT_FS, .target = "/q",
					   .type = "mqueue", .label = "u:r:t:s0" };
	static const struct plan plan = { .mounts = { .item = &mount, .n = 1 } };

	(void)state;
	assert_true(printed_has(&plan, "    label \"u:r:t:s0\""));
}

static void test_devices(void **state)
{
	static struct plan_device device = { .path = "/dev/x", .type = S_IFBLK, .major = 8, .minor = 1,
					     .mode = 0640, .gid = 6, .is_bound = true };
	static struct plan_link link = { .path = "/dev/core", .target = "/proc/kcore",
					 .needs = "/proc/kcore" };
	static const struct plan plan = {
		.devices = { .item = &device, .n = 1, .link = &link, .n_link = 1 },
	};

	(void)state;
	assert_true(printed_has(&plan, "  populate-dev no"));
	assert_true(printed_has(&plan, "  node \"/dev/x\" block 8:1 mode 0640 owner 0:6 bound"));
	assert_true(printed_has(&plan, "  link \"/dev/core\" to \"/proc/kcore\""
				       " if there is \"/proc/kcore\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mount),
		cmocka_unit_test(test_mapped_mounts),
		cmocka_unit_test(test_label),
		cmocka_unit_test(test_devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
