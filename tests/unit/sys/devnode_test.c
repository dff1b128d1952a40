/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Device nodes by path and by number. */
#include "sys/devnode.h"

#include <errno.h>
#include <stdio.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "tests/unit/support.h"

static void test_by_path(void **state)
{
	int fd = devnode_open("/dev/null", S_IFCHR, 1, 3);
	struct stat st;

	(void)state;
	assert_true(fd >= 0 && support_is_cloexec(fd));
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_rdev, makedev(1, 3));
	(void)close(fd);
}

static void test_another_device(void **state)
{
	size_t fds = support_count_fds();

	(void)state;
	assert_int_equal(devnode_open("/dev/null", S_IFCHR, 4095, 77), -1);
	assert_int_equal(devnode_open("/dev/null", S_IFBLK, 1, 3), -1);
	assert_int_equal(devnode_open("/etc", S_IFCHR, 0, 0), -1);
	assert_int_equal(support_count_fds(), fds);
}

static void by_number(void *data)
{
	int fd;

	(void)data;
	assert_int_equal(mount("tmpfs", "/dev", "tmpfs", 0, NULL), 0);
	assert_int_equal(mkdir("/dev/char", 0755), 0);
	assert_int_equal(mknod("/dev/full", S_IFCHR | 0600, makedev(1, 7)), 0);
	assert_int_equal(symlink("../full", "/dev/char/1:7"), 0);
	fd = devnode_open("/dev/elsewhere", S_IFCHR, 1, 7);
	assert_true(fd >= 0);
	(void)close(fd);
	/* A wrong entry under the number does not help either. */
	assert_int_equal(symlink("../full", "/dev/char/1:9"), 0);
	assert_int_equal(devnode_open("/dev/elsewhere", S_IFCHR, 1, 9), -1);
}

static void test_by_number(void **state)
{
	(void)state;
	support_run(CLONE_NEWNS, by_number, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_path),
		cmocka_unit_test(test_another_device),
		cmocka_unit_test(test_by_number),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
