/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Namespaces entered and made, and what is set once in each. */
#include "init/join.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

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
