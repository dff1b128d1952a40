/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first process: where it is born, what it gets, how its end and its failures are told. */
#include "host/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/region.h"
#include "plan/plan.h"
#include "sys/pidfd.h"
#include "tests/unit/host/birth.h"
#include "tests/unit/must.h"
#include "tests/unit/support.h"
#include "wire/channel.h"

static int say_all_is_well(int plan_fd, int wire)
{
	struct region region = { .base = NULL };
	const struct plan *plan;
	struct err err = ERR_INIT;
	char byte;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (region_map(&region, plan_fd, &err) < 0)
		return 10;
	plan = (const struct plan *)(const void *)region.base;
	if (plan->magic != PLAN_MAGIC || strcmp(plan->root.path, "/the/root") != 0)
		return 11;
	/* The working directory came along, and no descriptor but what init needs. */
	if (access("marker", F_OK) < 0)
		return 12;
	if (birth_count_fds() != 5)
		return 13;
	/* Sealed: nobody can change it. */
	if (ftruncate(plan_fd, 1) == 0 || pwrite(plan_fd, "x", 1, 0) >= 0)
		return 14;
	if (channel_tell(wire, WIRE_READY, NULL, 0, &err) < 0)
		return 15;
	(void)!read(wire, &byte, 1);
	return 7;
}

static void test_entry(void **state)
{
	struct err err = ERR_INIT;
	struct birth birth;

	(void)state;
	birth_begin(&birth, 0);
	support_write(birth.dir.fd, "marker", "");
	birth_entry(&birth, say_all_is_well);
	assert_int_equal(pidfd_has_ended(birth.launched.pidfd, 0), 0);
	if (channel_wait(birth.launched.wire, WIRE_READY, NULL, 0, NULL, &err) < 0)
		fail_msg("%s; exit code %d", err.text, launch_reap(&birth.launched));
	/* Our end closed is the end of the channel. */
	fd_close(&birth.launched.wire);
	assert_int_equal(launch_reap(&birth.launched), 7);
	assert_int_equal(birth.launched.pid, -1);
	/* Once only. */
	assert_int_equal(launch_reap(&birth.launched), -1);
	assert_int_equal(errno, ECHILD);
	birth_end(&birth);
}

static void test_abort(void **state)
{
	struct birth birth;
	pid_t pid;

	(void)state;
	birth_begin(&birth, 0);
	birth_entry(&birth, birth_sleep);
	pid = birth.launched.pid;
	launch_abort(&birth.launched);
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(errno, ESRCH);
	assert_int_equal(birth.launched.pid, -1);
	assert_int_equal(birth.launched.pidfd, -1);
	assert_int_equal(birth.launched.wire, -1);
	/* Nothing to abort is fine, too. */
	launch_abort(&birth.launched);
	birth_end(&birth);
}

/* Closing lets it live. */
static void test_close(void **state)
{
	struct birth birth;
	pid_t pid;

	(void)state;
	birth_begin(&birth, 0);
	birth_entry(&birth, birth_sleep);
	pid = birth.launched.pid;
	launch_close(&birth.launched);
	assert_int_equal(birth.launched.pidfd, -1);
	(void)usleep(20000);
	assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	birth_end(&birth);
}

static void test_ends_by_signal(void **state)
{
	static const int sigs[] = { SIGKILL, SIGTERM };
	struct birth birth;

	(void)state;
	for (size_t i = 0; i < COUNT(sigs); i++) {
		birth_begin(&birth, 0);
		birth_entry(&birth, birth_sleep);
		assert_int_equal(pidfd_send_signal(birth.launched.pidfd, sigs[i]), 0);
		assert_int_equal(launch_reap(&birth.launched), 128 + sigs[i]);
		birth_end(&birth);
	}
}

/* What happens while poll(2) has looked at its first descriptor and not yet at the next. */
static void (*between)(void);

