/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first process: where it is born, what it gets, how its end and its failures are told. */
#include "host/launch.h"

#include "tests/unit/support.h"

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
#include "image.h"
#include "plan/plan.h"
#include "sys/pidfd.h"
#include "tests/unit/cgroup/scratch.h"
#include "wire/channel.h"

/* Exit status of a child that found nothing to test. */
enum { EXIT_NOT_KILLED = 9 };

static struct init_image image;

struct init_image init_image_get(void)
{
	return image;
}

/* A plan of its own, sealed, and the directory where the process begins. */
struct birth {
	struct support_dir dir;
	struct region region;
	struct plan *plan;
	int plan_fd;
	struct cgroup cgroup;
	struct launched launched;
};

static void begin(struct birth *birth, unsigned long namespaces)
{
	struct err err = ERR_INIT;

	(void)signal(SIGPIPE, SIG_IGN);
	*birth = (struct birth){ .cgroup = CGROUP_INIT, .launched = LAUNCHED_INIT };
	support_open_dir(&birth->dir);
	assert_good(region_open(&birth->region, &err), err);
	birth->plan = region_alloc(&birth->region, sizeof(*birth->plan));
	birth->plan->magic = PLAN_MAGIC;
	birth->plan->namespaces.create = namespaces;
	birth->plan->namespaces.born = namespaces & ~(unsigned long)CLONE_NEWCGROUP;
	birth->plan->root.path = "/the/root";
	birth->plan->root.at = 17;
	birth->plan_fd = -1;
}

/* Seal and launch; the caller's directory and descriptors must be as they were. */
static int launch(struct birth *birth, struct err *err)
{
	size_t fds = support_count_fds();
	char before[PATH_MAX], after[PATH_MAX];
	int r;

	*err = ERR_INIT;
	birth->plan_fd = region_seal(&birth->region, err);
	assert_true(birth->plan_fd >= 0);
	assert_non_null(getcwd(before, sizeof(before)));
	r = launch_init(birth->plan, &birth->region, birth->plan_fd, birth->dir.fd, &birth->cgroup, &birth->launched,
			err);
	assert_non_null(getcwd(after, sizeof(after)));
	assert_string_equal(after, before);
	/* The plan's, and of a process its pidfd, our end of the channel, and what tells that it has begun. */
	assert_int_equal(support_count_fds(), fds + (r < 0 ? 1 : 3) + (birth->launched.begun >= 0));
	return r;
}

