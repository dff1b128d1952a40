/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Start the container's first process; see launch.h.
 * Runs in: host; the functions from become_init() down run in the cloned child until its execve.
 */
#include "host/launch.h"
#include "host/userns.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
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

/* How long a child may take until it is seen to run or to have ended; asked only after a failure. */
#define BEGIN_DEADLINE_MS 1000

/*
 * What the child needs; all of it prepared before the clone, so that little can fail there.
 * @ours: the host's end of the channel, of which the child has a copy, too
 * @is_placed: others put it into its cgroup, and tell it when they have
 * @dies_with_others: the kernel may kill it for what others in its cgroup do, see needs_copy()
 * @begun: an eventfd where it says that it runs; -1 unless it is born in its cgroup
 */
struct birth {
	const struct plan *plan;
	struct region *region;
	const struct cgroup *cg;
	struct init_image image;
	int image_fd, plan_fd, wire, ours, begun;
	bool enters_by_itself, born_in_v2, is_placed, dies_with_others;
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

/* process.execCPUAffinity, which is for exec alone (PR-22). */
static int set_cpus(const struct plan *plan, const struct plan_bits *cpus, struct err *err)
{
	if (!plan->exec.present || cpus->n == 0)
		return 0;
	if (syscall(SYS_sched_setaffinity, 0, PLAN_BITS_WORDS(cpus->n) * sizeof(*cpus->word), cpus->word) < 0)
		return err_errno(err, plan->process.affinity.at, "set the CPUs of the process (execCPUAffinity)");
	return 0;
}

static void __attribute__((noreturn)) become_init(void *arg)
{
	struct birth *birth = arg;
	bool is_user_new = (birth->plan->namespaces.born & CLONE_NEWUSER) != 0;
	char plan_fd[16], wire[16], name[] = WIRE_INIT_NAME;
	char *const argv[] = { name, plan_fd, wire, NULL };
	char *const envp[] = { NULL };
	struct err err = ERR_INIT;
	size_t tree = 0;

	if (birth->begun >= 0)
		(void)eventfd_write(birth->begun, 1);
	/* Or the end of the runtime would be no end of the channel. */
	(void)close(birth->ours);
	if (birth->is_placed && channel_wait(birth->wire, WIRE_PLACED, NULL, 0, NULL, &err) < 0)
		fail(birth, &err);
	if (is_user_new && channel_wait(birth->wire, WIRE_SETTLED, NULL, 0, NULL, &err) < 0)
		fail(birth, &err);
	if (set_cpus(birth->plan, &birth->plan->process.affinity.initial, &err) < 0)
		fail(birth, &err);
	if (!birth->is_placed && cgroup_is_present(birth->cg) &&
	    cgroup_enter_self(birth->cg, birth->born_in_v2, &tree) < 0) {
		(void)err_errno(&err, ERR_NOWHERE, "enter cgroup %s of %s", birth->cg->ref.path,
				birth->cg->ref.tree[tree].is_v2 ? "the v2 tree" : birth->cg->ref.tree[tree].controllers);
		fail(birth, &err);
	}
	if (set_cpus(birth->plan, &birth->plan->process.affinity.final, &err) < 0 ||
	    (is_user_new && become_its_user(birth, &err) < 0))
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

/*
 * The child waits for us to write the maps of a new user namespace or to place it, and without an execve it goes on in our
 * memory: then it needs a copy.
 *
 * Who lacks memory is killed together with all who share it (mm/oom_kill.c, __oom_kill_process()), which would be us.
 * One that borrows as with vfork(2) is never chosen (in_vfork(), Linux 4.9), and the memory that it touches is counted
 * where we are, not in its cgroup, whose limit so cannot be the matter.  But where a cgroup dies as one
 * (memory.oom.group) all of its members are killed once some other one was chosen.
 */
static bool needs_copy(const struct birth *birth)
{
	return (birth->plan->namespaces.born & CLONE_NEWUSER) != 0 || birth->image.entry != NULL || birth->is_placed ||
	       birth->dies_with_others;
}

static pid_t clone_to_become(struct birth *birth, unsigned long namespaces, int cgroup_fd, int *ret_pidfd)
{
	pid_t pid;

	if (!needs_copy(birth))
		return clone_and_run(namespaces, cgroup_fd, ret_pidfd, become_init, birth);
	pid = clone_process(namespaces, cgroup_fd, ret_pidfd);
	if (pid == 0)
		become_init(birth);
	return pid;
}

static pid_t clone_child(struct birth *birth, unsigned long namespaces, int *ret_pidfd)
{
	/* The first of the CPUs that exec is told come ahead of the cgroup. */
	bool is_early = !birth->plan->exec.present || birth->plan->process.affinity.initial.n == 0;
	int cgroup_fd = is_early && !birth->enters_by_itself && !birth->is_placed ? cgroup_clone_fd(birth->cg) : -1;
	pid_t pid;

	birth->born_in_v2 = cgroup_fd >= 0;
	if (birth->born_in_v2)
		birth->begun = eventfd(0, EFD_CLOEXEC); /* without one nobody asks */
	pid = clone_to_become(birth, namespaces, cgroup_fd, ret_pidfd);
	if (pid < 0 && cgroup_fd >= 0 && cannot_be_born_there(errno)) {
		birth->born_in_v2 = false;
		pid = clone_to_become(birth, namespaces, -1, ret_pidfd);
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
	auto_fd int here = root_dir < 0 ? -1 : open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	const char *obstacle;
	int error;
	pid_t pid;

	if (root_dir >= 0 && fchdir(root_dir) < 0)
		return err_errno(err, plan->root.at, "enter the root file system %s", plan->root.path);
	pid = clone_child(birth, plan->namespaces.born, ret_pidfd);
	error = errno;
	obstacle = pid < 0 && (plan->namespaces.born & CLONE_NEWUSER) != 0 ? userns_obstacle("/proc/sys") : NULL;
	errno = error;
	if (obstacle != NULL)
		(void)err_say(err, ERR_NOWHERE, "make a user namespace for the container: %s", obstacle);
	else if (pid < 0 && errno == ENOSPC)
		(void)err_say(err, ERR_NOWHERE,
			      "make the namespaces: a limit is reached (user.max_*_namespaces, or nesting)");
	else if (pid < 0)
		(void)err_errno(err, ERR_NOWHERE, "make the namespaces and the container's first process");
	if (root_dir >= 0 && (here < 0 || fchdir(here) < 0))
		(void)!chdir("/"); /* the caller's directory is gone or closed to us; nothing depends on it */
	return pid;
}

/* The image in a memfd.  Its pages in our file have then been read for the last time, and count no longer as ours. */
static int open_image(const struct init_image *image, struct err *err)
{
	int fd = memexe_open(WIRE_INIT_NAME, image->data, image->size);
	int error = errno;

	/* NOLINTNEXTLINE(performance-no-int-to-ptr): madvise(2) takes no const; it changes nothing here */
	(void)madvise((void *)(uintptr_t)image->data, image->size, MADV_DONTNEED);
	errno = error;
	if (fd < 0 && error == EACCES)
		return err_say(err, ERR_NOWHERE, "the sysctl vm.memfd_noexec forbids programs in memory, "
			       "which the container's first process is");
	if (fd < 0)
		return err_errno(err, ERR_NOWHERE, "prepare the container's first process");
	return fd;
}

static int bear(struct birth *birth, int root_dir, struct launched *ret, struct err *err)
{
	auto_fd int image_fd = -1, ours = -1, theirs = -1;
	int pidfd = -1;
	pid_t pid;

	birth->image = init_image_get();
	if (birth->image.entry == NULL) {
		image_fd = open_image(&birth->image, err);
		if (image_fd < 0)
			return -1;
	}
	if (channel_open(&ours, &theirs, err) < 0)
		return -1;
	birth->image_fd = image_fd;
	birth->wire = theirs;
	birth->ours = ours;
	pid = clone_inside(birth, root_dir, &pidfd, err);
	if (pid < 0 || !birth->born_in_v2)
		fd_close(&birth->begun);
	if (pid < 0)
		return -1;
	*ret = (struct launched){ .pid = pid, .pidfd = pidfd, .wire = take_fd(&ours), .begun = birth->begun };
	return 0;
}

int launch_init(const struct plan *plan, struct region *region, int plan_fd, int root_dir, struct cgroup *cg,
		struct launched *ret, struct err *err)
{
	struct birth birth = { .plan = plan, .region = region, .cg = cg, .plan_fd = plan_fd, .begun = -1,
			       /* What exec adds enters a cgroup that is there. */
			       .is_placed = !plan->exec.present && cgroup_needs_process(cg) };

	birth.dies_with_others = cgroup_is_present(cg) && !needs_copy(&birth) && cgroup_dies_as_one(cg, plan->exec.present);
	return bear(&birth, root_dir, ret, err);
}

int launch_again(const struct plan *plan, struct region *region, int plan_fd, int root_dir, struct cgroup *cg,
		 struct launched *ret, struct err *err)
{
	struct birth birth = { .plan = plan, .region = region, .cg = cg, .plan_fd = plan_fd, .begun = -1, .enters_by_itself = true };

	return bear(&birth, root_dir, ret, err);
}

/*
 * Did it run its first instruction?  It obeys a signal that is pending at birth on its way out of clone3, so one of the
 * two comes as soon as it is its turn.  The kernel looks in this order, so one that is seen to have ended has said
 * before that it had begun.
 */
static bool has_begun(const struct launched *launched)
{
	struct pollfd fds[] = {
		{ .fd = launched->pidfd, .events = POLLIN },
		{ .fd = launched->begun, .events = POLLIN },
	};

	while (poll(fds, 2, BEGIN_DEADLINE_MS) < 0 && errno == EINTR)
		;
	return fds[1].revents != 0;
}

bool launch_was_stillborn(struct launched *launched)
{
	if (launched->pid <= 0 || launched->begun < 0)
		return false;
	if (has_begun(launched) || pidfd_has_ended(launched->pidfd, 0) <= 0 || launch_reap(launched) != 128 + SIGKILL)
		return false;
	launch_close(launched);
	return true;
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
	fd_close(&launched->begun);
	launched->pid = -1;
}
