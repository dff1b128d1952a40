/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a descriptor is open on, also where statx(2) is refused.
 */
#include "sys/inode.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/mountfd.h"
#include "sys/uapi.h"
#include "tests/unit/support.h"

static void test_look(void **state)
{
	struct support_dir dir;
	struct inode inode;
	struct stat st;
	int fd;

	(void)state;
	support_open_dir(&dir);
	support_write(dir.fd, "file", "text");
	assert_int_equal(symlinkat("file", dir.fd, "link"), 0);
	for (const char *const *name = (const char *const[]){ ".", "file", "link", NULL }; *name != NULL; name++) {
		fd = openat(dir.fd, *name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		assert_int_equal(fstat(fd, &st), 0);
		assert_int_equal(inode_look(fd, &inode), 0);
		assert_int_equal(inode.dev, st.st_dev);
		assert_int_equal(inode.ino, st.st_ino);
		assert_int_equal(inode.mode, st.st_mode);
		(void)close(fd);
	}
	assert_int_equal(inode_look(-1, &inode), -1);
	assert_int_equal(errno, EBADF);
	support_remove_dir(&dir);
}

static void look_at(int dir, const char *name, struct inode *ret)
{
	int fd = openat(dir, name, O_PATH | O_CLOEXEC);

	assert_int_equal(inode_look(fd, ret), 0);
	(void)close(fd);
}

/* A directory by any name, but not its copy elsewhere, which a mount on the directory leaves as it is. */
static void compare(void *data)
{
	const struct support_dir *dir = data;
	struct inode one, other, mounted;
	int root, copy, target;

	/* The parent's descriptor is of another mount namespace, where nothing of ours can be mounted. */
	root = open(dir->path, O_PATH | O_CLOEXEC);
	assert_int_equal(mkdirat(root, "sub", 0755), 0);
	look_at(root, ".", &one);
	look_at(root, "sub/..", &other);
	assert_true(inode_is_same(&one, &other));
	look_at(root, "sub", &other);
	assert_false(inode_is_same(&one, &other));
	copy = mountfd_clone(root, NULL, false);
	target = openat(root, "sub", O_PATH | O_CLOEXEC);
	assert_int_equal(mountfd_attach(copy, target), 0);
	look_at(root, "sub", &mounted);
	assert_int_equal(mounted.ino, one.ino);
	assert_int_equal(mounted.has_mount, one.has_mount);
	/* Without the mount's ID the file is all there is to go by. */
	assert_int_equal(inode_is_same(&one, &mounted), !one.has_mount);
	(void)close(target);
	(void)close(copy);
	(void)close(root);
}

static void test_same(void **state)
{
	struct support_dir dir;

	(void)state;
	if (geteuid() != 0) {
		print_message("needs root: mounts\n");
		skip();
	}
	support_open_dir(&dir);
	support_run(CLONE_NEWNS, compare, &dir);
	support_remove_dir(&dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_look),
		cmocka_unit_test(test_same),
	};
	int n_failed = cmocka_run_group_tests_name("by statx", tests, NULL, NULL);

	support_refuse(SYS_statx, EPERM);
	return n_failed + cmocka_run_group_tests_name("without statx", tests, NULL, NULL);
}
