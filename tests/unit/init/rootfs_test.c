/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The root file system: every kind of mount and hostile targets.  rootfs_flags_test.c has flags and propagation,
 * rootfs_change_test.c the change of root and what comes after.
 */
#include "init/rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fd.h"
#include "sys/mountfd.h"
#include "sys/uapi.h"
#include "tests/unit/init/mounting.h"

static void forget(void)
{
	for (size_t i = 0; i < stage.plan.mounts.n; i++) {
		if (stage.tree[i] >= 0)
			(void)close(stage.tree[i]);
		stage.tree[i] = -1;
	}
	stage.plan.mounts.n = 0;
}

static long type_of(const char *path)
{
	int fd = openat(stage.root, path, O_PATH | O_CLOEXEC);
	struct statfs fs;

	assert_int_equal(fstatfs(fd, &fs), 0);
	(void)close(fd);
	return (long)fs.f_type;
}

static void prepare_proc(void *data)
{
	struct statfs fs;
	struct stat a, b;

	stage_open(&stage, data);
	/* Of its own when the plan has none. */
	(void)close(stage.init.proc);
	stage.init.proc = -1;
	stage_good(&stage, rootfs_prepare_proc(&stage.init, &stage.err));
	assert_int_equal(fstatfs(stage.init.proc, &fs), 0);
	assert_int_equal(fs.f_type, UAPI_PROC_SUPER_MAGIC);
	assert_true(support_is_cloexec(stage.init.proc));
	(void)close(stage.init.proc);
	/* The plan's first one, which is attached later. */
	add((struct plan_mount){ .kind = PLAN_MOUNT_FS, .type = "tmpfs", .target = "/tmp" }, -1);
	add((struct plan_mount){ .kind = PLAN_MOUNT_FS, .type = "proc", .source = "proc", .target = "/proc",
				 .attr.set = MOUNT_ATTR_NOSUID }, -1);
	stage_good(&stage, rootfs_prepare_proc(&stage.init, &stage.err));
	assert_int_equal(stage.tree[0], -1);
	assert_true(stage.tree[1] >= 0 && stage.init.proc != stage.tree[1]);
	assert_true(fstat(stage.tree[1], &a) == 0 && fstat(stage.init.proc, &b) == 0 && a.st_dev == b.st_dev);
	assert_true(support_is_cloexec(stage.init.proc));
}

/* Where the pid namespace is not ours none can be mounted; if the plan binds one, the host's does. */
static void prepare_bound_proc(void *data)
{
	struct statfs fs;

	stage_open(&stage, data);
	(void)close(stage.init.proc);
	stage.init.proc = -1;
	assert_int_equal(unshare(CLONE_NEWUSER | CLONE_NEWNS), 0);
	stage_bad(&stage, rootfs_prepare_proc(&stage.init, &stage.err), "mount proc");
	assert_int_equal(stage.err.code, EPERM);
	add((struct plan_mount){ .kind = PLAN_MOUNT_BIND, .type = "bind", .source = "/proc", .target = "/proc",
				 .is_proc_bound = true }, -1);
	stage_good(&stage, rootfs_prepare_proc(&stage.init, &stage.err));
	assert_int_equal(fstatfs(stage.init.proc, &fs), 0);
	assert_int_equal(fs.f_type, UAPI_PROC_SUPER_MAGIC);
	assert_true(support_is_cloexec(stage.init.proc));
}

/* A read-only one is mounted as asked, but is no handle to write through. */
static void prepare_proc_beside_readonly(void *data)
{
	struct statvfs st;

	stage_open(&stage, data);
	(void)close(stage.init.proc);
	stage.init.proc = -1;
	add((struct plan_mount){ .kind = PLAN_MOUNT_FS, .type = "proc", .source = "proc", .target = "/proc",
				 .attr.set = MOUNT_ATTR_RDONLY }, -1);
	stage_good(&stage, rootfs_prepare_proc(&stage.init, &stage.err));
	assert_int_equal(stage.tree[0], -1);
	assert_int_equal(fstatvfs(stage.init.proc, &st), 0);
	assert_int_equal(st.f_flag & ST_RDONLY, 0);
}

