/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Handing a seccomp listener over; see listener.h and seccomp_unotify(2).
 * The kernel gives the listener to the thread that loads the filter, whose next system call may be one
 * that nobody answers yet, or that the profile forbids.  So that thread makes none; a second one, which
 * is not filtered, sends the listener meanwhile.
 * Runs in: init.
 */
#include "init/listener.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>

#include "base/fd.h"
#include "init/init.h"
#include "sys/priv.h"
#include "sys/sched.h"
#include "sys/unixsock.h"
#include "wire/channel.h"

/* Values of struct handover's @listener besides a descriptor, and of its @result besides an errno. */
enum { NOT_LOADED = -1, GIVE_UP = -2 };
enum { STARTING = -2, SENDING = -1, SENT = 0 };

/*
 * struct handover - what the two threads share, on the stack of the loader.
 * @init:     the sender reads the plan and owns the agent's socket
 * @listener: said by the loader
 * @result:   said by the sender, as the last that it does with this memory
 */
struct handover {
	struct init *init;
	atomic_int listener;
	atomic_int result;
};

/* The whole process state in one message; 0 or an errno. */
static int send_state(const struct init *init, int listener)
{
	const char *const *piece = init->plan->listener.piece;
	struct iovec part[2 * LISTENER_PIECES - 1];
	char pid[16];
	size_t n = 0;

	(void)snprintf(pid, sizeof(pid), "%d", (int)init->pid);
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

/* The second thread.  It also closes for the first, which cannot. */
static void *hand_over(void *data)
{
	struct handover *handover = data;
	int listener, result = SENT;

	become_ordinary(&handover->init->plan->process.scheduler);
	atomic_store(&handover->result, SENDING);
	while ((listener = atomic_load(&handover->listener)) == NOT_LOADED)
		(void)sched_yield();
	if (listener >= 0)
		result = send_state(handover->init, listener);
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
	if (init->plan->listener.path == NULL)
		return 0;
	return channel_wait_pid(init->wire, &init->pid, err);
}

int listener_load(struct init *init, struct err *err)
{
	const struct plan_filter *filter = &init->plan->seccomp.filter;
	struct handover handover = { .init = init, .listener = NOT_LOADED, .result = STARTING };
	int listener, load_error, result;

	errno = start_sender(&handover);
	if (errno != 0)
		return err_errno(err, init->plan->listener.at, "start the thread that hands the seccomp listener over");
	while (atomic_load(&handover.result) == STARTING)
		(void)sched_yield();
	listener = priv_seccomp(filter->insns, (uint16_t)filter->n, filter->flags);
	load_error = errno;
	/* From here to the end of the loop: no system call, not even by way of the C library. */
	atomic_store(&handover.listener, listener < 0 ? GIVE_UP : listener);
	do {
		result = atomic_load(&handover.result);
	} while (result == SENDING);
	errno = load_error;
	if (listener < 0)
		return err_errno(err, init->plan->seccomp.at, "load the seccomp filter");
	errno = result;
	if (result != SENT)
		return err_errno(err, init->plan->listener.at, "send the seccomp listener to %s",
				 init->plan->listener.path);
	return 0;
}
