/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Masked and read-only paths, also below a procfs that the image has no say in. */
#include "init/masks.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sys/mountfd.h"
#include "tests/unit/init/stage.h"

static struct stage stage;

static struct plan_path masked[8], readonly[8];

static void set_masked(const char *const *paths, size_t n)
{
	for (size_t i = 0; i < n; i++)
		masked[i] = (struct plan_path){ .at = 100 + (uint32_t)i, .path = paths[i] };
	stage.plan.masks.masked = masked;
	stage.plan.masks.n_masked = n;
}

static void set_readonly(const char *const *paths, size_t n)
{
	for (size_t i = 0; i < n; i++)
		readonly[i] = (struct plan_path){ .at = 200 + (uint32_t)i, .path = paths[i] };
	stage.plan.masks.readonly = readonly;
	stage.plan.masks.n_readonly = n;
}

static int apply(void)
{
	size_t fds = support_count_fds();
	int r = masks_apply(&stage.init, &stage.err);

	assert_int_equal(support_count_fds(), fds);
	return r;
}

/* The null device, which cannot be changed or written to disk through here. */
static void expect_null(const char *path)
{
	struct stat st;
	char text[8];

	stage_stat(&stage, path, &st);
	assert_true(S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3));
	support_read(stage.root, path, text, sizeof(text));
	assert_string_equal(text, "");
	assert_int_equal(fchmodat(stage.root, path, 0600, 0), -1);
	assert_int_equal(errno, EROFS);
}

