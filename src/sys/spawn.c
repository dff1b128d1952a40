/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Run one program to its end; see spawn.h.
 * Runs in: either.
 */
#include "sys/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "sys/clone.h"
#include "sys/priv.h"
#include "sys/signals.h"
#include "sys/uapi.h"

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

enum { PIPE_READ, PIPE_WRITE };

/* What the parent holds while the program runs. */
struct run {
	pid_t pid;
	int pidfd;
	int input, status;
	int output[2];		/* what is printed to both comes by the first, unless copies of each are wanted */
	size_t piece, offset;	/* of the input, next to be written */
	size_t n_output;
};

static void run_close(struct run *run)
{
	fd_close(&run->pidfd);
	fd_close(&run->input);
	fd_close(&run->output[0]);
	fd_close(&run->output[1]);
	fd_close(&run->status);
}

/* The child's. */
struct ends {
	int input, status;
	int output[2];
};

static void ends_close(struct ends *ends)
{
	fd_close(&ends->input);
	fd_close(&ends->output[0]);
	fd_close(&ends->output[1]);
	fd_close(&ends->status);
}

/* What the child gets as standard output (0) or error (1). */
static int stream_of(const struct spawn *spawn, const struct ends *ends, int i)
{
	if (spawn->output[i] > 0 && !spawn->copies)
		return spawn->output[i];
	return ends->output[i] >= 0 ? ends->output[i] : ends->output[0];
}

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* In the child: become the program, or say why not. */
static void __attribute__((noreturn)) become(const struct spawn *spawn, pid_t parent, const struct ends *ends)
{
	int status = ends->status, error = 0;

	(void)setsid();
	/* Whoever kills us cannot know of it.  The parent may be gone already. */
	if (priv_die_with_parent(true) < 0)
		error = errno;
	else if (getppid() != parent)
		_exit(127);
	signals_reset(0);
	/* The ends are numbered 3 and up, since 0-2 are open in every process of ours. */
	if (dup2(ends->input, STDIN_FILENO) < 0 || dup2(stream_of(spawn, ends, 0), STDOUT_FILENO) < 0 ||
	    dup2(stream_of(spawn, ends, 1), STDERR_FILENO) < 0)
		error = errno;
	if (error == 0 && status != 3 && (dup2(status, 3) < 0 || fd_set_cloexec(3, 1) < 0))
		error = errno;
	if (error == 0 && syscall(SYS_close_range, 4U, ~0U, 0) < 0 && errno != ENOSYS)
		error = errno;
	if (error == 0 && spawn->prepare != NULL && spawn->prepare(spawn->data) < 0)
		error = errno;
	if (error == 0) {
		/* NOLINTNEXTLINE(performance-no-int-to-ptr): execve(2) takes no const, though it only reads */
		(void)execve(spawn->path, (char *const *)(uintptr_t)spawn->args, (char *const *)(uintptr_t)spawn->env);
		error = errno;
	}
	(void)fd_write_all(3, &error, sizeof(error));
	_exit(127);
}

static int open_pipe(int *ret_read, int *ret_write)
{
	int pair[2];

	if (pipe2(pair, O_CLOEXEC) < 0)
		return -1;
	*ret_read = pair[PIPE_READ];
	*ret_write = pair[PIPE_WRITE];
	return 0;
}

static int open_output(struct run *run, struct ends *ends, int i)
{
	if (open_pipe(&run->output[i], &ends->output[i]) < 0)
		return -1;
	return fcntl(run->output[i], F_SETFL, O_NONBLOCK);
}

/* The pipes and the child. */
static int start(const struct spawn *spawn, struct run *run)
{
	__attribute__((cleanup(ends_close))) struct ends ends = { .input = -1, .status = -1, .output = { -1, -1 } };
	bool is_apart = spawn->copies && (spawn->output[0] > 0 || spawn->output[1] > 0);
	pid_t parent = getpid();

	if (open_pipe(&ends.input, &run->input) < 0 || open_output(run, &ends, 0) < 0 ||
	    (is_apart && open_output(run, &ends, 1) < 0) || open_pipe(&run->status, &ends.status) < 0 ||
	    fcntl(run->input, F_SETFL, O_NONBLOCK) < 0)
		return -1;
	run->pid = clone_process(0, -1, &run->pidfd);
	if (run->pid == 0)
		become(spawn, parent, &ends);
	return run->pid < 0 ? -1 : 0;
}

/* Write what the pipe takes; close it when all is written or nobody reads. */
static void feed(const struct spawn *spawn, struct run *run)
{
	while (run->piece < spawn->n_input) {
		const struct iovec *piece = &spawn->input[run->piece];
		ssize_t n = write(run->input, (const char *)piece->iov_base + run->offset, piece->iov_len - run->offset);

		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0)
			break;
		run->offset += (size_t)n;
		if (run->offset == piece->iov_len) {
			run->piece++;
			run->offset = 0;
		}
	}
	fd_close(&run->input);
}

/* A FIFO that is full would be waited for; one that has any room takes as little as this (pipe(7), PIPE_BUF). */
static void append(int fd, const char *text, size_t len)
{
	struct pollfd ready = { .fd = fd, .events = POLLOUT };

	if (poll(&ready, 1, 0) > 0 && (ready.revents & POLLOUT) != 0)
		(void)!write(fd, text, len);
}

