/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mounts by descriptor, in a mount namespace that ends with the test. */
#include "sys/mountfd.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "sys/uapi.h"
#include "tests/unit/support.h"

/* A detached tmpfs with the attributes @attr. */
static int new_tmpfs(uint64_t attr)
{
	int fs = mountfd_fsopen("tmpfs");
	int tree;

	assert_true(fs >= 0);
	assert_true(support_is_cloexec(fs));
	assert_int_equal(mountfd_set(fs, "size", "65536"), 0);
	assert_int_equal(mountfd_set(fs, "mode", "0751"), 0);
	tree = mountfd_create(fs, attr);
	assert_true(tree >= 0);
	assert_true(support_is_cloexec(tree));
	(void)close(fs);
	return tree;
}

static int open_dir(const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

/* The line of mountinfo that ends its fifth field with @path, in @line. */
static void read_mountinfo(const char *path, char *line, size_t size)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char where[200];

	assert_non_null(file);
	(void)snprintf(where, sizeof(where), " %s ", path);
	do {
		line[0] = '\0';
	} while (fgets(line, (int)size, file) != NULL && strstr(line, where) == NULL);
	(void)fclose(file);
	assert_holds(line, where);
}

static void make_and_attach(void *data)
{
	const struct support_dir *dir = data;
	int tree = new_tmpfs(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV), target = open_dir(dir->path);
	struct statvfs at;
	struct statfs fs;
	struct stat st;
	char text[8];

	assert_int_equal(fstatfs(tree, &fs), 0);
	assert_int_equal(fs.f_type, UAPI_TMPFS_MAGIC);
	assert_int_equal(fs.f_blocks * (uint64_t)fs.f_bsize, 65536);
	assert_false(support_is_mounted(dir->path));
	support_write(tree, "inside", "yes");
	assert_int_equal(access("inside", F_OK), -1);

	assert_int_equal(mountfd_attach(tree, target), 0);
	assert_true(support_is_mounted(dir->path));
	assert_int_equal(stat(dir->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0751);
	assert_int_equal(statvfs(dir->path, &at), 0);
	assert_int_equal(at.f_flag & (ST_NOSUID | ST_NODEV | ST_NOEXEC | ST_RDONLY), ST_NOSUID | ST_NODEV);
	assert_int_equal(chdir(dir->path), 0);
	support_read(AT_FDCWD, "inside", text, sizeof(text));
	assert_string_equal(text, "yes");
	/* Once it is attached it cannot go to a second place as new. */
	assert_int_equal(mountfd_attach(tree, -1), -1);
	assert_int_equal(errno, EBADF);
}

static void test_make_and_attach(void **state)
{
	support_run(CLONE_NEWNS, make_and_attach, *state);
}

static void refuse(void *data)
{
	char words[200], few[4] = "xxx";
	int fs, tree;

	(void)data;
	assert_int_equal(mountfd_fsopen("no-such-type"), -1);
	assert_int_equal(errno, ENODEV);
	fs = mountfd_fsopen("tmpfs");
	mountfd_message(fs, words, sizeof(words));
	assert_string_equal(words, "");
	assert_int_equal(mountfd_set(fs, "colour", "red"), -1);
	errno = ENOTTY;
	mountfd_message(fs, words, sizeof(words));
	assert_int_equal(errno, ENOTTY);
	assert_holds(words, "colour");
	assert_true(words[1] != ' ');
	assert_true(words[strlen(words) - 1] != '\n');
	/* Read once, then gone; and one that is too long for the caller is no message. */
	mountfd_message(fs, words, sizeof(words));
	assert_string_equal(words, "");
	assert_int_equal(mountfd_set(fs, "colour", NULL), -1);
	mountfd_message(fs, few, sizeof(few));
	assert_true(strlen(few) < sizeof(few));
	assert_int_equal(mountfd_set(fs, "size", "many"), -1);
	assert_int_equal(errno, EINVAL);
	(void)close(fs);

	fs = mountfd_fsopen("tmpfs");
	assert_int_equal(mountfd_set(fs, "ro", NULL), 0);
	tree = mountfd_create(fs, 0);
	assert_int_equal(openat(tree, "x", O_CREAT | O_WRONLY | O_CLOEXEC, 0600), -1);
	assert_int_equal(errno, EROFS);
	/* A context makes one mount. */
	assert_int_equal(mountfd_create(fs, 0), -1);
	assert_int_equal(mountfd_create(-1, 0), -1);
	assert_int_equal(mountfd_clone(AT_FDCWD, "/no/where", false), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(mountfd_setattr(tree, false, 1u << 31, 0), -1);
	assert_int_equal(errno, EINVAL);
}

static void test_refusals_and_messages(void **state)
{
	support_run(CLONE_NEWNS, refuse, *state);
}

/* A tmpfs on the directory, with another one below it on "sub". */
static int stack(const struct support_dir *dir)
{
	int target = open_dir(dir->path), outer = new_tmpfs(0), inner = new_tmpfs(0), sub;

	assert_int_equal(mountfd_attach(outer, target), 0);
	assert_int_equal(mkdirat(outer, "sub", 0755), 0);
	support_write(outer, "outer", "o");
	sub = openat(outer, "sub", O_PATH | O_CLOEXEC);
	assert_int_equal(mountfd_attach(inner, sub), 0);
	support_write(inner, "inner", "i");
	(void)close(target);
	(void)close(sub);
	(void)close(inner);
	return outer;
}

static void clone_trees(void *data)
{
	const struct support_dir *dir = data;
	int outer = stack(dir), alone, all, file;
	char text[4];

	alone = mountfd_clone(AT_FDCWD, dir->path, false);
	assert_true(support_is_cloexec(alone));
	assert_int_equal(faccessat(alone, "outer", F_OK, 0), 0);
	assert_int_equal(faccessat(alone, "sub/inner", F_OK, 0), -1);
	all = mountfd_clone(outer, NULL, true);
	assert_true(support_is_cloexec(all));
	assert_int_equal(faccessat(all, "sub/inner", F_OK, 0), 0);
	/* The same file system, not a copy of it. */
	support_write(all, "later", "l");
	assert_int_equal(faccessat(outer, "later", F_OK, 0), 0);

	file = mountfd_clone(outer, "outer", false);
	assert_int_equal(mountfd_attach(file, openat(outer, "later", O_PATH | O_CLOEXEC)), 0);
	support_read(outer, "later", text, sizeof(text));
	assert_string_equal(text, "o");
	/* A directory does not go on a file. */
	assert_int_equal(mountfd_attach(alone, openat(outer, "outer", O_PATH | O_CLOEXEC)), -1);
}

static void test_clone(void **state)
{
	support_run(CLONE_NEWNS, clone_trees, *state);
}

static unsigned long flags_of(int dir, const char *path)
{
	int fd = openat(dir, path, O_PATH | O_CLOEXEC);
	struct statvfs at;

	assert_int_equal(fstatvfs(fd, &at), 0);
	(void)close(fd);
	return at.f_flag & (ST_RDONLY | ST_NOSUID | ST_NOEXEC | ST_NOATIME);
}

static void set_attributes(void *data)
{
	int outer = stack(data);

	assert_int_equal(mountfd_setattr(outer, false, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC, 0), 0);
	assert_int_equal(flags_of(outer, "."), ST_RDONLY | ST_NOEXEC);
	assert_int_equal(flags_of(outer, "sub"), 0);
	assert_int_equal(openat(outer, "x", O_CREAT | O_WRONLY | O_CLOEXEC, 0600), -1);
	assert_int_equal(errno, EROFS);
	assert_int_equal(mountfd_setattr(outer, true, MOUNT_ATTR_NOSUID, MOUNT_ATTR_NOEXEC), 0);
	assert_int_equal(flags_of(outer, "."), ST_RDONLY | ST_NOSUID);
	assert_int_equal(flags_of(outer, "sub"), ST_NOSUID);
	assert_int_equal(mountfd_setattr(outer, false, MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME | MOUNT_ATTR_RDONLY), 0);
	assert_int_equal(flags_of(outer, "."), ST_NOSUID | ST_NOATIME);
}

static void test_attributes(void **state)
{
	support_run(CLONE_NEWNS, set_attributes, *state);
}

static void set_propagation(void *data)
{
	const struct support_dir *dir = data;
	int outer = stack(dir);
	char sub[160], line[4096];

	(void)snprintf(sub, sizeof(sub), "%s/sub", dir->path);
	read_mountinfo(dir->path, line, sizeof(line));
	assert_null(strstr(line, "shared:"));
	assert_int_equal(mountfd_propagate(outer, false, MS_SHARED), 0);
	read_mountinfo(dir->path, line, sizeof(line));
	assert_holds(line, " shared:");
	read_mountinfo(sub, line, sizeof(line));
	assert_null(strstr(line, "shared:"));
	assert_int_equal(mountfd_propagate(outer, true, MS_SHARED), 0);
	read_mountinfo(sub, line, sizeof(line));
	assert_holds(line, " shared:");
	assert_int_equal(mountfd_propagate(outer, true, MS_PRIVATE), 0);
	read_mountinfo(sub, line, sizeof(line));
	assert_null(strstr(line, "shared:"));
	assert_int_equal(mountfd_propagate(outer, false, MS_UNBINDABLE), 0);
	read_mountinfo(dir->path, line, sizeof(line));
	assert_holds(line, " unbindable");
	assert_int_equal(mountfd_clone(outer, NULL, false), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(mountfd_propagate(outer, false, MS_SHARED | MS_SLAVE), -1);
}

static void test_propagation(void **state)
{
	support_run(CLONE_NEWNS, set_propagation, *state);
}

static void reconfigure(void *data)
{
	int tree = new_tmpfs(0), fs, dir;
	struct statfs st;

	(void)data;
	fs = mountfd_pick(tree);
	assert_true(fs >= 0 && support_is_cloexec(fs));
	assert_int_equal(mountfd_set(fs, "size", "262144"), 0);
	assert_int_equal(fstatfs(tree, &st), 0);
	assert_int_equal(st.f_blocks * (uint64_t)st.f_bsize, 65536);
	assert_int_equal(mountfd_reconfigure(fs), 0);
	assert_int_equal(fstatfs(tree, &st), 0);
	assert_int_equal(st.f_blocks * (uint64_t)st.f_bsize, 262144);
	assert_int_equal(mkdirat(tree, "dir", 0755), 0);
	dir = openat(tree, "dir", O_PATH | O_CLOEXEC);
	assert_int_equal(mountfd_pick(dir), -1);
	assert_int_equal(errno, EINVAL);
}

static void test_reconfigure(void **state)
{
	support_run(CLONE_NEWNS, reconfigure, *state);
}

static void map_ids(void *data)
{
	int user_ns = support_new_user_ns(), outer = stack(data), plain, deep, fs, proc;
	struct stat st;

	plain = mountfd_clone(outer, NULL, true);
	assert_int_equal(mountfd_idmap(plain, false, user_ns), 0);
	assert_int_equal(fstat(plain, &st), 0);
	assert_true(st.st_uid == 5000 && st.st_gid == 5000);
	assert_int_equal(fstatat(plain, "sub", &st, 0), 0);
	assert_int_equal(st.st_uid, 0);
	deep = mountfd_clone(outer, NULL, true);
	assert_int_equal(mountfd_idmap(deep, true, user_ns), 0);
	assert_int_equal(fstatat(deep, "sub", &st, 0), 0);
	assert_int_equal(st.st_uid, 5000);
	/* Once for all, and not for every file system. */
	assert_int_equal(mountfd_idmap(deep, true, user_ns), -1);
	assert_int_equal(errno, EPERM);
	fs = mountfd_fsopen("proc");
	proc = mountfd_create(fs, 0);
	assert_int_equal(mountfd_idmap(proc, false, user_ns), -1);
	assert_int_equal(errno, EINVAL);
}

static void test_idmap(void **state)
{
	support_run(CLONE_NEWNS, map_ids, *state);
}

static void roots(void *data)
{
	const struct support_dir *dir = data;
	int fd = open(dir->path, O_PATH | O_CLOEXEC), tree = new_tmpfs(0);

	assert_false(mountfd_may_be_root(fd));
	assert_true(mountfd_may_be_root(tree));
	assert_int_equal(mountfd_attach(tree, fd), 0);
	(void)close(fd);
	fd = open(dir->path, O_PATH | O_CLOEXEC);
	assert_true(mountfd_may_be_root(fd));
	support_refuse(SYS_statx, ENOSYS);
	(void)close(fd);
	fd = openat(tree, "..", O_PATH | O_CLOEXEC);
	assert_true(mountfd_may_be_root(fd));
}

static void test_roots(void **state)
{
	support_run(CLONE_NEWNS, roots, *state);
}

static int open_dir_for_all(void **state)
{
	static struct support_dir dir;

	support_open_dir(&dir);
	*state = &dir;
	return 0;
}

static int remove_dir(void **state)
{
	support_remove_dir(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_make_and_attach),
		cmocka_unit_test(test_refusals_and_messages),
		cmocka_unit_test(test_clone),
		cmocka_unit_test(test_attributes),
		cmocka_unit_test(test_propagation),
		cmocka_unit_test(test_reconfigure),
		cmocka_unit_test(test_idmap),
		cmocka_unit_test(test_roots),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, open_dir_for_all, remove_dir);
}
