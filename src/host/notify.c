/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The relay of notifications; see notify.h.  Sources: sd_notify(3), sd_notify_barrier(3), unix(7).
 * Runs in: host.
 */
#include "host/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "plan/notify.h"
#include "sys/unixsock.h"

/* systemd reads no more of a message than this. */
#define MESSAGE_MAX 4096

/* Messages of one round: a payload that never stops must not keep us from signals and from its own end. */
enum { ROUND_MAX = 8 };

/* Rounds once nobody is there who could say more: as many messages as a socket's queue can hold. */
enum { LAST_ROUNDS = 64 };

/* How long a manager may take to read: for one message, and for all of them at the end. */
#define SEND_SECONDS 3
#define BARRIER_MS 30000

/* What a payload says of itself.  Anything else is about the service, of which it is only a part. */
static const char *const passing[] = {
	"READY=", "RELOADING=", "STOPPING=", "STATUS=", "ERRNO=", "BUSERROR=", "VARLINKERROR=", "EXIT_STATUS=",
	"WATCHDOG=", "WATCHDOG_USEC=", "EXTEND_TIMEOUT_USEC=", "MONOTONIC_USEC=", "X_",
};

const char *notify_address(void)
{
	const char *address = getenv(PLAN_NOTIFY_VARIABLE);

	return address == NULL || address[0] == '\0' ? NULL : address;
}

int notify_make(int dirfd, struct err *err)
{
	/* Users of the container reach it through a mount; on the host nobody passes the directory above. */
	if (mkdirat(dirfd, NOTIFY_DIR, 0755) < 0 || fchmodat(dirfd, NOTIFY_DIR, 0755, 0) < 0)
		return err_errno(err, ERR_NOWHERE, "make the directory of the notification socket");
	return 0;
}

/* A path, or a name that is abstract (unix(7)), written with '@'.  The length of the address, or -1 with errno. */
static int make_address(struct sockaddr_un *address, const char *text)
{
	size_t len = strlen(text);

	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	errno = text[0] != '/' && text[0] != '@' ? EAFNOSUPPORT : ENAMETOOLONG;
	if (errno == EAFNOSUPPORT || len >= sizeof(address->sun_path))
		return -1;
	memcpy(address->sun_path, text, len);
	if (text[0] == '@')
		address->sun_path[0] = '\0';
	return (int)(offsetof(struct sockaddr_un, sun_path) + len + (text[0] == '/'));
}

static int connect_manager(const char *text)
{
	const struct timeval timeout = { .tv_sec = SEND_SECONDS };
	struct sockaddr_un address;
	int len = make_address(&address, text);
	auto_fd int fd = len < 0 ? -1 : socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) < 0 ||
	    connect(fd, (const struct sockaddr *)&address, (socklen_t)len) < 0)
		return -1;
	return take_fd(&fd);
}

/* Open to all users of the container, whoever they are out here. */
static int listen_in(int dirfd, struct err *err)
{
	auto_fd int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	mode_t saved;
	int r;

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/" NOTIFY_DIR "/" PLAN_NOTIFY_SOCKET,
		       dirfd);
	/* Of a start that failed. */
	(void)unlinkat(dirfd, NOTIFY_DIR "/" PLAN_NOTIFY_SOCKET, 0);
	saved = umask(0);
	r = fd < 0 ? -1 : bind(fd, (const struct sockaddr *)&address, sizeof(address));
	(void)umask(saved);
	return r < 0 ? err_errno(err, ERR_NOWHERE, "make the container's notification socket") : take_fd(&fd);
}

int notify_open(struct notify *notify, int dirfd, const char *address, struct err *err)
{
	if (address == NULL || faccessat(dirfd, NOTIFY_DIR, F_OK, 0) < 0)
		return 0;
	notify->manager = connect_manager(address);
	if (notify->manager < 0) {
		struct err why = ERR_INIT;

		(void)err_errno(&why, ERR_NOWHERE, "nobody is told what the container says of itself: "
				PLAN_NOTIFY_VARIABLE " is %s", address);
		log_warning_err(&why);
		return 0;
	}
	notify->listening = listen_in(dirfd, err);
	return notify->listening < 0 ? -1 : 0;
}

