/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waiting for a lock, not for ever; see flockwait.h.  Sources: flock(2), setitimer(2).
 * Runs in: host.
 */
#include "sys/flockwait.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/file.h>
#include <sys/time.h>
#include <time.h>

/* An alarm that comes a moment before flock(2) waits would be lost, so it comes again. */
enum { ALARM_AGAIN_US = 10000 };

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* That it is called is all: flock(2) then ends with EINTR. */
static void interrupt(int sig)
{
	(void)sig;
}

static int lock_until_alarm(int fd, int timeout_ms)
{
	const struct itimerval timer = {
		.it_value = { .tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000L },
		.it_interval = { .tv_usec = ALARM_AGAIN_US },
	};
	int64_t end = now_ms() + timeout_ms;
	int r = setitimer(ITIMER_REAL, &timer, NULL);

	while (r == 0) {
		r = flock(fd, LOCK_EX);
		if (r == 0 || errno != EINTR)
			break;
		if (now_ms() >= end) {
			errno = EWOULDBLOCK;
			break;
		}
		r = 0;
	}
	return r;
}

static int wait_for_lock(int fd, int timeout_ms)
{
	const struct itimerval off = { .it_value = { .tv_sec = 0 } };
	const struct sigaction on_alarm = { .sa_handler = interrupt };
	struct sigaction saved_action;
	sigset_t alarm, saved_mask;
	int r, error;

	(void)sigemptyset(&alarm);
	(void)sigaddset(&alarm, SIGALRM);
	if (sigaction(SIGALRM, &on_alarm, &saved_action) < 0)
		return -1;
	(void)sigprocmask(SIG_UNBLOCK, &alarm, &saved_mask);
	r = lock_until_alarm(fd, timeout_ms);
	error = errno;
	(void)setitimer(ITIMER_REAL, &off, NULL);
	(void)sigprocmask(SIG_SETMASK, &saved_mask, NULL);
	(void)sigaction(SIGALRM, &saved_action, NULL);
	errno = error;
	return r;
}

int flockwait_exclusive(int fd, int timeout_ms)
{
	int r = flock(fd, LOCK_EX | LOCK_NB);

	return r < 0 && errno == EWOULDBLOCK && timeout_ms > 0 ? wait_for_lock(fd, timeout_ms) : r;
}
