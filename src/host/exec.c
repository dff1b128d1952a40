/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `exec`; see exec.h.
 * Runs in: host.
 */
#include "host/exec.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/region.h"
#include "host/config.h"
#include "host/console.h"
#include "host/filters.h"
#include "host/hold.h"
#include "host/launch.h"
#include "host/pidfdsocket.h"
#include "host/pidfile.h"
#include "host/probe.h"
#include "host/settle.h"
#include "host/supervise.h"
#include "host/target.h"
#include "libocispec/oci/config.h"
#include "plan/facts.h"
#include "plan/plan.h"
#include "sys/pidfd.h"
#include "sys/sched.h"
#include "sys/unixsock.h"
#include "wire/channel.h"

/* How long a container that is ending may take to have ended. */
#define ENDING_MS 500

/*
 * struct execution - a process in the making.
 * @config:  the process's own document, if it has one; what is read lives in its arena
 * @whole:   what the plan sees as config.json: the process, and what it inherits
 * @plan_fd: the sealed plan
 * @console_socket, @pidfd_socket, @agent: connections, -1 without one
 * @master:  the terminal's master when there is no console socket
 * @is_adopted: @child is the process that stays
 * @has_expired: --timeout has run off
 */
struct execution {
	const struct exec_request *request;
	struct config config;
	struct target target;
	struct oci_config whole;
	struct facts facts;
	struct region region;
	const struct plan *plan;
	int plan_fd;
	struct pidfile pidfile;
	struct hold hold;
	int console_socket, pidfd_socket, agent;
	int master;
	struct launched child;
	bool is_adopted;
	bool has_expired;
};

#define EXECUTION_INIT                                                                                            \
	((struct execution){ .config = CONFIG_INIT, .target = TARGET_INIT, .plan_fd = -1, .pidfile = PIDFILE_INIT, \
			     .hold = HOLD_INIT, .console_socket = -1, .pidfd_socket = -1, .agent = -1, .master = -1,                 \
			     .child = LAUNCHED_INIT })
#define auto_execution __attribute__((cleanup(close_execution)))

static void close_execution(struct execution *execution)
{
	launch_close(&execution->child);
	fd_close(&execution->master);
	fd_close(&execution->agent);
	fd_close(&execution->pidfd_socket);
	fd_close(&execution->console_socket);
	hold_close(&execution->hold);
	pidfile_close(&execution->pidfile);
	fd_close(&execution->plan_fd);
	region_close(&execution->region);
	target_close(&execution->target);
	config_close(&execution->config);
}

static int open_target(struct execution *execution, struct err *err)
{
	const struct exec_request *request = execution->request;

	return target_open(&execution->target, &execution->config.arena, request->root, request->id, request->ignore_paused,
			   err);
}

/* A document that says nothing of the umask means that of the container, as managers expect. */
static void inherit_umask(struct oci_process *process, const struct oci_process *own)
{
	if (own != NULL && own->user != NULL && process->user != NULL && !process->user->umask.set)
		process->user->umask = own->user->umask;
}

static int find_process(struct execution *execution, struct err *err)
{
	const struct exec_request *request = execution->request;
	const struct record *record = &execution->target.record;
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): ours alone, and const for all others */
	struct oci_linux *on_linux = (struct oci_linux *)(uintptr_t)record->on_linux;
	struct oci_process *process = NULL;

	if (request->process_file != NULL) {
		if (config_load_process(&execution->config, request->process_file, &process, err) < 0)
			return -1;
		inherit_umask(process, record->process);
	} else if (record->process == NULL) {
		return err_say(err, ERR_NOWHERE, "config.json of container `%s` has no process that another one could be like; "
			       "use --process", record->id);
	} else if (inherit_process(&execution->config.arena, record->process, &request->changes, &process, err) < 0) {
		return -1;
	}
	execution->whole = (struct oci_config){
		.oci_version = record->oci_version,
		.annotations = record->annotations,
		.process = process,
		.on_linux = on_linux,
	};
	return 0;
}

static int look(struct execution *execution, struct err *err)
{
	struct arena *arena = &execution->config.arena;

	if (probe_host(arena, execution->target.record.bundle, &execution->facts, err) < 0)
		return -1;
	return target_look(&execution->target, arena, err);
}

