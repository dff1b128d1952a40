/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The foreground supervisor; see supervise.h.  Sources: signalfd(2), prctl(2), tty_ioctl(4).
 * Runs in: host.
 */
#include "host/supervise.h"

#include <errno.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "host/console.h"
#include "sys/pidfd.h"

/* Signals that tell of a fault in ourselves: blocking them would only hide it. */
static const int own_faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS };

/* Signals about our own children, terminal and pipes. */
static const int own_affairs[] = { SIGCHLD, SIGWINCH, SIGPIPE, SIGURG, SIGTTIN, SIGTTOU };

/* Signals that mean that the user wants us gone, even if standard output is stuck. */
static const int wants_end[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT };

#define IS_ONE_OF(list, sig) is_one_of((list), sizeof(list) / sizeof((list)[0]), (sig))

/* What one supervise_wait() knows. */
struct wait_state {
	pid_t pid;
	int pidfd;
	struct console *console;
	bool has_ended;
	bool give_up;
	int status;
};

static bool is_one_of(const int *list, size_t n, int sig)
{
	for (size_t i = 0; i < n; i++) {
		if (list[i] == sig)
			return true;
	}
	return false;
}

int supervise_open(struct supervise *supervise, bool subreaper, struct err *err)
{
	sigset_t set;
	sigset_t saved;
	int fd;

	if (subreaper && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return err_errno(err, ERR_NOWHERE, "become the reaper of the container's processes");
	(void)sigfillset(&set);
	for (size_t i = 0; i < sizeof(own_faults) / sizeof(own_faults[0]); i++)
		(void)sigdelset(&set, own_faults[i]);
	if (sigprocmask(SIG_BLOCK, &set, &saved) < 0)
		return err_errno(err, ERR_NOWHERE, "block signals");
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0) {
		(void)err_errno(err, ERR_NOWHERE, "make a descriptor for signals");
		(void)sigprocmask(SIG_SETMASK, &saved, NULL);
		return -1;
	}
	supervise->saved = saved;
	supervise->signals = fd;
	return 0;
}

int supervise_open_end(struct err *err)
{
	sigset_t set;
	int fd;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < sizeof(wants_end) / sizeof(wants_end[0]); i++)
		(void)sigaddset(&set, wants_end[i]);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? err_errno(err, ERR_NOWHERE, "make a descriptor for signals") : fd;
}

int supervise_limit(struct supervise *supervise, unsigned int seconds, void (*expire)(void *data), void *data,
		    struct err *err)
{
	const struct itimerspec once = { .it_value = { .tv_sec = (time_t)seconds } };

	supervise->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (supervise->timer < 0 || timerfd_settime(supervise->timer, 0, &once, NULL) < 0)
		return err_errno(err, ERR_NOWHERE, "set a timer of %u s", seconds);
	supervise->expire = expire;
	supervise->data = data;
	return 0;
}

void supervise_watch(struct supervise *supervise, int fd, void (*attend)(void *watcher), void *watcher)
{
	supervise->watched = fd;
	supervise->attend = attend;
	supervise->watcher = watcher;
}

/* Reap all that ended: the init, and orphans that fell to us. */
static int reap(struct wait_state *wait, struct err *err)
{
	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, WNOHANG);

		if (pid == 0 || (pid < 0 && errno == ECHILD && wait->has_ended))
			return 0;
		if (pid < 0 && errno == EINTR)
			continue;
		if (pid < 0)
			return err_errno(err, ERR_NOWHERE, "wait for the container's process %d", (int)wait->pid);
		if (pid != wait->pid)
			continue;
		wait->has_ended = true;
		wait->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	}
}

static void handle_signal(struct wait_state *wait, int sig)
{
	if (sig == SIGWINCH && wait->console != NULL)
		console_resize(wait->console);
	if (wait->has_ended && IS_ONE_OF(wants_end, sig))
		wait->give_up = true;
	/* It may have ended meanwhile: then nobody is left who could want the signal. */
	if (!IS_ONE_OF(own_affairs, sig))
		(void)pidfd_send_signal(wait->pidfd, sig);
}

static int handle_signals(const struct supervise *supervise, struct wait_state *wait, struct err *err)
{
	struct signalfd_siginfo info;

	for (;;) {
		ssize_t n = read(supervise->signals, &info, sizeof(info));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return reap(wait, err);
		if (n != (ssize_t)sizeof(info))
			return err_errno(err, ERR_NOWHERE, "read which signals came");
		handle_signal(wait, (int)info.ssi_signo);
	}
}

/* One round of poll(2). */
static int attend(struct supervise *supervise, struct wait_state *wait, struct err *err)
{
	enum { SIGNALS, TIMER, WATCHED, FIRST_OF_CONSOLE };
	struct pollfd fds[FIRST_OF_CONSOLE + CONSOLE_POLL] = {
		[SIGNALS] = { .fd = supervise->signals, .events = POLLIN },
		[TIMER] = { .fd = supervise->timer, .events = POLLIN },
		[WATCHED] = { .fd = supervise->watched, .events = POLLIN },
	};
	nfds_t n = FIRST_OF_CONSOLE;

	if (wait->console != NULL) {
		console_want(wait->console, fds + n);
		n += CONSOLE_POLL;
	}
	if (poll(fds, n, -1) < 0) {
		if (errno == EINTR)
			return 0;
		return err_errno(err, ERR_NOWHERE, "wait for the container");
	}
	if (wait->console != NULL)
		console_handle(wait->console, fds + FIRST_OF_CONSOLE);
	if (fds[TIMER].revents != 0) {
		fd_close(&supervise->timer);
		supervise->expire(supervise->data);
	}
	if (fds[WATCHED].revents != 0)
		supervise->attend(supervise->watcher);
	return fds[SIGNALS].revents != 0 ? handle_signals(supervise, wait, err) : 0;
}

static bool is_finished(const struct wait_state *wait)
{
	if (!wait->has_ended)
		return false;
	return wait->console == NULL || wait->give_up || console_is_drained(wait->console);
}

int supervise_wait(struct supervise *supervise, pid_t pid, int pidfd, struct console *console,
		   int *ret_status, struct err *err)
{
	struct wait_state wait = { .pid = pid, .pidfd = pidfd, .console = console };

	/* It may have ended before SIGCHLD was blocked. */
	if (reap(&wait, err) < 0)
		return -1;
	while (!is_finished(&wait)) {
		if (attend(supervise, &wait, err) < 0)
			return -1;
	}
	*ret_status = wait.status;
	return 0;
}

void supervise_close(struct supervise *supervise)
{
	fd_close(&supervise->timer);
	if (supervise->signals < 0)
		return;
	fd_close(&supervise->signals);
	(void)sigprocmask(SIG_SETMASK, &supervise->saved, NULL);
}
