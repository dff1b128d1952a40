/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Start the container's first process; see launch.h.
 * Runs in: host; the functions from become_init() down run in the cloned child until its execve.
 */
#include "host/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/region.h"
#include "cgroup/cgroup.h"
#include "image.h"
#include "plan/plan.h"
#include "sys/clone.h"
#include "sys/memexe.h"
#include "sys/pidfd.h"
#include "sys/priv.h"
#include "sys/uapi.h"
#include "wire/channel.h"

/* What the child needs; all of it prepared before the clone, so that little can fail there. */
struct birth {
	const struct plan *plan;
	struct region *region;
	const struct cgroup *cg;
	struct init_image image;
	int image_fd, plan_fd, wire;
	bool born_in_v2;
};

/* A direct build does without an execve, so what it would have closed is closed by hand. */
static void keep_two(const struct birth *birth)
{
	unsigned int first = 3 + birth->plan->preserve_fds;
	unsigned int low = (unsigned int)(birth->plan_fd < birth->wire ? birth->plan_fd : birth->wire);
	unsigned int high = (unsigned int)(birth->plan_fd < birth->wire ? birth->wire : birth->plan_fd);

	if (low > first)
		(void)syscall(SYS_close_range, first, low - 1, 0);
	if (high > low + 1)
		(void)syscall(SYS_close_range, low + 1, high - 1, 0);
	(void)syscall(SYS_close_range, high + 1, ~0U, 0);
}

static void __attribute__((noreturn)) fail(const struct birth *birth, const struct err *err)
{
	channel_tell_failure(birth->wire, err);
	_exit(1);
}

/*
 * In a new user namespace we are nobody until the host has written its maps.  As its id 0 we keep all
 * capabilities over the execve, as another id only with the ambient set.
 */
static int become_its_user(const struct birth *birth, struct err *err)
{
	const struct plan_namespaces *ns = &birth->plan->namespaces;

	if (priv_become(ns->setup_uid, ns->setup_gid) < 0)
		return err_errno(err, ERR_NOWHERE, "become user %u of the user namespace", (unsigned int)ns->setup_uid);
	if (ns->setup_uid != 0 && priv_hold_over_exec() < 0)
		return err_errno(err, ERR_NOWHERE, "keep the capabilities in the user namespace");
	return 0;
}

static void __attribute__((noreturn)) become_init(struct birth *birth)
{
	bool is_user_new = (birth->plan->namespaces.born & CLONE_NEWUSER) != 0;
	char plan_fd[16], wire[16], name[] = "tare-init";
	char *const argv[] = { name, plan_fd, wire, NULL };
	char *const envp[] = { NULL };
	struct err err = ERR_INIT;
	size_t tree = 0;

	if (is_user_new && channel_wait(birth->wire, WIRE_SETTLED, NULL, 0, NULL, &err) < 0)
		fail(birth, &err);
	if (cgroup_is_present(birth->cg) && cgroup_enter_self(birth->cg, birth->born_in_v2, &tree) < 0) {
		(void)err_errno(&err, ERR_NOWHERE, "enter cgroup %s of %s", birth->cg->ref.path,
				birth->cg->ref.tree[tree].is_v2 ? "the v2 tree" : birth->cg->ref.tree[tree].controllers);
		fail(birth, &err);
	}
	if (is_user_new && become_its_user(birth, &err) < 0)
		fail(birth, &err);
	if (birth->image.entry != NULL) {
		keep_two(birth);
		region_close(birth->region);
		_exit(birth->image.entry(birth->plan_fd, birth->wire));
	}
	(void)snprintf(plan_fd, sizeof(plan_fd), "%d", birth->plan_fd);
	(void)snprintf(wire, sizeof(wire), "%d", birth->wire);
	if (fd_set_cloexec(birth->plan_fd, 0) == 0 && fd_set_cloexec(birth->wire, 0) == 0)
		(void)syscall(SYS_execveat, birth->image_fd, "", argv, envp, AT_EMPTY_PATH);
	(void)err_errno(&err, ERR_NOWHERE, "execute the container's first process");
	fail(birth, &err);
}

