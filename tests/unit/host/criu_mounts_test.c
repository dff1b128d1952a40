/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which mounts CRIU hears of, by which name, and where mount points are made. */
#include "host/criu_mounts.h"

#include "tests/unit/support.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "cgroup/cgroup.h"
#include "host/criu_message.h"
#include "libocispec/arena.h"
#include "plan/plan.h"
#include "sys/uapi.h"

/* The value of @key in @list, NULL when it is not there. */
static const char *find(const struct protobuf_list *list, const char *key)
{
	const struct criu_mount *mounts = list->item;

	for (size_t i = 0; i < list->n; i++) {
		if (strcmp(mounts[i].key, key) == 0)
			return mounts[i].val;
	}
	return NULL;
}

static struct plan_cgroup1 trees[] = { { .options = "pids", .name = "pids" }, { .options = "", .name = "unified" } };

static void test_restored(void **state)
{
	struct plan_mount mounts[] = {
		{ .kind = PLAN_MOUNT_FS, .target = "/proc" },
		{ .kind = PLAN_MOUNT_BIND, .target = "/b", .source = "/src" },
		{ .kind = PLAN_MOUNT_CGROUP1, .target = "/cg" },
		{ .kind = PLAN_MOUNT_CGROUP2, .target = "/cg2" },
		{ .kind = PLAN_MOUNT_REMOUNT, .target = "/b" },
	};
	struct plan_path masked[] = { { .path = "/proc/keys" } };
	struct plan_device devices[] = { { .path = "/dev/null" }, { .path = "/dev/own" } };
	struct plan plan = {
		.mounts = { .item = mounts, .n = 5, .cgroup1 = trees, .n_cgroup1 = 2 },
		.masks = { .masked = masked, .n_masked = 1 },
		.devices = { .item = devices, .n = 2 },
	};
	const struct cgroup_ref cg = { .path = "/own" }, none = { .path = NULL };
	auto_arena struct arena arena = ARENA_INIT;
	struct protobuf_list list;

	(void)state;
	criu_mounts_restored(&arena, &plan, &cg, &list);
	assert_string_equal(find(&list, "/b"), "/src");
	assert_string_equal(find(&list, "/cg/pids"), "/sys/fs/cgroup/pids/own");
	assert_string_equal(find(&list, "/cg/unified"), "/sys/fs/cgroup/unified/own");
	assert_string_equal(find(&list, "/cg2"), "/sys/fs/cgroup/own");
	assert_string_equal(find(&list, "/dev/null"), "/dev/null");
	assert_string_equal(find(&list, "/dev/own"), "/dev/own");
	assert_null(find(&list, "/proc"));
	assert_null(find(&list, "/cg"));
	criu_mounts_restored(&arena, &plan, &none, &list);
	assert_string_equal(find(&list, "/cg2"), "/sys/fs/cgroup");
	/* With a namespace of its own they are the container's. */
	plan.namespaces.create = CLONE_NEWCGROUP;
	criu_mounts_restored(&arena, &plan, &cg, &list);
	assert_null(find(&list, "/cg/pids"));
	assert_null(find(&list, "/cg2"));
	assert_string_equal(find(&list, "/b"), "/src");
}

/* Mounts in a namespace of the test's own, which is the container's. */
static void save(void *data)
{
	struct support_dir *dir = data;
	struct plan_mount mounts[] = {
		{ .at = 3, .kind = PLAN_MOUNT_BIND, .target = "/link/x y", .source = "/src",
		  .attr = { .set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID } },
		{ .kind = PLAN_MOUNT_BIND, .target = "/nothing" },
		{ .kind = PLAN_MOUNT_BIND, .target = "/here" },
		{ .kind = PLAN_MOUNT_FS, .target = "/elsewhere/x y" },
		{ .kind = PLAN_MOUNT_CGROUP1, .target = "/cg" },
	};
	struct plan_path masked[] = { { .path = "/file" }, { .path = "/cg" }, { .path = "/none" } };
	struct plan plan = {
		.mounts = { .item = mounts, .n = 5, .cgroup1 = trees, .n_cgroup1 = 2 },
		.masks = { .masked = masked, .n_masked = 3 },
	};
	auto_arena struct arena arena = ARENA_INIT;
	struct err err = ERR_INIT;
	struct protobuf_list list;

	assert_int_equal(mount(dir->path, dir->path, NULL, MS_BIND, NULL), 0);
	assert_int_equal(chdir(dir->path), 0);
	assert_int_equal(mkdir("elsewhere", 0755), 0);
	assert_int_equal(mkdir("elsewhere/x y", 0755), 0);
	assert_int_equal(mkdir("here", 0755), 0);
	assert_int_equal(mkdir("proc", 0755), 0);
	assert_int_equal(mkdir("cg", 0755), 0);
	assert_int_equal(symlink("/elsewhere", "link"), 0);
	support_write(dir->fd, "file", "");
	assert_int_equal(mount("/proc", "proc", NULL, MS_BIND | MS_REC, NULL), 0);
	assert_int_equal(mount("none", "elsewhere/x y", "tmpfs", MS_NOSUID, NULL), 0);
	assert_int_equal(mount("none", "cg", "tmpfs", 0, NULL), 0);
	assert_int_equal(mkdir("cg/pids", 0755), 0);
	assert_int_equal(mount("none", "cg/pids", "tmpfs", 0, NULL), 0);
	assert_int_equal(mount("/dev/null", "file", NULL, MS_BIND, NULL), 0);
	assert_int_equal(chroot("."), 0);
	/* A writable mount stands where a read-only one was made. */
	assert_int_equal(criu_mounts_saved(&arena, &plan, getpid(), &list, &err), -1);
	assert_int_equal(err.at, 3);
	assert_holds(err.text, "/link/x y");
	assert_holds(err.text, "\"ro\"");
	assert_int_equal(mount(NULL, "/elsewhere/x y", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID, NULL), 0);
	assert_good(criu_mounts_saved(&arena, &plan, getpid(), &list, &err), err);
	assert_string_equal(find(&list, "/elsewhere/x y"), "/link/x y");
	assert_string_equal(find(&list, "/cg/pids"), "/cg/pids");
	assert_string_equal(find(&list, "/file"), "/dev/null");
	assert_int_equal(list.n, 3);
	assert_int_equal(criu_mounts_saved(&arena, &plan, 0, &list, &err), -1);
}

