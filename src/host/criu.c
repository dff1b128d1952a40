/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Talking to CRIU; see criu.h.
 * Runs in: host; become_criu() in the child.
 */
#include "host/criu.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "sys/clone.h"
#include "sys/pidfd.h"
#include "sys/signals.h"

/* Where to look when the environment does not say. */
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* The longest answer there is has a text of a few hundred bytes. */
#define ANSWER_SIZE 16384

bool criu_find(char *path, size_t size)
{
	const char *dirs = getenv("PATH");
	char buf[PATH_MAX];
	struct stat st;

	if (dirs == NULL || *dirs == '\0')
		dirs = DEFAULT_PATH;
	for (const char *dir = dirs; dir != NULL; dir = strchr(dir, ':') != NULL ? strchr(dir, ':') + 1 : NULL) {
		int len = (int)strcspn(dir, ":");
		int n = snprintf(buf, sizeof(buf), "%.*s/criu", len, dir);

		/* A relative directory is nobody's of whom root should execute anything. */
		if (dir[0] != '/' || n < 0 || (size_t)n >= sizeof(buf) || stat(buf, &st) < 0 || !S_ISREG(st.st_mode) ||
		    access(buf, X_OK) < 0)
			continue;
		if (path != NULL)
			(void)snprintf(path, size, "%s", buf);
		return true;
	}
	return false;
}

/*
 * struct talk - one CRIU at work.
 * @socket: our end
 * @failure: where the child tells of what it has prepared, and why it could not become CRIU
 */
struct talk {
	const struct criu *criu;
	const struct criu_call *call;
	pid_t pid;
	int pidfd, socket, failure;
};

#define TALK_INIT ((struct talk){ .pidfd = -1, .socket = -1, .failure = -1 })
#define auto_talk __attribute__((cleanup(talk_close)))

static void talk_close(struct talk *talk)
{
	fd_close(&talk->pidfd);
	fd_close(&talk->socket);
	fd_close(&talk->failure);
}

/* Room for one descriptor beside a message. */
union control {
	struct cmsghdr align;
	char space[CMSG_SPACE(sizeof(int))];
};

/* A copy of @fd with a number of @lowest or more; -1 with errno. */
static int lift(int fd, int lowest)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, lowest);
}

/*
 * Give CRIU its descriptors.  All are copied far up first, so that none is overwritten before its turn.
 */
static int arrange(const struct criu_call *call, int socket, int *failure)
{
	int first_free = CRIU_FIRST_FD + (int)call->n_fds;
	auto_free int *high = calloc(call->n_fds + 1, sizeof(*high));
	int null;

	if (high == NULL)
		return -1;
	for (size_t i = 0; i <= call->n_fds; i++) {
		high[i] = lift(i == 0 ? socket : call->fds[i - 1], first_free);
		if (high[i] < 0)
			return -1;
	}
	*failure = lift(*failure, first_free);
	if (*failure < 0)
		return -1;
	for (size_t i = 0; i <= call->n_fds; i++) {
		if (dup2(high[i], CRIU_SOCKET + (int)i) < 0)
			return -1;
	}
	fd_seal((unsigned int)first_free);
	if (call->has_stdio)
		return 0;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0)
		return -1;
	return dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0 ? -1 : 0;
}

/* One message to the parent: why the child cannot become CRIU, or with an empty @err the descriptor @fd. */
static void report(int failure, const struct err *err, int fd)
{
	union control control = { .space = { 0 } };
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): struct iovec has no const, though it is only read here */
	struct iovec part = { .iov_base = (void *)(uintptr_t)err, .iov_len = sizeof(*err) };
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };
	struct cmsghdr *cmsg;

	if (fd >= 0) {
		header.msg_control = &control;
		header.msg_controllen = sizeof(control);
		cmsg = CMSG_FIRSTHDR(&header);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	}
	(void)sendmsg(failure, &header, MSG_NOSIGNAL);
}

static int take_descriptor(struct msghdr *header)
{
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(header);
	int fd;

	if (cmsg == NULL || cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS ||
	    cmsg->cmsg_len != CMSG_LEN(sizeof(int)))
		return -1;
	memcpy(&fd, CMSG_DATA(cmsg), sizeof(fd));
	return fd;
}

/*
 * One message from @socket of @size bytes at most into @data, and the descriptor that came with it.  Its length, 0 at the
 * end, -1 with errno; EMSGSIZE: it is longer.
 */
