/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The attributes of mounts: flags of one and of all below it, propagation in its order, remounts. */
#include "init/rootfs.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "sys/mountfd.h"
#include "tests/unit/init/mounting.h"

static void set_recursive_flags(void *data)
{
	stage_open(&stage, data);
	stage_mkdir(&stage, "host/sub");
	assert_int_equal(mountfd_attach(stage_new_fs("tmpfs"), openat(stage.root, "host/sub", O_PATH | O_CLOEXEC)), 0);
	add((struct plan_mount){ .kind = PLAN_MOUNT_BIND, .type = "bind", .target = "/plain", .recursive = true,
				 .attr.set = MOUNT_ATTR_RDONLY }, mountfd_clone(stage.root, "host", true));
	add((struct plan_mount){ .kind = PLAN_MOUNT_BIND, .type = "bind", .target = "/deep", .recursive = true,
				 .attr_recursive.set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID },
	    mountfd_clone(stage.root, "host", true));
	stage_good(&stage, rootfs_mount(&stage.init, &stage.err));
	assert_int_equal(flags_of("plain"), ST_RDONLY);
	assert_int_equal(flags_of("plain/sub"), 0);
	assert_int_equal(flags_of("deep"), ST_RDONLY | ST_NOSUID);
	assert_int_equal(flags_of("deep/sub"), ST_RDONLY | ST_NOSUID);
	assert_int_equal(flags_of("host/sub"), 0);
}

static void set_propagation(void *data)
{
	unsigned long shared[] = { MS_SHARED | MS_REC }, two[] = { MS_SHARED, MS_SLAVE, MS_UNBINDABLE };
	char text[64];

	stage_open(&stage, data);
	add((struct plan_mount){ .kind = PLAN_MOUNT_FS, .type = "tmpfs", .target = "/shared", .propagation = shared,
				 .n_propagation = 1 }, -1);
	add((struct plan_mount){ .kind = PLAN_MOUNT_FS, .type = "tmpfs", .target = "/last", .propagation = two,
				 .n_propagation = 3 }, -1);
	add((struct plan_mount){ .kind = PLAN_MOUNT_FS, .type = "tmpfs", .target = "/root" }, -1);
	stage.plan.root.propagation = MS_SHARED | MS_REC;
	stage_good(&stage, rootfs_mount(&stage.init, &stage.err));
	read_propagation("/shared", text, sizeof(text));
	assert_holds(text, "shared:");
	read_propagation("/last", text, sizeof(text));
	assert_string_equal(text, "");
	/* Without its own a mount takes the root's. */
	read_propagation("/root", text, sizeof(text));
	assert_holds(text, "shared:");
	stage_good(&stage, rootfs_finish(&stage.init, &stage.err));
	read_propagation("/last", text, sizeof(text));
	assert_holds(text, "unbindable");
}