static void end(struct birth *birth)
{
	launch_close(&birth->launched);
	fd_close(&birth->plan_fd);
	region_close(&birth->region);
	cgroup_close(&birth->cgroup);
	support_remove_dir(&birth->dir);
	/* No child is left. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void launched(struct birth *birth, int (*entry)(int, int))
{
	struct err err;

	image = (struct init_image){ .entry = entry };
	assert_good(launch(birth, &err), err);
	assert_true(birth->launched.pid > 0);
	assert_true(support_is_cloexec(birth->launched.pidfd));
	assert_true(support_is_cloexec(birth->launched.wire));
}

/* Without cmocka here: it is a process of its own, which says what is wrong by its exit status. */
static size_t open_fds(void)
{
	size_t n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

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
	if (open_fds() != 5)
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
	begin(&birth, 0);
	support_write(birth.dir.fd, "marker", "");
	launched(&birth, say_all_is_well);
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
	end(&birth);
}

static int __attribute__((noreturn)) sleep_on(int plan_fd, int wire)
{
	(void)plan_fd;
	(void)wire;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		(void)pause();
}

static void test_abort(void **state)
{
	struct birth birth;
	pid_t pid;

	(void)state;
	begin(&birth, 0);
	launched(&birth, sleep_on);
	pid = birth.launched.pid;
	launch_abort(&birth.launched);
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(errno, ESRCH);
	assert_int_equal(birth.launched.pid, -1);
	assert_int_equal(birth.launched.pidfd, -1);
	assert_int_equal(birth.launched.wire, -1);
	/* Nothing to abort is fine, too. */
	launch_abort(&birth.launched);
	end(&birth);
}

/* Closing lets it live. */
static void test_close(void **state)
{
	struct birth birth;
	pid_t pid;

	(void)state;
	begin(&birth, 0);
	launched(&birth, sleep_on);
	pid = birth.launched.pid;
	launch_close(&birth.launched);
	assert_int_equal(birth.launched.pidfd, -1);
	(void)usleep(20000);
	assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	end(&birth);
}

static void test_ends_by_signal(void **state)
{
	static const int sigs[] = { SIGKILL, SIGTERM };
	struct birth birth;

	(void)state;
	for (size_t i = 0; i < COUNT(sigs); i++) {
		begin(&birth, 0);
		launched(&birth, sleep_on);
		assert_int_equal(pidfd_send_signal(birth.launched.pidfd, sigs[i]), 0);
		assert_int_equal(launch_reap(&birth.launched), 128 + sigs[i]);
		end(&birth);
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
	begin(&birth, 0);
	launched(&birth, joins);
	pid = birth.launched.pid;
	assert_false(launch_is_ending(&birth.launched));
	joining = &birth.launched;
	between = say_and_end;
	assert_good(launch_adopt(&birth.launched, &err), err);
	assert_null(between);
	assert_int_equal(birth.launched.pid, pid);
	end(&birth);
}

static void test_ending(void **state)
{
	struct birth birth;

	(void)state;
	begin(&birth, 0);
	assert_false(launch_is_ending(&birth.launched));
	launched(&birth, sleep_on);
	assert_false(launch_is_ending(&birth.launched));
	assert_int_equal(pidfd_send_signal(birth.launched.pidfd, SIGKILL), 0);
	assert_int_equal(pidfd_has_ended(birth.launched.pidfd, -1), 1);
	assert_true(launch_is_ending(&birth.launched));
	assert_int_equal(launch_reap(&birth.launched), 128 + SIGKILL);
	assert_false(launch_is_ending(&birth.launched));
	end(&birth);
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
	begin(&birth, CLONE_NEWPID);
	launched(&birth, is_first);
	assert_int_equal(launch_reap(&birth.launched), 3);
	end(&birth);
	begin(&birth, CLONE_NEWUTS | CLONE_NEWNS | CLONE_NEWCGROUP);
	launched(&birth, sleep_on);
	assert_int_not_equal(namespace_of(birth.launched.pid, "uts"), namespace_of(getpid(), "uts"));
	assert_int_not_equal(namespace_of(birth.launched.pid, "mnt"), namespace_of(getpid(), "mnt"));
	assert_int_equal(namespace_of(birth.launched.pid, "ipc"), namespace_of(getpid(), "ipc"));
	assert_int_equal(namespace_of(birth.launched.pid, "cgroup"), namespace_of(getpid(), "cgroup"));
	launch_abort(&birth.launched);
	end(&birth);
}

static int has_preserved(int plan_fd, int wire)
{
	(void)plan_fd;
	(void)wire;
	if (fcntl(3, F_GETFD) < 0 || fcntl(4, F_GETFD) < 0)
		return 1;
	return open_fds() == 7 ? 0 : 2;
}

static void preserve(void *data)
{
	struct birth birth;

	(void)data;
	/* --preserve-fds counts from 3; one more than is asked for. */
	for (int fd = 3; fd <= 5; fd++)
		assert_int_equal(dup2(STDERR_FILENO, fd), fd);
	begin(&birth, 0);
	birth.plan->preserve_fds = 2;
	launched(&birth, has_preserved);
	assert_int_equal(launch_reap(&birth.launched), 0);
	end(&birth);
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
	data = malloc((size_t)st.st_size);
	assert_non_null(data);
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
	begin(&birth, 0);
	for (int fd = 3; fd < 64; fd++) {
		(void)snprintf(script, sizeof(script), "%d", fd);
		support_write(birth.dir.fd, script,
			      "exec >out; echo args $# $0 $1; echo env $PATH $HOME end\n"
			      "for i in 3 4 5 6 7 8 9; do { true <&$i; } 2>/dev/null && echo fd $i; done; exit 5\n");
	}
	image = (struct init_image){ .data = shell, .size = size };
	assert_good(launch(&birth, &err), err);
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
	end(&birth);
	free(shell);
}

/* What happens after the clone is told over the wire, and the process ends. */
static void test_image_cannot_be_executed(void **state)
{
	static const char text[] = "this is no program";
	struct err err;
	struct birth birth;

	(void)state;
	begin(&birth, 0);
	image = (struct init_image){ .data = text, .size = sizeof(text) };
	assert_good(launch(&birth, &err), err);
	assert_int_equal(channel_wait(birth.launched.wire, WIRE_READY, NULL, 0, NULL, &err), -1);
	assert_holds(err.text, "execute the container's first process: ");
	assert_int_equal(err.code, ENOEXEC);
	assert_int_equal(launch_reap(&birth.launched), 1);
	end(&birth);
}

/* Refused before there is a process: nothing is left. */
static void refused(struct birth *birth, const char *part)
{
	struct err err;

	image = (struct init_image){ .entry = sleep_on };
	assert_int_equal(launch(birth, &err), -1);
	assert_holds(err.text, part);
	assert_int_equal(birth->launched.pid, -1);
	assert_int_equal(birth->launched.wire, -1);
	end(birth);
}

static void refuse_clone(void *data)
{
	struct birth birth;

	begin(&birth, CLONE_NEWUTS);
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
	begin(&birth, 0);
	image = (struct init_image){ .entry = sleep_on };
	birth.plan_fd = region_seal(&birth.region, &err);
	assert_int_equal(launch_init(birth.plan, &birth.region, birth.plan_fd, file, &birth.cgroup, &birth.launched,
				     &err), -1);
	assert_holds(err.text, "enter the root file system /the/root: ");
	assert_int_equal(err.at, 17);
	end(&birth);
}

/* A working directory that was removed is no obstacle; "/" is then as good. */
static void lose_directory(void *data)
{
	struct support_dir lost;
	struct birth birth;
	struct err err = ERR_INIT;

	(void)data;
	begin(&birth, 0);
	support_open_dir(&lost);
	assert_int_equal(fchdir(lost.fd), 0);
	support_remove_dir(&lost);
	image = (struct init_image){ .entry = is_first };
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
	end(&birth);
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
	begin(&birth, 0);
	image = (struct init_image){ .data = text, .size = sizeof(text) };
	assert_int_equal(launch(&birth, &err), -1);
	assert_holds(err.text, "the sysctl vm.memfd_noexec forbids programs in memory");
	end(&birth);
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

/* Skips unless cgroups can be made; else makes one. */
static void make_cgroup(struct birth *birth, const char *below)
{
	struct plan_cgroup plan = scratch_plan(below);
	struct err err = ERR_INIT;
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "/sys/fs/cgroup/%s/tare-test-probe-%d",
		       plan.n_hierarchies > 0 ? plan.hierarchies[0].mount : "nothing", (int)getpid());
	if (plan.mode == CGROUP_MODE_NONE || mkdir(path, 0755) < 0) {
		(void)puts("skipped: needs a place where cgroups can be made");
		skip();
	}
	(void)rmdir(path);
	begin(birth, 0);
	assert_good(cgroup_open(&birth->cgroup, &plan, &err), err);
	assert_good(cgroup_create(&birth->cgroup, &plan, &err), err);
}

static int tell_and_sleep(int plan_fd, int wire)
{
	struct err err = ERR_INIT;

	if (channel_tell(wire, WIRE_READY, NULL, 0, &err) < 0)
		return 1;
	sleep_on(plan_fd, wire);
}

/* By the time init runs it is in its cgroup of every tree. */
static void test_born_in_the_cgroup(void **state)
{
	struct err err = ERR_INIT;
	char path[64], text[4096], *line, *rest = text;
	struct birth birth;
	size_t n = 0;

	(void)state;
	make_cgroup(&birth, "-launch");
	launched(&birth, tell_and_sleep);
	assert_good(channel_wait(birth.launched.wire, WIRE_READY, NULL, 0, NULL, &err), err);
	(void)snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)birth.launched.pid);
	support_read(AT_FDCWD, path, text, sizeof(text));
	while ((line = strsep(&rest, "\n")) != NULL) {
		size_t len = strlen(line), end_len = strlen(birth.cgroup.ref.path);

		n += len > end_len && strcmp(line + len - end_len, birth.cgroup.ref.path) == 0;
	}
	assert_int_equal(n, birth.cgroup.ref.n);
	launch_abort(&birth.launched);
	assert_good(cgroup_remove(&birth.cgroup, 5000, &err), err);
	end(&birth);
}

