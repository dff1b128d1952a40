/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stream sockets of the local machine; see unixsock.h.
 * Runs in: either.
 */
#include "sys/unixsock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>

#include "base/fd.h"
#include "base/path.h"

/* How long connect(2) waits for room in the other's queue, and each sendmsg(2) for one in its buffer: SO_SNDTIMEO. */
#define TIMEOUT_SECONDS 3

/*
 * A socket address holds 107 bytes of path at most.  A longer one is reached through its directory's
 * descriptor.
 */
static int make_address(struct sockaddr_un *address, const char *path, int *ret_dir)
{
	const char *name = path_base(path);
	char dir[PATH_MAX];
	int n;

	address->sun_family = AF_UNIX;
	if (strlen(path) < sizeof(address->sun_path)) {
		memcpy(address->sun_path, path, strlen(path) + 1);
		return 0;
	}
	errno = ENAMETOOLONG;
	if ((size_t)(name - path) >= sizeof(dir))
		return -1;
	memcpy(dir, path, (size_t)(name - path));
	dir[name - path] = '\0';
	*ret_dir = open(dir[0] != '\0' ? dir : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*ret_dir < 0)
		return -1;
	n = snprintf(address->sun_path, sizeof(address->sun_path), "/proc/self/fd/%d/%s", *ret_dir, name);
	errno = ENAMETOOLONG;
	return n < 0 || (size_t)n >= sizeof(address->sun_path) ? -1 : 0;
}

/* Whoever listens may be stuck; what the kernel says of that would read like a fault of the machine. */
static int say_timeout(void)
{
	if (errno == EAGAIN)
		errno = ETIMEDOUT;
	return -1;
}

int unixsock_connect(const char *path)
{
	const struct timeval timeout = { .tv_sec = TIMEOUT_SECONDS };
	struct sockaddr_un address;
	auto_fd int dir = -1;
	auto_fd int fd = -1;

	memset(&address, 0, sizeof(address));
	if (make_address(&address, path, &dir) < 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) < 0)
		return -1;
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return say_timeout();
	return take_fd(&fd);
}

/* What is left of @part after @sent bytes; the number of parts that are done. */
static size_t advance(struct iovec *part, size_t n, size_t sent)
{
	size_t done = 0;

	while (done < n && sent >= part[done].iov_len)
		sent -= part[done++].iov_len;
	if (done < n) {
		part[done].iov_base = (char *)part[done].iov_base + sent;
		part[done].iov_len -= sent;
	}
	return done;
}

int unixsock_send(int socket, struct iovec *part, size_t n, int passed)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { .bytes = { 0 } };
	struct msghdr message = { .msg_control = control.bytes, .msg_controllen = sizeof(control.bytes) };
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&message);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &passed, sizeof(int));
	while (n > 0) {
		ssize_t sent;
		size_t done;

		message.msg_iov = part;
		message.msg_iovlen = n;
		sent = sendmsg(socket, &message, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return say_timeout();
		/* The descriptor has gone with what was sent, and goes once. */
		message.msg_control = NULL;
		message.msg_controllen = 0;
		done = advance(part, n, (size_t)sent);
		part += done;
		n -= done;
	}
	return 0;
}