/* As the kernel: one after the other, then waiting. */
int poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	const struct timespec at_once = { .tv_sec = 0 };
	struct timespec timeout = { .tv_sec = timeout_ms / 1000, .tv_nsec = timeout_ms % 1000 * 1000000L };
	void (*happens)(void) = between;
	int ready = 0;

	between = NULL;
	for (nfds_t i = 0; happens != NULL && i < n; i++) {
		ready += ppoll(&fds[i], 1, &at_once, NULL);
		if (i == 0)
			happens();
	}
	return ready > 0 ? ready : ppoll(fds, n, timeout_ms < 0 ? NULL : &timeout, NULL);
}

/* Says that it is the second process itself, and ends. */
static int joins(int plan_fd, int wire)
{
	struct err err = ERR_INIT;

	(void)plan_fd;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (channel_wait(wire, WIRE_GO, NULL, 0, NULL, &err) < 0)
		return 1;
	return channel_tell_process(wire, getpid(), pidfd_open(getpid()), &err) < 0;
}

static struct launched *joining;

static void say_and_end(void)
{
	struct err err = ERR_INIT;

	assert_good(channel_tell(joining->wire, WIRE_GO, NULL, 0, &err), err);
	assert_int_equal(pidfd_has_ended(joining->pidfd, -1), 1);
}

/* However late its message and its end come, they come in this order. */
static void test_adopt_as_the_first_ends(void **state)
{
	struct err err = ERR_INIT;
	struct birth birth;
	pid_t pid;

	(void)state;
	birth_begin(&birth, 0);
	birth_entry(&birth, joins);
	pid = birth.launched.pid;
	assert_false(launch_is_ending(&birth.launched));
	joining = &birth.launched;
	between = say_and_end;
	assert_good(launch_adopt(&birth.launched, &err), err);
	assert_null(between);
	assert_int_equal(birth.launched.pid, pid);
	birth_end(&birth);
}

static void test_ending(void **state)
{
	struct birth birth;

	(void)state;
	birth_begin(&birth, 0);
	assert_false(launch_is_ending(&birth.launched));
	birth_entry(&birth, birth_sleep);
	assert_false(launch_is_ending(&birth.launched));
	assert_int_equal(pidfd_send_signal(birth.launched.pidfd, SIGKILL), 0);
	assert_int_equal(pidfd_has_ended(birth.launched.pidfd, -1), 1);
	assert_true(launch_is_ending(&birth.launched));
	assert_int_equal(launch_reap(&birth.launched), 128 + SIGKILL);
	assert_false(launch_is_ending(&birth.launched));
	birth_end(&birth);
}

static int is_first(int plan_fd, int wire)
{
	(void)plan_fd;
	(void)wire;
	return getpid() == 1 ? 3 : 4;
}

static ino_t namespace_of(pid_t pid, const char *kind)
{
	char path[64];
	struct stat st;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, kind);
	assert_int_equal(stat(path, &st), 0);
	return st.st_ino;
}

/* All at the clone but the cgroup namespace, which init makes once it is in its cgroup. */
static void test_namespaces(void **state)
{
	struct birth birth;

	(void)state;
	birth_begin(&birth, CLONE_NEWPID);
	birth_entry(&birth, is_first);
	assert_int_equal(launch_reap(&birth.launched), 3);
	birth_end(&birth);
	birth_begin(&birth, CLONE_NEWUTS | CLONE_NEWNS | CLONE_NEWCGROUP);
	birth_entry(&birth, birth_sleep);
	assert_int_not_equal(namespace_of(birth.launched.pid, "uts"), namespace_of(getpid(), "uts"));
	assert_int_not_equal(namespace_of(birth.launched.pid, "mnt"), namespace_of(getpid(), "mnt"));
	assert_int_equal(namespace_of(birth.launched.pid, "ipc"), namespace_of(getpid(), "ipc"));
	assert_int_equal(namespace_of(birth.launched.pid, "cgroup"), namespace_of(getpid(), "cgroup"));
	launch_abort(&birth.launched);
	birth_end(&birth);
}

static int has_preserved(int plan_fd, int wire)
{
	(void)plan_fd;
	(void)wire;
	if (fcntl(3, F_GETFD) < 0 || fcntl(4, F_GETFD) < 0)
		return 1;
	return birth_count_fds() == 7 ? 0 : 2;
}