static ssize_t take_message(int socket, void *data, size_t size, int *ret_fd)
{
	union control control;
	struct iovec part = { .iov_base = data, .iov_len = size };
	struct msghdr header = {
		.msg_iov = &part, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	ssize_t n;

	do {
		n = recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	*ret_fd = n < 0 ? -1 : take_descriptor(&header);
	if (n < 0 || (header.msg_flags & MSG_TRUNC) == 0)
		return n;
	fd_close(ret_fd);
	errno = EMSGSIZE;
	return -1;
}

static void __attribute__((noreturn)) become_criu(const struct talk *talk, int socket, int failure)
{
	char program[] = "criu", verb[] = "swrk", number[8];
	char *const argv[] = { program, verb, number, NULL };
	struct err err = ERR_INIT;
	int fd = -1;

	(void)snprintf(number, sizeof(number), "%d", CRIU_SOCKET);
	signals_reset(0);
	if (talk->call->prepare == NULL || talk->call->prepare(talk->call->data, &fd, &err) == 0) {
		report(failure, &err, fd);
		if (arrange(talk->call, socket, &failure) == 0)
			(void)execv(talk->criu->path, argv);
		(void)err_errno(&err, ERR_NOWHERE, "execute %s", talk->criu->path);
	}
	report(failure, &err, -1);
	_exit(127);
}

/* Wait until the child is CRIU, or has said why not. */
static int wait_for_criu(const struct talk *talk, int *ret_fd, struct err *err)
{
	for (;;) {
		auto_fd int fd = -1;
		struct err theirs;
		ssize_t n = take_message(talk->failure, &theirs, sizeof(theirs), &fd);

		/* Its end was closed by execve(2). */
		if (n == 0)
			return 0;
		if (n != (ssize_t)sizeof(theirs))
			return err_errno(err, ERR_NOWHERE, "hear from the process that becomes CRIU");
		if (err_is_set(&theirs)) {
			*err = theirs;
			return -1;
		}
		if (fd >= 0) {
			fd_close(ret_fd);
			*ret_fd = take_fd(&fd);
		}
	}
}

/* Start the child; *@ret_fd as @prepare has made it. */
static int start(struct talk *talk, int *ret_fd, struct err *err)
{
	auto_fd int socket = -1, failure = -1;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_errno(err, ERR_NOWHERE, "make a socket for CRIU");
	talk->socket = pair[0];
	socket = pair[1];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_errno(err, ERR_NOWHERE, "make a socket for CRIU");
	talk->failure = pair[0];
	failure = pair[1];
	talk->pid = clone_process(0, -1, &talk->pidfd);
	if (talk->pid < 0)
		return err_errno(err, ERR_NOWHERE, "make a process for CRIU");
	if (talk->pid == 0)
		become_criu(talk, socket, failure);
	fd_close(&failure);
	return wait_for_criu(talk, ret_fd, err);
}

static int send_request(const struct talk *talk, const struct criu_req *request, struct err *err)
{
	ssize_t len = protobuf_write(&criu_req_shape, request, NULL, SSIZE_MAX);
	auto_free char *data = malloc((size_t)len + 1);

	if (data == NULL)
		return err_errno(err, ERR_NOWHERE, "get memory for a request");
	(void)protobuf_write(&criu_req_shape, request, data, (size_t)len);
	if (send(talk->socket, data, (size_t)len, MSG_NOSIGNAL) != len)
		return err_errno(err, ERR_NOWHERE, "ask CRIU");
	return 0;
}

/* One message, and the descriptor that came with it. */
static int receive(const struct talk *talk, struct criu_resp *ret, int *ret_fd, struct err *err)
{
	char data[ANSWER_SIZE];
	ssize_t n = take_message(talk->socket, data, sizeof(data), ret_fd);

	if (n < 0)
		return err_errno(err, ERR_NOWHERE, "hear from CRIU");
	if (n == 0)
		return err_say(err, ERR_NOWHERE, "CRIU ended without an answer");
	memset(ret, 0, sizeof(*ret));
	if (!protobuf_read(&criu_resp_shape, data, (size_t)n, ret))
		return err_say(err, ERR_NOWHERE, "CRIU's answer is not understood");
	return 0;
}

/* It goes on only when it has heard from us.  What was wrong on our side is in @err then, unless something was before. */
static int serve(const struct talk *talk, const struct criu_resp *resp, int *fd, struct err *err)
{
	const struct criu_call *call = talk->call;
	struct criu_req reply = { .type = CRIU_NOTIFY, .notify_success = 1 };
	struct err ours = ERR_INIT;

	log_debug("CRIU: %s %d", resp->notify.script, (int)resp->notify.pid);
	if (call->notify != NULL && call->notify(call->data, &resp->notify, fd, &ours) < 0) {
		reply.notify_success = 0;
		if (!err_is_set(err))
			*err = ours;
	}
	return send_request(talk, &reply, err_is_set(err) ? &ours : err);
}

/* Its own words are the first error of its log. */
static int refuse(const struct criu_resp *resp, struct err *err)
{
	if (resp->cr_errno != 0)
		return err_say(err, ERR_NOWHERE, "CRIU failed (%s)", err_reason((int)resp->cr_errno));
	return err_say(err, ERR_NOWHERE, "CRIU failed");
}

/* Answer what it reports until it answers what it was asked. */
static int converse(const struct talk *talk, struct criu_resp *ret, struct err *err)
{
	struct err ours = ERR_INIT;

	for (;;) {
		auto_fd int fd = -1;

		if (receive(talk, ret, &fd, err) < 0)
			break;
		if (ret->type == CRIU_NOTIFY) {
			if (serve(talk, ret, &fd, &ours) < 0)
				break;
			continue;
		}
		if (!err_is_set(&ours) && ret->success != 0 && ret->type == talk->call->request->type)
			return 0;
		if (!err_is_set(&ours))
			return refuse(ret, err);
		break;
	}
	if (err_is_set(&ours))
		*err = ours;
	return -1;
}

int criu_call(const struct criu *criu, const struct criu_call *call, struct criu_resp *ret, struct err *err)
{
	auto_talk struct talk talk = TALK_INIT;
	struct pidfd_exit end;
	auto_fd int fd = -1;
	int r;

	memset(ret, 0, sizeof(*ret));
	talk.criu = criu;
	talk.call = call;
	r = start(&talk, &fd, err);
	if (talk.pid <= 0)
		return -1;
	if (r == 0 && call->begin != NULL)
		r = call->begin(call->data, talk.pid, &fd, err);
	if (r == 0)
		r = send_request(&talk, call->request, err);
	if (r == 0)
		r = converse(&talk, ret, err);
	/* After a pre-dump it waits for the dump, which another one will be asked for. */
	fd_close(&talk.socket);
	if (pidfd_wait(talk.pidfd, &end) < 0)
		return r < 0 ? r : err_errno(err, ERR_NOWHERE, "wait for CRIU");
	return r;
}

int criu_open(struct criu *criu, struct err *err)
{
	const struct criu_req request = { .type = CRIU_VERSION };
	const struct criu_call call = { .request = &request };
	struct criu_resp resp = { .success = 0 };

	*criu = (struct criu){ .version = 0 };
	if (!criu_find(criu->path, sizeof(criu->path)))
		return err_say(err, ERR_NOWHERE, "CRIU is needed and is not installed: PATH has no program \"criu\"");
	if (criu_call(criu, &call, &resp, err) < 0)
		return err_wrap(err, ERR_NOWHERE, "ask %s for its version", criu->path);
	criu->version = (int)(resp.version.major_number * 10000 + resp.version.minor_number * 100 + resp.version.sublevel);
	if (criu->version < CRIU_OLDEST)
		return err_say(err, ERR_NOWHERE, "%s is version %d.%d, and at least %d.%d is needed", criu->path,
			       (int)resp.version.major_number, (int)resp.version.minor_number, CRIU_OLDEST / 10000,
			       CRIU_OLDEST / 100 % 100);
	return 0;
}

int criu_check_features(const struct criu *criu, const struct criu_features *wanted, struct err *err)
{
	const struct criu_req request = { .type = CRIU_FEATURE_CHECK, .features = wanted };
	const struct criu_call call = { .request = &request };
	struct criu_resp resp = { .success = 0 };

	if (criu_call(criu, &call, &resp, err) < 0)
		return err_wrap(err, ERR_NOWHERE, "ask %s for its features", criu->path);
	if (wanted->mem_track != 0 && resp.features.mem_track == 0)
		return err_say(err, ERR_NOWHERE, "CRIU cannot track memory with this kernel, which --pre-dump and "
			       "--parent-path need");
	if (wanted->lazy_pages != 0 && resp.features.lazy_pages == 0)
		return err_say(err, ERR_NOWHERE, "CRIU cannot hand over pages later with this kernel, as --lazy-pages asks");
	return 0;
}
