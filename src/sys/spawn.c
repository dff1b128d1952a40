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
	int input, output, status;
	size_t piece, offset;	/* of the input, next to be written */
	size_t n_output;
};

static void run_close(struct run *run)
{
	fd_close(&run->pidfd);
	fd_close(&run->input);
	fd_close(&run->output);
	fd_close(&run->status);
}

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* In the child: become the program, or say why not. */
static void __attribute__((noreturn)) become(const struct spawn *spawn, pid_t parent, int input, int output, int status)
{
	int error = 0;

	(void)setsid();
	/* Whoever kills us cannot know of it.  The parent may be gone already. */
	if (priv_die_with_parent(true) < 0)
		error = errno;
	else if (getppid() != parent)
		_exit(127);
	signals_reset(0);
	/* The ends are numbered 3 and up, since 0-2 are open in every process of ours. */
	if (dup2(input, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0)
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

/* Three pipes and the child. */
static int start(const struct spawn *spawn, struct run *run)
{
	auto_fd int input = -1, output = -1, status = -1;
	pid_t parent = getpid();
	int pair[2];

	if (pipe2(pair, O_CLOEXEC) < 0)
		return -1;
	input = pair[PIPE_READ];
	run->input = pair[PIPE_WRITE];
	if (pipe2(pair, O_CLOEXEC) < 0)
		return -1;
	run->output = pair[PIPE_READ];
	output = pair[PIPE_WRITE];
	if (pipe2(pair, O_CLOEXEC) < 0)
		return -1;
	run->status = pair[PIPE_READ];
	status = pair[PIPE_WRITE];
	if (fcntl(run->input, F_SETFL, O_NONBLOCK) < 0 || fcntl(run->output, F_SETFL, O_NONBLOCK) < 0)
		return -1;
	run->pid = clone_process(0, -1, &run->pidfd);
	if (run->pid == 0)
		become(spawn, parent, input, output, status);
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

/* Keep the beginning of the output, throw the rest away. */
static void collect(struct run *run, struct spawn_result *result)
{
	char rest[512] = "";

	for (;;) {
		size_t room = SPAWN_OUTPUT - run->n_output;
		ssize_t n = read(run->output, room > 0 ? result->output + run->n_output : rest,
				 room > 0 ? room : sizeof(rest));

		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			fd_close(&run->output);
		if (n <= 0)
			return;
		if (room > 0)
			run->n_output += (size_t)n;
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
			{ .fd = run->output, .events = POLLIN },
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
		if (fds[2].revents != 0)
			collect(run, result);
		if (fds[0].revents != 0)
			return SPAWN_EXITED;
		if (fds[3].revents != 0)
			return SPAWN_IN_VAIN;
	}
}

static int reap(struct run *run, struct spawn_result *result)
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
	if (run->output >= 0)
		collect(run, result);
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
	__attribute__((cleanup(run_close))) struct run run = { .pid = -1, .pidfd = -1, .input = -1, .output = -1,
							       .status = -1 };
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
	if (reap(&run, ret_result) < 0)
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
