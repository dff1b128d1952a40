/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Handing a seccomp listener over; see listener.h and seccomp_unotify(2).
 * The kernel gives the listener to the thread that loads the filter, whose next system call may be one
 * that nobody answers yet, or that the profile forbids.  So that thread makes none; another one, which
 * is not filtered, sends the listener meanwhile.  With exec it is a process with the same descriptors: once in
 * another pid namespace for its children, a process can have no further thread (clone(2)).
 * Runs in: init.
 */
#include "init/listener.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/fd.h"
#include "init/init.h"
#include "sys/clone.h"
#include "sys/priv.h"
#include "sys/sched.h"
#include "sys/uapi.h"
#include "sys/unixsock.h"
#include "wire/channel.h"

/*
 * Values of struct handover's @listener besides a descriptor, of its @pid besides a process, and of its @result
 * besides an errno.
 */
enum { NOT_LOADED = -1, GIVE_UP = -2 };
enum { NOT_BORN = 0, NEVER_BORN = -1 };
enum { STARTING = -3, SENDING = -2, KEPT = -1, SENT = 0 };

/*
 * struct handover - what the two threads or processes share.
 * @init:     the sender reads the plan and owns the agent's socket
 * @is_process: the sender is one, and takes descriptors of its own once there is a listener
 * @is_near:  said by the loader: from now on the sender does not sleep; a futex
 * @listener: said by the loader
 * @pid:      the process that the agent is told, said by the loader
 * @result:   said by the sender, when it is not negative as the last that it does with this memory
 */
struct handover {
	struct init *init;
	bool is_process;
	atomic_int is_near;
	atomic_int listener;
	atomic_int pid;
	atomic_int result;
};

/* The whole process state in one message; 0 or an errno. */
static int send_state(const struct init *init, pid_t process, int listener)
{
	const char *const *piece = init->plan->listener.piece;
	struct iovec part[2 * LISTENER_PIECES - 1];
	char pid[16];
	size_t n = 0;

	(void)snprintf(pid, sizeof(pid), "%d", (int)process);
	for (size_t i = 0; i < LISTENER_PIECES && piece[i] != NULL; i++) {
		if (i > 0)
			part[n++] = (struct iovec){ .iov_base = pid, .iov_len = strlen(pid) };
		part[n++] = (struct iovec){ .iov_base = (void *)piece[i], .iov_len = strlen(piece[i]) };
	}
	return unixsock_send(init->agent, part, n, listener) < 0 ? errno : SENT;
}

/*
 * The loader does not give its CPU away, and as a real-time process it would keep one of the same priority
 * off it for ever.  An ordinary one gets its share even then (sched(7), "Limiting the CPU usage of
 * real-time and deadline processes").
 */
static void become_ordinary(const struct plan_scheduler *scheduler)
{
	const struct sched_params ordinary = { .policy = SCHED_OTHER, .nice = 19 };

	if (scheduler->present)
		(void)sched_set(&ordinary);
}

/*
 * Until the agent has the listener, questions can only be about what this process does between the two, and it is
 * the runtime that does it.  0 or an errno.
 */
static int answer_ourselves(int listener)
{
	struct pollfd question = { .fd = listener, .events = POLLIN };
	struct uapi_seccomp_notif asked = { .id = 0 };
	struct uapi_seccomp_notif_resp answer = { .flags = UAPI_SECCOMP_USER_NOTIF_FLAG_CONTINUE };

	if (poll(&question, 1, 0) <= 0)
		return 0;
	/* Whoever asked may have been killed meanwhile (ENOENT). */
	if (ioctl(listener, UAPI_SECCOMP_IOCTL_NOTIF_RECV, &asked) < 0)
		return errno == EINTR || errno == ENOENT ? 0 : errno;
	answer.id = asked.id;
	return ioctl(listener, UAPI_SECCOMP_IOCTL_NOTIF_SEND, &answer) < 0 && errno != ENOENT ? errno : 0;
}

/* The process that the agent is to be told, once there is one; or an error in *@ret_error. */
static pid_t await_process(struct handover *handover, int listener, int *ret_error)
{
	pid_t pid;

	while ((pid = atomic_load(&handover->pid)) == NOT_BORN && *ret_error == 0) {
		*ret_error = answer_ourselves(listener);
		(void)sched_yield();
	}
	return pid;
}

/* A sender may be there long ahead of the load.  Not a private futex: it may be another process. */
static void await_load(struct handover *handover)
{
	while (atomic_load(&handover->is_near) == 0)
		(void)syscall(SYS_futex, &handover->is_near, UAPI_FUTEX_WAIT, 0, NULL, NULL, 0);
}

static void announce_load(struct handover *handover)
{
	atomic_store(&handover->is_near, 1);
	(void)syscall(SYS_futex, &handover->is_near, UAPI_FUTEX_WAKE, 1, NULL, NULL, 0);
}

/* The loader can then close its own ones, so that the process that stays gets none.  0 or an errno. */
static int keep_descriptors(struct handover *handover)
{
	if (unshare(CLONE_FILES) < 0)
		return errno;
	atomic_store(&handover->result, KEPT);
	return SENT;
}

