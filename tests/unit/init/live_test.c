/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mounts of a container that is there: all or nothing, the last goes first, and what must stay does. */
#include "init/live.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "sys/mountfd.h"
#include "sys/uapi.h"
#include "tests/unit/init/stage.h"
#include "wire/channel.h"

static struct stage stage;

/* As after join_container(): the procfs is the working directory. */
static void begin(const void *data, enum plan_exec_kind kind)
{
	stage_open(&stage, data);
	fd_close(&stage.init.proc);
	stage.init.proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	stage.plan.exec = (struct plan_exec){ .present = true, .kind = kind };
	assert_int_equal(prctl(PR_SET_PDEATHSIG, SIGKILL), 0);
	stage_good(&stage, live_stand_alone(&stage.init, &stage.err));
}

/* And the container's root is ours. */
static void begin_inside(const void *data, enum plan_exec_kind kind)
{
	begin(data, kind);
	assert_int_equal(chroot(stage.path), 0);
}

static void add(struct plan_mount mount, int tree)
{
	size_t n = stage.plan.mounts.n++;

	mount.at = 300 + (uint32_t)n;
	stage.mounts[n] = mount;
	stage.tree[n] = tree;
}

static void add_tmpfs(const char *target)
{
	add((struct plan_mount){ .kind = PLAN_MOUNT_FS, .type = "tmpfs", .target = target, .late_readonly = true }, -1);
}

/* How many mounts there are on @target. */
static size_t count(const char *target)
{
	FILE *file = fopen("self/mountinfo", "re");
	char line[4096], path[512];
	size_t n = 0;

	(void)snprintf(path, sizeof(path), " /%s ", target);
	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL)
		n += strstr(line, path) != NULL;
	(void)fclose(file);
	return n;
}

static void stand_alone(void *data)
{
	char here[64] = "";
	int sig = -1;

	begin(data, PLAN_EXEC_MOUNT);
	assert_int_equal(getsid(0), getpid());
	assert_int_equal(prctl(PR_GET_PDEATHSIG, &sig), 0);
	assert_int_equal(sig, 0);
	assert_non_null(getcwd(here, sizeof(here)));
	assert_string_equal(here, "/proc");
}

static void mount_all(void *data)
{
	begin_inside(data, PLAN_EXEC_MOUNT);
	add_tmpfs("/a/b");
	stage_write(&stage, "file", "x");
	add((struct plan_mount){ .kind = PLAN_MOUNT_BIND, .type = "bind", .target = "/a/b/f", .source = "/s" },
	    mountfd_clone(stage.root, "file", false));
	stage_good(&stage, live_mount(&stage.init, &stage.err));
	assert_int_equal(count("a/b"), 1);
	assert_int_equal(count("a/b/f"), 1);
	assert_int_equal(openat(stage.root, "a/b/new", O_CREAT | O_WRONLY | O_CLOEXEC, 0600), -1);
	assert_int_equal(errno, EROFS);
}

static void mount_none(void *data)
{
	begin_inside(data, PLAN_EXEC_MOUNT);
	stage_write(&stage, "file", "x");
	add_tmpfs("/a");
	add_tmpfs("/a/b");
	add_tmpfs("/file");
	stage_bad(&stage, live_mount(&stage.init, &stage.err), "mount a directory on /file");
	assert_int_equal(stage.err.at, 302);
	assert_int_equal(count("a") + count("a/b"), 0);
	assert_true(stage_is_missing(&stage, "a/b"));
}

static void mount_on_the_root(void *data)
{
	begin_inside(data, PLAN_EXEC_MOUNT);
	assert_int_equal(symlinkat(".", stage.root, "link"), 0);
	add_tmpfs("/a");
	add_tmpfs("/link");
	stage_bad(&stage, live_mount(&stage.init, &stage.err), "/link leads to the container's root");
	assert_int_equal(count("a"), 0);
}

