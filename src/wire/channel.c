/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages over one SOCK_SEQPACKET pair; see channel.h and unix(7).
 * Runs in: either.
 */
#include "wire/channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"

union control {
	struct cmsghdr align;
	char space[CMSG_SPACE(CHANNEL_MAX_FDS * sizeof(int))];
};

static const char *const kind_names[] = {
	[WIRE_GO] = "go",
	[WIRE_BUILT] = "built",
	[WIRE_HOOKED] = "hooked",
	[WIRE_CONSOLE] = "console",
	[WIRE_PID] = "pid",
	[WIRE_READY] = "ready",
	[WIRE_COMMIT] = "commit",
	[WIRE_EXECUTING] = "executing",
	[WIRE_FAILED] = "failed",
	[WIRE_DESCRIPTORS] = "descriptors",
	[WIRE_SETTLED] = "settled",
	[WIRE_PROCESS] = "process",
};

static const char *kind_name(uint32_t kind)
{
	if (kind == 0 || kind >= sizeof(kind_names) / sizeof(kind_names[0]))
		return "an unknown message";
	return kind_names[kind];
}

int channel_open(int *ret_host, int *ret_init, struct err *err)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_errno(err, ERR_NOWHERE, "make the channel to the container's process");
	*ret_host = pair[0];
	*ret_init = pair[1];
	return 0;
}

static size_t message_size(uint32_t kind)
{
	return kind == WIRE_FAILED ? sizeof(struct wire_message) : offsetof(struct wire_message, err);
}

static int send_one(int fd, const struct wire_message *message, const int *fds, size_t n_fds)
{
	union control control;
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): struct iovec has no const, though it is only read here */
	struct iovec part = { .iov_base = (void *)(uintptr_t)message, .iov_len = message_size(message->kind) };
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };
	struct cmsghdr *cmsg;
	ssize_t n;

	/*
	 * Without descriptors a plain write(2): the last messages of init pass its seccomp filter, and
	 * a payload that may not write at all is the rarest of them.  SIGPIPE is ignored by the host and
	 * has no effect on a first process of a pid namespace.
	 */
	if (n_fds == 0)
		return write(fd, message, message_size(message->kind)) < 0 ? -1 : 0;
	memset(&control, 0, CMSG_SPACE(n_fds * sizeof(int)));
	header.msg_control = &control;
	header.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
	cmsg = CMSG_FIRSTHDR(&header);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
	memcpy(CMSG_DATA(cmsg), fds, n_fds * sizeof(int));
	do {
		n = sendmsg(fd, &header, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -1 : 0;
}

int channel_tell(int fd, enum wire_kind kind, const int *fds, size_t n_fds, struct err *err)
{
	struct wire_message message = { .kind = kind };

	while (n_fds > CHANNEL_MAX_FDS) {
		message.kind = WIRE_DESCRIPTORS;
		message.n_fds = CHANNEL_MAX_FDS;
		if (send_one(fd, &message, fds, CHANNEL_MAX_FDS) < 0)
			return err_errno(err, ERR_NOWHERE, "send %s", kind_name(message.kind));
		fds += CHANNEL_MAX_FDS;
		n_fds -= CHANNEL_MAX_FDS;
	}
	message.kind = kind;
	message.n_fds = (uint32_t)n_fds;
	if (send_one(fd, &message, fds, n_fds) < 0)
		return err_errno(err, ERR_NOWHERE, "send %s", kind_name(kind));
	return 0;
}

int channel_tell_pid(int fd, int pid, struct err *err)
{
	const struct wire_message message = { .kind = WIRE_PID, .pid = pid };

	if (send_one(fd, &message, NULL, 0) < 0)
		return err_errno(err, ERR_NOWHERE, "send %s", kind_name(WIRE_PID));
	return 0;
}

int channel_tell_process(int fd, pid_t pid, int pidfd, struct err *err)
{
	struct wire_message message = { .kind = WIRE_PROCESS, .n_fds = 1, .pid = pid };

	if (send_one(fd, &message, &pidfd, 1) < 0)
		return err_errno(err, ERR_NOWHERE, "send %s", kind_name(message.kind));
	return 0;
}

void channel_tell_failure(int fd, const struct err *failure)
{
	struct wire_message message = { .kind = WIRE_FAILED, .err = *failure };

	(void)send_one(fd, &message, NULL, 0);
}

/* Move received descriptors to @fds + *@n_fds; what does not fit is closed and is an error. */
static int take_fds(struct msghdr *header, int *fds, size_t max_fds, size_t *n_fds)
{
	int r = (header->msg_flags & MSG_CTRUNC) != 0 ? -1 : 0;

	for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(header); cmsg != NULL; cmsg = CMSG_NXTHDR(header, cmsg)) {
		size_t n;

		if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		n = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			int one;

			memcpy(&one, CMSG_DATA(cmsg) + i * sizeof(int), sizeof(one));
			if (*n_fds < max_fds) {
				fds[(*n_fds)++] = one;
			} else {
				(void)close(one);
				r = -1;
			}
		}
	}
	return r;
}