static bool may_pass(const char *line)
{
	for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++) {
		if (strncmp(line, passing[i], strlen(passing[i])) == 0)
			return true;
	}
	return false;
}

static void tell(struct notify *notify, const char *text, size_t len)
{
	struct err err = ERR_INIT;

	/* Who did not read in time once is not waited for again. */
	if (send(notify->manager, text, len, MSG_NOSIGNAL | (notify->has_failed ? MSG_DONTWAIT : 0)) >= 0 ||
	    notify->has_failed)
		return;
	notify->has_failed = true;
	(void)err_errno(&err, ERR_NOWHERE, "hand on what the container says of itself");
	log_warning_err(&err);
}

/* Hand on those lines of the message @text that may pass. */
static void pass(struct notify *notify, char *text, pid_t pid)
{
	char out[MESSAGE_MAX + sizeof("MAINPID=-2147483648\n")];
	size_t len = 0;
	char *line;

	while ((line = strsep(&text, "\n")) != NULL) {
		if (!may_pass(line))
			continue;
		if (strcmp(line, "READY=1") == 0) {
			/* Ahead of it: a service is ready with the main process that it has then. */
			if (pid > 0 && !notify->is_ready)
				len += (size_t)sprintf(out + len, "MAINPID=%d\n", (int)pid);
			notify->is_ready = true;
		}
		len += (size_t)sprintf(out + len, "%s\n", line);
	}
	if (len > 0)
		tell(notify, out, len - 1);
}

bool notify_relay(struct notify *notify, pid_t pid)
{
	char text[MESSAGE_MAX];

	for (int i = 0; i < ROUND_MAX; i++) {
		/* Descriptors that come along are closed by the kernel, which is the answer that a barrier waits for. */
		ssize_t n = recv(notify->listening, text, sizeof(text) - 1, MSG_DONTWAIT | MSG_TRUNC);

		if (n < 0)
			return false;
		if ((size_t)n >= sizeof(text))
			continue;
		text[n] = '\0';
		pass(notify, text, pid);
	}
	return true;
}

void notify_relay_last(struct notify *notify, pid_t pid)
{
	for (int i = 0; i < LAST_ROUNDS && notify->listening >= 0 && notify_relay(notify, pid); i++)
		;
}

/* Whoever the manager asks about a message's sender is to be there still: us. */
static int wait_until_read(const struct notify *notify, struct err *err)
{
	char word[] = "BARRIER=1";
	struct iovec part = { .iov_base = word, .iov_len = sizeof(word) - 1 };
	auto_fd int here = -1, there = -1;
	struct pollfd closed = { .events = 0 };
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_errno(err, ERR_NOWHERE, "wait for the service manager");
	here = ends[0];
	there = ends[1];
	/* A manager that does not take it has been warned about. */
	if (notify->has_failed || unixsock_send(notify->manager, &part, 1, there) < 0)
		return 0;
	fd_close(&there);
	closed.fd = here;
	while (poll(&closed, 1, BARRIER_MS) < 0 && errno == EINTR)
		;
	return 0;
}

int notify_await(struct notify *notify, pid_t pid, int pidfd, struct err *err)
{
	struct pollfd fds[] = { { .fd = notify->listening, .events = POLLIN }, { .fd = pidfd, .events = POLLIN } };

	if (notify->listening < 0)
		return 0;
	while (!notify->is_ready && fds[1].revents == 0) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return err_errno(err, ERR_NOWHERE, "wait until the container is ready");
		(void)notify_relay(notify, pid);
	}
	if (fds[1].revents != 0)
		notify_relay_last(notify, pid);
	return wait_until_read(notify, err);
}

void notify_close(struct notify *notify)
{
	fd_close(&notify->listening);
	fd_close(&notify->manager);
}
