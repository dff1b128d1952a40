/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * clone3(2) as a fork with namespaces, a pidfd and a cgroup; by clone(2) where it is missing (before
 * Linux 5.5) or forbidden, then without birth in a cgroup and without CLONE_NEWTIME.
 * Runs in: either.
 */
#ifndef TARE_SYS_CLONE_H
#define TARE_SYS_CLONE_H

#include <stdint.h>
#include <sys/types.h>

/*
 * Fork into the new namespaces @flags (CLONE_NEW*), inside the cgroup behind @cgroup_fd unless that is
 * negative (CLONE_INTO_CGROUP, Linux 5.7).  Signal handlers are reset in the child.  Returns 0 in the
 * child; the pid in the parent, with *@ret_pidfd owning a CLOEXEC pidfd; -1 with errno set.
 * The child must exec or _exit: stdio and heap locks are as another thread may have left them.
 */
pid_t clone_process(uint64_t flags, int cgroup_fd, int *ret_pidfd);

/*
 * The same, with the child running @run(@arg), which never returns.  Where clone3(2) is there and this
 * architecture is known (x86-64, arm64), the child borrows our memory and we wait until it executes or ends, as
 * with vfork(2): nothing of a process that is about to go is copied.  So @run must not wait for us, and what it
 * writes to our variables stays.  Otherwise a copy of us runs it.
 */
pid_t clone_and_run(uint64_t flags, int cgroup_fd, int *ret_pidfd, void (*run)(void *arg), void *arg);

/*
 * clone_process() for a sibling: the child's parent is the caller's own (CLONE_PARENT), in the caller's cgroup.
 * Refused (EINVAL) to the first process of a pid namespace.  The caller has no handlers for signals: to find and
 * drop them costs a call each where a filter of the container's allows no clone3(2), as many managers' do.
 */
pid_t clone_sibling(uint64_t flags, int *ret_pidfd);

/*
 * A plain fork that goes on sharing the descriptor table with the caller: what one opens, the other has (CLONE_FILES).
 * In the caller's own pid namespace only as long as that has not entered another one.
 */
pid_t clone_sharing_files(void);

#endif