/* The label that no option can give goes on the root of the mount. */
static void label_root(void *data)
{
	static const char label[] = "system_u:object_r:container_file_t:s0";
	char path[160], got[128] = "";
	int fs = stage_new_fs("tmpfs");

	stage_open(&stage, data);
	if (fsetxattr(openat(fs, ".", O_RDONLY | O_CLOEXEC), "security.selinux", label, sizeof(label), 0) < 0) {
		print_message("no labels on tmpfs: %s\n", strerror(errno));
		return;
	}
	add((struct plan_mount){ .kind = PLAN_MOUNT_FS, .type = "tmpfs", .target = "/labelled", .label = label }, -1);
	add((struct plan_mount){ .kind = PLAN_MOUNT_FS, .type = "tmpfs", .target = "/plain" }, -1);
	stage_good(&stage, rootfs_mount(&stage.init, &stage.err));
	(void)snprintf(path, sizeof(path), "%s/labelled", stage.path);
	assert_int_equal(getxattr(path, "security.selinux", got, sizeof(got)), sizeof(label));
	assert_string_equal(got, label);
	(void)snprintf(path, sizeof(path), "%s/plain", stage.path);
	assert_int_equal(getxattr(path, "security.selinux", got, sizeof(got)), -1);
}

/* A procfs that holds something back is the container's alone. */
static void prepare_other_proc(void *data)
{
	struct plan_param subset = { "subset", "pid" };

	stage_open(&stage, data);
	(void)close(stage.init.proc);
	add((struct plan_mount){ .kind = PLAN_MOUNT_FS, .type = "proc", .target = "/proc", .params = &subset,
				 .n_params = 1 }, -1);
	add((struct plan_mount){ .kind = PLAN_MOUNT_FS, .type = "proc", .target = "/other",
				 .attr.set = MOUNT_ATTR_RDONLY }, -1);
	stage_good(&stage, rootfs_prepare_proc(&stage.init, &stage.err));
	assert_true(stage.tree[0] == -1 && stage.tree[1] == -1);
	assert_int_equal(faccessat(stage.init.proc, "sys/kernel", F_OK, 0), 0);
	assert_true(support_is_cloexec(openat(stage.init.proc, "self/oom_score_adj", O_WRONLY | O_CLOEXEC)));
	stage_good(&stage, rootfs_mount(&stage.init, &stage.err));
	assert_int_equal(faccessat(stage.root, "proc/sys", F_OK, 0), -1);
	assert_int_equal(openat(stage.root, "other/self/oom_score_adj", O_WRONLY | O_CLOEXEC), -1);
	assert_int_equal(errno, EROFS);
}

/* The host is in the directory of the root file system when it clones us. */
static void attach(void *data)
{
	struct stat st;
	char text[160];

	stage_open(&stage, data);
	stage_write(&stage, "inside", "yes");
	assert_int_equal(fchdir(stage.root), 0);
	(void)close(stage.init.root);
	stage.init.root = mountfd_clone(stage.root, NULL, true);
	stage.init.null = -1;
	assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL), 0);
	stage_good(&stage, rootfs_attach(&stage.init, &stage.err));
	assert_int_equal(fstat(stage.init.null, &st), 0);
	assert_true(S_ISCHR(st.st_mode) && st.st_rdev == 0x103);
	/* Where the host sees it, and nothing of ours goes out. */
	assert_int_equal(fstatat(AT_FDCWD, stage.path, &st, 0), 0);
	(void)snprintf(text, sizeof(text), "%s/inside", stage.path);
	assert_int_equal(access(text, F_OK), 0);
	assert_false(support_is_mounted(" shared:"));
	assert_true(support_is_cloexec(stage.init.null));
	(void)close(stage.init.root);
	stage.init.root = openat(stage.root, "inside", O_PATH | O_CLOEXEC);
	stage.plan.root.path = "/the/root";
	stage_bad(&stage, rootfs_attach(&stage.init, &stage.err), "attach the root file system /the/root");
	assert_int_equal(stage.err.at, 10);
}

