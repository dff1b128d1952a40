/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The interface of systemd_bus.h in a static tare: another program, embedded in ours as the init is, loads
 * libsystemd and makes the calls.  It is started with the connection and ends with it, or with us.
 * Linked in the place of systemd_bus.c.
 * Runs in: host; become() in the cloned child until its execve.
 */
#include "cgroup/systemd_bus.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "cgroup/systemd_message.h"
#include "cgroup/systemd_note.h"
#include "image.h"
#include "sys/clone.h"
#include "sys/memexe.h"
#include "sys/pidfd.h"
#include "sys/priv.h"
#include "sys/signals.h"
#include "sys/uapi.h"

/* What the program has to say of a systemd that does not answer comes before our patience ends. */
enum { MARGIN_MS = 10000 };

/* Finding the bus and being let in, which sd-bus gives 90 seconds, and a call. */
enum { OPEN_MS = 120000 };

/* How long the program may take to end once nobody asks any more. */
enum { END_MS = 1000 };

/*
 * struct systemd_bus - the program.
 * @wire: our end of the connection, -1 once it has failed us
 */
struct systemd_bus {
	pid_t pid;
	int pidfd;
	int wire;
};

/* @number: of what the program has kept. */
struct systemd_kept {
	int32_t number;
};

/* What the child needs; it may share our memory, and changes none of it. */
struct birth {
	int image, null, wire;
	pid_t parent;
	struct log_sink log;
};

bool systemd_bus_is_built(void)
{
	return true;
}

/* Its standard error stays ours; nothing else of us does but the connection and the log. */
static int keep_descriptors(const struct birth *birth)
{
	if (dup2(birth->null, STDIN_FILENO) < 0 || dup2(birth->null, STDOUT_FILENO) < 0)
		return -1;
	fd_seal(STDERR_FILENO + 1);
	if (birth->log.fd >= 0 && fd_set_cloexec(birth->log.fd, 0) < 0)
		return -1;
	return fd_set_cloexec(birth->wire, 0);
}

/*
 * In a session of its own, where no key of our terminal reaches it.  A sanitizer's marks of a stack that it may share
 * with us, and never returns from, would stay there.
 */
static void __attribute__((noreturn, no_sanitize_address)) become(void *arg)
{
	const struct birth *birth = arg;
	char name[] = SYSTEMD_PROGRAM, wire[16], log[16], format[16], level[16];
	char *const argv[] = { name, wire, log, format, level, NULL };
	struct systemd_reply reply = { .result = -1, .err = ERR_INIT };

	(void)setsid();
	signals_reset(0);
	(void)snprintf(wire, sizeof(wire), "%d", birth->wire);
	(void)snprintf(log, sizeof(log), "%d", birth->log.fd);
	(void)snprintf(format, sizeof(format), "%d", (int)birth->log.format);
	(void)snprintf(level, sizeof(level), "%d", (int)birth->log.level);
	if (keep_descriptors(birth) == 0 && priv_die_with_parent(true) == 0) {
		/* It may be gone already. */
		if (getppid() != birth->parent)
			_exit(1);
		(void)syscall(SYS_execveat, birth->image, "", argv, environ, AT_EMPTY_PATH);
	}
	(void)err_errno(&reply.err, ERR_NOWHERE, "execute %s, which needs the loader of shared libraries", name);
	(void)systemd_send(birth->wire, &reply, sizeof(reply));
	_exit(1);
}

static int open_image(struct err *err)
{
	struct bus_image image = bus_image_get();
	int fd = memexe_open(SYSTEMD_PROGRAM, image.data, image.size);

	if (fd < 0 && errno == EACCES)
		return err_say(err, ERR_NOWHERE, "the sysctl vm.memfd_noexec forbids programs in memory, "
			       "which %s is, that talks to systemd", SYSTEMD_PROGRAM);
	return fd < 0 ? err_errno(err, ERR_NOWHERE, "prepare %s", SYSTEMD_PROGRAM) : fd;
}

