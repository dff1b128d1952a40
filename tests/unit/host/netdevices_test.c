/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices that go to a container's network namespace and, when it comes to nothing, back. */
#include "host/netdevices.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "plan/plan.h"
#include "tests/unit/support.h"
#include "tests/unit/network.h"

/* The next but @failing requests or answers do not come through; the others do. */
static int failing = -1;

static bool fails_now(void)
{
	return failing >= 0 && failing-- == 0;
}

ssize_t sendto(int fd, const void *data, size_t size, int flags, __CONST_SOCKADDR_ARG to, socklen_t to_size)
{
	errno = ENOBUFS;
	return fails_now() ? -1 : syscall(SYS_sendto, fd, data, size, flags, to, to_size);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	errno = ENOBUFS;
	return fails_now() ? -1 : syscall(SYS_recvmsg, fd, message, flags);
}

/* A process that was born in a new network namespace; killed by reap(). */
static pid_t make_child(void)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWNET) == 0 && write(ready[1], "x", 1) == 1)
			(void)pause();
		_exit(1);
	}
	(void)close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	(void)close(ready[0]);
	return pid;
}

static void reap(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static int open_ns(pid_t pid)
{
	char path[48];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

/* What `ip` says in the namespace @ns. */
static void show_in(int ns, const char *command, char *text, size_t size)
{
	int own = open_ns(getpid());

	assert_int_equal(setns(ns, CLONE_NEWNET), 0);
	network_show(command, text, size);
	assert_int_equal(setns(own, CLONE_NEWNET), 0);
	(void)close(own);
}

#define PLAN(devices) ((struct plan){ .netdevices = { .item = (devices), .n = COUNT(devices) } })

static void assert_back(void)
{
	char text[4096];

	network_show("-o addr", text, sizeof(text));
	assert_holds(text, "192.0.2.1/24 brd 192.0.2.255 scope global a:x");
	assert_holds(text, "2001:db8::1/64 scope global nodad");
	network_show("link show dev a", text, sizeof(text));
	assert_holds(text, "mtu 1400");
	assert_holds(text, ",UP");
}

static void make_device(void)
{
	network_ip("link add name a type veth peer name b");
	network_ip("link set dev b up");
	network_ip("link set dev a up mtu 1400");
	network_ip("addr add 192.0.2.1/24 brd 192.0.2.255 label a:x dev a");
	network_ip("-6 addr add 2001:db8::1/64 nodad dev a");
}

/* The child may be dead when its devices are fetched back. */
static void there_and_back(void *data)
{
	struct plan_netdevice list[] = { { .at = 5, .host = "a", .name = "c%d", .is_template = true } };
	struct plan plan = PLAN(list);
	struct netdevices devices = NETDEVICES_INIT;
	size_t fds = support_count_fds();
	struct err err = ERR_INIT;
	pid_t pid = make_child();
	int ns = open_ns(pid);
	char text[4096];

	make_device();
	assert_good(netdevices_move(&devices, &plan, pid, data != NULL ? ns : -1, &err), err);
	show_in(ns, "-o addr show up", text, sizeof(text));
	assert_holds(text, "c0    inet 192.0.2.1/24 brd 192.0.2.255 scope global c0:x");
	assert_holds(text, "2001:db8::1/64 scope global nodad");
	(void)close(ns);
	reap(pid);
	netdevices_undo(&devices);
	assert_back();
	assert_int_equal(devices.n, 0);
	assert_int_equal(support_count_fds(), fds);
}

/* Whichever single request or answer is lost, everything is as before; the kernel may have done what it was asked. */
static void lost_on_the_way(void *data)
{
	struct plan_netdevice list[] = { { .at = 5, .host = "a", .name = "c" } };
	struct plan plan = PLAN(list);
	int n = 0, r = -1;

	(void)data;
	make_device();
	while (r < 0) {
		struct netdevices devices = NETDEVICES_INIT;
		struct err err = ERR_INIT;
		pid_t pid = make_child();

		failing = n;
		r = netdevices_move(&devices, &plan, pid, -1, &err);
		if (r == 0 && failing < 0)
			r = -1; /* one that did not matter */
		failing = -1;
		reap(pid);
		netdevices_undo(&devices);
		assert_back();
		assert_in_range(n, 0, 200);
		n++;
	}
	/* Every one that there is, twice for most. */
	assert_in_range(n, 10, 200);
}

static void test_lost_on_the_way(void **state)
{
	(void)state;
	support_run(CLONE_NEWNET, lost_on_the_way, NULL);
}

/* After close the namespace ends with its processes, and the pair of devices with it. */
static void left_to_the_container(void *data)
{
	struct plan_netdevice list[] = { { .at = 5, .host = "a", .name = "a" } };
	struct plan plan = PLAN(list);
	struct netdevices devices = NETDEVICES_INIT;
	struct err err = ERR_INIT;
	pid_t pid = make_child();
	char text[4096];

	(void)data;
	make_device();
	assert_good(netdevices_move(&devices, &plan, pid, -1, &err), err);
	netdevices_close(&devices);
	netdevices_close(&devices);
	reap(pid);
	for (int i = 0; i < 100; i++) {
		network_show("-o link", text, sizeof(text));
		if (strstr(text, ": b") == NULL)
			return;
		(void)usleep(50000);
	}
	fail_msg("the namespace lives on: %s", text);
}

static void expect_refused(struct plan *plan, pid_t pid, int joined, uint32_t at, const char *words)
{
	struct netdevices devices = NETDEVICES_INIT;
	struct err err = ERR_INIT;

	assert_int_equal(netdevices_move(&devices, plan, pid, joined, &err), -1);
	assert_holds(err.text, words);
	assert_int_equal(err.at, at);
	netdevices_undo(&devices);
	assert_back();
}

static void refused(void *data)
{
	struct plan_netdevice missing[] = { { .at = 1, .host = "a", .name = "a" }, { .at = 2, .host = "gone", .name = "x" } };
	struct plan_netdevice taken[] = { { .at = 3, .host = "a", .name = "lo" } };
	struct plan_netdevice fixed[] = { { .at = 4, .host = "a", .name = "a" }, { .at = 5, .host = "lo", .name = "lo1" } };
	struct plan_join join = { .at = 9, .flag = CLONE_NEWNET, .path = "/own" };
	struct plan plans[] = { PLAN(missing), PLAN(taken), PLAN(fixed) };
	size_t fds = support_count_fds();
	int own = open_ns(getpid());
	pid_t pid = make_child();

	(void)data;
	make_device();
	expect_refused(&plans[0], pid, -1, 2, "the host has no network device \"gone\"");
	expect_refused(&plans[1], pid, -1, 3, "the container's network namespace has a device \"lo\"");
	expect_refused(&plans[2], pid, -1, 5, "network device lo cannot leave its network namespace");
	plans[2].namespaces = (struct plan_namespaces){ .join = &join, .n_join = 1 };
	expect_refused(&plans[2], pid, own, 9, "/own is the host's own network namespace");
	reap(pid);
	(void)close(own);
	assert_int_equal(support_count_fds(), fds);
}

static void nothing(void *data)
{
	struct plan plan = { .magic = 0 };
	struct netdevices devices = NETDEVICES_INIT;
	struct err err = ERR_INIT;
	size_t fds = support_count_fds();

	(void)data;
	assert_good(netdevices_move(&devices, &plan, -1, -1, &err), err);
	assert_int_equal(support_count_fds(), fds);
	netdevices_undo(&devices);
}

static void test_there_and_back(void **state)
{
	(void)state;
	support_run(CLONE_NEWNET, there_and_back, NULL);
}

static void test_joined(void **state)
{
	(void)state;
	support_run(CLONE_NEWNET, there_and_back, "joined");
}

static void test_left(void **state)
{
	(void)state;
	support_run(CLONE_NEWNET, left_to_the_container, NULL);
}

static void test_refused(void **state)
{
	(void)state;
	support_run(CLONE_NEWNET, refused, NULL);
}

static void test_nothing(void **state)
{
	(void)state;
	support_run(CLONE_NEWNET, nothing, NULL);
}

int main(void)
{
	network_need();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_joined),
		cmocka_unit_test(test_lost_on_the_way),
		cmocka_unit_test(test_left),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
