/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Root, bind sources and nodes that init opens itself. */
#include "init/sources.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"
#include "tests/unit/init/stage.h"

static struct stage stage;
static int nodes[2] = { -1, -1 };

static struct plan_device devices[] = {
	{ .at = 90, .path = "/dev/null", .type = S_IFCHR, .major = 1, .minor = 3, .is_bound = true },
	{ .at = 91, .path = "/dev/pipe", .type = S_IFIFO },
};

/* In the root's directory, as the host leaves us. */
static void open_stage(const void *data)
{
	stage_open(&stage, data);
	fd_close(&stage.init.root);
	stage.init.node = nodes;
	stage.plan.init_opens = true;
	stage.plan.devices.item = devices;
	stage.plan.devices.n = COUNT(devices);
	stage_write(&stage, "file", "text");
	stage_mkdir(&stage, "dir/below");
	assert_int_equal(symlinkat("file", stage.root, "link"), 0);
	assert_int_equal(fchdir(stage.root), 0);
}

static void add(enum plan_mount_kind kind, const char *source)
{
	struct plan_mount *mount = &stage.mounts[stage.plan.mounts.n++];

	*mount = (struct plan_mount){ .at = 30, .kind = kind, .source = source, .target = "/t", .type = "bind" };
}

static void open_all(void *data)
{
	char file[160], link[160];
	struct stat st;

	open_stage(data);
	(void)snprintf(file, sizeof(file), "%s/file", stage.path);
	(void)snprintf(link, sizeof(link), "%s/link", stage.path);
	add(PLAN_MOUNT_FS, NULL);
	add(PLAN_MOUNT_BIND, file);
	add(PLAN_MOUNT_BIND, link);
	add(PLAN_MOUNT_BIND, link);
	stage.mounts[3].copy_symlink = true;
	stage_good(&stage, sources_open(&stage.init, &stage.err));
	assert_int_equal(stage.tree[0], -1);
	assert_int_equal(fstat(stage.tree[1], &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(fstat(stage.tree[2], &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(fstat(stage.tree[3], &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(fstatat(stage.init.root, "dir/below", &st, 0), 0);
	assert_int_equal(fstat(nodes[0], &st), 0);
	assert_int_equal(st.st_rdev, makedev(1, 3));
	assert_int_equal(nodes[1], -1);
}

static void not_asked(void *data)
{
	open_stage(data);
	stage.plan.init_opens = false;
	add(PLAN_MOUNT_BIND, "/nowhere");
	stage_good(&stage, sources_open(&stage.init, &stage.err));
	assert_true(stage.init.root == -1 && stage.tree[0] == -1 && nodes[0] == -1);
}

static void missing(void *data)
{
	open_stage(data);
	add(PLAN_MOUNT_BIND, "/nowhere/at/all");
	stage_bad(&stage, sources_open(&stage.init, &stage.err), "mounts[0]: open the source /nowhere/at/all of /t");
	assert_int_equal(stage.err.at, 30);
	stage.plan.mounts.n = 0;
	devices[0].minor = 77;
	stage_bad(&stage, sources_open(&stage.init, &stage.err), "device 1:77 must exist outside as /dev/null");
	assert_int_equal(stage.err.at, 90);
}

/* In a user namespace the mounts below come along or nothing does. */
static void locked(void *data)
{
	char dir[160], below[180];

	open_stage(data);
	(void)snprintf(dir, sizeof(dir), "%s/dir", stage.path);
	(void)snprintf(below, sizeof(below), "%s/below", dir);
	assert_int_equal(mount("tmpfs", below, "tmpfs", 0, NULL), 0);
	assert_int_equal(unshare(CLONE_NEWUSER | CLONE_NEWNS), 0);
	assert_int_equal(fchdir(open(stage.path, O_PATH)), 0);
	add(PLAN_MOUNT_BIND, dir);
	stage.plan.namespaces.has_user = true;
	stage_bad(&stage, sources_open(&stage.init, &stage.err), "use \"rbind\"");
	stage.mounts[0].recursive = true;
	stage_good(&stage, sources_open(&stage.init, &stage.err));
}

/* What is private or a slave as a whole waits for its turn; nothing else does. */
static void turns(void *data)
{
	static const struct {
		unsigned long root, own;
		bool recursive, waits;
	} cases[] = {
		{ MS_SLAVE | MS_REC, 0, true, true },
		{ MS_PRIVATE | MS_REC, 0, false, true },
		{ MS_UNBINDABLE | MS_REC, 0, true, true },
		{ MS_SLAVE, 0, false, false },
		{ MS_SHARED | MS_REC, 0, true, false },
		{ MS_SHARED | MS_REC, MS_PRIVATE | MS_REC, true, true },
		{ MS_SHARED | MS_REC, MS_SLAVE, false, true },
		{ MS_SLAVE | MS_REC, MS_SLAVE, true, false },
		{ MS_SLAVE | MS_REC, MS_SHARED, false, false },
		{ MS_SLAVE | MS_REC, MS_SHARED | MS_REC, true, false },
	};
	char dir[160];

	open_stage(data);
	(void)snprintf(dir, sizeof(dir), "%s/dir", stage.path);
	for (size_t i = 0; i < COUNT(cases); i++) {
		unsigned long own = cases[i].own;

		stage.plan.mounts.n = 0;
		add(PLAN_MOUNT_BIND, dir);
		stage.plan.root.propagation = cases[i].root;
		stage.mounts[0].recursive = cases[i].recursive;
		stage.mounts[0].propagation = &own;
		stage.mounts[0].n_propagation = own != 0;
		stage_good(&stage, sources_open(&stage.init, &stage.err));
		assert_int_equal(stage.source[0] >= 0, cases[i].waits);
		assert_int_equal(stage.tree[0] < 0, cases[i].waits);
		fd_close(&stage.source[0]);
		fd_close(&stage.tree[0]);
		fd_close(&stage.init.root);
	}
}

/* A copy of all that is mounted below a directory that holds the root's does not wait for what is mounted there. */
static void holders(void *data)
{
	char dir[160], *end;
	struct stat st;

	open_stage(data);
	stage.plan.root.propagation = MS_SLAVE | MS_REC;
	(void)snprintf(dir, sizeof(dir), "%s", stage.path);
	end = strrchr(dir, '/');
	add(PLAN_MOUNT_BIND, stage.path);
	*end = '\0';
	add(PLAN_MOUNT_BIND, dir);
	add(PLAN_MOUNT_BIND, "/");
	add(PLAN_MOUNT_BIND, "/proc");
	add(PLAN_MOUNT_BIND, dir);
	for (size_t i = 0; i < 4; i++)
		stage.mounts[i].recursive = true;
	stage_good(&stage, sources_open(&stage.init, &stage.err));
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(stage.tree[i] >= 0, i < 3);
		assert_int_equal(stage.source[i] >= 0, i >= 3);
	}
	/* The one without what is mounted below shows the covered directory. */
	stage_good(&stage, sources_copy(&stage.init, 4, &stage.err));
	assert_int_equal(stage.source[4], -1);
	stage_good(&stage, sources_copy(&stage.init, 1, &stage.err));
	assert_int_equal(fstatat(stage.tree[4], end + 1, &st, 0), 0);
	assert_int_equal(fstatat(stage.tree[1], end + 1, &st, 0), 0);
}

STAGE_TEST(test_open, 0, open_all)
STAGE_TEST(test_not_asked, 0, not_asked)
STAGE_TEST(test_missing, 0, missing)
STAGE_TEST(test_locked, 0, locked)
STAGE_TEST(test_turns, 0, turns)
STAGE_TEST(test_holders, 0, holders)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_not_asked),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_locked),
		cmocka_unit_test(test_turns),
		cmocka_unit_test(test_holders),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, stage_make_dir, stage_remove_dir);
}