/* rootfsPropagation is for what the root brings along, too; the root itself waits for its change. */
static void attach_shared(void *data)
{
	char text[64];

	stage_open(&stage, data);
	stage_mkdir(&stage, "sub");
	assert_int_equal(mountfd_attach(stage_new_fs("tmpfs"), openat(stage.root, "sub", O_PATH | O_CLOEXEC)), 0);
	assert_int_equal(fchdir(stage.root), 0);
	(void)close(stage.init.root);
	stage.init.root = mountfd_clone(stage.root, NULL, true);
	/* What lies below has to go, or two mounts have one path. */
	assert_int_equal(umount2("sub", MNT_DETACH), 0);
	stage.plan.root.propagation = MS_SHARED | MS_REC;
	stage_good(&stage, rootfs_attach(&stage.init, &stage.err));
	read_propagation("/sub", text, sizeof(text));
	assert_holds(text, "shared:");
	assert_int_equal(fchdir(stage.init.root), 0);
	assert_int_equal(syscall(SYS_pivot_root, ".", "."), 0);
}

/* A machine whose /dev/null is something else must not lend it to masks. */
static void attach_with_false_null(void *data)
{
	stage_open(&stage, data);
	assert_int_equal(mount("/dev/zero", "/dev/null", NULL, MS_BIND, NULL), 0);
	stage_bad(&stage, rootfs_attach(&stage.init, &stage.err), "not the null device");
}

static void mount_all(void *data)
{
	struct plan_param params[] = { { "size", "131072" }, { "mode", "1777" }, { "ro", NULL } };
	unsigned long private[] = { MS_PRIVATE };
	struct stat st;
	char text[64];

	stage_open(&stage, data);
	stage_write(&stage, "host/dir/file", "from host");
	stage_write(&stage, "host/file", "one file");
	stage_mkdir(&stage, "host/dir/sub");
	stage_mkdir(&stage, "odd");
	assert_int_equal(fchmodat(stage.root, "odd", 01731, 0), 0);
	add((struct plan_mount){ .kind = PLAN_MOUNT_FS, .type = "tmpfs", .source = "tmpfs", .target = "/new/tmp",
				 .params = params, .n_params = 2,
				 .attr.set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV }, -1);
	add((struct plan_mount){ .kind = PLAN_MOUNT_FS, .type = "tmpfs", .target = "/new/tmp/ro",
				 .params = params + 2, .n_params = 1 }, -1);
	add((struct plan_mount){ .kind = PLAN_MOUNT_BIND, .type = "bind", .target = "/bound",
				 .attr.set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC },
	    mountfd_clone(stage.root, "host/dir", false));
	add((struct plan_mount){ .kind = PLAN_MOUNT_BIND, .type = "bind", .target = "/a/file", .propagation = private,
				 .n_propagation = 1 },
	    mountfd_clone(stage.root, "host/file", false));
	add((struct plan_mount){ .kind = PLAN_MOUNT_FS, .type = "tmpfs", .target = "/odd",
				 .mode_from_target = true }, -1);
	add((struct plan_mount){ .kind = PLAN_MOUNT_REMOUNT, .target = "/odd", .type = "none",
				 .attr = { MOUNT_ATTR_NOSUID, 0 } }, -1);
	stage_good(&stage, rootfs_mount(&stage.init, &stage.err));

	assert_int_equal(type_of("new/tmp"), UAPI_TMPFS_MAGIC);
	assert_int_equal(flags_of("new/tmp"), ST_NOSUID | ST_NODEV);
	stage_stat(&stage, "new/tmp", &st);
	assert_int_equal(st.st_mode, S_IFDIR | 01777);
	stage_stat(&stage, "new", &st);
	assert_int_equal(st.st_mode, S_IFDIR | 0755);
	assert_true(is_writable("new/tmp"));
	assert_false(is_writable("new/tmp/ro"));
	support_read(stage.root, "bound/file", text, sizeof(text));
	assert_string_equal(text, "from host");
	assert_int_equal(flags_of("bound"), ST_RDONLY | ST_NOEXEC);
	assert_true(is_writable("host/dir"));
	support_read(stage.root, "a/file", text, sizeof(text));
	assert_string_equal(text, "one file");
	stage_stat(&stage, "odd", &st);
	assert_int_equal(st.st_mode, S_IFDIR | 01731);
	assert_int_equal(flags_of("odd"), ST_NOSUID);
}

