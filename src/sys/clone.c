/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * clone3(2); see clone.h.
 * Runs in: either.
 */
#include "sys/clone.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

#include "sys/uapi.h"

/* The low byte of clone(2)'s flags is the exit signal, where clone3(2) has flags. */
#define OLD_SIGNAL_MASK UINT64_C(0xff)

/* What CLONE_CLEAR_SIGHAND does: a handler of ours must not run on the child's copy of our memory. */
static void drop_handlers(void)
{
	for (int i = 1; i < NSIG; i++) {
		struct sigaction action;

		if (sigaction(i, NULL, &action) == 0 && action.sa_handler != SIG_IGN && action.sa_handler != SIG_DFL)
			(void)signal(i, SIG_DFL);
	}
}

/* The older call: Linux 5.2, for the pidfd. */
static pid_t clone_before_clone3(uint64_t flags, int *ret_pidfd)
{
	unsigned long old = (unsigned long)flags | CLONE_PIDFD | SIGCHLD;
	int pidfd = -1;
	pid_t pid;

#if defined(__s390__)
	pid = (pid_t)syscall(SYS_clone, NULL, old, &pidfd, NULL, NULL);
#else
	pid = (pid_t)syscall(SYS_clone, old, NULL, &pidfd, NULL, NULL);
#endif
	if (pid == 0)
		drop_handlers();
	if (pid > 0)
		*ret_pidfd = pidfd;
	return pid;
}

/*
 * ENOSYS: before 5.3.  EPERM: a filter, or no right to these namespaces, which the older call refuses in the
 * same way.  EINVAL: before 5.5, which has no CLONE_CLEAR_SIGHAND.
 */
static bool is_worth_the_older_call(int error, uint64_t flags)
{
	return (flags & (UAPI_CLONE_INTO_CGROUP | OLD_SIGNAL_MASK)) == 0 &&
	       (error == ENOSYS || error == EPERM || error == EINVAL);
}

static pid_t call(struct uapi_clone_args *args, int *ret_pidfd)
{
	uint64_t flags = args->flags;
	int pidfd = -1;
	pid_t pid;

	args->flags |= CLONE_PIDFD | UAPI_CLONE_CLEAR_SIGHAND;
	/* cppcheck-suppress autoVariables ; the kernel writes there during the call, and the caller's copy ends with it */
	args->pidfd = (uint64_t)(uintptr_t)&pidfd;
	pid = (pid_t)syscall(SYS_clone3, args, sizeof(*args));
	if (pid < 0 && is_worth_the_older_call(errno, flags))
		return clone_before_clone3(flags, ret_pidfd);
	if (pid > 0)
		*ret_pidfd = pidfd;
	return pid;
}

pid_t clone_process(uint64_t flags, int cgroup_fd, int *ret_pidfd)
{
	struct uapi_clone_args args = { .flags = flags, .exit_signal = SIGCHLD };

	if (cgroup_fd >= 0) {
		args.flags |= UAPI_CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)(unsigned int)cgroup_fd;
	}
	return call(&args, ret_pidfd);
}

pid_t clone_sharing_files(void)
{
#if defined(__s390__)
	return (pid_t)syscall(SYS_clone, NULL, (unsigned long)(CLONE_FILES | SIGCHLD), NULL, NULL, NULL);
#else
	return (pid_t)syscall(SYS_clone, (unsigned long)(CLONE_FILES | SIGCHLD), NULL, NULL, NULL, NULL);
#endif
}

/* The kernel takes the exit signal from the caller's own, and refuses one of ours. */
pid_t clone_sibling(uint64_t flags, int *ret_pidfd)
{
	struct uapi_clone_args args = { .flags = flags | CLONE_PARENT };

	return call(&args, ret_pidfd);
}