/* It ran, so whatever ended it is nothing that a second try would mend. */
static void test_killed_is_not_stillborn(void **state)
{
	struct err err = ERR_INIT;
	struct birth birth;

	(void)state;
	make_cgroup(&birth, "-killed");
	launched(&birth, tell_and_sleep);
	assert_false(launch_was_stillborn(&birth.launched));
	assert_true(birth.launched.pid > 0);
	assert_int_equal(pidfd_send_signal(birth.launched.pidfd, SIGKILL), 0);
	assert_false(launch_was_stillborn(&birth.launched));
	launch_abort(&birth.launched);
	assert_false(launch_was_stillborn(&birth.launched));
	assert_good(cgroup_remove(&birth.cgroup, 5000, &err), err);
	end(&birth);
}

/* A v2 cgroup that was once killed as a whole, opened; -1 where there is none to be had. */
static int make_killed_cgroup(char *path, size_t size)
{
	struct plan_cgroup plan = scratch_plan("");
	auto_fd int dir = -1, kill_all = -1;
	size_t i = 0;

	while (i < plan.n_hierarchies && !plan.hierarchies[i].is_v2)
		i++;
	if (i == plan.n_hierarchies)
		return -1;
	(void)snprintf(path, size, "/sys/fs/cgroup/%s/tare-test-killed-%d", plan.hierarchies[i].mount, (int)getpid());
	if (mkdir(path, 0755) < 0)
		return -1;
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	kill_all = openat(dir, "cgroup.kill", O_WRONLY | O_CLOEXEC);
	return kill_all >= 0 && write(kill_all, "1", 1) == 1 ? take_fd(&dir) : -1;
}