/* The file system is there, but cannot be made read-only: so it goes as well. */
static void seal_fails(void *data)
{
	begin_inside(data, PLAN_EXEC_MOUNT);
	add_tmpfs("/a");
	support_refuse(SYS_mount_setattr, EPERM);
	stage_bad(&stage, live_mount(&stage.init, &stage.err), "make /a read-only");
	assert_int_equal(count("a"), 0);
}

static void mount_tmpfs(const char *target)
{
	stage_mkdir(&stage, target);
	assert_int_equal(fchdir(stage.root), 0);
	assert_int_equal(mount("t", target, "tmpfs", 0, NULL), 0);
	assert_int_equal(fchdir(stage.init.proc), 0);
}

static void unmount_all(void *data)
{
	begin_inside(data, PLAN_EXEC_UNMOUNT);
	mount_tmpfs("a");
	mount_tmpfs("a/b");
	mount_tmpfs("a/b");
	mount_tmpfs("a");
	mount_tmpfs("rest/below");
	for (size_t i = 0; i < 4; i++)
		add((struct plan_mount){ .target = i == 0 || i == 3 ? "/a" : "/a/b" }, -1);
	add((struct plan_mount){ .target = "/rest/below" }, -1);
	stage_good(&stage, live_unmount(&stage.init, &stage.err));
	assert_int_equal(count("a") + count("a/b") + count("rest/below"), 0);
}

/* One that cannot go keeps the others, if that is in sight. */
static void unmount_none(void *data)
{
	static const struct {
		const char *target, *text;
	} rows[] = {
		{ "/none", "open the mount point /none" }, { "/dir", "nothing is mounted on /dir" },
		{ "/link", "leads to the container's root" }, { "/proc/sys", "/proc/sys hides or guards" },
		{ "/way", "/way hides or guards" }, { "/sys/kernel", "/sys/kernel hides or guards" },
	};

	begin_inside(data, PLAN_EXEC_UNMOUNT);
	mount_tmpfs("a");
	stage_mkdir(&stage, "dir");
	assert_int_equal(symlinkat("/", stage.root, "link"), 0);
	assert_int_equal(symlinkat("proc/sys", stage.root, "way"), 0);
	stage_mkdir(&stage, "proc");
	stage_mkdir(&stage, "sys");
	assert_int_equal(fchdir(stage.root), 0);
	assert_int_equal(mount("p", "proc", "proc", 0, NULL), 0);
	assert_int_equal(mount("p", "proc/sys", "tmpfs", 0, NULL), 0);
	assert_int_equal(mount("s", "sys", "sysfs", 0, NULL), 0);
	assert_int_equal(mount("s", "sys/kernel", "tmpfs", 0, NULL), 0);
	assert_int_equal(fchdir(stage.init.proc), 0);
	add((struct plan_mount){ .target = "/a" }, -1);
	add((struct plan_mount){ .target = "" }, -1);
	for (size_t i = 0; i < COUNT(rows); i++) {
		stage.mounts[1].target = rows[i].target;
		stage_bad(&stage, live_unmount(&stage.init, &stage.err), rows[i].text);
		assert_int_equal(stage.err.at, 301);
		assert_int_equal(count("a"), 1);
	}
	/* What the rules of create let stand there may go. */
	stage.mounts[1] = (struct plan_mount){ .target = "/proc/sys", .is_proc_below = true };
	stage_good(&stage, live_unmount(&stage.init, &stage.err));
	assert_int_equal(count("a") + count("proc/sys"), 0);
}

/* Covered by one that goes first, so that it is seen only when others are gone. */
static void unmount_some(void *data)
{
	begin_inside(data, PLAN_EXEC_UNMOUNT);
	mount_tmpfs("a");
	add((struct plan_mount){ .target = "/a/none" }, -1);
	add((struct plan_mount){ .target = "/a" }, -1);
	stage_bad(&stage, live_unmount(&stage.init, &stage.err), "what comes after it is taken away already: open the mount point");
	assert_int_equal(count("a"), 0);
}