/* The sender's whole life.  A thread also closes for the loader, which cannot. */
static void *hand_over(void *data)
{
	struct handover *handover = data;
	int listener, result = SENT;
	pid_t pid;

	await_load(handover);
	become_ordinary(&handover->init->plan->process.scheduler);
	atomic_store(&handover->result, SENDING);
	while ((listener = atomic_load(&handover->listener)) == NOT_LOADED)
		(void)sched_yield();
	if (listener >= 0 && handover->is_process)
		result = keep_descriptors(handover);
	if (listener >= 0 && result == SENT) {
		pid = await_process(handover, listener, &result);
		if (result == SENT && pid > 0)
			result = send_state(handover->init, pid, listener);
	}
	fd_close(&listener);
	fd_close(&handover->init->agent);
	atomic_store(&handover->result, result);
	return NULL;
}

static int start_sender(struct handover *handover)
{
	pthread_attr_t attr;
	pthread_t thread;
	int r = pthread_attr_init(&attr);

	if (r != 0)
		return r;
	/* Detached, since waiting for it is a system call. */
	r = pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	if (r == 0)
		r = pthread_create(&thread, &attr, hand_over, handover);
	(void)pthread_attr_destroy(&attr);
	return r;
}

int listener_prepare(struct init *init, struct err *err)
{
	if (init->plan->listener.path == NULL || init->pid > 0)
		return 0;
	return channel_wait_pid(init->wire, &init->pid, err);
}

int listener_prepare_alone(struct init *init, struct err *err)
{
	return init->plan->namespaces.is_staged ? 0 : listener_prepare(init, err);
}

/* From here on: no system call but those that @handover answers itself, not even by way of the C library. */
static int load(struct init *init, struct handover *handover, struct err *err)
{
	const struct plan_filter *filter = &init->plan->seccomp.filter;
	int listener;

	announce_load(handover);
	while (atomic_load(&handover->result) == STARTING)
		(void)sched_yield();
	listener = priv_seccomp(filter->insns, (uint16_t)filter->n, filter->flags);
	atomic_store(&handover->listener, listener < 0 ? GIVE_UP : listener);
	return listener < 0 ? err_errno(err, init->plan->seccomp.at, "load the seccomp filter") : 0;
}

/* Wait until the agent has the listener, or the sender has given up. */
static int finish(const struct init *init, struct handover *handover, struct err *err)
{
	int result;

	do {
		result = atomic_load(&handover->result);
	} while (result < SENT);
	errno = result;
	if (result != SENT)
		return err_errno(err, init->plan->listener.at, "send the seccomp listener to %s",
				 init->plan->listener.path);
	return 0;
}

int listener_load(struct init *init, struct err *err)
{
	struct handover handover = { .init = init, .listener = NOT_LOADED, .pid = init->pid, .result = STARTING };
	struct err ignored = ERR_INIT;

	errno = start_sender(&handover);
	if (errno != 0)
		return err_errno(err, init->plan->listener.at, "start the thread that hands the seccomp listener over");
	if (load(init, &handover, err) == 0)
		return finish(init, &handover, err);
	/* The sender goes on with the struct until it has said its result. */
	(void)finish(init, &handover, &ignored);
	return -1;
}

/* The sender in a process of its own, which ends with ours. */
static void __attribute__((noreturn)) be_sender(struct handover *handover, pid_t loader)
{
	if (priv_die_with_parent(true) < 0 || getppid() != loader)
		_exit(1);
	(void)hand_over(handover);
	_exit(0);
}

int listener_fork_sender(struct init *init, struct err *err)
{
	const struct plan *plan = init->plan;
	const struct sigaction unwaited = { .sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT };
	struct handover *handover;
	pid_t loader = getpid(), sender;

	if (plan->listener.path == NULL || !plan->namespaces.is_staged || plan->process.no_new_privs)
		return 0;
	handover = mmap(NULL, sizeof(*handover), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	/* Nobody waits for it; execve(2) takes that back. */
	if (handover == MAP_FAILED || sigaction(SIGCHLD, &unwaited, NULL) < 0)
		return err_errno(err, plan->listener.at, "prepare the hand-over of the seccomp listener");
	handover->init = init;
	handover->is_process = true;
	atomic_init(&handover->is_near, 0);
	atomic_init(&handover->listener, NOT_LOADED);
	atomic_init(&handover->pid, NOT_BORN);
	atomic_init(&handover->result, STARTING);
	sender = clone_sharing_files();
	if (sender < 0)
		return err_errno(err, plan->listener.at, "start the process that hands the seccomp listener over");
	if (sender == 0)
		be_sender(handover, loader);
	init->handover = handover;
	/* The process that stays, where the container's other ones may look into it, is no way into the sender. */
	if (madvise(handover, sizeof(*handover), MADV_DONTFORK) < 0)
		return err_errno(err, plan->listener.at, "keep the hand-over of the seccomp listener from the process");
	return 0;
}

int listener_load_early(struct init *init, struct err *err)
{
	struct handover *handover = init->handover;
	int listener;

	if (load(init, handover, err) < 0)
		return -1;
	while (atomic_load(&handover->result) == SENDING)
		;
	if (atomic_load(&handover->result) != KEPT)
		return finish(init, handover, err);
	listener = atomic_load(&handover->listener);
	fd_close(&listener);
	fd_close(&init->agent);
	return 0;
}

int listener_hand_over(struct init *init, pid_t pid, struct err *err)
{
	struct handover *handover = init->handover;

	if (handover == NULL)
		return 0;
	init->handover = NULL;
	atomic_store(&handover->pid, pid < 0 ? NEVER_BORN : pid);
	return finish(init, handover, err);
}