static void preserve(void *data)
{
	struct birth birth;

	(void)data;
	/* --preserve-fds counts from 3; one more than is asked for. */
	for (int fd = 3; fd <= 5; fd++)
		assert_int_equal(dup2(STDERR_FILENO, fd), fd);
	birth_begin(&birth, 0);
	birth.plan->preserve_fds = 2;
	birth_entry(&birth, has_preserved);
	assert_int_equal(launch_reap(&birth.launched), 0);
	birth_end(&birth);
}

static void test_preserved_descriptors(void **state)
{
	(void)state;
	support_run(0, preserve, NULL);
}

static void *read_program(const char *path, size_t *ret_size)
{
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *data;

	assert_int_equal(fstat(fd, &st), 0);
	data = must(malloc((size_t)st.st_size));
	assert_int_equal(fd_read_all(fd, data, (size_t)st.st_size), st.st_size);
	*ret_size = (size_t)st.st_size;
	return data;
}

/*
 * The image is executed: as a shell, it takes its first argument, the plan's number, as the name of a
 * script, which it finds in the working directory that came along.
 */
static void test_image(void **state)
{
	char script[32], expected[128], out[512];
	struct birth birth;
	struct err err;
	size_t size;
	void *shell = read_program("/bin/sh", &size);

	(void)state;
	birth_begin(&birth, 0);
	for (int fd = 3; fd < 64; fd++) {
		(void)snprintf(script, sizeof(script), "%d", fd);
		support_write(birth.dir.fd, script,
			      "exec >out; echo args $# $0 $1; echo env $PATH $HOME end\n"
			      "for i in 3 4 5 6 7 8 9; do { true <&$i; } 2>/dev/null && echo fd $i; done; exit 5\n");
	}
	birth_use((struct init_image){ .data = shell, .size = size });
	assert_good(birth_launch(&birth, &err), err);
	assert_int_equal(launch_reap(&birth.launched), 5);
	support_read(birth.dir.fd, "out", out, sizeof(out));
	(void)snprintf(expected, sizeof(expected), "args 1 %d ", birth.plan_fd);
	assert_holds(out, expected);
	(void)snprintf(expected, sizeof(expected), "fd %d\n", birth.plan_fd);
	assert_holds(out, expected);
	/* The plan and the wire, nothing else that was open here. */
	{
		size_t n = 0;

		for (const char *p = out; (p = strstr(p, "fd ")) != NULL; p++)
			n++;
		assert_int_equal(n, 2);
	}
	birth_end(&birth);
	free(shell);
}

/* What happens after the clone is told over the wire, and the process ends. */
static void test_image_cannot_be_executed(void **state)
{
	static const char text[] = "this is no program";
	struct err err;
	struct birth birth;

	(void)state;
	birth_begin(&birth, 0);
	birth_use((struct init_image){ .data = text, .size = sizeof(text) });
	assert_good(birth_launch(&birth, &err), err);
	assert_int_equal(channel_wait(birth.launched.wire, WIRE_READY, NULL, 0, NULL, &err), -1);
	assert_holds(err.text, "execute the container's first process: ");
	assert_int_equal(err.code, ENOEXEC);
	assert_int_equal(launch_reap(&birth.launched), 1);
	birth_end(&birth);
}

/* Refused before there is a process: nothing is left. */
static void refused(struct birth *birth, const char *part)
{
	struct err err;

	birth_use((struct init_image){ .entry = birth_sleep });
	assert_int_equal(birth_launch(birth, &err), -1);
	assert_holds(err.text, part);
	assert_int_equal(birth->launched.pid, -1);
	assert_int_equal(birth->launched.wire, -1);
	birth_end(birth);
}

static void refuse_clone(void *data)
{
	struct birth birth;

	birth_begin(&birth, CLONE_NEWUTS);
	support_refuse(SYS_clone3, *(const int *)data);
	refused(&birth, *(const int *)data == ENOSPC ? "make the namespaces: a limit is reached" :
		"make the namespaces and the container's first process: ");
}