/*
 * clone3 cannot put a process there, or does not know how: then the child enters by itself.  A pids
 * limit of 0 (EAGAIN) keeps processes from being born there, not from coming in.
 */
static bool cannot_be_born_there(int error)
{
	return error == EOPNOTSUPP || error == EBUSY || error == EINVAL || error == E2BIG || error == EACCES ||
	       error == ENOSYS || error == EPERM || error == EAGAIN;
}

/* Fields of /proc/PID/stat, proc(5): PF_* of the process, and its pending signals; linux/sched.h */
enum { STAT_FLAGS = 9, STAT_SIGNAL = 31 };
#define PF_EXITING 0x4ul
#define PF_SIGNALED 0x400ul

/* Field @number, counted from 1, when @field is the end of the second one. */
static unsigned long stat_field(const char *field, int number)
{
	for (int i = 2; i < number && field != NULL; i++)
		field = strchr(field + 1, ' ');
	return field == NULL ? 0 : strtoul(field, NULL, 10);
}

static bool is_dying(pid_t pid)
{
	char path[32], text[1024];
	auto_fd int fd = -1;
	const char *name_end;
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : fd_read_all(fd, text, sizeof(text) - 1);
	if (n < 0)
		return false;
	text[n] = '\0';
	name_end = strrchr(text, ')');
	if (name_end == NULL || name_end[1] == '\0')
		return false;
	return name_end[2] == 'Z' || name_end[2] == 'X' ||
	       (stat_field(name_end, STAT_FLAGS) & (PF_EXITING | PF_SIGNALED)) != 0 ||
	       (stat_field(name_end, STAT_SIGNAL) & (1ul << (SIGKILL - 1))) != 0;
}

/*
 * Linux 6.12 to at least 6.18: a process born in another cgroup is killed at once when ours was ever killed as
 * a whole (cgroup.kill), since the two cgroups' counts of that are compared.  It never runs an instruction of
 * ours: the signal is pending, or it is on its way out.  In the moment between the two nothing tells, so a
 * second look follows.
 */
static bool was_killed_at_birth(pid_t pid)
{
	if (is_dying(pid))
		return true;
	(void)sched_yield();
	return is_dying(pid);
}

static pid_t clone_child(struct birth *birth, unsigned long namespaces, int *ret_pidfd)
{
	int cgroup_fd = cgroup_clone_fd(birth->cg);
	pid_t pid;

	birth->born_in_v2 = cgroup_fd >= 0;
	pid = clone_process(namespaces, cgroup_fd, ret_pidfd);
	if (pid > 0 && cgroup_fd >= 0 && was_killed_at_birth(pid)) {
		struct pidfd_exit how;

		(void)pidfd_wait(*ret_pidfd, &how);
		fd_close(ret_pidfd);
		pid = -1;
		errno = EBUSY;
	}
	if (pid < 0 && cgroup_fd >= 0 && cannot_be_born_there(errno)) {
		birth->born_in_v2 = false;
		pid = clone_process(namespaces, -1, ret_pidfd);
	}
	return pid;
}

/*
 * Clone with the working directory inside the root file system: the copy of the mount namespace takes
 * it along, and init attaches the root there without looking a path up again.
 */
