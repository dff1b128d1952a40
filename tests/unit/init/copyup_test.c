/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copying a directory of the image into a new tmpfs. */
#include "init/copyup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "sys/mountfd.h"
#include "tests/unit/init/stage.h"

static struct stage stage;

/* What is looked at: the new tmpfs. */
static int tree;

static int copy(struct plan_param *params, size_t n, bool mode_from_target)
{
	struct plan_mount mount = { .at = 50, .kind = PLAN_MOUNT_FS, .type = "tmpfs", .target = "/data", .params = params,
				    .n_params = n, .mode_from_target = mode_from_target, .tmpcopyup = true };
	int from = openat(stage.root, "data", O_PATH | O_CLOEXEC);
	size_t fds;
	int r;

	tree = stage_new_fs("tmpfs");
	fds = support_count_fds();
	r = copyup_fill(&stage.init, &mount, from, tree, &stage.err);
	assert_int_equal(support_count_fds(), fds);
	(void)close(from);
	return r;
}

static struct stat stat_of(const char *path)
{
	struct stat st;

	if (fstatat(tree, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		fail_msg("%s: %s", path, strerror(errno));
	return st;
}

static void set_times(const char *path, time_t accessed, time_t changed)
{
	struct timespec times[2] = { { accessed, 5 }, { changed, 7 } };

	assert_int_equal(utimensat(stage.root, path, times, AT_SYMLINK_NOFOLLOW), 0);
}

static void expect_times(const char *path, time_t changed)
{
	struct stat st = stat_of(path);

	assert_int_equal(st.st_mtim.tv_sec, changed);
	assert_int_equal(st.st_mtim.tv_nsec, 7);
}

static void expect_link(const char *path, const char *target)
{
	char text[64];
	ssize_t n = readlinkat(tree, path, text, sizeof(text) - 1);

	assert_true(n > 0);
	text[n] = '\0';
	assert_string_equal(text, target);
}

static void fill_data(void)
{
	stage_write(&stage, "data/file", "content");
	stage_write(&stage, "data/dir/deep/file", "deep");
	stage_write(&stage, "outside", "not copied");
	assert_int_equal(fchownat(stage.root, "data/file", 5, 6, 0), 0);
	assert_int_equal(fchmodat(stage.root, "data/file", 04751, 0), 0);
	assert_int_equal(fchmodat(stage.root, "data/dir/deep", 01730, 0), 0);
	assert_int_equal(symlinkat("file", stage.root, "data/link"), 0);
	assert_int_equal(symlinkat("/outside", stage.root, "data/absolute"), 0);
	assert_int_equal(symlinkat("none", stage.root, "data/dangling"), 0);
	assert_int_equal(fchownat(stage.root, "data/link", 7, 8, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(mknodat(stage.root, "data/fifo", S_IFIFO | 0620, 0), 0);
	assert_int_equal(mknodat(stage.root, "data/node", S_IFCHR | 0640, makedev(1, 3)), 0);
	assert_int_equal(mknodat(stage.root, "data/block", S_IFBLK | 0600, makedev(7, 3)), 0);
	assert_int_equal(mknodat(stage.root, "data/socket", S_IFSOCK | 0777, 0), 0);
	assert_int_equal(fchownat(stage.root, "data/node", 9, 10, 0), 0);
	set_times("data/file", 1000, 2000);
	set_times("data/link", 1000, 3000);
	set_times("data/fifo", 1000, 4000);
	set_times("data/dir/deep", 1000, 5000);
	set_times("data/dir", 1000, 6000);
	set_times("data", 1000, 7000);
}

static void copy_kinds(void *data)
{
	struct stat st;
	char text[32];

	stage_open(&stage, data);
	fill_data();
	stage_good(&stage, copy(NULL, 0, true));
	support_read(tree, "file", text, sizeof(text));
	assert_string_equal(text, "content");
	support_read(tree, "dir/deep/file", text, sizeof(text));
	assert_string_equal(text, "deep");
	st = stat_of("file");
	assert_true(st.st_mode == (S_IFREG | 04751) && st.st_uid == 5 && st.st_gid == 6);
	st = stat_of("dir/deep");
	assert_int_equal(st.st_mode, S_IFDIR | 01730);
	expect_link("link", "file");
	expect_link("absolute", "/outside");
	expect_link("dangling", "none");
	st = stat_of("link");
	assert_true(st.st_uid == 7 && st.st_gid == 8);
	assert_int_equal(stat_of("fifo").st_mode, S_IFIFO | 0620);
	assert_int_equal(stat_of("socket").st_mode, S_IFSOCK | 0777);
	st = stat_of("node");
	assert_true(st.st_mode == (S_IFCHR | 0640) && st.st_rdev == makedev(1, 3) && st.st_uid == 9 && st.st_gid == 10);
	st = stat_of("block");
	assert_true(st.st_mode == (S_IFBLK | 0600) && st.st_rdev == makedev(7, 3));
	expect_times("file", 2000);
	expect_times("link", 3000);
	expect_times("fifo", 4000);
	expect_times("dir/deep", 5000);
	expect_times("dir", 6000);
	expect_times(".", 7000);
	/* The image keeps what it has. */
	support_read(stage.root, "data/file", text, sizeof(text));
	assert_string_equal(text, "content");
}

static void copy_xattrs(void *data)
{
	char value[64];
	int fd;
	/* vfs_cap_data of capabilities(7): version 2, CAP_NET_RAW permitted and effective */
	static const unsigned char cap[20] = { 1, 0, 0, 2, 0, 0x20 };

	stage_open(&stage, data);
	stage_write(&stage, "data/file", "x");
	stage_mkdir(&stage, "data/dir");
	fd = openat(stage.root, "data/file", O_RDONLY | O_CLOEXEC);
	assert_int_equal(fchown(fd, 5, 5), 0);
	assert_int_equal(fsetxattr(fd, "security.capability", cap, sizeof(cap), 0), 0);
	assert_int_equal(fsetxattr(fd, "trusted.mine", "value", 5, 0), 0);
	(void)close(fd);
	fd = openat(stage.root, "data/dir", O_RDONLY | O_CLOEXEC);
	assert_int_equal(fsetxattr(fd, "trusted.dir", "", 0, 0), 0);
	(void)close(fd);
	stage_good(&stage, copy(NULL, 0, true));
	fd = openat(tree, "file", O_RDONLY | O_CLOEXEC);
	assert_int_equal(fgetxattr(fd, "security.capability", value, sizeof(value)), sizeof(cap));
	assert_memory_equal(value, cap, sizeof(cap));
	assert_int_equal(fgetxattr(fd, "trusted.mine", value, sizeof(value)), 5);
	assert_memory_equal(value, "value", 5);
	(void)close(fd);
	fd = openat(tree, "dir", O_RDONLY | O_CLOEXEC);
	assert_int_equal(fgetxattr(fd, "trusted.dir", value, sizeof(value)), 0);
	(void)close(fd);
}

/* A file larger than the memory, most of it a hole. */
static void copy_holes(void *data)
{
	struct stat st;
	char text[8];
	int fd;

	stage_open(&stage, data);
	stage_mkdir(&stage, "data");
	fd = openat(stage.root, "data/hole", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(pwrite(fd, "begin", 5, 0), 5);
	assert_int_equal(pwrite(fd, "end", 3, INT64_C(1) << 40), 3);
	assert_int_equal(ftruncate(fd, INT64_C(1) << 41), 0);
	(void)close(fd);
	stage_write(&stage, "data/empty", "");
	stage_good(&stage, copy(NULL, 0, true));
	st = stat_of("hole");
	assert_int_equal(st.st_size, INT64_C(1) << 41);
	assert_true(st.st_blocks < 1000);
	fd = openat(tree, "hole", O_RDONLY | O_CLOEXEC);
	assert_int_equal(pread(fd, text, 5, 0), 5);
	assert_memory_equal(text, "begin", 5);
	assert_int_equal(pread(fd, text, 3, INT64_C(1) << 40), 3);
	assert_memory_equal(text, "end", 3);
	assert_int_equal(stat_of("empty").st_size, 0);
}

/* The directory itself, but for what the options of the tmpfs say. */
static void copy_top(void *data)
{
	struct plan_param params[] = { { "uid", "0" }, { "gid", "0" } };
	struct stat st;

	stage_open(&stage, data);
	stage_mkdir(&stage, "data");
	assert_int_equal(fchownat(stage.root, "data", 11, 12, 0), 0);
	assert_int_equal(fchmodat(stage.root, "data", 01731, 0), 0);
	stage_good(&stage, copy(NULL, 0, true));
	st = stat_of(".");
	assert_true(st.st_mode == (S_IFDIR | 01731) && st.st_uid == 11 && st.st_gid == 12);
	stage_good(&stage, copy(params, 1, false));
	st = stat_of(".");
	assert_true(st.st_mode == (S_IFDIR | 01777) && st.st_uid == 0 && st.st_gid == 12);
	stage_good(&stage, copy(params, 2, true));
	st = stat_of(".");
	assert_true(st.st_mode == (S_IFDIR | 01731) && st.st_uid == 0 && st.st_gid == 0);
}

/* What is mounted below is covered as a whole: neither entered nor copied. */
static void skip_mounts(void *data)
{
	stage_open(&stage, data);
	stage_write(&stage, "data/own", "x");
	stage_write(&stage, "data/file", "covered");
	stage_mkdir(&stage, "data/dir");
	assert_int_equal(mountfd_attach(stage_new_fs("proc"), openat(stage.root, "data/dir", O_PATH | O_CLOEXEC)), 0);
	assert_int_equal(mountfd_attach(mountfd_clone(stage.root, "data/own", false),
					openat(stage.root, "data/file", O_PATH | O_CLOEXEC)), 0);
	stage_good(&stage, copy(NULL, 0, true));
	assert_int_equal(stat_of("own").st_size, 1);
	assert_int_equal(faccessat(tree, "dir", F_OK, 0), -1);
	assert_int_equal(faccessat(tree, "file", F_OK, 0), -1);
}

/* More than one getdents64(2) gives. */
static void copy_many(void *data)
{
	char name[64];

	stage_open(&stage, data);
	for (int i = 0; i < 500; i++) {
		(void)snprintf(name, sizeof(name), "data/a-name-that-takes-some-room-%03d", i);
		stage_write(&stage, name, "x");
	}
	stage_good(&stage, copy(NULL, 0, true));
	for (int i = 0; i < 500; i++) {
		(void)snprintf(name, sizeof(name), "a-name-that-takes-some-room-%03d", i);
		assert_int_equal(stat_of(name).st_size, 1);
	}
}

static void refuse(void *data)
{
	int at, next;

	stage_open(&stage, data);
	/* Nested so deeply that somebody meant it. */
	stage_mkdir(&stage, "data");
	at = openat(stage.root, "data", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < 140; i++) {
		assert_int_equal(mkdirat(at, "d", 0755), 0);
		next = openat(at, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		(void)close(at);
		at = next;
	}
	stage_bad(&stage, copy(NULL, 0, true), "copy up into /data: directories are nested deeper than 128");
	assert_int_equal(stage.err.at, 50);
}

static void refuse_full(void *data)
{
	struct plan_mount mount = { .at = 50, .type = "tmpfs", .target = "/data", .tmpcopyup = true };
	char megabyte[1 << 20];
	int from, fd;

	stage_open(&stage, data);
	stage_mkdir(&stage, "data");
	memset(megabyte, 'x', sizeof(megabyte));
	fd = openat(stage.root, "data/large", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, megabyte, sizeof(megabyte)), sizeof(megabyte));
	from = openat(stage.root, "data", O_PATH | O_CLOEXEC);
	fd = mountfd_fsopen("tmpfs");
	assert_int_equal(mountfd_set(fd, "size", "65536"), 0);
	tree = mountfd_create(fd, 0);
	stage_bad(&stage, copyup_fill(&stage.init, &mount, from, tree, &stage.err), "copy up into /data: make \"large\"");
	assert_int_equal(stage.err.code, ENOSPC);
}

STAGE_TEST(test_kinds, 0, copy_kinds)
STAGE_TEST(test_xattrs, 0, copy_xattrs)
STAGE_TEST(test_holes, 0, copy_holes)
STAGE_TEST(test_top, 0, copy_top)
STAGE_TEST(test_mounts_below, 0, skip_mounts)
STAGE_TEST(test_many, 0, copy_many)
STAGE_TEST(test_too_deep, 0, refuse)
STAGE_TEST(test_too_large, 0, refuse_full)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_xattrs),
		cmocka_unit_test(test_holes),
		cmocka_unit_test(test_top),
		cmocka_unit_test(test_mounts_below),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_too_deep),
		cmocka_unit_test(test_too_large),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, stage_make_dir, stage_remove_dir);
}