/* The process of the first try never runs; that of the second one does. */
static void be_killed_at_birth(void *data)
{
	auto_fd int procs = openat(*(int *)data, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	struct err err = ERR_INIT;
	struct birth birth;
	bool was_killed;

	make_cgroup(&birth, "-stillborn");
	assert_int_equal(write(procs, "0", 1), 1);
	fd_close(&procs);
	launched(&birth, tell_and_sleep);
	was_killed = launch_was_stillborn(&birth.launched);
	if (was_killed) {
		assert_int_equal(birth.launched.pid, -1);
		assert_int_equal(birth.launched.wire, -1);
		assert_good(launch_again(birth.plan, &birth.region, birth.plan_fd, birth.dir.fd, &birth.cgroup,
					 &birth.launched, &err), err);
		assert_false(launch_was_stillborn(&birth.launched));
	}
	assert_good(channel_wait(birth.launched.wire, WIRE_READY, NULL, 0, NULL, &err), err);
	launch_abort(&birth.launched);
	assert_good(cgroup_remove(&birth.cgroup, 5000, &err), err);
	end(&birth);
	if (!was_killed)
		_exit(EXIT_NOT_KILLED);
}

static void test_stillborn(void **state)
{
	char path[PATH_MAX] = "";
	struct err err = ERR_INIT;
	struct birth birth;
	auto_fd int killed = -1;
	int status;

	(void)state;
	make_cgroup(&birth, "-probe"); /* skips if need be */
	assert_good(cgroup_remove(&birth.cgroup, 5000, &err), err);
	end(&birth);
	killed = make_killed_cgroup(path, sizeof(path));
	status = killed < 0 ? 0 : support_child(0, be_killed_at_birth, &killed);
	(void)rmdir(path);
	if (killed < 0 || status == EXIT_NOT_KILLED << 8) {
		(void)puts("skipped: needs a kernel that kills at birth what a once killed cgroup has in another one");
		skip();
	}
	assert_int_equal(status, 0);
}

static void test_cgroup_cannot_be_entered(void **state)
{
	struct err err = ERR_INIT;
	struct birth birth;
	char path[PATH_MAX];

	(void)state;
	make_cgroup(&birth, "-gone");
	if (birth.cgroup.ref.tree[0].is_v2) {
		assert_good(cgroup_remove(&birth.cgroup, 5000, &err), err);
		end(&birth);
		(void)puts("skipped: needs a v1 hierarchy");
		skip();
	}
	(void)snprintf(path, sizeof(path), "/sys/fs/cgroup/%s%s", birth.cgroup.ref.tree[0].mount,
		       birth.cgroup.ref.path);
	assert_int_equal(rmdir(path), 0);
	launched(&birth, sleep_on);
	assert_int_equal(channel_wait(birth.launched.wire, WIRE_READY, NULL, 0, NULL, &err), -1);
	(void)snprintf(path, sizeof(path), "enter cgroup %s of %s: ", birth.cgroup.ref.path,
		       birth.cgroup.ref.tree[0].controllers);
	assert_holds(err.text, path);
	assert_int_equal(launch_reap(&birth.launched), 1);
	err = ERR_INIT;
	assert_good(cgroup_remove(&birth.cgroup, 5000, &err), err);
	end(&birth);
}

/* Where systemd makes the cgroup around it, the child does nothing before it is told that this was done. */
static void test_placed_by_others(void **state)
{
	struct err err = ERR_INIT;
	struct birth birth;
	struct pollfd answer;

	(void)state;
	begin(&birth, 0);
	birth.cgroup.ref = (struct cgroup_ref){ .manager = CGROUP_MANAGER_SYSTEMD, .path = "/nowhere", .n = 1,
						.tree = { { .mount = "none", .controllers = "none" } } };
	birth.cgroup.fd[0] = -1;
	launched(&birth, tell_and_sleep);
	answer = (struct pollfd){ .fd = birth.launched.wire, .events = POLLIN };
	assert_int_equal(poll(&answer, 1, 200), 0);
	assert_good(channel_tell(birth.launched.wire, WIRE_PLACED, NULL, 0, &err), err);
	assert_good(channel_wait(birth.launched.wire, WIRE_READY, NULL, 0, NULL, &err), err);
	launch_abort(&birth.launched);
	end(&birth);
}

/* And ends with the runtime that was to tell it. */
static void test_never_placed(void **state)
{
	struct birth birth;

	(void)state;
	begin(&birth, 0);
	birth.cgroup.ref = (struct cgroup_ref){ .manager = CGROUP_MANAGER_SYSTEMD };
	launched(&birth, tell_and_sleep);
	fd_close(&birth.launched.wire);
	assert_int_equal(launch_reap(&birth.launched), 1);
	end(&birth);
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
		cmocka_unit_test(test_born_in_the_cgroup),
		cmocka_unit_test(test_killed_is_not_stillborn),
		cmocka_unit_test(test_stillborn),
		cmocka_unit_test(test_cgroup_cannot_be_entered),
		cmocka_unit_test(test_placed_by_others),
		cmocka_unit_test(test_never_placed),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