static pid_t clone_inside(struct birth *birth, int root_dir, int *ret_pidfd, struct err *err)
{
	const struct plan *plan = birth->plan;
	auto_fd int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	pid_t pid;

	if (fchdir(root_dir) < 0)
		return err_errno(err, plan->root.at, "enter the root file system %s", plan->root.path);
	pid = clone_child(birth, plan->namespaces.born, ret_pidfd);
	if (pid == 0)
		become_init(birth);
	if (pid < 0 && errno == ENOSPC)
		(void)err_say(err, ERR_NOWHERE,
			      "make the namespaces: a limit is reached (user.max_*_namespaces, or nesting)");
	else if (pid < 0)
		(void)err_errno(err, ERR_NOWHERE, "make the namespaces and the container's first process");
	if (here < 0 || fchdir(here) < 0)
		(void)!chdir("/"); /* the caller's directory is gone or closed to us; nothing depends on it */
	return pid;
}

int launch_init(const struct plan *plan, struct region *region, int plan_fd, int root_dir, struct cgroup *cg,
		struct launched *ret, struct err *err)
{
	struct birth birth = { .plan = plan, .region = region, .cg = cg, .plan_fd = plan_fd,
			       .image = init_image_get() };
	auto_fd int image_fd = -1, ours = -1, theirs = -1;
	int pidfd = -1;
	pid_t pid;

	if (birth.image.entry == NULL) {
		image_fd = memexe_open("tare-init", birth.image.data, birth.image.size);
		if (image_fd < 0 && errno == EACCES)
			return err_say(err, ERR_NOWHERE, "the sysctl vm.memfd_noexec forbids programs in memory, "
				       "which the container's first process is");
		if (image_fd < 0)
			return err_errno(err, ERR_NOWHERE, "prepare the container's first process");
	}
	if (channel_open(&ours, &theirs, err) < 0)
		return -1;
	birth.image_fd = image_fd;
	birth.wire = theirs;
	pid = clone_inside(&birth, root_dir, &pidfd, err);
	if (pid < 0)
		return -1;
	ret->pid = pid;
	ret->pidfd = pidfd;
	ret->wire = take_fd(&ours);
	return 0;
}

int launch_adopt(struct launched *launched, struct err *err)
{
	/*
	 * If the first process just died, the second one keeps the channel open and both sides would wait.  The
	 * kernel looks in this order, so a first process that is seen to have ended has said before all it had to.
	 */
	struct pollfd fds[] = {
		{ .fd = launched->pidfd, .events = POLLIN },
		{ .fd = launched->wire, .events = POLLIN },
	};
	int pidfd = -1, r;
	pid_t pid;

	do {
		r = poll(fds, 2, -1);
	} while (r < 0 && errno == EINTR);
	if (r < 0)
		return err_errno(err, ERR_NOWHERE, "wait for the container's first process");
	if (fds[1].revents == 0) {
		(void)err_say(err, ERR_NOWHERE, "the process that joins namespaces ended early");
		err->code = EPIPE;
		return -1;
	}
	if (channel_wait_process(launched->wire, &pid, &pidfd, err) < 0)
		return -1;
	(void)launch_reap(launched);
	fd_close(&launched->pidfd);
	launched->pid = pid;
	launched->pidfd = pidfd;
	return 0;
}

bool launch_is_ending(const struct launched *launched)
{
	struct pollfd fds[] = {
		{ .fd = launched->pidfd, .events = POLLIN },
		{ .fd = launched->wire },
	};

	return launched->pid > 0 && poll(fds, 2, 0) > 0 &&
	       (fds[0].revents != 0 || (fds[1].revents & (POLLHUP | POLLERR)) != 0);
}

int launch_reap(struct launched *launched)
{
	struct pidfd_exit end;

	if (pidfd_wait(launched->pidfd, &end) < 0)
		return -1;
	launched->pid = -1;
	return end.by_signal ? 128 + end.code : end.code;
}

void launch_abort(struct launched *launched)
{
	if (launched->pid > 0) {
		(void)pidfd_send_signal(launched->pidfd, SIGKILL);
		(void)launch_reap(launched);
	}
	launch_close(launched);
}

void launch_close(struct launched *launched)
{
	fd_close(&launched->pidfd);
	fd_close(&launched->wire);
	launched->pid = -1;
}