static void expect_empty_dir(const char *path)
{
	int fd = openat(stage.root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fdopendir(fd);
	size_t n = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		n++;
	assert_int_equal(n, 2);
	assert_int_equal(openat(fd, "new", O_CREAT | O_WRONLY | O_CLOEXEC, 0600), -1);
	assert_int_equal(errno, EROFS);
	(void)closedir(dir);
}

static void mask(void *data)
{
	static const char *const paths[] = { "/secret", "/dir", "/sub/second", "/sub/dir2", "/missing",
					     "/secret2/below-a-file", "/link" };
	char text[16];

	stage_open(&stage, data);
	stage_write(&stage, "secret", "s3cret");
	stage_write(&stage, "secret2", "kept");
	stage_write(&stage, "dir/file", "f");
	stage_write(&stage, "sub/second", "s");
	stage_write(&stage, "sub/dir2/file", "f");
	stage_write(&stage, "behind-link", "b");
	assert_int_equal(symlinkat("../../behind-link", stage.root, "link"), 0);
	set_masked(paths, COUNT(paths));
	stage_good(&stage, apply());
	expect_null("secret");
	expect_null("sub/second");
	expect_null("behind-link");
	expect_empty_dir("dir");
	expect_empty_dir("sub/dir2");
	assert_true(stage_is_missing(&stage, "missing"));
	support_read(stage.root, "secret2", text, sizeof(text));
	assert_string_equal(text, "kept");
}

static void make_readonly(void *data)
{
	static const char *const paths[] = { "/dir", "/file", "/missing" };

	stage_open(&stage, data);
	stage_write(&stage, "dir/file", "f");
	stage_write(&stage, "file", "f");
	stage_mkdir(&stage, "dir/mount");
	assert_int_equal(mountfd_attach(stage_new_fs("tmpfs"), openat(stage.root, "dir/mount", O_PATH | O_CLOEXEC)), 0);
	set_readonly(paths, COUNT(paths));
	stage_good(&stage, apply());
	assert_int_equal(openat(stage.root, "dir/new", O_CREAT | O_WRONLY | O_CLOEXEC, 0600), -1);
	assert_int_equal(errno, EROFS);
	assert_int_equal(openat(stage.root, "dir/file", O_WRONLY | O_CLOEXEC), -1);
	assert_int_equal(errno, EROFS);
	assert_int_equal(openat(stage.root, "file", O_WRONLY | O_CLOEXEC), -1);
	assert_int_equal(errno, EROFS);
	/* What is mounted below, too. */
	assert_int_equal(openat(stage.root, "dir/mount/new", O_CREAT | O_WRONLY | O_CLOEXEC, 0600), -1);
	assert_int_equal(errno, EROFS);
	support_write(stage.root, "beside", "still writable");
}

/* Both lists name the same path: masked wins. */
static void mask_readonly(void *data)
{
	static const char *const paths[] = { "/dir" }, *const inside[] = { "/dir/secret", "/dir/more" };

	stage_open(&stage, data);
	stage_write(&stage, "dir/secret", "s");
	stage_write(&stage, "dir/more/file", "s");
	set_readonly(paths, 1);
	set_masked(inside, 2);
	stage_good(&stage, apply());
	expect_null("dir/secret");
	expect_empty_dir("dir/more");
	assert_int_equal(openat(stage.root, "dir/new", O_CREAT | O_WRONLY | O_CLOEXEC, 0600), -1);
}

/* A procfs at /proc as a mount of the plan; paths below it are looked up in the mount itself. */
static void mask_in_proc(void *data)
{
	static const char *const paths[] = { "/proc/uptime", "/proc/sys", "/proc/missing" };
	static const char *const linked[] = { "/proc/self/status" }, *const ro[] = { "/proc/fs" };

	stage_open(&stage, data);
	stage_mkdir(&stage, "proc");
	stage.tree[0] = stage_new_fs("proc");
	stage.mounts[0] = (struct plan_mount){ .kind = PLAN_MOUNT_FS, .type = "proc", .target = "/proc" };
	stage.plan.mounts.n = 1;
	assert_int_equal(mountfd_attach(stage.tree[0], openat(stage.root, "proc", O_PATH | O_CLOEXEC)), 0);
	set_masked(paths, COUNT(paths));
	set_readonly(ro, 1);
	stage_good(&stage, apply());
	expect_null("proc/uptime");
	expect_empty_dir("proc/sys");
	assert_int_equal(fchmodat(stage.root, "proc/fs", 0500, 0), -1);
	assert_int_equal(errno, EROFS);
	/* A link there is none of the image's, and none that a mask is asked for. */
	set_masked(linked, 1);
	set_readonly(NULL, 0);
	stage_bad(&stage, apply(), "open /proc/self/status");
	assert_int_equal(stage.err.at, 100);
}

static void mask_without_null(void *data)
{
	static const char *const file[] = { "/secret" }, *const loop[] = { "/loop" };

	stage_open(&stage, data);
	stage_write(&stage, "secret", "s");
	assert_int_equal(symlinkat("loop", stage.root, "loop"), 0);
	(void)close(stage.init.null);
	stage.init.null = -1;
	set_masked(file, 1);
	stage_bad(&stage, apply(), "mask /secret: prepare the mask of files");
	assert_int_equal(stage.err.at, 100);
	/* Anything but absence is an error. */
	set_masked(loop, 1);
	stage_bad(&stage, apply(), "open /loop");
	set_masked(NULL, 0);
	set_readonly(loop, 1);
	stage_bad(&stage, apply(), "open /loop");
	assert_int_equal(stage.err.at, 200);
}

/* Exchange the directories a and b for ever. */
static void __attribute__((noreturn)) shuffle(void)
{
	for (;;)
		(void)syscall(SYS_renameat2, stage.root, "a", stage.root, "b", 2 /* RENAME_EXCHANGE */);
}

/* Apply the masks until one attempt fails, for some seconds at most; false when none did. */
static bool apply_until_failure(void)
{
	static const char *const covered[] = { "/a/secret", "/b/secret" };
	time_t end = time(NULL) + 20;
	char path[256];

	while (time(NULL) < end) {
		stage.err = ERR_INIT;
		if (masks_apply(&stage.init, &stage.err) < 0)
			return true;
		for (size_t i = 0; i < 4; i++) {
			(void)snprintf(path, sizeof(path), "%s%s", stage.path, covered[i % 2]);
			(void)umount2(path, MNT_DETACH);
		}
	}
	return false;
}

/* A path that is moved away while it is protected: that is seen, and fails (security.md R4). */
static void mask_while_shuffled(void *data)
{
	static const char *const paths[] = { "/a/secret" };
	pid_t pid;
	bool is_seen;

	stage_open(&stage, data);
	stage_write(&stage, "a/secret", "one");
	stage_write(&stage, "b/secret", "two");
	pid = fork();
	if (pid == 0)
		shuffle();
	set_masked(paths, 1);
	is_seen = apply_until_failure();
	if (is_seen)
		assert_holds(stage.err.text, "/a/secret leads somewhere else than a moment ago");
	set_masked(NULL, 0);
	set_readonly(paths, 1);
	is_seen = is_seen && apply_until_failure();
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	assert_true(is_seen);
	assert_holds(stage.err.text, "/a/secret leads somewhere else than a moment ago");
	assert_int_equal(stage.err.at, 200);
}

STAGE_TEST(test_masked, 0, mask)
STAGE_TEST(test_readonly, 0, make_readonly)
STAGE_TEST(test_masked_in_readonly, 0, mask_readonly)
STAGE_TEST(test_in_proc, 0, mask_in_proc)
STAGE_TEST(test_failures, 0, mask_without_null)
STAGE_TEST(test_shuffled, 0, mask_while_shuffled)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_masked),
		cmocka_unit_test(test_readonly),
		cmocka_unit_test(test_masked_in_readonly),
		cmocka_unit_test(test_in_proc),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_shuffled),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, stage_make_dir, stage_remove_dir);
}
