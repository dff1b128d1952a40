/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Namespaces entered and made, and what is set once in each. */
#include "init/join.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "tests/unit/init/stage.h"

#ifndef CLONE_NEWCGROUP
#define CLONE_NEWCGROUP 0x02000000
#endif

static struct stage stage;

static ino_t inode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_ino;
}

static int open_ns(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void join(void *data)
{
	struct plan_join joins[] = {
		{ .at = 80, .flag = CLONE_NEWUTS, .path = "/the/uts" },
		{ .at = 81, .flag = CLONE_NEWIPC, .path = "/the/ipc" },
	};
	ino_t uts = inode_of("/proc/self/ns/uts"), ipc = inode_of("/proc/self/ns/ipc");
	ino_t cgroup = inode_of("/proc/self/ns/cgroup");
	size_t fds;

	stage_open(&stage, data);
	fds = support_count_fds();
	stage.join[0] = open_ns("/proc/self/ns/uts");
	stage.join[1] = open_ns("/proc/self/ns/ipc");
	assert_int_equal(unshare(CLONE_NEWUTS | CLONE_NEWIPC), 0);
	assert_true(inode_of("/proc/self/ns/uts") != uts);
	stage.plan.namespaces.join = joins;
	stage.plan.namespaces.n_join = 2;
	stage_good(&stage, join_namespaces(&stage.init, &stage.err));
	assert_true(inode_of("/proc/self/ns/uts") == uts && inode_of("/proc/self/ns/ipc") == ipc);
	/* A handle on a namespace must not reach the payload. */
	assert_true(stage.join[0] == -1 && stage.join[1] == -1);
	assert_int_equal(support_count_fds(), fds);
	stage_good(&stage, join_cgroup(&stage.init, &stage.err));
	assert_true(inode_of("/proc/self/ns/cgroup") == cgroup);

	/* The cgroup namespace is the one to make here; others were made by clone(2). */
	stage.plan.namespaces.create = CLONE_NEWCGROUP | CLONE_NEWUTS;
	stage_good(&stage, join_cgroup(&stage.init, &stage.err));
	assert_true(inode_of("/proc/self/ns/cgroup") != cgroup);
	assert_true(inode_of("/proc/self/ns/uts") == uts);
}

static void join_wrongly(void *data)
{
	struct plan_join wrong = { .at = 80, .flag = CLONE_NEWUTS, .path = "/the/uts" };

	stage_open(&stage, data);
	stage.join[0] = open_ns("/proc/self/ns/ipc");
	stage.plan.namespaces.join = &wrong;
	stage.plan.namespaces.n_join = 1;
	stage_bad(&stage, join_namespaces(&stage.init, &stage.err), "join namespace /the/uts");
	assert_int_equal(stage.err.at, 80);
	assert_int_equal(stage.err.code, EINVAL);
}

static long session_keyring(void)
{
	return syscall(SYS_keyctl, 0, -3, 0);
}

static void new_keyring(void *data)
{
	long before = session_keyring();

	if (before < 0 && errno == ENOSYS)
		return;
	stage_open(&stage, data);
	stage_good(&stage, join_keyring(&stage.init, &stage.err));
	assert_int_equal(session_keyring(), before);
	stage.plan.new_keyring = true;
	stage_good(&stage, join_keyring(&stage.init, &stage.err));
	assert_true(session_keyring() != before);
}

static const struct {
	int error;
	const char *text;
} keyring_rows[] = {
	{ ENOSYS, NULL },
	{ EDQUOT, "the key quota of this user is used up" },
	{ EPERM, "join a new session keyring: not allowed" },
};

static size_t row;

static void new_keyring_fails(void *data)
{
	stage_open(&stage, data);
	stage.plan.new_keyring = true;
	support_refuse(SYS_keyctl, keyring_rows[row].error);
	if (keyring_rows[row].text == NULL)
		stage_good(&stage, join_keyring(&stage.init, &stage.err));
	else
		stage_bad(&stage, join_keyring(&stage.init, &stage.err), keyring_rows[row].text);
}

static bool is_lo_up(void)
{
	struct ifreq request = { .ifr_name = "lo" };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_int_equal(ioctl(fd, SIOCGIFFLAGS, &request), 0);
	(void)close(fd);
	return (request.ifr_flags & IFF_UP) != 0;
}

static void raise_loopback(void *data)
{
	stage_open(&stage, data);
	/* In a network namespace that is not ours to set up, hands off. */
	stage_good(&stage, join_network(&stage.init, &stage.err));
	assert_false(is_lo_up());
	stage.plan.namespaces.create = CLONE_NEWNET;
	stage_good(&stage, join_network(&stage.init, &stage.err));
	assert_true(is_lo_up());
	support_refuse(SYS_ioctl, EPERM);
	stage_bad(&stage, join_network(&stage.init, &stage.err), "bring the loopback interface up");
}

static void set_names(void *data)
{
	struct utsname before, after;
	char longest[100];

	stage_open(&stage, data);
	assert_int_equal(uname(&before), 0);
	stage_good(&stage, join_names(&stage.init, &stage.err));
	assert_int_equal(uname(&after), 0);
	assert_string_equal(after.nodename, before.nodename);
	stage.plan.hostname = "inside";
	stage_good(&stage, join_names(&stage.init, &stage.err));
	stage.plan.hostname = NULL;
	stage.plan.domainname = "example";
	stage_good(&stage, join_names(&stage.init, &stage.err));
	assert_int_equal(uname(&after), 0);
	assert_string_equal(after.nodename, "inside");
	assert_string_equal(after.domainname, "example");
	memset(longest, 'h', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	stage.plan.domainname = longest;
	stage_bad(&stage, join_names(&stage.init, &stage.err), "set the domainname");
	stage.plan.hostname = longest;
	stage_bad(&stage, join_names(&stage.init, &stage.err), "set the hostname");
}

static void set_sysctls(void *data)
{
	struct plan_sysctl items[] = {
		{ .at = 90, .path = "net/ipv4/ip_forward", .value = "1" },
		{ .at = 91, .path = "kernel/msgmax", .value = "4242" },
	};
	size_t fds;
	char text[32];

	stage_open(&stage, data);
	fds = support_count_fds();
	stage_good(&stage, join_sysctls(&stage.init, &stage.err));
	stage.plan.sysctls = (struct plan_sysctls){ items, 2 };
	stage_good(&stage, join_sysctls(&stage.init, &stage.err));
	support_read(AT_FDCWD, "/proc/sys/net/ipv4/ip_forward", text, sizeof(text));
	assert_string_equal(text, "1\n");
	support_read(AT_FDCWD, "/proc/sys/kernel/msgmax", text, sizeof(text));
	assert_string_equal(text, "4242\n");

	items[1].path = "kernel/no_such";
	stage_bad(&stage, join_sysctls(&stage.init, &stage.err), "write \"4242\" to sysctl kernel/no_such");
	assert_int_equal(stage.err.at, 91);
	items[1] = (struct plan_sysctl){ .path = "net/ipv4/ip_forward", .value = "nonsense" };
	stage_bad(&stage, join_sysctls(&stage.init, &stage.err), "Invalid argument");
	/* Never out of /proc/sys. */
	items[1].path = "../sysrq-trigger";
	stage_bad(&stage, join_sysctls(&stage.init, &stage.err), "../sysrq-trigger");
	assert_int_equal(stage.err.code, EXDEV);
	assert_int_equal(support_count_fds(), fds);
}

/* A file system that only looks like procfs, put where the handle is expected to lead. */
static void set_sysctls_elsewhere(void *data)
{
	struct plan_sysctl item = { .path = "kernel/msgmax", .value = "1" };

	stage_open(&stage, data);
	stage.plan.sysctls = (struct plan_sysctls){ &item, 1 };
	stage.init.proc = open(stage.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	stage_bad(&stage, join_sysctls(&stage.init, &stage.err), "open /proc/sys");
	assert_int_equal(symlinkat("/proc/sys", stage.root, "sys"), 0);
	stage_bad(&stage, join_sysctls(&stage.init, &stage.err), "open /proc/sys");
	assert_int_equal(stage.err.code, ELOOP);
}

static void set_oom_score(void *data)
{
	char text[16];

	stage_open(&stage, data);
	stage.plan.process.oom_score_adj = 500;
	stage_good(&stage, join_oom_score(&stage.init, &stage.err));
	support_read(stage.init.proc, "self/oom_score_adj", text, sizeof(text));
	assert_true(strtol(text, NULL, 10) != 500);
	stage.plan.process.has_oom_score_adj = true;
	stage_good(&stage, join_oom_score(&stage.init, &stage.err));
	support_read(stage.init.proc, "self/oom_score_adj", text, sizeof(text));
	assert_string_equal(text, "500\n");
	stage.plan.process.oom_score_adj = 5000;
	stage_bad(&stage, join_oom_score(&stage.init, &stage.err), "set oomScoreAdj to 5000: Invalid argument");
	assert_int_equal(stage.err.at, 20);
}

static void test_keyring_failures(void **state)
{
	for (row = 0; row < COUNT(keyring_rows); row++)
		stage_run(0, new_keyring_fails);
}

/* A process in namespaces of its own, and in a root that is not ours; *@ret_fd is its pidfd. */
static pid_t start_container(int *ret_fd)
{
	int talk[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe2(talk, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNS | CLONE_NEWCGROUP) == 0 &&
		    mount("tmpfs", "/mnt", "tmpfs", 0, NULL) == 0 && mkdir("/mnt/inside", 0755) == 0 &&
		    sethostname("the-container", 13) == 0 && write(talk[1], "x", 1) == 1)
			(void)pause();
		_exit(1);
	}
	assert_int_equal(read(talk[0], &byte, 1), 1);
	(void)close(talk[0]);
	(void)close(talk[1]);
	*ret_fd = (int)syscall(SYS_pidfd_open, pid, 0);
	assert_true(*ret_fd >= 0);
	return pid;
}

static void assert_inside(pid_t pid)
{
	static const char *const kinds[] = { "uts", "ipc", "mnt", "cgroup" };
	char path[64];

	for (size_t i = 0; i < COUNT(kinds); i++) {
		ino_t theirs;
		struct stat st;

		(void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, kinds[i]);
		theirs = inode_of(path);
		(void)snprintf(path, sizeof(path), "self/ns/%s", kinds[i]);
		assert_int_equal(fstatat(stage.init.proc, path, &st, 0), 0);
		assert_true(st.st_ino == theirs);
	}
	assert_int_equal(faccessat(stage.init.root, "mnt/inside", F_OK, 0), 0);
	assert_int_equal(access("mnt/inside", F_OK), 0);
}

static void enter_container(const void *data, bool is_old)
{
	int pidfd = -1, talk[2];
	pid_t pid;

	stage_open(&stage, data);
	fd_close(&stage.init.proc);
	fd_close(&stage.init.root);
	pid = start_container(&pidfd);
	stage.plan.exec = (struct plan_exec){ .present = true, .pid = pid,
					      .enter = CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNS | CLONE_NEWCGROUP };
	assert_int_equal(pipe2(talk, O_CLOEXEC), 0);
	/* What is no pidfd is refused with EINVAL, as pidfds are before Linux 5.8. */
	stage.join[0] = is_old ? talk[0] : pidfd;
	stage_good(&stage, join_container(&stage.init, &stage.err));
	assert_int_equal(stage.join[0], -1);
	assert_inside(pid);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void enter_by_pidfd(void *data)
{
	enter_container(data, false);
}

static void enter_one_by_one(void *data)
{
	enter_container(data, true);
}

static void enter_what_has_ended(void *data)
{
	int pidfd = -1;
	pid_t pid;

	stage_open(&stage, data);
	fd_close(&stage.init.proc);
	pid = start_container(&pidfd);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	stage.plan.exec = (struct plan_exec){ .present = true, .pid = pid, .enter = CLONE_NEWUTS };
	stage.join[0] = pidfd;
	stage_bad(&stage, join_container(&stage.init, &stage.err), "container not running");
}

/* Without a mount namespace of its own: the root is that of its first process, wherever it is attached. */
static void enter_a_root(void *data)
{
	int talk[2];
	char byte;
	pid_t pid;

	stage_open(&stage, data);
	fd_close(&stage.init.proc);
	fd_close(&stage.init.root);
	stage_mkdir(&stage, "below/this");
	assert_int_equal(pipe2(talk, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		if (fchdir(stage.root) == 0 && chroot(".") == 0 && write(talk[1], "x", 1) == 1)
			(void)pause();
		_exit(1);
	}
	assert_int_equal(read(talk[0], &byte, 1), 1);
	stage.plan.exec = (struct plan_exec){ .present = true, .pid = pid };
	stage.plan.root.is_entered = true;
	stage.join[0] = (int)syscall(SYS_pidfd_open, pid, 0);
	stage_good(&stage, join_container(&stage.init, &stage.err));
	assert_int_equal(access("/below/this", F_OK), 0);
	assert_int_equal(access("below/this", F_OK), 0);
	assert_int_equal(faccessat(stage.init.root, "below/this", F_OK, 0), 0);
	assert_int_equal(stage.join[0], -1);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	fd_close(&stage.init.proc);
	stage.join[0] = -1;
	stage_bad(&stage, join_container(&stage.init, &stage.err), "open /proc");
}

STAGE_TEST(test_enter_by_pidfd, 0, enter_by_pidfd)
STAGE_TEST(test_enter_one_by_one, 0, enter_one_by_one)
STAGE_TEST(test_enter_what_has_ended, 0, enter_what_has_ended)
STAGE_TEST(test_enter_a_root, 0, enter_a_root)
STAGE_TEST(test_join, 0, join)
STAGE_TEST(test_wrong_type, 0, join_wrongly)
STAGE_TEST(test_keyring, 0, new_keyring)
STAGE_TEST(test_loopback, CLONE_NEWNET, raise_loopback)
STAGE_TEST(test_names, CLONE_NEWUTS, set_names)
STAGE_TEST(test_sysctls, CLONE_NEWNET | CLONE_NEWIPC, set_sysctls)
STAGE_TEST(test_sysctls_elsewhere, 0, set_sysctls_elsewhere)
STAGE_TEST(test_oom_score, CLONE_NEWPID, set_oom_score)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_enter_by_pidfd),
		cmocka_unit_test(test_enter_one_by_one),
		cmocka_unit_test(test_enter_what_has_ended),
		cmocka_unit_test(test_enter_a_root),
		cmocka_unit_test(test_join),
		cmocka_unit_test(test_wrong_type),
		cmocka_unit_test(test_keyring),
		cmocka_unit_test(test_keyring_failures),
		cmocka_unit_test(test_loopback),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_sysctls),
		cmocka_unit_test(test_sysctls_elsewhere),
		cmocka_unit_test(test_oom_score),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, stage_make_dir, stage_remove_dir);
}
