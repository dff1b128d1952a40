/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The change of root, and what is done to mounts after it. */
#include "init/rootfs.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "sys/mountfd.h"
#include "tests/unit/init/mounting.h"

static void expect_changed(void)
{
	char text[16];

	support_read(AT_FDCWD, "/mark", text, sizeof(text));
	assert_string_equal(text, "new root");
	assert_int_equal(getcwd(text, sizeof(text)) == NULL, 0);
	assert_string_equal(text, "/");
	assert_int_equal(access("/usr", F_OK), -1);
	assert_int_equal(access("/../usr", F_OK), -1);
}

/* mountinfo has lines of the root and of proc only. */
static void expect_no_old_root(void)
{
	char line[512];
	size_t n = 0;
	FILE *file = fopen("/proc/self/mountinfo", "re");

	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		assert_true(strstr(line, " / / ") != NULL || strstr(line, " /proc ") != NULL);
		n++;
	}
	(void)fclose(file);
	assert_int_equal(n, 2);
}

static void open_new_root(const void *data)
{
	stage_open(&stage, data);
	stage_write(&stage, "mark", "new root");
	stage_mkdir(&stage, "proc");
	assert_int_equal(mountfd_attach(stage.init.proc, openat(stage.root, "proc", O_PATH | O_CLOEXEC)), 0);
}

static void pivot(void *data)
{
	open_new_root(data);
	stage_good(&stage, rootfs_change(&stage.init, &stage.err));
	expect_changed();
	expect_no_old_root();
}

static void move(void *data)
{
	open_new_root(data);
	stage.plan.root.no_pivot = true;
	stage_good(&stage, rootfs_change(&stage.init, &stage.err));
	expect_changed();
}

static void change_fails(void *data)
{
	stage_open(&stage, data);
	(void)close(stage.init.root);
	stage_mkdir(&stage, "no-mount");
	stage.init.root = openat(stage.root, "no-mount", O_PATH | O_CLOEXEC);
	stage_bad(&stage, rootfs_change(&stage.init, &stage.err), "pivot to the root file system");
	assert_int_equal(stage.err.at, 10);
	stage.plan.root.no_pivot = true;
	stage_bad(&stage, rootfs_change(&stage.init, &stage.err), "move the root file system to /");
	(void)close(stage.init.root);
	stage.init.root = open("/dev/null", O_PATH | O_CLOEXEC);
	stage_bad(&stage, rootfs_change(&stage.init, &stage.err), "change to the root file system");
	assert_int_equal(access("/usr", F_OK), 0);
}

static void finish(void *data)
{
	char text[64];

	stage_open(&stage, data);
	add((struct plan_mount){ .kind = PLAN_MOUNT_FS, .type = "tmpfs", .target = "/late", .late_readonly = true }, -1);
	add((struct plan_mount){ .kind = PLAN_MOUNT_FS, .type = "tmpfs", .target = "/late/inner" }, -1);
	stage_good(&stage, rootfs_mount(&stage.init, &stage.err));
	assert_true(is_writable("late"));
	stage.plan.root.readonly = true;
	stage.plan.root.propagation = MS_UNBINDABLE;
	stage_good(&stage, rootfs_finish(&stage.init, &stage.err));
	assert_false(is_writable("late"));
	assert_true(is_writable("late/inner"));
	assert_false(is_writable("."));
	read_propagation("", text, sizeof(text));
	assert_holds(text, "unbindable");
	assert_true(stage.tree[0] == -1 && stage.tree[1] == -1);

	stage_good(&stage, rootfs_release(&stage.init, &stage.err));
	assert_true(stage.init.root == -1 && stage.init.proc == -1 && stage.init.null == -1);
	stage_bad(&stage, rootfs_finish(&stage.init, &stage.err), "read-only");
}

static void finish_plainly(void *data)
{
	stage_open(&stage, data);
	stage_good(&stage, rootfs_finish(&stage.init, &stage.err));
	assert_true(is_writable("."));
}

STAGE_TEST(test_pivot, 0, pivot)
STAGE_TEST(test_no_pivot, 0, move)
STAGE_TEST(test_no_change, 0, change_fails)
STAGE_TEST(test_finish, 0, finish)
STAGE_TEST(test_nothing_to_finish, 0, finish_plainly)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pivot),
		cmocka_unit_test(test_no_pivot),
		cmocka_unit_test(test_no_change),
		cmocka_unit_test(test_finish),
		cmocka_unit_test(test_nothing_to_finish),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, stage_make_dir, stage_remove_dir);
}