static int plan(struct execution *execution, struct err *err)
{
	const struct oci_linux *on_linux = execution->whole.on_linux;
	struct plan_filter filter;
	struct plan_input input = {
		.source = execution->request->process_file != NULL ? &execution->config.source : NULL,
		.config = &execution->whole,
		.facts = &execution->facts,
		.options = &execution->request->options,
	};

	if (on_linux != NULL && on_linux->seccomp != NULL) {
		if (filters_read(&execution->config.arena, execution->target.dir.fd, &filter, err) < 0)
			return -1;
		input.seccomp_cached = &filter;
	}
	if (region_open(&execution->region, err) < 0 ||
	    plan_make_exec(&execution->region, &input, &execution->target.plan, &execution->plan, err) < 0)
		return -1;
	config_warn(&execution->config, execution->plan->warnings);
	return 0;
}

static int connect_to(const char *path, const char *what, int *ret_socket, struct err *err)
{
	if (path == NULL)
		return 0;
	*ret_socket = unixsock_connect(path);
	return *ret_socket < 0 ? err_errno(err, ERR_NOWHERE, "connect to %s %s", what, path) : 0;
}

static int open_objects(struct execution *execution, struct err *err)
{
	const struct exec_request *request = execution->request;

	if (pidfile_open(&execution->pidfile, request->pid_file, err) < 0)
		return -1;
	if (request->console_socket != NULL) {
		execution->console_socket = console_connect(request->console_socket, err);
		if (execution->console_socket < 0)
			return -1;
	}
	if (hold_open(&execution->hold, request->wait_fifo, err) < 0)
		return -1;
	if (connect_to(request->pidfd_socket, "--pidfd-socket", &execution->pidfd_socket, err) < 0)
		return -1;
	return connect_to(execution->plan->listener.path, "the seccomp agent", &execution->agent, err);
}

static int place(struct execution *execution, struct err *err)
{
	const struct exec_request *request = execution->request;

	return target_place(&execution->target, &request->cgroups, request->timeout > 0, err);
}

static int launch(struct execution *execution, struct err *err)
{
	execution->plan_fd = region_seal(&execution->region, err);
	if (execution->plan_fd < 0 || launch_init(execution->plan, &execution->region, execution->plan_fd, -1,
						  &execution->target.cgroup, &execution->child, err) < 0)
		return -1;
	fd_close(&execution->plan_fd);
	return settle_rights(&execution->plan->process, execution->child.pid, err);
}

/* WIRE_GO with the container's first process and the agent, the latter being init's alone from then on. */
static int send_descriptors(struct execution *execution, struct err *err)
{
	const int fds[] = { execution->target.pidfd, execution->agent };

	if (channel_tell(execution->child.wire, WIRE_GO, fds, execution->agent < 0 ? 1 : 2, err) < 0)
		return -1;
	fd_close(&execution->agent);
	return 0;
}

static int take_terminal(struct execution *execution, struct err *err)
{
	size_t n = 0;

	if (!execution->plan->process.terminal)
		return 0;
	if (channel_wait(execution->child.wire, WIRE_CONSOLE, &execution->master, 1, &n, err) < 0)
		return -1;
	if (execution->console_socket < 0)
		return 0;
	if (console_send(execution->console_socket, execution->master, err) < 0)
		return -1;
	fd_close(&execution->console_socket);
	fd_close(&execution->master);
	return 0;
}

static int adopt(struct execution *execution, struct err *err)
{
	if (!execution->plan->namespaces.is_staged)
		return 0;
	if (launch_adopt(&execution->child, err) < 0)
		return -1;
	execution->is_adopted = true;
	return channel_tell(execution->child.wire, WIRE_SETTLED, NULL, 0, err);
}

static int tell_pid(struct execution *execution, struct err *err)
{
	if (execution->plan->listener.path == NULL)
		return 0;
	return channel_tell_pid(execution->child.wire, execution->child.pid, err);
}

/* It is in the container's cgroup now, see target.h. */
static int wait_ready(struct execution *execution, struct err *err)
{
	if (channel_wait(execution->child.wire, WIRE_READY, NULL, 0, NULL, err) < 0)
		return -1;
	return target_check(&execution->target, err);
}