static int start_program(struct systemd_bus *bus, struct err *err)
{
	auto_fd int image = open_image(err), null = -1, ours = -1, theirs = -1;
	struct birth birth = { .image = image, .parent = getpid(), .log = log_get_sink() };
	int pair[2];

	if (image < 0)
		return -1;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return err_errno(err, ERR_NOWHERE, "make the connection to %s", SYSTEMD_PROGRAM);
	ours = pair[0];
	theirs = pair[1];
	birth.null = null;
	birth.wire = theirs;
	bus->pid = clone_and_run(0, -1, &bus->pidfd, become, &birth);
	if (bus->pid < 0)
		return err_errno(err, ERR_NOWHERE, "make a process for %s", SYSTEMD_PROGRAM);
	bus->wire = take_fd(&ours);
	return 0;
}

/*
 * End the program.  Children that were cloned meanwhile may have our end, too, so that closing it says nothing.
 * Who waits for any child of ours may have reaped it already (ECHILD): then nothing is known of its end.
 */
static void end_program(struct systemd_bus *bus, bool at_once, struct pidfd_exit *ret)
{
	*ret = (struct pidfd_exit){ .code = 0 };
	if (bus->wire >= 0)
		(void)shutdown(bus->wire, SHUT_RDWR);
	fd_close(&bus->wire);
	if (bus->pidfd < 0)
		return;
	if (at_once || pidfd_has_ended(bus->pidfd, END_MS) <= 0)
		(void)pidfd_send_signal(bus->pidfd, SIGKILL);
	(void)pidfd_wait(bus->pidfd, ret);
	fd_close(&bus->pidfd);
}

/* It did not answer, for the reason @error. */
static int give_up(struct systemd_bus *bus, int error, int deadline_ms, struct err *err)
{
	struct pidfd_exit end;

	end_program(bus, error != EPIPE, &end);
	if (error == ETIME)
		return err_say(err, ERR_NOWHERE, "%s, which talks to systemd for us, has not answered within %d seconds",
			       SYSTEMD_PROGRAM, deadline_ms / 1000);
	if (error == EPIPE)
		return err_say(err, ERR_NOWHERE, "%s, which talks to systemd for us, ended without an answer, %s %d",
			       SYSTEMD_PROGRAM, end.by_signal ? "by signal" : "with status", end.code);
	errno = error;
	return err_errno(err, ERR_NOWHERE, "ask %s, which talks to systemd for us", SYSTEMD_PROGRAM);
}

/*
 * struct question - a request with all that goes with it.
 * @calls: so many calls of systemd it takes at most, and @job_ms for a job
 */
struct question {
	enum systemd_operation operation;
	int32_t number;
	const char *unit;
	const struct plan_property *properties;
	size_t n;
	size_t calls;
	int job_ms;
};

static int deadline_of(const struct question *question)
{
	int64_t ms = MARGIN_MS + (int64_t)question->calls * SYSTEMD_CALL_MS + question->job_ms;

	return ms > INT_MAX ? INT_MAX : (int)ms;
}

/* 0, or -1 with errno. */
static int send_question(const struct systemd_bus *bus, const struct question *question)
{
	struct systemd_request request = { .operation = question->operation, .number = question->number };
	char *data = NULL;
	size_t size = 0;
	int r = systemd_pack(question->unit, question->properties, question->n, &data, &size);
	int error;

	request.size = size;
	if (r == 0)
		r = systemd_send(bus->wire, &request, sizeof(request));
	if (r == 0)
		r = systemd_send(bus->wire, data, size);
	error = errno;
	free(data);
	errno = error;
	return r;
}

/* What the function returned there, with its error; without an answer *@reply is nothing but zeros. */
static int ask(struct systemd_bus *bus, const struct question *question, struct systemd_reply *reply, struct err *err)
{
	int deadline_ms = deadline_of(question);
	int r;

	memset(reply, 0, sizeof(*reply));
	if (bus->wire < 0)
		return err_say(err, ERR_NOWHERE, "%s, which talks to systemd for us, has ended", SYSTEMD_PROGRAM);
	r = send_question(bus, question);
	/* A program that could not be executed has said so and is gone. */
	if (r == 0 || errno == EPIPE)
		r = systemd_receive(bus->wire, reply, sizeof(*reply), deadline_ms);
	if (r < 0)
		return give_up(bus, errno, deadline_ms, err);
	if (reply->result < 0)
		*err = reply->err;
	return reply->result;
}