/* One datagram: 1 when there is one, 0 at end of file, -1 with errno. */
static int receive_one(int fd, struct wire_message *message, int *fds, size_t max_fds, size_t *n_fds)
{
	union control control;
	struct iovec part = { .iov_base = message, .iov_len = sizeof(*message) };
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1,
				 .msg_control = &control, .msg_controllen = sizeof(control) };
	size_t before = *n_fds;
	ssize_t n;

	do {
		n = max_fds == 0 ? read(fd, message, sizeof(*message)) : recvmsg(fd, &header, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (max_fds == 0) /* descriptors that nobody awaits are dropped by the kernel */
		header.msg_controllen = 0;
	if (n == 0 || (n < 0 && errno == ECONNRESET))
		return 0;
	if (n < 0)
		return -1;
	if (take_fds(&header, fds, max_fds, n_fds) < 0 || (size_t)n < offsetof(struct wire_message, err) ||
	    (size_t)n != message_size(message->kind) || *n_fds - before != message->n_fds) {
		errno = EBADMSG;
		return -1;
	}
	return 1;
}

/* A failure that came over the wire: make it ours, with its strings surely ended. */
static int take_failure(const struct wire_message *message, struct err *err)
{
	*err = message->err;
	err->phase[sizeof(err->phase) - 1] = '\0';
	err->file[sizeof(err->file) - 1] = '\0';
	err->text[sizeof(err->text) - 1] = '\0';
	err->excerpt[sizeof(err->excerpt) - 1] = '\0';
	return -1;
}

static void close_all(int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fd_close(&fds[i]);
}

/* Wait for @kind, which is then in *@message. */
static int wait_for(int fd, enum wire_kind kind, struct wire_message *message, int *fds, size_t max_fds,
		    size_t *ret_n_fds, struct err *err)
{
	size_t n_fds = 0;
	int r;

	do {
		r = receive_one(fd, message, fds, max_fds, &n_fds);
	} while (r > 0 && message->kind == WIRE_DESCRIPTORS);
	if (r > 0 && message->kind == (uint32_t)kind) {
		if (ret_n_fds != NULL)
			*ret_n_fds = n_fds;
		return 0;
	}
	close_all(fds, n_fds);
	if (r < 0)
		return err_errno(err, ERR_NOWHERE, "wait for %s", kind_name(kind));
	if (r == 0) {
		(void)err_say(err, ERR_NOWHERE, "the other side ended while %s was awaited", kind_name(kind));
		err->code = EPIPE;
		return -1;
	}
	if (message->kind == WIRE_FAILED)
		return take_failure(message, err);
	return err_say(err, ERR_NOWHERE, "%s came where %s was awaited", kind_name(message->kind), kind_name(kind));
}

int channel_wait(int fd, enum wire_kind kind, int *fds, size_t max_fds, size_t *ret_n_fds, struct err *err)
{
	struct wire_message message = { .kind = 0 };

	return wait_for(fd, kind, &message, fds, max_fds, ret_n_fds, err);
}

int channel_wait_pid(int fd, int *ret_pid, struct err *err)
{
	struct wire_message message = { .kind = 0 };

	if (wait_for(fd, WIRE_PID, &message, NULL, 0, NULL, err) < 0)
		return -1;
	*ret_pid = message.pid;
	return 0;
}

int channel_wait_process(int fd, pid_t *ret_pid, int *ret_pidfd, struct err *err)
{
	struct wire_message message = { .kind = 0 };
	int pidfd = -1;
	size_t n = 0;

	if (wait_for(fd, WIRE_PROCESS, &message, &pidfd, 1, &n, err) < 0)
		return -1;
	if (n != 1 || message.pid <= 0) {
		fd_close(&pidfd);
		return err_say(err, ERR_NOWHERE, "%s came without a process", kind_name(WIRE_PROCESS));
	}
	*ret_pid = message.pid;
	*ret_pidfd = pidfd;
	return 0;
}

int channel_wait_end(int fd, struct err *err)
{
	struct wire_message message = { .kind = 0 };
	size_t n_fds = 0;
	int r = receive_one(fd, &message, NULL, 0, &n_fds);

	if (r == 0)
		return 0;
	if (r < 0)
		return err_errno(err, ERR_NOWHERE, "wait for the end of the channel");
	if (message.kind == WIRE_FAILED)
		return take_failure(&message, err);
	return err_say(err, ERR_NOWHERE, "%s came where the end was awaited", kind_name(message.kind));
}

bool channel_find_failure(int fd, struct err *err)
{
	struct wire_message message = { .kind = 0 };
	ssize_t n;

	do {
		n = recv(fd, &message, sizeof(message), MSG_DONTWAIT);
		if (n == (ssize_t)sizeof(message) && message.kind == WIRE_FAILED) {
			(void)take_failure(&message, err);
			return true;
		}
	} while (n > 0 || (n < 0 && errno == EINTR));
	return false;
}