static int mount_alone(struct plan_mount mount, int tree)
{
	int r;

	forget();
	stage.plan.mounts.n = 0;
	add(mount, tree);
	r = rootfs_mount(&stage.init, &stage.err);
	return r;
}

static void refuse(void *data)
{
	struct plan_param bad = { "colour", "red" };
	struct plan_mount fs = { .kind = PLAN_MOUNT_FS, .type = "tmpfs", .target = "/t" };
	struct plan_mount bind = { .kind = PLAN_MOUNT_BIND, .type = "bind", .target = "/file" };

	stage_open(&stage, data);
	stage_write(&stage, "file", "f");
	stage_mkdir(&stage, "dir");
	fs.params = &bad;
	fs.n_params = 1;
	stage_bad(&stage, mount_alone(fs, -1), "mounts[0]: set option \"colour\" of tmpfs for /t (");
	assert_holds(stage.err.text, "colour'");
	assert_int_equal(stage.err.at, 300);
	fs.n_params = 0;
	fs.type = "nosuchfs";
	stage_bad(&stage, mount_alone(fs, -1), "mounts[0]: this kernel has no file system \"nosuchfs\"");
	fs.type = "tmpfs";
	fs.target = "/file";
	stage_bad(&stage, mount_alone(fs, -1), "mount a directory on /file: not a directory");
	fs.target = "/file/below";
	stage_bad(&stage, mount_alone(fs, -1), "mount a directory on /file/below");
	bind.target = "/dir";
	stage_bad(&stage, mount_alone(bind, mountfd_clone(stage.root, "file", false)), "/dir: a directory stands there");
	fs.kind = PLAN_MOUNT_REMOUNT;
	fs.target = "/gone";
	stage_bad(&stage, mount_alone(fs, -1), "open /gone: it does not exist");
	fs.target = "/dir";
	fs.attr.set = MOUNT_ATTR_RDONLY;
	stage_bad(&stage, mount_alone(fs, -1), "set the flags of /dir");
	/* A missing mount point on a read-only file system has words of its own. */
	assert_int_equal(mount(NULL, stage.path, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), 0);
	fs = (struct plan_mount){ .kind = PLAN_MOUNT_FS, .type = "tmpfs", .target = "/missing" };
	stage_bad(&stage, mount_alone(fs, -1), "the mount point /missing is missing and the file system it belongs in is "
		  "read-only");
}