int systemd_bus_open(bool is_user, struct systemd_bus **ret, struct err *err)
{
	const struct question question = { .operation = SYSTEMD_OPEN, .number = is_user, .job_ms = OPEN_MS };
	struct systemd_bus *bus = calloc(1, sizeof(*bus));
	struct systemd_reply reply;

	if (bus == NULL)
		return err_errno(err, ERR_NOWHERE, "get memory for a bus");
	*bus = (struct systemd_bus){ .pidfd = -1, .wire = -1 };
	if (start_program(bus, err) < 0 || ask(bus, &question, &reply, err) < 0) {
		systemd_bus_close(&bus);
		return -1;
	}
	*ret = bus;
	return 0;
}

void systemd_bus_close(struct systemd_bus **at)
{
	struct systemd_bus *bus = take_ptr(at);
	struct pidfd_exit end;

	if (bus == NULL)
		return;
	end_program(bus, false, &end);
	free(bus);
}

int systemd_bus_find_root(struct systemd_bus *bus, char *buf, size_t size, struct err *err)
{
	const struct question question = {
		.operation = SYSTEMD_FIND_ROOT,
		.number = size < CGROUP_PATH_SIZE ? (int32_t)size : CGROUP_PATH_SIZE,
		.calls = 1,
	};
	struct systemd_reply reply;

	if (ask(bus, &question, &reply, err) < 0)
		return -1;
	(void)snprintf(buf, size, "%s", reply.text);
	return 0;
}

int systemd_bus_is_active(struct systemd_bus *bus, const char *unit, struct err *err)
{
	const struct question question = { .operation = SYSTEMD_IS_ACTIVE, .unit = unit, .calls = 2 };
	struct systemd_reply reply;

	return ask(bus, &question, &reply, err);
}

int systemd_bus_start_scope(struct systemd_bus *bus, const struct plan_scope *scope, pid_t pid,
			    bool *ret_is_foreign, struct err *err)
{
	const struct question question = {
		.operation = SYSTEMD_START_SCOPE,
		.number = pid,
		.unit = scope->unit,
		.properties = scope->properties,
		.n = scope->n,
		/* Once, once more after a reset, and for each property that is left out. */
		.calls = 3 + scope->n,
		.job_ms = SYSTEMD_JOB_MS,
	};
	struct systemd_reply reply;
	int r = ask(bus, &question, &reply, err);

	*ret_is_foreign = reply.number != 0;
	return r;
}

int systemd_bus_change(struct systemd_bus *bus, const char *unit, const struct plan_property *properties, size_t n,
		       struct systemd_kept **ret_kept, struct err *err)
{
	const struct question question = {
		.operation = SYSTEMD_CHANGE,
		.number = ret_kept != NULL,
		.unit = unit,
		.properties = properties,
		.n = n,
		/* The unit, each property's value, the change, and for each that is left out. */
		.calls = 2 + 2 * n,
	};
	struct systemd_kept *kept = ret_kept != NULL ? calloc(1, sizeof(*kept)) : NULL;
	struct systemd_reply reply;
	int r;

	if (ret_kept != NULL && kept == NULL)
		return err_errno(err, ERR_NOWHERE, "get memory for properties");
	r = ask(bus, &question, &reply, err);
	if (kept != NULL) {
		kept->number = reply.number;
		*ret_kept = kept;
	}
	return r;
}

int systemd_bus_change_back(struct systemd_bus *bus, const char *unit, const struct systemd_kept *kept, struct err *err)
{
	const struct question question = {
		.operation = SYSTEMD_CHANGE_BACK, .number = kept->number, .unit = unit, .calls = 1,
	};
	struct systemd_reply reply;

	return ask(bus, &question, &reply, err);
}

/* What the program keeps it keeps to its end. */
void systemd_bus_free_kept(struct systemd_kept **kept)
{
	free(take_ptr(kept));
}

int systemd_bus_stop(struct systemd_bus *bus, const char *unit, int deadline_ms, struct err *err)
{
	const struct question question = {
		.operation = SYSTEMD_STOP, .number = deadline_ms, .unit = unit, .calls = 2, .job_ms = deadline_ms,
	};
	struct systemd_reply reply;

	return ask(bus, &question, &reply, err);
}