/* By us, since the process itself has not the rights any more, and a policy need not pass from parent to child. */
static int schedule(struct execution *execution, struct err *err)
{
	const struct plan_scheduler *scheduler = &execution->plan->process.scheduler;
	const struct sched_params params = {
		.policy = scheduler->policy,
		.flags = scheduler->flags,
		.nice = scheduler->nice,
		.priority = scheduler->priority,
		.runtime = scheduler->runtime,
		.deadline = scheduler->deadline,
		.period = scheduler->period,
	};
	pid_t pid = execution->child.pid;
	int error;

	if (!scheduler->present)
		return 0;
	if (scheduler->nice_apart && setpriority(PRIO_PROCESS, (id_t)pid, scheduler->nice) < 0)
		return err_errno(err, scheduler->at, "set the nice value %d", scheduler->nice);
	if (sched_set_of(pid, &params) == 0)
		return 0;
	error = errno;
	return err_say(err, scheduler->at, "set the scheduling policy %s: %s%s", scheduler->name, err_reason(error),
		       sched_hint(&params, error));
}

static int send_pidfd(struct execution *execution, struct err *err)
{
	return pidfdsocket_send(&execution->pidfd_socket, PIDFDSOCKET_FURTHER, execution->child.pidfd, err);
}

static int write_pid(struct execution *execution, struct err *err)
{
	return pidfile_write(&execution->pidfile, execution->child.pid, err);
}

static int hold(struct execution *execution, struct err *err)
{
	auto_fd int end = -1;

	if (execution->hold.fifo < 0)
		return 0;
	end = supervise_open_end(err);
	return end < 0 ? -1 : hold_wait(&execution->hold, execution->child.pidfd, end, err);
}

/* One step of a step table. */
struct exec_step {
	const char *name;
	int (*run)(struct execution *execution, struct err *err);
};

static const struct exec_step make_steps[] = {
	{ "find container",	open_target },
	{ "read process",	find_process },
	{ "look at container",	look },
	{ "plan",		plan },
	{ "open host objects",	open_objects },
	{ "open cgroup",	place },
	{ "start process",	launch },
	{ "send descriptors",	send_descriptors },	/* -> WIRE_GO */
	{ "terminal",		take_terminal },	/* <- WIRE_CONSOLE */
	{ "adopt process",	adopt },		/* <- WIRE_PROCESS, -> WIRE_SETTLED */
	{ "seccomp listener",	tell_pid },		/* -> WIRE_PID */
	{ "wait for process",	wait_ready },		/* <- WIRE_READY */
	{ "scheduling",		schedule },
};

/* What others see of it; from here on signals to us are the process's. */
static const struct exec_step show_steps[] = {
	{ "pidfd socket",	send_pidfd },
	{ "pid file",		write_pid },
	{ "wait at the FIFO",	hold },
};

static int run_steps(struct execution *execution, const struct exec_step *steps, size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		if (steps[i].run(execution, err) < 0) {
			err_phase(err, steps[i].name);
			return -1;
		}
	}
	return 0;
}

/* From ready to executed. */
static int go(struct execution *execution, struct err *err)
{
	int wire = execution->child.wire;

	if (channel_tell(wire, WIRE_COMMIT, NULL, 0, err) < 0 ||
	    channel_wait(wire, WIRE_EXECUTING, NULL, 0, NULL, err) < 0 || channel_wait_end(wire, err) < 0) {
		err_phase(err, "execute");
		return -1;
	}
	return 0;
}

/* A container on its way out refuses all sorts of things, a moment before its first process is seen to have ended. */
static bool has_container_ended(const struct execution *execution, int error)
{
	bool may_be_ending = error == EPIPE || error == ENOMEM || error == ESRCH || error == ENODEV || error == ENOENT;

	return execution->target.pidfd >= 0 && pidfd_has_ended(execution->target.pidfd, may_be_ending ? ENDING_MS : 0) == 1;
}