/* Keep the beginning of what is printed, throw the rest away; all of it is appended to the file, if there is one. */
static void collect(const struct spawn *spawn, struct run *run, int i, struct spawn_result *result)
{
	char text[SPAWN_OUTPUT];

	for (;;) {
		size_t room = SPAWN_OUTPUT - run->n_output;
		ssize_t n = read(run->output[i], text, sizeof(text));

		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			fd_close(&run->output[i]);
		if (n <= 0)
			return;
		if (spawn->copies && spawn->output[i] > 0)
			append(spawn->output[i], text, (size_t)n);
		if ((size_t)n < room)
			room = (size_t)n;
		memcpy(result->output + run->n_output, text, room);
		run->n_output += room;
	}
}

static void collect_all(const struct spawn *spawn, struct run *run, struct spawn_result *result)
{
	for (int i = 0; i < 2; i++) {
		if (run->output[i] >= 0)
			collect(spawn, run, i, result);
	}
}

/* Serve the pipes until the program is through, or has no business any more; -1 when poll(2) failed. */
static int attend(const struct spawn *spawn, struct run *run, int64_t deadline, struct spawn_result *result)
{
	int watch = spawn->watch > 0 ? spawn->watch : -1;

	for (;;) {
		struct pollfd fds[] = {
			{ .fd = run->pidfd, .events = POLLIN },
			{ .fd = run->input, .events = POLLOUT },
			{ .fd = run->output[0], .events = POLLIN },
			{ .fd = run->output[1], .events = POLLIN },
			{ .fd = watch, .events = POLLIN },
		};
		int64_t left = deadline < 0 ? -1 : deadline - now_ms();
		int n;

		if (deadline >= 0 && left <= 0)
			return SPAWN_TIMED_OUT;
		n = poll(fds, sizeof(fds) / sizeof(fds[0]), left > INT_MAX ? INT_MAX : (int)left);
		if (n < 0 && errno != EINTR)
			return -1;
		if (n <= 0)
			continue;
		if (fds[1].revents != 0)
			feed(spawn, run);
		if (fds[2].revents != 0 || fds[3].revents != 0)
			collect_all(spawn, run, result);
		if (fds[0].revents != 0)
			return SPAWN_EXITED;
		if (fds[4].revents != 0)
			return SPAWN_IN_VAIN;
	}
}

static int reap(const struct spawn *spawn, struct run *run, struct spawn_result *result)
{
	siginfo_t info;
	int error = 0;
	int r;

	memset(&info, 0, sizeof(info));
	do {
		r = waitid((idtype_t)P_PIDFD, (id_t)run->pidfd, &info, WEXITED);
	} while (r < 0 && errno == EINTR);
	if (r < 0)
		return -1;
	collect_all(spawn, run, result);
	result->end = info.si_code == CLD_EXITED ? SPAWN_EXITED : SPAWN_KILLED;
	result->code = info.si_status;
	if (fd_read_all(run->status, &error, sizeof(error)) == (ssize_t)sizeof(error)) {
		result->end = SPAWN_NOT_RUN;
		result->code = error;
	}
	return 0;
}

int spawn_run(const struct spawn *spawn, struct spawn_result *ret_result)
{
	__attribute__((cleanup(run_close))) struct run run = { .pid = -1, .pidfd = -1, .input = -1,
							       .output = { -1, -1 }, .status = -1 };
	int64_t deadline = -1;
	int r;

	memset(ret_result, 0, sizeof(*ret_result));
	if (spawn->timeout != SPAWN_FOREVER)
		deadline = spawn->timeout > INT64_MAX / 2000 ? INT64_MAX / 2 : now_ms() + spawn->timeout * 1000;
	if (start(spawn, &run) < 0)
		return -1;
	r = attend(spawn, &run, deadline, ret_result);
	if (r != SPAWN_EXITED) {
		/* It leads a session, so this takes all that did not leave its group. */
		(void)kill(-run.pid, SIGKILL);
		(void)kill(run.pid, SIGKILL);
	}
	if (reap(spawn, &run, ret_result) < 0)
		return -1;
	if (r == SPAWN_TIMED_OUT || r == SPAWN_IN_VAIN)
		ret_result->end = (enum spawn_end)r;
	while (run.n_output > 0 && ret_result->output[run.n_output - 1] == '\n')
		run.n_output--;
	ret_result->output[run.n_output] = '\0';
	return r < 0 ? -1 : 0;
}

bool spawn_succeeded(const struct spawn_result *result, char *text, size_t size)
{
	const char *colon = result->output[0] == '\0' ? "" : ": ";

	text[0] = '\0';
	switch (result->end) {
	case SPAWN_EXITED:
		if (result->code == 0)
			return true;
		(void)snprintf(text, size, "exited with status %d%s%s", result->code, colon, result->output);
		break;
	case SPAWN_KILLED:
		(void)snprintf(text, size, "was killed by signal %d%s%s", result->code, colon, result->output);
		break;
	case SPAWN_TIMED_OUT:
		(void)snprintf(text, size, "did not end in time and was killed%s%s", colon, result->output);
		break;
	case SPAWN_IN_VAIN:
		(void)snprintf(text, size, "was killed, since the process it runs for has ended%s%s", colon, result->output);
		break;
	case SPAWN_NOT_RUN:
		(void)snprintf(text, size, "could not be executed: %s", err_reason(result->code));
		break;
	}
	return false;
}