/* Links of the image: none leads out, and none may stand for /proc or /sys. */
static void meet_links(void *data)
{
	static const char *const targets[] = { "/elsewhere", "elsewhere", "../../elsewhere", "gone" };
	struct plan_mount fs = { .kind = PLAN_MOUNT_FS, .type = "tmpfs", .target = "/link/below" };
	struct plan_mount proc = { .kind = PLAN_MOUNT_FS, .type = "proc", .source = "proc", .target = "/proc" };
	struct plan_mount bind = { .kind = PLAN_MOUNT_BIND, .type = "bind", .target = "/link", .dest_nofollow = true };

	stage_open(&stage, data);
	stage_mkdir(&stage, "elsewhere");
	assert_int_equal(symlinkat("../../../../tare-unit-outside", stage.root, "link"), 0);
	stage_good(&stage, mount_alone(fs, -1));
	assert_int_equal(type_of("tare-unit-outside/below"), UAPI_TMPFS_MAGIC);
	assert_int_equal(access("/tare-unit-outside", F_OK), -1);
	for (size_t i = 0; i < COUNT(targets); i++) {
		assert_int_equal(symlinkat(targets[i], stage.root, "proc"), 0);
		proc.type = "proc";
		proc.target = "/proc";
		stage_bad(&stage, mount_alone(proc, -1), "open the mount point /proc");
		assert_int_equal(stage.err.code, ELOOP);
		proc.target = "//proc/./";
		stage_bad(&stage, mount_alone(proc, -1), "open the mount point");
		proc.type = "sysfs";
		stage_bad(&stage, mount_alone(proc, -1), "open the mount point");
		assert_int_equal(unlinkat(stage.root, "proc", 0), 0);
	}
	stage_write(&stage, "proc", "file");
	proc.type = "proc";
	stage_bad(&stage, mount_alone(proc, -1), "something else stands there");
	assert_true(type_of("elsewhere") == UAPI_TMPFS_MAGIC && is_writable("elsewhere"));
	/* Not through the last link where that was asked for. */
	stage_mkdir(&stage, "source");
	stage_bad(&stage, mount_alone(bind, mountfd_clone(stage.root, "source", false)), "not a directory");
}

/* Nothing but what the plan lists may lie over a procfs, however the way there is called (V02, R4). */
static void stay_out_of_proc(void *data)
{
	static const char *const ways[] = { "/link", "/link/self", "/dir/../link/sys", "/proc/sys", "/proc" };
	struct plan_mount fs = { .kind = PLAN_MOUNT_FS, .type = "tmpfs" };
	struct plan_mount proc = { .kind = PLAN_MOUNT_FS, .type = "proc", .target = "/proc" };
	struct plan_mount file = { .kind = PLAN_MOUNT_BIND, .type = "bind", .target = "/proc/uptime" };
	char text[16];

	stage_open(&stage, data);
	stage_mkdir(&stage, "dir");
	stage_write(&stage, "file", "ours");
	assert_int_equal(symlinkat("proc", stage.root, "link"), 0);
	stage_good(&stage, mount_alone(proc, -1));
	for (size_t i = 0; i < COUNT(ways); i++) {
		fs.target = ways[i];
		stage_bad(&stage, mount_alone(fs, -1), "leads into a file system of type \"proc\"");
		assert_int_equal(stage.err.at, 300);
	}
	stage_bad(&stage, mount_alone(file, mountfd_clone(stage.root, "file", false)), "leads into a file system");
	/* One more procfs over the first is none of that; below it, it is. */
	stage_good(&stage, mount_alone(proc, -1));
	proc.target = "/proc/sys";
	stage_bad(&stage, mount_alone(proc, -1), "leads into a file system");
	/* A file on the list, without links. */
	file.is_proc_below = true;
	stage_good(&stage, mount_alone(file, mountfd_clone(stage.root, "file", false)));
	support_read(stage.root, "proc/uptime", text, sizeof(text));
	assert_string_equal(text, "ours");
	file.target = "/link/stat";
	stage_bad(&stage, mount_alone(file, mountfd_clone(stage.root, "file", false)), "open the mount point");
	assert_int_equal(stage.err.code, ELOOP);
}