/* What nobody has said: why the other side just ended, and that the container has. */
static void explain(struct execution *execution, struct err *err)
{
	bool is_killed = err->code == EPIPE && launch_is_ending(&execution->child) &&
			 !channel_find_failure(execution->child.wire, err);
	int status = is_killed ? launch_reap(&execution->child) : 0;

	if (err->at == ERR_NOWHERE && has_container_ended(execution, err->code)) {
		(void)target_check(&execution->target, err);
	} else if (status == 128 + SIGKILL) {
		(void)err_say(err, ERR_NOWHERE, "the process was killed while it was set up (is the container's memory limit "
			      "reached?)");
	} else if (status == 128 + SIGSYS) {
		(void)err_say(err, ERR_NOWHERE, "the process was killed while it was set up: the container's seccomp filter "
			      "forbids what exec needs");
	} else if (status >= 128) {
		(void)err_say(err, ERR_NOWHERE, "the process was ended by signal %d while it was set up", status - 128);
	}
}

/*
 * Until all our children have ended, and no longer than ENDING_MS for each.  The signal is blocked ahead of the look,
 * so that no end falls between the two.
 */
static void reap_all(void)
{
	const struct timespec wait = { .tv_sec = ENDING_MS / 1000, .tv_nsec = ENDING_MS % 1000 * 1000000L };
	sigset_t ends, saved;
	pid_t pid;

	(void)sigemptyset(&ends);
	(void)sigaddset(&ends, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &ends, &saved);
	while ((pid = waitpid(-1, NULL, WNOHANG)) >= 0) {
		if (pid == 0 && sigtimedwait(&ends, NULL, &wait) < 0 && errno == EAGAIN)
			break;
	}
	(void)sigprocmask(SIG_SETMASK, &saved, NULL);
}

/*
 * Nothing of it stays.  A first process that failed may have made the second one already, of which nobody has told
 * us: that one ends with the channel, and unless we wait for it the container's pid namespace has it for good.
 */
static void undo(struct execution *execution)
{
	bool is_staged = execution->plan != NULL && execution->plan->namespaces.is_staged;

	pidfile_remove(&execution->pidfile);
	launch_abort(&execution->child);
	if (is_staged && !execution->is_adopted)
		reap_all();
}

/* --timeout */
static void expire(void *data)
{
	struct execution *execution = data;
	struct err err = ERR_INIT;

	execution->has_expired = true;
	if (target_kill_part(&execution->target, &err) < 0)
		log_warning_err(&err);
	/* It may have gone to another cgroup of the container, as a log-in does: then we would wait for ever. */
	(void)pidfd_send_signal(execution->child.pidfd, SIGKILL);
}

static int start(struct execution *execution, struct supervise *supervise, struct console *console, struct err *err)
{
	const struct exec_request *request = execution->request;

	if (run_steps(execution, make_steps, sizeof(make_steps) / sizeof(make_steps[0]), err) < 0 ||
	    supervise_open(supervise, false, err) < 0 ||
	    run_steps(execution, show_steps, sizeof(show_steps) / sizeof(show_steps[0]), err) < 0)
		return -1;
	/* Its terminal is served before it can look at it. */
	if (!request->options.detach && execution->master >= 0 &&
	    console_open(console, take_fd(&execution->master), err) < 0)
		return -1;
	if (request->timeout > 0 && supervise_limit(supervise, request->timeout, expire, execution, err) < 0)
		return -1;
	return go(execution, err);
}

int exec_process(const struct exec_request *request, int *ret_status, struct err *err)
{
	/* Closed last: a signal that waits may end us then. */
	auto_supervise struct supervise supervise = SUPERVISE_INIT;
	auto_console struct console console = CONSOLE_INIT;
	auto_execution struct execution execution = EXECUTION_INIT;

	execution.request = request;
	if (start(&execution, &supervise, &console, err) < 0) {
		explain(&execution, err);
		config_locate(&execution.config, err);
		undo(&execution);
		return -1;
	}
	*ret_status = 0;
	if (request->options.detach)
		return 0;
	if (supervise_wait(&supervise, execution.child.pid, execution.child.pidfd, console.master >= 0 ? &console : NULL,
			   ret_status, err) < 0)
		return -1;
	if (execution.has_expired)
		*ret_status = EXEC_TIMED_OUT;
	return 0;
}