/* From an unbindable mount nothing could be bound any more, so that comes last, and in the order of the mounts. */
static void set_unbindable(void *data)
{
	unsigned long one[] = { MS_UNBINDABLE }, all[] = { MS_UNBINDABLE | MS_REC }, shared[] = { MS_SHARED };
	char text[64];
	int copy;

	stage_open(&stage, data);
	add((struct plan_mount){ .kind = PLAN_MOUNT_FS, .type = "tmpfs", .target = "/one", .propagation = one,
				 .n_propagation = 1 }, -1);
	add((struct plan_mount){ .kind = PLAN_MOUNT_FS, .type = "tmpfs", .target = "/one/plain" }, -1);
	add((struct plan_mount){ .kind = PLAN_MOUNT_FS, .type = "tmpfs", .target = "/all", .propagation = all,
				 .n_propagation = 1 }, -1);
	add((struct plan_mount){ .kind = PLAN_MOUNT_FS, .type = "tmpfs", .target = "/all/plain" }, -1);
	add((struct plan_mount){ .kind = PLAN_MOUNT_FS, .type = "tmpfs", .target = "/all/shared", .propagation = shared,
				 .n_propagation = 1 }, -1);
	add((struct plan_mount){ .kind = PLAN_MOUNT_FS, .type = "tmpfs", .target = "/again" }, -1);
	add((struct plan_mount){ .kind = PLAN_MOUNT_REMOUNT, .target = "/again", .propagation = one,
				 .n_propagation = 1 }, -1);
	stage_good(&stage, rootfs_mount(&stage.init, &stage.err));
	copy = mountfd_clone(stage.root, "all/plain", false);
	assert_true(copy >= 0);
	(void)close(copy);
	/* But it is nobody's peer from the start. */
	read_propagation("/one", text, sizeof(text));
	assert_string_equal(text, "");
	stage_good(&stage, rootfs_finish(&stage.init, &stage.err));
	assert_int_equal(mountfd_clone(stage.root, "one", false), -1);
	assert_int_equal(mountfd_clone(stage.root, "all/plain", false), -1);
	assert_int_equal(mountfd_clone(stage.root, "again", false), -1);
	read_propagation("/one/plain", text, sizeof(text));
	assert_string_equal(text, "");
	read_propagation("/all/shared", text, sizeof(text));
	assert_holds(text, "shared:");
	assert_true(stage.tree[6] == -1);
}

/* What comes from the root alike. */
static void set_unbindable_of_root(void *data)
{
	char text[64];
	int copy;

	stage_open(&stage, data);
	add((struct plan_mount){ .kind = PLAN_MOUNT_FS, .type = "tmpfs", .target = "/plain" }, -1);
	stage.plan.root.propagation = MS_UNBINDABLE | MS_REC;
	stage_good(&stage, rootfs_mount(&stage.init, &stage.err));
	copy = mountfd_clone(stage.root, "plain", false);
	assert_true(copy >= 0);
	(void)close(copy);
	stage_good(&stage, rootfs_finish(&stage.init, &stage.err));
	read_propagation("/plain", text, sizeof(text));
	assert_holds(text, "unbindable");
}

/* "remount" gives the file system its parameters and the mount, and all below it, their attributes. */
static void remount(void *data)
{
	struct plan_param size = { "size", "262144" };
	struct plan_mount fs = { .kind = PLAN_MOUNT_FS, .type = "tmpfs", .target = "/t" };
	struct plan_mount again = { .kind = PLAN_MOUNT_REMOUNT, .type = "", .target = "/t", .params = &size, .n_params = 1,
				    .attr.set = MOUNT_ATTR_RDONLY, .attr_recursive.set = MOUNT_ATTR_NOEXEC };
	struct statvfs st;
	char path[160];

	stage_open(&stage, data);
	add(fs, -1);
	fs.target = "/t/below";
	add(fs, -1);
	add(again, -1);
	stage_good(&stage, rootfs_mount(&stage.init, &stage.err));
	(void)snprintf(path, sizeof(path), "%s/t", stage.path);
	assert_int_equal(statvfs(path, &st), 0);
	assert_int_equal(st.f_blocks * st.f_frsize, 262144);
	assert_int_equal(flags_of("t"), ST_RDONLY | ST_NOEXEC);
	assert_int_equal(flags_of("t/below"), ST_NOEXEC);
}

STAGE_TEST(test_recursive_flags, 0, set_recursive_flags)
STAGE_TEST(test_propagation, 0, set_propagation)
STAGE_TEST(test_unbindable, 0, set_unbindable)
STAGE_TEST(test_unbindable_of_root, 0, set_unbindable_of_root)
STAGE_TEST(test_remount, 0, remount)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recursive_flags),
		cmocka_unit_test(test_propagation),
		cmocka_unit_test(test_unbindable),
		cmocka_unit_test(test_unbindable_of_root),
		cmocka_unit_test(test_remount),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, stage_make_dir, stage_remove_dir);
}