/* A bind on /proc is the whole of a procfs, or nothing (V02). */
static void bind_proc(void *data)
{
	struct plan_mount proc = { .kind = PLAN_MOUNT_FS, .type = "proc", .target = "/elsewhere" };
	struct plan_mount bind = { .kind = PLAN_MOUNT_BIND, .type = "bind", .source = "/the/source", .target = "/proc",
				   .is_proc_bound = true };

	stage_open(&stage, data);
	stage_mkdir(&stage, "fake");
	stage_good(&stage, mount_alone(proc, -1));
	stage_bad(&stage, mount_alone(bind, mountfd_clone(stage.root, "fake", false)),
		  "/the/source is no file system of type \"proc\"");
	assert_int_equal(stage.err.at, 300);
	stage_bad(&stage, mount_alone(bind, mountfd_clone(stage.root, "elsewhere/sys", false)), "is no file system of type");
	stage_good(&stage, mount_alone(bind, mountfd_clone(stage.root, "elsewhere", false)));
	assert_true(type_of("proc") == UAPI_PROC_SUPER_MAGIC);
	/* Once more over itself; not through a link. */
	stage_good(&stage, mount_alone(bind, mountfd_clone(stage.root, "elsewhere", false)));
	assert_int_equal(symlinkat("fake", stage.root, "link"), 0);
	bind.target = "/link";
	stage_bad(&stage, mount_alone(bind, mountfd_clone(stage.root, "elsewhere", false)), "open the mount point");
	assert_int_equal(stage.err.code, ELOOP);
}

