/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * clone3(2); see clone.h.
 * Runs in: either.
 */
#include "sys/clone.h"

#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "sys/uapi.h"

pid_t clone_process(uint64_t flags, int cgroup_fd, int *ret_pidfd)
{
	int pidfd = -1;
	struct uapi_clone_args args = {
		.flags = flags | CLONE_PIDFD | UAPI_CLONE_CLEAR_SIGHAND,
		.pidfd = (uint64_t)(uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
	};
	pid_t pid;

	if (cgroup_fd >= 0) {
		args.flags |= UAPI_CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)(unsigned int)cgroup_fd;
	}
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (pid > 0)
		*ret_pidfd = pidfd;
	return pid;
}
