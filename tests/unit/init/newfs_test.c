/* SPDX-License-Identifier: GPL-2.0-or-later */
/* New superblocks, and new parameters for old ones. */
#include "init/newfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "plan/mounts.h"
#include "sys/mountfd.h"
#include "sys/uapi.h"
#include "tests/unit/init/stage.h"

static struct stage stage;

static struct plan_mount tmpfs(struct plan_param *params, size_t n)
{
	return (struct plan_mount){ .at = 30, .kind = PLAN_MOUNT_FS, .type = "tmpfs", .source = "named", .target = "/t",
				    .params = params, .n_params = n, .attr.set = MOUNT_ATTR_NOSUID };
}

static int make(struct plan_param *params, size_t n, const char *mode)
{
	struct plan_mount mount = tmpfs(params, n);

	return newfs_make(&mount, mode, &stage.err);
}

static uint64_t size_of(int fd)
{
	struct statfs fs;

	assert_int_equal(fstatfs(fd, &fs), 0);
	assert_int_equal(fs.f_type, UAPI_TMPFS_MAGIC);
	return fs.f_blocks * (uint64_t)fs.f_bsize;
}

static void make_all(void *data)
{
	struct plan_param params[] = { { "size", "131072" }, { "sync", NULL }, { "uid", "7" } };
	struct statvfs fs;
	struct stat st;
	int tree;

	stage_open(&stage, data);
	tree = make(params, COUNT(params), "1751");
	assert_good(tree, stage.err);
	assert_true(support_is_cloexec(tree));
	assert_int_equal(size_of(tree), 131072);
	assert_int_equal(fstat(tree, &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 01751);
	assert_int_equal(st.st_uid, 7);
	assert_int_equal(fstatvfs(tree, &fs), 0);
	assert_int_equal(fs.f_flag & (ST_NOSUID | ST_NODEV | ST_SYNCHRONOUS), ST_NOSUID | ST_SYNCHRONOUS);
	/* Nowhere yet. */
	assert_false(support_is_mounted(" named "));
}

/* A bit of mount(2) that few file systems know by name; anything else unknown is refused. */
static void make_iversion(void *data)
{
	struct plan_param on = { "iversion", NULL }, off = { "noiversion", NULL }, data_like = { "iversion", "1" };

	stage_open(&stage, data);
	assert_good(make(&on, 1, NULL), stage.err);
	assert_good(make(&off, 1, NULL), stage.err);
	stage_bad(&stage, make(&data_like, 1, NULL), "set option \"iversion\" of tmpfs for /t");
}

static void refuse(void *data)
{
	struct plan_param bad = { "colour", "red" }, value = { "size", "much" };
	struct plan_param large = { "size", NULL };
	struct plan_mount none = tmpfs(NULL, 0);
	char text[300];

	stage_open(&stage, data);
	stage_bad(&stage, make(&bad, 1, NULL), "set option \"colour\" of tmpfs for /t (");
	assert_holds(stage.err.text, "colour'");
	assert_int_equal(stage.err.at, 30);
	stage_bad(&stage, make(&value, 1, NULL), "set option \"size\" of tmpfs for /t");
	memset(text, '1', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	large.value = text;
	stage_bad(&stage, make(&large, 1, NULL), "option \"size\" of tmpfs for /t is longer than 255 bytes");
	stage_bad(&stage, make(NULL, 0, "999"), "set the mode of tmpfs for /t");
	none.type = "nosuchfs";
	stage_bad(&stage, newfs_make(&none, NULL, &stage.err), "this kernel has no file system \"nosuchfs\"");
	/* A file system that needs a device and gets none. */
	none.type = "ext4";
	stage_bad(&stage, newfs_make(&none, NULL, &stage.err), "ext4");
}

static void change(void *data)
{
	struct plan_param small = { "size", "65536" }, large = { "size", "262144" }, bad = { "colour", NULL };
	struct plan_mount remount = { .at = 31, .kind = PLAN_MOUNT_REMOUNT, .type = "", .target = "/t", .params = &large,
				      .n_params = 1 };
	int tree, dir;

	stage_open(&stage, data);
	tree = make(&small, 1, NULL);
	assert_int_equal(size_of(tree), 65536);
	stage_good(&stage, newfs_change(&remount, tree, &stage.err));
	assert_int_equal(size_of(tree), 262144);
	remount.params = &bad;
	stage_bad(&stage, newfs_change(&remount, tree, &stage.err), "set option \"colour\"");
	assert_int_equal(stage.err.at, 31);
	/* Only the root of a mount stands for its file system. */
	assert_int_equal(mkdirat(tree, "dir", 0755), 0);
	dir = openat(tree, "dir", O_PATH | O_CLOEXEC);
	stage_bad(&stage, newfs_change(&remount, dir, &stage.err), "open the file system mounted on /t");
	/* Nothing to change, nothing done. */
	remount.n_params = 0;
	stage_good(&stage, newfs_change(&remount, dir, &stage.err));
}

STAGE_TEST(test_make, 0, make_all)
STAGE_TEST(test_iversion, 0, make_iversion)
STAGE_TEST(test_refusals, 0, refuse)
STAGE_TEST(test_change, 0, change)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_make),
		cmocka_unit_test(test_iversion),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_change),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, stage_make_dir, stage_remove_dir);
}