static void test_saved(void **state)
{
	struct support_dir dir;

	(void)state;
	support_need_root();
	support_open_dir(&dir);
	support_run(CLONE_NEWNS, save, &dir);
	support_remove_dir(&dir);
}

static void assert_kind(const struct support_dir *dir, const char *path, mode_t kind)
{
	struct stat st;
	int r = fstatat(dir->fd, path, &st, AT_SYMLINK_NOFOLLOW);

	if (kind == 0)
		assert_int_equal(r, -1);
	else
		assert_int_equal(st.st_mode & S_IFMT, kind);
}

static void test_make_points(void **state)
{
	char source[160], file[160];
	struct plan_mount mounts[] = {
		{ .kind = PLAN_MOUNT_BIND, .target = "/a/volume", .source = source },
		{ .kind = PLAN_MOUNT_BIND, .target = "/a/volume/in/file", .source = file },
		{ .kind = PLAN_MOUNT_FS, .target = "/tmp" },
		{ .kind = PLAN_MOUNT_BIND, .target = "/tmp/below", .source = source },
		{ .kind = PLAN_MOUNT_BIND, .target = "/tmpfile", .source = file },
		{ .kind = PLAN_MOUNT_REMOUNT, .target = "/remount" },
		{ .kind = PLAN_MOUNT_FS, .target = "/out/x" },
	};
	struct plan plan = { .mounts = { .item = mounts, .n = 7 } };
	struct err err = ERR_INIT;
	struct support_dir dir;
	auto_fd int root = -1;

	(void)state;
	support_open_dir(&dir);
	(void)snprintf(source, sizeof(source), "%s/source", dir.path);
	(void)snprintf(file, sizeof(file), "%s/file", dir.path);
	assert_int_equal(mkdirat(dir.fd, "source", 0755), 0);
	assert_int_equal(mkdirat(dir.fd, "root", 0755), 0);
	assert_int_equal(symlinkat("/../../elsewhere", dir.fd, "root/out"), 0);
	support_write(dir.fd, "file", "");
	root = openat(dir.fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_good(criu_mounts_make_points(&plan, root, &err), err);
	assert_kind(&dir, "root/a/volume", S_IFDIR);
	assert_kind(&dir, "root/a/volume/in", 0);
	assert_kind(&dir, "source/in/file", S_IFREG);
	assert_kind(&dir, "root/tmp", S_IFDIR);
	assert_kind(&dir, "root/tmp/below", 0);
	assert_kind(&dir, "root/tmpfile", S_IFREG);
	assert_kind(&dir, "root/remount", 0);
	assert_kind(&dir, "root/elsewhere/x", S_IFDIR);
	assert_kind(&dir, "elsewhere", 0);
	/* What is there already is fine; what is missing on the host is not. */
	assert_good(criu_mounts_make_points(&plan, root, &err), err);
	mounts[0].at = 7;
	mounts[0].source = "/no/such";
	assert_int_equal(criu_mounts_make_points(&plan, root, &err), -1);
	assert_int_equal(err.at, 7);
	assert_holds(err.text, "/no/such");
	support_remove_dir(&dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_restored),
		cmocka_unit_test(test_saved),
		cmocka_unit_test(test_make_points),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