static int open_link(const char *path)
{
	return openat(stage.root, path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

/* "copy-symlink": made anew; bound where it is no link. */
static void copy_links(void *data)
{
	struct plan_mount mount = { .kind = PLAN_MOUNT_BIND, .type = "bind", .source = "/link", .target = "/a/new",
				    .copy_symlink = true };
	char target[32] = "";

	stage_open(&stage, data);
	assert_int_equal(symlinkat("/some/where", stage.root, "link"), 0);
	stage_write(&stage, "file", "bound");
	stage_good(&stage, mount_alone(mount, open_link("link")));
	assert_int_equal(readlinkat(stage.root, "a/new", target, sizeof(target)), 11);
	assert_string_equal(target, "/some/where");
	/* The same one may be there already, nothing else. */
	stage_good(&stage, mount_alone(mount, open_link("link")));
	assert_int_equal(symlinkat("/some/wher", stage.root, "b"), 0);
	mount.target = "/b";
	stage_bad(&stage, mount_alone(mount, open_link("link")), "/b exists and is not a link to \"/some/where\"");
	mount.target = "/file";
	stage_bad(&stage, mount_alone(mount, open_link("link")), "/file exists and is not a link to");
	/* Never through a link of the image to somewhere outside. */
	assert_int_equal(symlinkat("../../../../tare-unit-outside", stage.root, "out"), 0);
	mount.target = "/out/new";
	stage_good(&stage, mount_alone(mount, open_link("link")));
	assert_int_equal(faccessat(stage.root, "tare-unit-outside", F_OK, 0), 0);
	assert_int_equal(access("/tare-unit-outside", F_OK), -1);
	mount.target = "/c";
	stage_good(&stage, mount_alone(mount, mountfd_clone(stage.root, "file", false)));
	support_read(stage.root, "c", target, sizeof(target));
	assert_string_equal(target, "bound");
}

/* A bind that is itself a link, on a link: neither is followed. */
static void bind_links(void *data)
{
	struct plan_mount mount = { .kind = PLAN_MOUNT_BIND, .type = "bind", .target = "/there", .src_nofollow = true,
				    .dest_nofollow = true };
	char target[32] = "";
	auto_fd int link = -1;

	stage_open(&stage, data);
	assert_int_equal(symlinkat("source-target", stage.root, "link"), 0);
	assert_int_equal(symlinkat("/elsewhere", stage.root, "there"), 0);
	link = open_link("link");
	stage_good(&stage, mount_alone(mount, mountfd_clone(link, NULL, false)));
	assert_int_equal(readlinkat(stage.root, "there", target, sizeof(target)), 13);
	assert_string_equal(target, "source-target");
	assert_true(stage_is_missing(&stage, "elsewhere"));
}

static void copy_up(void *data)
{
	struct plan_mount mount = { .kind = PLAN_MOUNT_FS, .type = "tmpfs", .target = "/data", .tmpcopyup = true,
				    .mode_from_target = true };
	char text[16], path[160];

	stage_open(&stage, data);
	stage_write(&stage, "data/file", "copied");
	add(mount, -1);
	stage_good(&stage, rootfs_mount(&stage.init, &stage.err));
	support_read(stage.root, "data/file", text, sizeof(text));
	assert_string_equal(text, "copied");
	support_write(stage.root, "data/file", "changed");
	(void)snprintf(path, sizeof(path), "%s/data", stage.path);
	assert_int_equal(umount2(path, MNT_DETACH), 0);
	support_read(stage.root, "data/file", text, sizeof(text));
	assert_string_equal(text, "copied");
}

static void map_ids(void *data)
{
	static const struct plan_mount_idmap idmap = { .at = 77 };
	struct plan_mount mount = { .kind = PLAN_MOUNT_FS, .type = "tmpfs", .target = "/mapped", .idmap = &idmap };
	struct stat st;

	stage_open(&stage, data);
	stage.idmap[0] = support_new_user_ns();
	stage_good(&stage, mount_alone(mount, -1));
	assert_int_equal(stage.idmap[0], -1);
	stage_stat(&stage, "mapped", &st);
	assert_true(st.st_uid == 5000 && st.st_gid == 5000);
	stage.idmap[0] = support_new_user_ns();
	mount.type = "proc";
	mount.target = "/proc";
	stage_bad(&stage, mount_alone(mount, -1), "the file system proc of /proc cannot be id-mapped");
	assert_int_equal(stage.err.at, 77);
}

/* The root by another name is the root too, its copy elsewhere is not. */
static void mount_over_root_by_detour(void *data)
{
	struct plan_mount fs = { .kind = PLAN_MOUNT_FS, .type = "tmpfs", .target = "/copy" };

	stage_open(&stage, data);
	stage_mkdir(&stage, "copy");
	assert_int_equal(mountfd_attach(mountfd_clone(stage.root, NULL, false),
					openat(stage.root, "copy", O_PATH | O_CLOEXEC)), 0);
	stage_good(&stage, mount_alone(fs, -1));
	assert_int_equal(faccessat(stage.init.root, "copy", F_OK, 0), 0);
	fs.target = "/copy/../up/..";
	stage_mkdir(&stage, "up");
	stage_good(&stage, mount_alone(fs, -1));
	assert_int_equal(faccessat(stage.init.root, "copy", F_OK, 0), -1);
}

/* A mount on "/" is the root for all that follows. */
static void mount_over_root(void *data)
{
	stage_open(&stage, data);
	stage_write(&stage, "below", "b");
	add((struct plan_mount){ .kind = PLAN_MOUNT_FS, .type = "tmpfs", .target = "/." }, -1);
	add((struct plan_mount){ .kind = PLAN_MOUNT_FS, .type = "tmpfs", .target = "/in/new" }, -1);
	stage_good(&stage, rootfs_mount(&stage.init, &stage.err));
	assert_int_equal(faccessat(stage.init.root, "in/new", F_OK, 0), 0);
	assert_int_equal(faccessat(stage.init.root, "below", F_OK, 0), -1);
	assert_true(stage_is_missing(&stage, "in"));
	assert_true(support_is_cloexec(stage.init.root));
	assert_true(openat(stage.init.root, "in/new/x", O_CREAT | O_WRONLY | O_CLOEXEC, 0600) >= 0);
}

/* Hierarchies as directories of a tmpfs.  Only the v2 tree: v1 ones may be in use otherwise on this machine. */
static void mount_cgroup1(void *data)
{
	static const char *const links[] = { "first", "second", NULL };
	struct plan_cgroup1 dir = { .options = "", .name = "unified" };
	struct plan_mount mount = { .kind = PLAN_MOUNT_CGROUP1, .type = "cgroup", .target = "/sys/fs/cgroup",
				    .attr.set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_RDONLY };
	char target[32] = "";

	stage_open(&stage, data);
	stage.plan.mounts.cgroup1 = &dir;
	stage.plan.mounts.n_cgroup1 = 1;
	add(mount, -1);
	stage_good(&stage, rootfs_mount(&stage.init, &stage.err));
	assert_int_equal(type_of("sys/fs/cgroup"), UAPI_TMPFS_MAGIC);
	assert_int_equal(type_of("sys/fs/cgroup/unified"), UAPI_CGROUP2_SUPER_MAGIC);
	assert_int_equal(flags_of("sys/fs/cgroup/unified"), ST_NOSUID | ST_RDONLY);
	/* Read-only comes last. */
	assert_true(is_writable("sys/fs/cgroup"));
	stage_good(&stage, rootfs_finish(&stage.init, &stage.err));
	assert_false(is_writable("sys/fs/cgroup"));
	stage.mounts[0].target = "/linked";
	stage.tree[0] = -1;
	dir.links = links;
	stage_good(&stage, rootfs_mount(&stage.init, &stage.err));
	assert_true(readlinkat(stage.root, "linked/second", target, sizeof(target) - 1) > 0);
	assert_string_equal(target, "unified");
	stage.mounts[0].target = "/failing";
	stage.tree[0] = -1;
	dir.options = "nosuchcontroller";
	stage_bad(&stage, rootfs_mount(&stage.init, &stage.err), "mounts[0]: ");
}

STAGE_TEST(test_prepare_proc, CLONE_NEWPID, prepare_proc)
STAGE_TEST(test_readonly_proc, CLONE_NEWPID, prepare_proc_beside_readonly)
STAGE_TEST(test_label, 0, label_root)
STAGE_TEST(test_prepare_other_proc, CLONE_NEWPID, prepare_other_proc)
STAGE_TEST(test_attach, 0, attach)
STAGE_TEST(test_attach_shared, 0, attach_shared)
STAGE_TEST(test_false_null, 0, attach_with_false_null)
STAGE_TEST(test_mounts, 0, mount_all)
STAGE_TEST(test_refusals, 0, refuse)
STAGE_TEST(test_links, 0, meet_links)
STAGE_TEST(test_proc_is_left_alone, CLONE_NEWPID, stay_out_of_proc)
STAGE_TEST(test_proc_is_bound_whole, CLONE_NEWPID, bind_proc)
STAGE_TEST(test_bound_proc_is_prepared, 0, prepare_bound_proc)
STAGE_TEST(test_copy_links, 0, copy_links)
STAGE_TEST(test_bind_links, 0, bind_links)
STAGE_TEST(test_copy_up, 0, copy_up)
STAGE_TEST(test_map_ids, 0, map_ids)
STAGE_TEST(test_mount_on_root, 0, mount_over_root)
STAGE_TEST(test_mount_on_root_by_detour, 0, mount_over_root_by_detour)
STAGE_TEST(test_cgroup1, 0, mount_cgroup1)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prepare_proc),
		cmocka_unit_test(test_readonly_proc),
		cmocka_unit_test(test_label),
		cmocka_unit_test(test_prepare_other_proc),
		cmocka_unit_test(test_attach),
		cmocka_unit_test(test_attach_shared),
		cmocka_unit_test(test_false_null),
		cmocka_unit_test(test_mounts),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_proc_is_left_alone),
		cmocka_unit_test(test_proc_is_bound_whole),
		cmocka_unit_test(test_bound_proc_is_prepared),
		cmocka_unit_test(test_copy_links),
		cmocka_unit_test(test_bind_links),
		cmocka_unit_test(test_copy_up),
		cmocka_unit_test(test_map_ids),
		cmocka_unit_test(test_mount_on_root),
		cmocka_unit_test(test_mount_on_root_by_detour),
		cmocka_unit_test(test_cgroup1),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, stage_make_dir, stage_remove_dir);
}
