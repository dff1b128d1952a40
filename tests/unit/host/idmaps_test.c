/* SPDX-License-Identifier: GPL-2.0-or-later */
/* User namespaces for id-mapped mounts. */
#include "host/idmaps.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "plan/plan.h"
#include "sys/mountfd.h"
#include "tests/unit/support.h"

#define MOUNTS 4

static struct plan_idmap many[] = { { .inside = 0, .outside = 1000, .count = 10 },
				    { .inside = 4294967284u, .outside = 4294967284u, .count = 10 } };
static struct plan_idmap one[] = { { .inside = 0, .outside = 1000, .count = 10 } };
static struct plan_idmap same[] = { { .inside = 0, .outside = 1000, .count = 10 } };
static struct plan_idmap groups[] = { { .inside = 0, .outside = 7000, .count = 5 } };

static struct plan_mount_idmap idmaps[] = {
	{ .at = 60, .uid_map = many, .n_uid_map = 2, .gid_map = groups, .n_gid_map = 1 },
	{ .at = 61, .uid_map = one, .n_uid_map = 1, .gid_map = one, .n_gid_map = 1 },
	{ .at = 62, .uid_map = same, .n_uid_map = 1, .gid_map = one, .n_gid_map = 1 },
	{ .at = 63 },
};

static struct plan_mount mounts[MOUNTS];
static struct plan plan = { .mounts = { .item = mounts } };
static int user_ns[MOUNTS];
static struct err err;

static void set_up(size_t n)
{
	err = ERR_INIT;
	plan.mounts.n = n;
	plan.namespaces.n_join = 0;
	for (size_t i = 0; i < MOUNTS; i++) {
		mounts[i] = (struct plan_mount){ .kind = PLAN_MOUNT_BIND, .source = "/s", .target = "/t" };
		user_ns[i] = -1;
	}
}

/* Text of uid_map or gid_map of the namespace @fd, blanks as one each. */
static void read_map(int fd, const char *file, char *text, size_t size)
{
	char path[64], line[128];
	int ends[2];
	size_t n = 0;
	pid_t pid;
	FILE *map;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		if (setns(fd, CLONE_NEWUSER) < 0 || write(ends[1], "", 1) != 1)
			_exit(1);
		(void)pause();
		_exit(0);
	}
	assert_int_equal(read(ends[0], text, 1), 1);
	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	map = fopen(path, "re");
	assert_non_null(map);
	while (fgets(line, sizeof(line), map) != NULL) {
		char *at = line;

		for (int i = 0; i < 3; i++)
			n += (size_t)snprintf(text + n, size - n, "%lu%s", strtoul(at, &at, 10), i < 2 ? " " : ";");
	}
	(void)fclose(map);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

static ino_t inode_of(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return st.st_ino;
}

static void test_open(void **state)
{
	char text[256];
	size_t fds;

	(void)state;
	set_up(MOUNTS);
	mounts[0].idmap = &idmaps[0];
	mounts[1].idmap = &idmaps[1];
	mounts[3].idmap = &idmaps[2];
	fds = support_count_fds();
	assert_good(idmaps_open(&plan, -1, user_ns, &err), err);
	/* One for each mapping, and no process is left. */
	assert_int_equal(support_count_fds(), fds + 3);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	assert_int_equal(user_ns[2], -1);
	assert_true(support_is_cloexec(user_ns[0]) && support_is_cloexec(user_ns[3]));
	read_map(user_ns[0], "uid_map", text, sizeof(text));
	assert_string_equal(text, "0 1000 10;4294967284 4294967284 10;");
	read_map(user_ns[0], "gid_map", text, sizeof(text));
	assert_string_equal(text, "0 7000 5;");
	assert_int_equal(inode_of(user_ns[1]), inode_of(user_ns[3]));
	assert_int_not_equal(inode_of(user_ns[0]), inode_of(user_ns[1]));
	for (size_t i = 0; i < MOUNTS; i++) {
		if (user_ns[i] >= 0)
			(void)close(user_ns[i]);
	}
}

static void test_joined(void **state)
{
	int joined = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
	struct stat ours;

	(void)state;
	set_up(1);
	mounts[0].idmap = &idmaps[3];
	assert_good(idmaps_open(&plan, joined, user_ns, &err), err);
	assert_int_not_equal(user_ns[0], joined);
	assert_true(support_is_cloexec(user_ns[0]));
	(void)close(joined);
	assert_int_equal(stat("/proc/self/ns/user", &ours), 0);
	assert_int_equal(inode_of(user_ns[0]), ours.st_ino);
	(void)close(user_ns[0]);
	assert_int_equal(idmaps_open(&plan, -1, user_ns, &err), -1);
	assert_holds(err.text, "without a mapping");
	assert_int_equal(err.at, 63);
}

/* What the kernel refuses; whatever was opened before is still the caller's. */
static void test_refused(void **state)
{
	struct plan_idmap twice[] = { { .inside = 0, .outside = 0, .count = 5 }, { .inside = 3, .outside = 9, .count = 5 } };
	struct plan_mount_idmap bad = { .at = 70, .uid_map = twice, .n_uid_map = 2, .gid_map = one, .n_gid_map = 1 };
	size_t fds;

	(void)state;
	set_up(2);
	mounts[0].idmap = &idmaps[1];
	mounts[1].idmap = &bad;
	fds = support_count_fds();
	assert_int_equal(idmaps_open(&plan, -1, user_ns, &err), -1);
	assert_holds(err.text, "write the uid_map of an id-mapped mount");
	assert_int_equal(err.at, 70);
	assert_int_equal(support_count_fds(), fds + 1);
	(void)close(user_ns[0]);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void without_namespaces(void *data)
{
	(void)data;
	set_up(1);
	mounts[0].idmap = &idmaps[1];
	support_refuse(SYS_clone, ENOSPC);
	support_refuse(SYS_clone3, ENOSPC);
	assert_int_equal(idmaps_open(&plan, -1, user_ns, &err), -1);
	assert_holds(err.text, "a limit is reached (user.max_user_namespaces, or nesting)");
}

static void test_limit(void **state)
{
	support_run(0, without_namespaces, *state);
}

static void apply(void *data)
{
	const struct support_dir *dir = data;
	int ns = support_new_user_ns(), source, tree;
	struct stat st;

	set_up(1);
	mounts[0].idmap = &idmaps[1];
	mounts[0].source = dir->path;
	assert_int_equal(mount("tmpfs", dir->path, "tmpfs", 0, NULL), 0);
	source = open(dir->path, O_PATH | O_CLOEXEC);
	tree = mountfd_clone(source, NULL, false);
	assert_good(idmaps_apply(mounts, source, tree, ns, &err), err);
	assert_int_equal(fstat(tree, &st), 0);
	assert_int_equal(st.st_uid, 5000);
	/* A second time is no matter of the file system. */
	assert_int_equal(idmaps_apply(mounts, source, tree, ns, &err), -1);
	assert_holds(err.text, "map the ids of ");
	assert_null(strstr(err.text, "file system"));
	source = open("/proc", O_PATH | O_CLOEXEC);
	tree = mountfd_clone(source, NULL, false);
	assert_int_equal(idmaps_apply(mounts, source, tree, ns, &err), -1);
	assert_holds(err.text, "the file system proc, or one mounted below it, cannot be id-mapped by this kernel");
	assert_int_equal(err.at, 61);
}

static void test_apply(void **state)
{
	static struct support_dir dir;

	(void)state;
	support_open_dir(&dir);
	support_run(CLONE_NEWNS, apply, &dir);
	support_remove_dir(&dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_joined),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_apply),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
