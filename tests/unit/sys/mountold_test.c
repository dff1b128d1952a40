/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mount(2) against mount_setattr(2): the same change on two equal mounts gives the same line in
 * mountinfo; what mount(2) cannot do is ENOSYS.
 */
#include "sys/mountold.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/mountfd.h"
#include "sys/uapi.h"
#include "tests/unit/support.h"

static const struct {
	uint64_t set, clear;
} changes[] = {
	{ MOUNT_ATTR_RDONLY, 0 },
	{ MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, 0 },
	{ 0, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV },
	{ 0, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID },
	{ MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME },
	{ MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME },
	{ MOUNT_ATTR_STRICTATIME | MOUNT_ATTR_RDONLY, MOUNT_ATTR__ATIME },
	{ MOUNT_ATTR_NODIRATIME | MOUNT_ATTR_NOSYMFOLLOW, 0 },
	{ 0, MOUNT_ATTR_NODIRATIME },
};

/* Attributes that mounts have before the change. */
static const uint64_t starts[] = {
	0, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID, MOUNT_ATTR_NOATIME | MOUNT_ATTR_NOEXEC,
	MOUNT_ATTR_STRICTATIME | MOUNT_ATTR_NODIRATIME | MOUNT_ATTR_NODEV, MOUNT_ATTR_NOSYMFOLLOW,
};

/* A tmpfs with @attr, attached on @name of @dir, which is looked up in the mount namespace of the test. */
static int mount_tmpfs(const struct support_dir *dir, const char *name, uint64_t attr)
{
	int fs = mountfd_fsopen("tmpfs"), tree = mountfd_create(fs, attr), target;
	char path[192];

	(void)snprintf(path, sizeof(path), "%s/%s", dir->path, name);
	assert_true(mkdir(path, 0755) == 0 || errno == EEXIST);
	target = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(tree >= 0 && target >= 0);
	assert_int_equal(mountfd_attach(tree, target), 0);
	(void)close(target);
	(void)close(fs);
	return tree;
}

static void unmount(const struct support_dir *dir, const char *name)
{
	char path[192];

	(void)snprintf(path, sizeof(path), "%s/%s", dir->path, name);
	assert_int_equal(umount2(path, MNT_DETACH), 0);
}

/* The options and tags of the mount on @name, as mountinfo has them. */
static void read_line(const struct support_dir *dir, const char *name, char *line, size_t size)
{
	static char text[65536];
	char target[192];
	const char *found;

	support_read(AT_FDCWD, "/proc/self/mountinfo", text, sizeof(text));
	(void)snprintf(target, sizeof(target), " %s/%s ", dir->path, name);
	found = strstr(text, target);
	assert_non_null(found);
	found += strlen(target);
	(void)snprintf(line, size, "%.*s", (int)(strstr(found, " - ") - found), found);
}

static void compare_attributes(void *data)
{
	const struct support_dir *dir = data;

	for (size_t i = 0; i < COUNT(starts); i++) {
		for (size_t j = 0; j < COUNT(changes); j++) {
			int kernel = mount_tmpfs(dir, "a", starts[i]), old = mount_tmpfs(dir, "b", starts[i]);
			struct uapi_mount_attr attr = { .attr_set = changes[j].set, .attr_clr = changes[j].clear };
			char wanted[256], got[256];

			assert_int_equal(syscall(SYS_mount_setattr, kernel, "", AT_EMPTY_PATH, &attr, sizeof(attr)), 0);
			assert_int_equal(mountold_setattr(old, false, changes[j].set, changes[j].clear), 0);
			read_line(dir, "a", wanted, sizeof(wanted));
			read_line(dir, "b", got, sizeof(got));
			if (strcmp(wanted, got) != 0)
				fail_msg("from %zu, change %zu: \"%s\" instead of \"%s\"", i, j, got, wanted);
			(void)close(kernel);
			(void)close(old);
			unmount(dir, "a");
			unmount(dir, "b");
		}
	}
}

static void set_propagation(void *data)
{
	const struct support_dir *dir = data;
	int tree = mount_tmpfs(dir, "a", 0);
	size_t fds = support_count_fds();
	char line[256], cwd[256];

	assert_int_equal(chdir("/usr"), 0);
	assert_int_equal(mountold_propagate(tree, false, MS_SHARED), 0);
	/* The working directory is where it was, and no descriptor is left. */
	assert_int_equal(support_count_fds(), fds);
	assert_non_null(getcwd(cwd, sizeof(cwd)));
	assert_string_equal(cwd, "/usr");
	read_line(dir, "a", line, sizeof(line));
	assert_non_null(strstr(line, "shared:"));
	assert_int_equal(mountold_propagate(tree, true, MS_PRIVATE), 0);
	read_line(dir, "a", line, sizeof(line));
	assert_null(strstr(line, "shared:"));
}

static void refuse(void *data)
{
	int fs = mountfd_fsopen("tmpfs"), detached = mountfd_create(fs, 0);

	(void)data;
	/* Newest kernels remount what is not attached, too. */
	assert_true(mountold_setattr(detached, false, MOUNT_ATTR_RDONLY, 0) == 0 || errno == ENOSYS);
	assert_true(mountold_propagate(detached, false, MS_SLAVE) == 0 || errno == ENOSYS);
	assert_int_equal(mountold_setattr(detached, true, MOUNT_ATTR_RDONLY, 0), -1);
	assert_int_equal(errno, ENOSYS);
	assert_int_equal(mountold_setattr(-1, false, MOUNT_ATTR_RDONLY, 0), -1);
	assert_int_equal(errno, EBADF);
}

static void run(void (*what)(void *))
{
	struct support_dir dir;
	size_t fds = support_count_fds();

	support_open_dir(&dir);
	support_run(CLONE_NEWNS, what, &dir);
	support_remove_dir(&dir);
	assert_int_equal(support_count_fds(), fds);
}

static void test_attributes(void **state)
{
	(void)state;
	run(compare_attributes);
}

static void test_propagation(void **state)
{
	(void)state;
	run(set_propagation);
}

static void test_refused(void **state)
{
	(void)state;
	run(refuse);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_attributes),
		cmocka_unit_test(test_propagation),
		cmocka_unit_test(test_refused),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
