/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Labels, written to a directory that stands in for a procfs: plain files keep what was written, and
 * FIFOs have a peer that answers as a security module would.
 */
#include "init/label.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fd.h"
#include "sys/mountfd.h"
#include "sys/uapi.h"
#include "tests/unit/init/stage.h"

#define CONTEXT "system_u:system_r:container_t:s0:c1,c2"
#define OTHER_CONTEXT "system_u:system_r:container_t:s0:c3,c4"

static struct stage stage;

/* Below the stage's root, where init->proc points from now on. */
static char attr[64];

static void open_stand_in(void *dir)
{
	stage_open(&stage, dir);
	(void)close(stage.init.proc);
	stage.init.proc = fcntl(stage.init.root, F_DUPFD_CLOEXEC, 3);
	(void)snprintf(attr, sizeof(attr), "%d/task/%d/attr", (int)getpid(), (int)syscall(SYS_gettid));
	stage_mkdir(&stage, attr);
}

static const char *path_of(const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", attr, name);
	return path;
}

static void expect_file(const char *name, const char *text)
{
	char got[256];

	support_read(stage.root, path_of(name), got, sizeof(got));
	assert_string_equal(got, text);
}

/* A file @name that takes @question and answers @answer; wait for it with end_peer(). */
static pid_t begin_peer(const char *name, const char *question, const char *answer)
{
	pid_t pid;

	assert_int_equal(mkfifoat(stage.root, path_of(name), 0600), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		int fd = openat(stage.root, path_of(name), O_RDONLY | O_CLOEXEC);
		char got[256] = "";
		ssize_t n = fd_read_all(fd, got, sizeof(got) - 1);

		(void)close(fd);
		fd = openat(stage.root, path_of(name), O_WRONLY | O_CLOEXEC);
		_exit(n == (ssize_t)strlen(question) && strcmp(got, question) == 0 &&
		      fd_write_all(fd, answer, strlen(answer)) == 0 ? 0 : 1);
	}
	return pid;
}

