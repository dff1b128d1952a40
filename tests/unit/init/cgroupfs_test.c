/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mounts of type "cgroup", with and without a cgroup namespace of one's own. */
#include "init/cgroupfs.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/mountfd.h"
#include "sys/uapi.h"
#include "tests/unit/init/stage.h"

/* Only the v2 tree: v1 hierarchies may be in use otherwise on this machine. */
static struct plan_cgroup1 v2 = { .options = "", .name = "unified" };

static struct stage stage;

static struct plan_mount cgroup(enum plan_mount_kind kind)
{
	return (struct plan_mount){ .at = 40, .kind = kind, .type = kind == PLAN_MOUNT_CGROUP2 ? "cgroup2" : "cgroup",
				    .target = "/cg", .attr.set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_RDONLY };
}

/*
 * Put ourselves in a new cgroup of the v2 tree; false when it cannot be made.  Its name in @name.  Whoever
 * calls leave() takes it away again.
 */
static bool enter(char *name, size_t size)
{
	int top = stage_new_fs("cgroup2");
	char path[128];

	(void)snprintf(name, size, "tare-unit-%d", (int)getpid());
	if (mkdirat(top, name, 0755) < 0)
		return false;
	(void)snprintf(path, sizeof(path), "%s/cgroup.procs", name);
	support_write(top, path, "0");
	(void)close(top);
	return true;
}

static void leave(const char *name)
{
	int top = stage_new_fs("cgroup2");

	support_write(top, "cgroup.procs", "0");
	assert_int_equal(unlinkat(top, name, AT_REMOVEDIR), 0);
	(void)close(top);
}

static bool has(int tree, const char *path)
{
	return faccessat(tree, path, F_OK, 0) == 0;
}

static long type_of(int fd)
{
	struct statfs fs;

	assert_int_equal(fstatfs(fd, &fs), 0);
	return (long)fs.f_type;
}

static void borrow(void *data)
{
	struct plan_mount mount = cgroup(PLAN_MOUNT_CGROUP2);
	struct stat before, after;
	char name[64];
	size_t fds;
	int tree;

	stage_open(&stage, data);
	if (!enter(name, sizeof(name))) {
		print_message("needs a writable v2 tree: no cgroup can be made in it\n");
		return;
	}
	stage.plan.mounts.borrow_cgroup_ns = true;
	assert_int_equal(stat("/proc/self/ns/cgroup", &before), 0);
	fds = support_count_fds();
	tree = cgroupfs_make(&stage.init, &mount, &stage.err);
	leave(name);
	assert_good(tree, stage.err);
	/* The mount and nothing else is left of it, no child either. */
	assert_int_equal(support_count_fds(), fds + 1);
	assert_true(support_is_cloexec(tree));
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	assert_int_equal(stat("/proc/self/ns/cgroup", &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(type_of(tree), UAPI_CGROUP2_SUPER_MAGIC);
}

/* What is seen there is the cgroup that we are in and not the one above. */
static void borrow_shows_own(void *data)
{
	struct plan_mount mount = cgroup(PLAN_MOUNT_CGROUP2);
	char name[64];
	int own, whole;
	bool has_events, sees_itself; /* the root of a hierarchy has no cgroup.events */

	stage_open(&stage, data);
	if (!enter(name, sizeof(name))) {
		print_message("needs a writable v2 tree: no cgroup can be made in it\n");
		return;
	}
	stage.plan.mounts.borrow_cgroup_ns = true;
	own = cgroupfs_make(&stage.init, &mount, &stage.err);
	stage.plan.mounts.borrow_cgroup_ns = false;
	whole = cgroupfs_make(&stage.init, &mount, &stage.err);
	has_events = own >= 0 && has(own, "cgroup.events");
	sees_itself = whole >= 0 && has(whole, name);
	leave(name);
	assert_true(own >= 0 && whole >= 0);
	assert_true(has_events);
	/* Otherwise it is the namespace that we have which says, here the whole tree's. */
	assert_true(sees_itself);
	assert_false(has(own, name));
}

static void fill(void *data)
{
	static const char *const links[] = { "first", "second", NULL };
	struct plan_mount mount = cgroup(PLAN_MOUNT_CGROUP1);
	char target[32] = "";
	size_t fds;
	int tree;

	stage_open(&stage, data);
	stage_mkdir(&stage, "cg");
	v2.links = links;
	stage.plan.mounts.cgroup1 = &v2;
	stage.plan.mounts.n_cgroup1 = 1;
	tree = cgroupfs_make(&stage.init, &mount, &stage.err);
	assert_good(tree, stage.err);
	assert_int_equal(type_of(tree), UAPI_TMPFS_MAGIC);
	assert_int_equal(mountfd_attach(tree, openat(stage.root, "cg", O_PATH | O_CLOEXEC)), 0);
	fds = support_count_fds();
	stage_good(&stage, cgroupfs_fill(&stage.init, &mount, tree, &stage.err));
	assert_int_equal(support_count_fds(), fds);
	assert_int_equal(type_of(openat(stage.root, "cg/unified", O_PATH | O_CLOEXEC)), UAPI_CGROUP2_SUPER_MAGIC);
	assert_true(readlinkat(stage.root, "cg/second", target, sizeof(target) - 1) > 0);
	assert_string_equal(target, "unified");
	/* Once more: the directory is there. */
	fds = support_count_fds();
	stage_bad(&stage, cgroupfs_fill(&stage.init, &mount, tree, &stage.err), "make /cg/unified");
	assert_int_equal(support_count_fds(), fds);
}

/* Failures of the passing process come over as its error record. */
static void fail_elsewhere(void *data)
{
	struct plan_cgroup1 dirs[] = { v2, { .options = "nosuchcontroller", .name = "x" } };
	struct plan_mount mount = cgroup(PLAN_MOUNT_CGROUP1);
	size_t fds;

	stage_open(&stage, data);
	stage.plan.mounts.cgroup1 = dirs;
	stage.plan.mounts.n_cgroup1 = COUNT(dirs);
	fds = support_count_fds();
	for (int i = 0; i < 2; i++) {
		stage.plan.mounts.borrow_cgroup_ns = i > 0;
		stage_bad(&stage, cgroupfs_fill(&stage.init, &mount, stage.root, &stage.err), "cgroup for /cg");
		assert_int_equal(stage.err.at, 40);
		assert_int_equal(support_count_fds(), fds);
	}
	/* One that is only known by its name is never made. */
	dirs[1].options = "name=tare-unit-none";
	stage_bad(&stage, cgroupfs_fill(&stage.init, &mount, stage.root, &stage.err),
		  "this machine has no cgroup v1 hierarchy \"name=tare-unit-none\"");
	assert_int_equal(support_count_fds(), fds);
	support_refuse(SYS_unshare, EPERM);
	mount = cgroup(PLAN_MOUNT_CGROUP2);
	stage_bad(&stage, cgroupfs_make(&stage.init, &mount, &stage.err), "make a cgroup namespace for /cg");
	stage.plan.mounts.n_cgroup1 = 65;
	stage_bad(&stage, cgroupfs_fill(&stage.init, &mount, stage.root, &stage.err), "more than 64");
}

STAGE_TEST(test_borrow, 0, borrow)
STAGE_TEST(test_own, 0, borrow_shows_own)
STAGE_TEST(test_fill, 0, fill)
STAGE_TEST(test_failures, 0, fail_elsewhere)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_borrow),
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_fill),
		cmocka_unit_test(test_failures),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, stage_make_dir, stage_remove_dir);
}
