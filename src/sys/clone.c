/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * clone3(2); see clone.h.
 * Runs in: either.
 */
#include "sys/clone.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdalign.h>
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
static pid_t clone_before_clone3(uint64_t flags, bool has_handlers, int *ret_pidfd)
{
	unsigned long old = (unsigned long)flags | CLONE_PIDFD | SIGCHLD;
	int pidfd = -1;
	pid_t pid;

#if defined(__s390__)
	pid = (pid_t)syscall(SYS_clone, NULL, old, &pidfd, NULL, NULL);
#else
	pid = (pid_t)syscall(SYS_clone, old, NULL, &pidfd, NULL, NULL);
#endif
	if (pid == 0 && has_handlers)
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

static pid_t call(struct uapi_clone_args *args, bool has_handlers, int *ret_pidfd)
{
	uint64_t flags = args->flags;
	int pidfd = -1;
	pid_t pid;

	args->flags |= CLONE_PIDFD | UAPI_CLONE_CLEAR_SIGHAND;
	/* cppcheck-suppress autoVariables ; the kernel writes there during the call, and the caller's copy ends with it */
	args->pidfd = (uint64_t)(uintptr_t)&pidfd;
	pid = (pid_t)syscall(SYS_clone3, args, sizeof(*args));
	if (pid < 0 && is_worth_the_older_call(errno, flags))
		return clone_before_clone3(flags, has_handlers, ret_pidfd);
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
	return call(&args, true, ret_pidfd);
}

pid_t clone_sharing_files(void)
{
#if defined(__s390__)
	return (pid_t)syscall(SYS_clone, NULL, (unsigned long)(CLONE_FILES | SIGCHLD), NULL, NULL, NULL);
#else
	return (pid_t)syscall(SYS_clone, (unsigned long)(CLONE_FILES | SIGCHLD), NULL, NULL, NULL, NULL);
#endif
}

/*
 * Room for what the child does before it executes: texts of errors and paths, each a few KiB.  A part of the
 * caller's own stack, which waits as long.
 */
#define BORROWED_STACK (32 * 1024)

/*
 * clone3(2) whose child calls @run(@arg) on the stack in @args.  It must not come back through a function of ours,
 * whose return address the child would overwrite; hence in one piece.  -1 with errno ENOSYS on architectures
 * that are not written down here.
 */
static long clone3_run(struct uapi_clone_args *args, void (*run)(void *arg), void *arg)
{
	long r = -ENOSYS;

#if defined(__x86_64__) && !defined(__ILP32__)
	register void (*r8)(void *) __asm__("r8") = run;
	register void *r9 __asm__("r9") = arg;

	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "mov %%r9, %%rdi\n\t"
			 "call *%%r8\n\t"
			 "hlt\n"
			 "1:"
			 : "=a"(r)
			 : "0"((long)SYS_clone3), "D"(args), "S"(sizeof(*args)), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory", "cc");
#elif defined(__aarch64__)
	register long x8 __asm__("x8") = SYS_clone3;
	register long x0 __asm__("x0") = (long)args;
	register long x1 __asm__("x1") = sizeof(*args);
	register void (*x9)(void *) __asm__("x9") = run;
	register void *x10 __asm__("x10") = arg;

	__asm__ volatile("svc #0\n\t"
			 "cbnz x0, 1f\n\t"
			 "mov x29, #0\n\t"
			 "mov x30, #0\n\t"
			 "mov x0, x10\n\t"
			 "blr x9\n\t"
			 "brk #0\n"
			 "1:"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x9), "r"(x10)
			 : "memory", "cc");
	r = x0;
#else
	(void)args;
	(void)run;
	(void)arg;
#endif
	if (r >= 0)
		return r;
	errno = (int)-r;
	return -1;
}

/* A time namespace is entered by a process of its own memory, before Linux 6.1. */
static bool may_borrow(uint64_t flags)
{
	return (flags & CLONE_NEWTIME) == 0;
}

static pid_t clone_borrowing(uint64_t flags, int cgroup_fd, int *ret_pidfd, void (*run)(void *arg), void *arg)
{
	alignas(16) char stack[BORROWED_STACK];
	int pidfd = -1;
	struct uapi_clone_args args = {
		.flags = flags | CLONE_PIDFD | UAPI_CLONE_CLEAR_SIGHAND | CLONE_VM | CLONE_VFORK,
		.exit_signal = SIGCHLD,
		.pidfd = (uint64_t)(uintptr_t)&pidfd,
		.stack = (uint64_t)(uintptr_t)stack,
		.stack_size = sizeof(stack),
	};
	pid_t pid;

	if (cgroup_fd >= 0) {
		args.flags |= UAPI_CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)(unsigned int)cgroup_fd;
	}
	pid = (pid_t)clone3_run(&args, run, arg);
	if (pid > 0)
		*ret_pidfd = pidfd;
	return pid;
}

pid_t clone_and_run(uint64_t flags, int cgroup_fd, int *ret_pidfd, void (*run)(void *arg), void *arg)
{
	pid_t pid;

	if (may_borrow(flags)) {
		pid = clone_borrowing(flags, cgroup_fd, ret_pidfd, run, arg);
		if (pid > 0 || (errno != ENOSYS && errno != EINVAL && errno != EPERM))
			return pid;
	}
	pid = clone_process(flags, cgroup_fd, ret_pidfd);
	if (pid == 0)
		run(arg);
	return pid;
}

/* The kernel takes the exit signal from the caller's own, and refuses one of ours. */
pid_t clone_sibling(uint64_t flags, int *ret_pidfd)
{
	struct uapi_clone_args args = { .flags = flags | CLONE_PARENT };

	return call(&args, false, ret_pidfd);
}