static void end_peer(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void nothing_asked(void *dir)
{
	open_stand_in(dir);
	stage_good(&stage, label_exec(&stage.init, &stage.err));
	stage_good(&stage, label_keys(&stage.init, true, &stage.err));
}

static void profile(void *dir)
{
	pid_t peer;

	open_stand_in(dir);
	stage_mkdir(&stage, path_of("apparmor"));
	stage_write(&stage, path_of("exec"), "");
	stage.plan.process.lsm.apparmor = "docker default";
	peer = begin_peer("apparmor/exec", "exec docker default", "docker default (enforce)\n");
	stage_good(&stage, label_exec(&stage.init, &stage.err));
	end_peer(peer);
	/* The file that modules share is not touched. */
	expect_file("exec", "");
}

/* Before Linux 5.8. */
static void profile_in_shared_file(void *dir)
{
	pid_t peer;

	open_stand_in(dir);
	stage.plan.process.lsm.apparmor = "p";
	peer = begin_peer("exec", "exec p", "p (complain)\n");
	stage_good(&stage, label_exec(&stage.init, &stage.err));
	end_peer(peer);
}

/* A file that swallows what is written proves nothing (CVE-2019-16884). */
static void profile_not_taken(void *dir)
{
	open_stand_in(dir);
	stage_write(&stage, path_of("apparmor/exec"), "");
	stage.plan.process.lsm.apparmor = "p";
	stage_bad(&stage, label_exec(&stage.init, &stage.err),
		  "`/proc/thread-self/attr/apparmor/exec` is \"exec p\" after \"p\" was written to it");
	assert_int_equal(stage.err.at, 20);
}

static void other_profile(void *dir)
{
	pid_t peer;

	open_stand_in(dir);
	stage_mkdir(&stage, path_of("apparmor"));
	stage.plan.process.lsm.apparmor = "p";
	peer = begin_peer("apparmor/exec", "exec p", "unconfined\n");
	stage_bad(&stage, label_exec(&stage.init, &stage.err), "is \"unconfined\" after \"p\" was written");
	end_peer(peer);
}

static void long_profile(void *dir)
{
	static char name[5000];

	open_stand_in(dir);
	memset(name, 'a', sizeof(name) - 1);
	stage.plan.process.lsm.apparmor = name;
	stage_bad(&stage, label_exec(&stage.init, &stage.err), "too long");
}

static void context(void *dir)
{
	open_stand_in(dir);
	stage_write(&stage, path_of("exec"), "");
	stage.plan.process.lsm.selinux = CONTEXT;
	stage_good(&stage, label_exec(&stage.init, &stage.err));
	expect_file("exec", CONTEXT);
}

static void other_context(void *dir)
{
	pid_t peer;

	open_stand_in(dir);
	stage.plan.process.lsm.selinux = CONTEXT;
	peer = begin_peer("exec", CONTEXT, "system_u:system_r:unconfined_t:s0:c1,c2");
	stage_bad(&stage, label_exec(&stage.init, &stage.err), "`/proc/thread-self/attr/exec` is \"system_u:");
	end_peer(peer);
}

static void keys(void *dir)
{
	open_stand_in(dir);
	stage_write(&stage, path_of("keycreate"), "");
	stage.plan.process.lsm.selinux = CONTEXT;
	stage_good(&stage, label_keys(&stage.init, true, &stage.err));
	expect_file("keycreate", CONTEXT);
	stage_write(&stage, path_of("keycreate"), "");
	stage_good(&stage, label_keys(&stage.init, false, &stage.err));
	expect_file("keycreate", "\n");
	assert_int_equal(unlinkat(stage.root, path_of("keycreate"), 0), 0);
	stage_bad(&stage, label_keys(&stage.init, true, &stage.err),
		  "write SELinux label \"" CONTEXT "\" to `/proc/thread-self/attr/keycreate`: ");
}

/* Links and mounts in the way are not followed. */
static void link_in_the_way(void *dir)
{
	open_stand_in(dir);
	stage_write(&stage, "elsewhere", "");
	assert_int_equal(symlinkat("/elsewhere", stage.root, path_of("exec")), 0);
	stage.plan.process.lsm.selinux = CONTEXT;
	stage_bad(&stage, label_exec(&stage.init, &stage.err), "write SELinux label");
	assert_int_equal(stage.err.code, ELOOP);
}

/* The real files: without a module that takes the word, the kernel refuses it. */
static void kernel_refuses(void *dir)
{
	stage_open(&stage, dir);
	stage.plan.process.lsm.apparmor = "tare-test-no-such-profile";
	stage_bad(&stage, label_exec(&stage.init, &stage.err), "`/proc/thread-self/attr/");
	assert_holds(stage.err.text, "AppArmor profile \"tare-test-no-such-profile\"");
	assert_holds(stage.err.text, "exec`");
	stage.plan.process.lsm.apparmor = NULL;
	stage.plan.process.lsm.selinux = "tare:no:such:context";
	stage_bad(&stage, label_exec(&stage.init, &stage.err),
		  "write SELinux label \"tare:no:such:context\" to `/proc/thread-self/attr/exec`: ");
}

static void mount_root(void *dir)
{
	struct plan_mount mount = { .at = 50, .target = "/q", .type = "mqueue" };
	char label[128] = "";
	int tree, root;

	stage_open(&stage, dir);
	tree = stage_new_fs("tmpfs");
	stage_good(&stage, label_mount(&mount, tree, &stage.err));
	root = openat(tree, ".", O_RDONLY | O_CLOEXEC);
	assert_int_equal(fgetxattr(root, "security.selinux", label, sizeof(label)), -1);
	mount.label = CONTEXT;
	if (label_mount(&mount, tree, &stage.err) < 0) {
		/* A kernel without labels on tmpfs, or one whose SELinux does not know this context. */
		assert_holds(stage.err.text, "label /q \"" CONTEXT "\": ");
		assert_int_equal(stage.err.at, 50);
		print_message("no labels on tmpfs here: %s\n", stage.err.text);
		return;
	}
	assert_true(fgetxattr(root, "security.selinux", label, sizeof(label)) > 0);
	assert_string_equal(label, CONTEXT);
	/* A read-only mount gets it, too, and is read-only again. */
	mount.label = OTHER_CONTEXT;
	mount.attr.set = MOUNT_ATTR_RDONLY;
	assert_int_equal(mountfd_setattr(tree, false, MOUNT_ATTR_RDONLY, 0), 0);
	stage_good(&stage, label_mount(&mount, tree, &stage.err));
	assert_true(fgetxattr(root, "security.selinux", label, sizeof(label)) > 0);
	assert_string_equal(label, OTHER_CONTEXT);
	assert_int_equal(mkdirat(tree, "new", 0755), -1);
	assert_int_equal(errno, EROFS);
}

STAGE_TEST(test_nothing, 0, nothing_asked)
STAGE_TEST(test_profile, 0, profile)
STAGE_TEST(test_shared_file, 0, profile_in_shared_file)
STAGE_TEST(test_not_taken, 0, profile_not_taken)
STAGE_TEST(test_other_profile, 0, other_profile)
STAGE_TEST(test_long_profile, 0, long_profile)
STAGE_TEST(test_context, 0, context)
STAGE_TEST(test_other_context, 0, other_context)
STAGE_TEST(test_keys, 0, keys)
STAGE_TEST(test_link, 0, link_in_the_way)
STAGE_TEST(test_kernel, 0, kernel_refuses)
STAGE_TEST(test_mount, 0, mount_root)

static void test_is_profile(void **state)
{
	static const struct {
		const char *answer, *profile;
		bool is_it;
	} cases[] = {
		{ "p (enforce)", "p", true },
		{ "p", "p", true },
		{ "unconfined", "unconfined", true },
		{ "a b (complain)", "a b", true },
		{ "a (b) (enforce)", "a (b)", true },
		{ ":lxd://p (enforce)", "p", true },
		{ "p (enforce)", ":lxd://p", true },
		{ ":lxd:p (enforce)", ":lxd:p", true },
		{ "outer//&p (enforce)", "p", true },
		{ "p//&:ns://q (mixed)", "q", true },
		{ "a//&b (enforce)", "a//&b", true },
		{ "q (enforce)", "p", false },
		{ "pp (enforce)", "p", false },
		{ "p (enforce)", "pp", false },
		{ "p//x (enforce)", "p", false },
		{ "a//&pp//&b (enforce)", "p", false },
		{ "unconfined", "p", false },
		{ "", "p", false },
		{ "(enforce)", "p", false },
		{ "exec p", "p", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (label_is_profile(cases[i].answer, cases[i].profile) != cases[i].is_it)
			fail_msg("\"%s\" and \"%s\"", cases[i].answer, cases[i].profile);
	}
}

static void test_is_context(void **state)
{
	static const struct {
		const char *answer, *label;
		bool is_it;
	} cases[] = {
		{ "u:r:t:s0", "u:r:t:s0", true },
		{ "u:r:t", "u:r:t", true },
		{ "u:r:t:s0:c1.c3", "u:r:t:s0:c1,c2,c3", true },
		{ "u:r:t:s0", "u:r:t:s0-s0", true },
		{ "u:r:tt:s0", "u:r:t:s0", false },
		{ "u:r:t:s0", "u:r:tt:s0", false },
		{ "u:x:t:s0", "u:r:t:s0", false },
		{ "", "u:r:t:s0", false },
		{ "", "", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (label_is_context(cases[i].answer, cases[i].label) != cases[i].is_it)
			fail_msg("\"%s\" and \"%s\"", cases[i].answer, cases[i].label);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_profile),
		cmocka_unit_test(test_shared_file),
		cmocka_unit_test(test_not_taken),
		cmocka_unit_test(test_other_profile),
		cmocka_unit_test(test_long_profile),
		cmocka_unit_test(test_context),
		cmocka_unit_test(test_other_context),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_link),
		cmocka_unit_test(test_kernel),
		cmocka_unit_test(test_mount),
		cmocka_unit_test(test_is_profile),
		cmocka_unit_test(test_is_context),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, stage_make_dir, stage_remove_dir);
}