/* A kernel that cannot say what is a mount (before 5.8) refuses by itself. */
static void unmount_blindly(void *data)
{
	begin_inside(data, PLAN_EXEC_UNMOUNT);
	stage_mkdir(&stage, "dir");
	mount_tmpfs("a");
	support_refuse(SYS_statx, ENOSYS);
	add((struct plan_mount){ .target = "/dir" }, -1);
	stage_bad(&stage, live_unmount(&stage.init, &stage.err), "/dir cannot be taken away: nothing is mounted there");
	stage.mounts[0].target = "/a";
	stage_good(&stage, live_unmount(&stage.init, &stage.err));
	assert_int_equal(count("a"), 0);
}

/* Like settle() in a child of its own, since it ends that. */
static void settle(bool is_agreed)
{
	size_t before;
	int status = 0;
	pid_t pid;

	add_tmpfs("/a");
	stage_open_wire(&stage);
	pid = fork();
	if (pid == 0) {
		if (live_mount(&stage.init, &stage.err) < 0)
			_exit(7);
		fd_close(&stage.host);
		_exit(live_settle(&stage.init, &stage.err) < 0 ? 9 : 8);
	}
	stage_good(&stage, channel_wait(stage.host, WIRE_READY, NULL, 0, NULL, &stage.err));
	before = count("a");
	assert_int_equal(before, 1);
	if (is_agreed)
		stage_good(&stage, channel_tell(stage.host, WIRE_COMMIT, NULL, 0, &stage.err));
	fd_close(&stage.init.wire);
	fd_close(&stage.host);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), is_agreed ? 0 : 9);
	assert_int_equal(count("a"), is_agreed ? 1 : 0);
}

static void settle_agreed(void *data)
{
	begin_inside(data, PLAN_EXEC_MOUNT);
	settle(true);
}

/* As when the runtime was killed. */
static void settle_alone(void *data)
{
	begin_inside(data, PLAN_EXEC_MOUNT);
	settle(false);
}

/* The host has opened them, unless it may not. */
static void open_sources(void *data)
{
	stage_open(&stage, data);
	stage.plan.exec = (struct plan_exec){ .present = true, .kind = PLAN_EXEC_MOUNT };
	add((struct plan_mount){ .kind = PLAN_MOUNT_BIND, .type = "bind", .target = "/t", .source = "/dev/null" }, -1);
	stage_good(&stage, live_open_sources(&stage.init, &stage.err));
	assert_int_equal(stage.tree[0], -1);
	stage.plan.init_opens = true;
	stage_good(&stage, live_open_sources(&stage.init, &stage.err));
	/* A copy at once: in the container's namespace it could not be made any more. */
	assert_true(stage.tree[0] >= 0 && stage.source[0] == -1);
}

STAGE_TEST(test_stand_alone, 0, stand_alone)
STAGE_TEST(test_mount_all, 0, mount_all)
STAGE_TEST(test_mount_none, 0, mount_none)
STAGE_TEST(test_mount_on_the_root, 0, mount_on_the_root)
STAGE_TEST(test_seal_fails, 0, seal_fails)
STAGE_TEST(test_unmount_all, 0, unmount_all)
STAGE_TEST(test_unmount_none, 0, unmount_none)
STAGE_TEST(test_unmount_some, 0, unmount_some)
STAGE_TEST(test_unmount_blindly, 0, unmount_blindly)
STAGE_TEST(test_settle_agreed, 0, settle_agreed)
STAGE_TEST(test_settle_alone, 0, settle_alone)
STAGE_TEST(test_open_sources, 0, open_sources)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stand_alone),
		cmocka_unit_test(test_mount_all),
		cmocka_unit_test(test_mount_none),
		cmocka_unit_test(test_mount_on_the_root),
		cmocka_unit_test(test_seal_fails),
		cmocka_unit_test(test_unmount_all),
		cmocka_unit_test(test_unmount_none),
		cmocka_unit_test(test_unmount_some),
		cmocka_unit_test(test_unmount_blindly),
		cmocka_unit_test(test_settle_agreed),
		cmocka_unit_test(test_settle_alone),
		cmocka_unit_test(test_open_sources),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, stage_make_dir, stage_remove_dir);
}