static void test_clone_fails(void **state)
{
	int errors[] = { ENOSPC, ENOMEM, EAGAIN };

	(void)state;
	for (size_t i = 0; i < COUNT(errors); i++)
		support_run(0, refuse_clone, &errors[i]);
}

static void test_root_is_no_directory(void **state)
{
	struct birth birth;
	struct err err = ERR_INIT;
	auto_fd int file = open("/dev/null", O_PATH | O_CLOEXEC);

	(void)state;
	birth_begin(&birth, 0);
	birth_use((struct init_image){ .entry = birth_sleep });
	birth.plan_fd = region_seal(&birth.region, &err);
	assert_int_equal(launch_init(birth.plan, &birth.region, birth.plan_fd, file, &birth.cgroup, &birth.launched,
				     &err), -1);
	assert_holds(err.text, "enter the root file system /the/root: ");
	assert_int_equal(err.at, 17);
	birth_end(&birth);
}

/* A working directory that was removed is no obstacle; "/" is then as good. */
static void lose_directory(void *data)
{
	struct support_dir lost;
	struct birth birth;
	struct err err = ERR_INIT;

	(void)data;
	birth_begin(&birth, 0);
	support_open_dir(&lost);
	assert_int_equal(fchdir(lost.fd), 0);
	support_remove_dir(&lost);
	birth_use((struct init_image){ .entry = is_first });
	birth.plan_fd = region_seal(&birth.region, &err);
	assert_good(launch_init(birth.plan, &birth.region, birth.plan_fd, birth.dir.fd, &birth.cgroup,
				&birth.launched, &err), err);
	assert_int_equal(launch_reap(&birth.launched), 4);
	/* Not in the container's root file system, where we must not stay. */
	assert_int_not_equal(faccessat(AT_FDCWD, "marker", F_OK, 0), 0);
	{
		struct stat here, root;

		assert_int_equal(stat(".", &here), 0);
		assert_int_equal(fstat(birth.dir.fd, &root), 0);
		assert_int_not_equal(here.st_ino, root.st_ino);
	}
	birth_end(&birth);
}

static void test_working_directory_is_gone(void **state)
{
	(void)state;
	support_run(0, lose_directory, NULL);
}

static void forbid_programs_in_memory(void *data)
{
	static const char text[] = "this is no program";
	auto_fd int fd = open("/proc/sys/vm/memfd_noexec", O_WRONLY | O_CLOEXEC);
	struct birth birth;
	struct err err;

	(void)data;
	/* It holds for this pid namespace. */
	assert_int_equal(write(fd, "2", 1), 1);
	birth_begin(&birth, 0);
	birth_use((struct init_image){ .data = text, .size = sizeof(text) });
	assert_int_equal(birth_launch(&birth, &err), -1);
	assert_holds(err.text, "the sysctl vm.memfd_noexec forbids programs in memory");
	birth_end(&birth);
}

static void test_no_programs_in_memory(void **state)
{
	(void)state;
	if (access("/proc/sys/vm/memfd_noexec", W_OK) < 0) {
		(void)puts("skipped: needs the sysctl vm.memfd_noexec (Linux 6.3)");
		skip();
	}
	support_run(CLONE_NEWPID, forbid_programs_in_memory, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entry),
		cmocka_unit_test(test_abort),
		cmocka_unit_test(test_close),
		cmocka_unit_test(test_ends_by_signal),
		cmocka_unit_test(test_adopt_as_the_first_ends),
		cmocka_unit_test(test_ending),
		cmocka_unit_test(test_namespaces),
		cmocka_unit_test(test_preserved_descriptors),
		cmocka_unit_test(test_image),
		cmocka_unit_test(test_image_cannot_be_executed),
		cmocka_unit_test(test_clone_fails),
		cmocka_unit_test(test_root_is_no_directory),
		cmocka_unit_test(test_working_directory_is_gone),
		cmocka_unit_test(test_no_programs_in_memory),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
