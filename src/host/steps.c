/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Making a container; see steps.h.
 * Runs in: host.
 */
#include "host/steps.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "host/console.h"
#include "host/describe.h"
#include "host/descriptors.h"
#include "host/destroy.h"
#include "host/filters.h"
#include "host/handler.h"
#include "host/hooks.h"
#include "host/inherit.h"
#include "host/notify.h"
#include "host/probe.h"
#include "host/settle.h"
#include "libocispec/oci/config.h"
#include "plan/device_rules.h"
#include "state/fifo.h"
#include "sys/uapi.h"
#include "sys/unixsock.h"
#include "wire/channel.h"

/* One step of a step table. */
struct host_step {
	const char *name;
	int (*run)(struct creation *creation, struct err *err);
};

static int load(struct creation *creation, struct err *err)
{
	return config_load(&creation->config, creation->request->bundle, creation->request->config, err);
}

static int probe(struct creation *creation, struct err *err)
{
	const struct plan_input input = { .config = creation->config.config, .options = &creation->request->options };

	if (probe_host(&creation->config.arena, creation->config.bundle, &creation->facts, err) < 0)
		return -1;
	return handler_find(&creation->config.arena, &input, getenv("PATH"), &creation->facts.handler, err);
}

static int plan(struct creation *creation, struct err *err)
{
	struct plan_options options = creation->request->options;
	struct plan_filter cached;
	struct plan_input input = {
		.source = &creation->config.source,
		.config = creation->config.config,
		.facts = &creation->facts,
		.options = &options,
	};
	char notify_dir[PATH_MAX];

	if (notify_address() != NULL) {
		(void)snprintf(notify_dir, sizeof(notify_dir), "%s/%s/" NOTIFY_DIR, creation->request->root, options.id);
		options.notify_dir = notify_dir;
	}

	/* What a filter leaves out is known when it is compiled, and not kept with it. */
	creation->is_cached = log_get_level() < LOG_LEVEL_WARNING &&
			      filters_find(&creation->config.arena, creation->request->root, &creation->config, &cached,
					   &creation->filter_cache);
	if (creation->is_cached)
		input.seccomp_cached = &cached;
	if (region_open(&creation->region, err) < 0)
		return -1;
	return plan_make(&creation->region, &input, &creation->plan, err);
}

static int warn(struct creation *creation, struct err *err)
{
	(void)err;
	config_warn(&creation->config, creation->plan->warnings);
	return 0;
}

/* The path is the host's, so it is used before anything is made (SC-07). */
static int connect_agent(struct creation *creation, struct err *err)
{
	const struct plan_listener *listener = &creation->plan->listener;

	if (listener->path == NULL)
		return 0;
	creation->agent = unixsock_connect(listener->path);
	if (creation->agent < 0)
		return err_errno(err, listener->at, "connect to %s", listener->path);
	return 0;
}

/* The command line's word counts before the config's. */
static int connect_receiver(struct creation *creation, struct err *err)
{
	const struct plan_annotated_path *annotated = &creation->plan->annotations.pidfd_receiver;
	const char *path = creation->request->pidfd_socket;

	if (path == NULL && annotated->path == NULL)
		return 0;
	creation->pidfd_socket = unixsock_connect(path != NULL ? path : annotated->path);
	if (creation->pidfd_socket >= 0)
		return 0;
	if (path != NULL)
		return err_errno(err, ERR_NOWHERE, "connect to --pidfd-socket %s", path);
	return err_errno(err, annotated->at, "connect to %s", annotated->path);
}

static int open_hook_output(struct creation *creation, struct err *err)
{
	size_t n = 0;

	for (size_t i = 0; i < PLAN_HOOK_KINDS; i++)
		n += creation->plan->hooks.kind[i].n;
	return n == 0 ? 0 : hook_output_open(&creation->hook_output, &creation->config.config->annotations, true, err);
}

/* Of those who want to know of the container: pid file, terminal, pidfd, what hooks say. */
static int open_ends(struct creation *creation, struct err *err)
{
	const struct create_request *request = creation->request;

	if (pidfile_open(&creation->pidfile, request->pid_file, err) < 0)
		return -1;
	if (request->console_socket != NULL) {
		creation->console_socket = console_connect(request->console_socket, err);
		if (creation->console_socket < 0)
			return -1;
	}
	return connect_receiver(creation, err) < 0 ? -1 : open_hook_output(creation, err);
}

static int open_objects(struct creation *creation, struct err *err)
{
	if (open_ends(creation, err) < 0 || connect_agent(creation, err) < 0)
		return -1;
	/* One of the sources is still to be made. */
	return creation->plan->has_notify ? 0 : mounts_open(&creation->mounts, creation->plan, -1, err);
}

/* After the record, so that `delete` takes the directory away. */
static int make_notify(struct creation *creation, struct err *err)
{
	return creation->plan->has_notify ? notify_make(creation->dir.fd, err) : 0;
}

static int open_notify(struct creation *creation, struct err *err)
{
	if (!creation->plan->has_notify)
		return 0;
	if (make_notify(creation, err) < 0)
		return -1;
	return mounts_open(&creation->mounts, creation->plan, -1, err);
}

static int open_rdt(struct creation *creation, struct err *err)
{
	const struct plan *p = creation->plan;
	char path[PATH_MAX];

	if (!p->rdt.present)
		return 0;
	if (rdt_find_mount("/proc/self/mountinfo", path, sizeof(path), err) < 0)
		return err_wrap(err, p->rdt.at, "find the container's resctrl group");
	return rdt_open(&creation->rdt, path, p, err);
}

static int claim(struct creation *creation, struct err *err)
{
	if (dir_make(&creation->dir, creation->request->root, creation->plan->id, err) < 0)
		return -1;
	creation->is_claimed = true;
	return 0;
}

/* The write-ahead record: from here on `delete` finds what this step names. */
static int note(struct creation *creation, struct err *err)
{
	const struct plan *p = creation->plan;
	char config[PATH_MAX];

	if (creation->request->config != NULL && path_absolute(config, sizeof(config), creation->request->config, err) < 0)
		return -1;
	if (cgroup_open(&creation->cgroup, &p->cgroup, err) < 0) {
		/* Not ours: what undoes a failed create must not touch it. */
		cgroup_close(&creation->cgroup);
		creation->cgroup = CGROUP_INIT;
		return -1;
	}
	record_now(creation->created);
	creation->record = (struct record){
		.id = p->id,
		.bundle = p->bundle,
		.rootfs = p->root.path,
		.created = creation->created,
		.oci_version = p->oci_version,
		.owner = creation->facts.euid,
		.phase = RECORD_CREATING,
		.annotations = creation->config.config->annotations,
		.cgroup = creation->cgroup.ref,
		.device_rules = p->cgroup.has_resources ? device_rules_digest(&p->cgroup) : 0,
		.shares_pids = (p->namespaces.create & CLONE_NEWPID) == 0,
		.process = creation->config.config->process,
		.descriptors = p->process.present && p->process.terminal ? (struct oci_strings){ .set = false } :
									   descriptors_note(&creation->config.arena),
		.config = creation->request->config != NULL ? arena_copy(&creation->config.arena, config) : NULL,
		.on_linux = inherit_linux(&creation->config.arena, creation->config.config),
		.new_keyring = p->new_keyring,
		.enters_root = p->root.is_entered,
		.poststart = p->hooks.kind[PLAN_HOOK_POSTSTART],
		.poststop = p->hooks.kind[PLAN_HOOK_POSTSTOP],
	};
	if (p->rdt.present)
		rdt_intend(&creation->rdt, p, &creation->record.rdt);
	if (record_write(creation->dir.fd, &creation->record, err) == 0)
		return 0;
	/* What it has open lies above the container's, which was not made: undoing must not take it for that. */
	cgroup_close(&creation->cgroup);
	return -1;
}

static int keep_filter(struct creation *creation, struct err *err)
{
	const struct plan_seccomp *seccomp = &creation->plan->seccomp;
	auto_fd int cache = take_fd(&creation->filter_cache);

	if (!seccomp->present)
		return 0;
	return filters_attach(cache, &creation->config, &seccomp->filter, creation->dir.fd, err);
}

static void lose_cgroup(struct creation *creation)
{
	const struct plan_mount *mount = plan_without_cgroup(&creation->region, creation->plan);
	struct err warning = ERR_INIT;

	if (mount == NULL)
		return;
	(void)err_say(&warning, mount->at, "the mount on \"%s\" is read-only: no cgroup can be made for the container, so "
		      "it shows the caller's own", mount->target);
	config_locate(&creation->config, &warning);
	log_warning_err(&warning);
}

static int make_cgroup(struct creation *creation, struct err *err)
{
	if (cgroup_create(&creation->cgroup, &creation->plan->cgroup, err) < 0)
		return -1;
	creation->record.cgroup = creation->cgroup.ref;
	if (creation->plan->cgroup.manager != CGROUP_MANAGER_DISABLED && !cgroup_is_present(&creation->cgroup))
		lose_cgroup(creation);
	return 0;
}

static int make_rdt(struct creation *creation, struct err *err)
{
	const struct plan *p = creation->plan;
	struct record_rdt *made = &creation->record.rdt;

	if (!p->rdt.present)
		return 0;
	if (rdt_make_group(&creation->rdt, p, made, err) < 0 ||
	    rdt_write_schemata(&creation->rdt, p, made, err) < 0)
		return -1;
	return rdt_make_monitor(&creation->rdt, p, made, err);
}

/* As the process is still our own user's: whom else's systemd would not take. */
static int place(struct creation *creation, struct err *err)
{
	if (!cgroup_needs_process(&creation->cgroup))
		return 0;
	if (cgroup_adopt(&creation->cgroup, &creation->plan->cgroup, creation->child.pid, err) < 0)
		return -1;
	creation->record.cgroup = creation->cgroup.ref;
	return channel_tell(creation->child.wire, WIRE_PLACED, NULL, 0, err);
}

/* Before WIRE_GO: init forks nothing until then. */
static int enter_rdt(struct creation *creation, struct err *err)
{
	if (!creation->plan->rdt.present)
		return 0;
	return rdt_enter(&creation->rdt, creation->plan, creation->child.pid, err);
}

static int make_gate(struct creation *creation, struct err *err)
{
	if (!creation->waits)
		return 0;
	if (fifo_make(creation->dir.fd, err) < 0)
		return -1;
	return fifo_open_init_ends(creation->dir.fd, &creation->go, &creation->status, err);
}

static int launch(struct creation *creation, struct err *err)
{
	int (*start)(const struct plan *, struct region *, int, int, struct cgroup *, struct launched *,
		     struct err *) = creation->is_reborn ? launch_again : launch_init;

	if (creation->plan_fd < 0)
		creation->plan_fd = region_seal(&creation->region, err);
	if (creation->plan_fd < 0)
		return -1;
	return start(creation->plan, &creation->region, creation->plan_fd, creation->mounts.root_dir,
		     &creation->cgroup, &creation->child, err);
}

/* A new network namespace of a staged plan comes with the second process. */
static bool has_network_late(const struct plan_namespaces *ns)
{
	return ns->is_staged && (ns->create & ~ns->born & CLONE_NEWNET) != 0;
}

/* Before init goes on: its sysctls may be those of the devices (net.ipv4.conf.NAME). */
static int move_netdevices(struct creation *creation, struct err *err)
{
	if (has_network_late(&creation->plan->namespaces))
		return 0;
	return netdevices_move(&creation->netdevices, creation->plan, creation->child.pid,
			       mounts_namespace(&creation->mounts, creation->plan, CLONE_NEWNET), err);
}

/* WIRE_GO with everything that init needs from us. */
static int send_descriptors(struct creation *creation, struct err *err)
{
	size_t n = creation->mounts.n;
	auto_free int *fds = calloc(n + 5, sizeof(int));

	if (fds == NULL)
		return err_errno(err, ERR_NOWHERE, "get memory for descriptors");
	memcpy(fds, creation->mounts.fds, n * sizeof(int));
	if (creation->agent >= 0)
		fds[n++] = creation->agent;
	for (int i = 0; i < 2; i++) {
		if (creation->plan->hooks.prints_to[i])
			fds[n++] = creation->hook_output.fd[i];
	}
	if (creation->waits) {
		fds[n++] = creation->go;
		fds[n++] = creation->status;
	}
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): auto_free frees it */
	return channel_tell(creation->child.wire, WIRE_GO, fds, n, err);
}

/* Init has been heard of, so it runs, and what it was sent is now its alone. */
static void give_up_sent(struct creation *creation)
{
	fd_close(&creation->plan_fd);
	mounts_close(&creation->mounts);
	fd_close(&creation->agent);
	fd_close(&creation->go);
	fd_close(&creation->status);
}

static int hear(struct creation *creation, enum wire_kind kind, int *fds, size_t max_fds, struct err *err)
{
	size_t n = 0;

	if (channel_wait(creation->child.wire, kind, fds, max_fds, &n, err) < 0)
		return -1;
	give_up_sent(creation);
	return 0;
}

static int tell_settled(struct creation *creation, struct err *err)
{
	if (settle_process(creation->plan, creation->child.pid, err) < 0)
		return -1;
	return channel_tell(creation->child.wire, WIRE_SETTLED, NULL, 0, err);
}

static int settle(struct creation *creation, struct err *err)
{
	return (creation->plan->namespaces.born & CLONE_NEWUSER) == 0 ? 0 : tell_settled(creation, err);
}

static int adopt(struct creation *creation, struct err *err)
{
	const struct plan_namespaces *ns = &creation->plan->namespaces;

	if (!ns->is_staged)
		return 0;
	if (launch_adopt(&creation->child, err) < 0)
		return -1;
	give_up_sent(creation);
	if (cgroup_limit_late(&creation->cgroup, &creation->plan->cgroup, err) < 0)
		return -1;
	if (has_network_late(ns) &&
	    netdevices_move(&creation->netdevices, creation->plan, creation->child.pid, -1, err) < 0)
		return -1;
	/* What was settled before the first process cloned the second has come down to it. */
	if ((ns->born & CLONE_NEWUSER) != 0)
		return channel_tell(creation->child.wire, WIRE_SETTLED, NULL, 0, err);
	return tell_settled(creation, err);
}

/* Hooks may take their time, or for ever: who deletes the container meanwhile has to find its process. */
static int identify(struct creation *creation, struct err *err)
{
	static const enum plan_hook_kind kinds[] = { PLAN_HOOK_PRESTART, PLAN_HOOK_CREATE_RUNTIME,
						     PLAN_HOOK_CREATE_CONTAINER };
	size_t n = 0;

	if (liveness_identify(&creation->record.init, creation->child.pid, creation->child.pidfd, creation->boot_id,
			      err) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		n += creation->plan->hooks.kind[kinds[i]].n;
	return n == 0 ? 0 : record_write(creation->dir.fd, &creation->record, err);
}

static bool has_host_hooks(const struct creation *creation)
{
	const struct plan_hooks *hooks = &creation->plan->hooks;

	return hooks->kind[PLAN_HOOK_PRESTART].n + hooks->kind[PLAN_HOOK_CREATE_RUNTIME].n > 0;
}

int steps_run_hooks(struct creation *creation, pid_t pid, int pidfd, struct err *err)
{
	static const enum plan_hook_kind kinds[] = { PLAN_HOOK_PRESTART, PLAN_HOOK_CREATE_RUNTIME };
	const struct plan_hooks *hooks = &creation->plan->hooks;
	struct oci_state state;

	if (!has_host_hooks(creation))
		return 0;
	creation->hooks_ran = true;
	state = describe_record(&creation->config.arena, &creation->record, STATUS_CREATING, pid);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct plan_hook_list *list = &hooks->kind[kinds[i]];
		const char *text;
		size_t len;

		if (list->n == 0)
			continue;
		if (hooks_state_text(&creation->config.arena, &state, kinds[i], &text, &len, err) < 0 ||
		    hooks_run(kinds[i], list, text, len, &creation->hook_output, pidfd, err) < 0)
			return -1;
	}
	return 0;
}

static int run_hooks(struct creation *creation, struct err *err)
{
	if (!has_host_hooks(creation))
		return 0;
	if (hear(creation, WIRE_BUILT, NULL, 0, err) < 0 ||
	    steps_run_hooks(creation, creation->child.pid, creation->child.pidfd, err) < 0)
		return -1;
	return channel_tell(creation->child.wire, WIRE_HOOKED, NULL, 0, err);
}

static int take_terminal(struct creation *creation, struct err *err)
{
	const struct plan_process *process = &creation->plan->process;

	/* Whatever init does next may run createContainer hooks. */
	if (creation->plan->hooks.kind[PLAN_HOOK_CREATE_CONTAINER].n > 0)
		creation->hooks_ran = true;
	if (!process->present || !process->terminal)
		return 0;
	if (hear(creation, WIRE_CONSOLE, &creation->master, 1, err) < 0)
		return -1;
	if (creation->console_socket < 0)
		return 0;
	if (console_send(creation->console_socket, creation->master, err) < 0)
		return -1;
	fd_close(&creation->console_socket);
	fd_close(&creation->master);
	return 0;
}

/* Only we know how the runtime sees the container's process. */
static int tell_pid(struct creation *creation, struct err *err)
{
	if (creation->plan->listener.path == NULL)
		return 0;
	return channel_tell_pid(creation->child.wire, creation->child.pid, err);
}

static int wait_ready(struct creation *creation, struct err *err)
{
	return hear(creation, WIRE_READY, NULL, 0, err);
}

static const struct host_step plan_steps[] = {
	{ "read config",	load },
	{ "look at the host",	probe },
	{ "plan",		plan },
	{ "warn",		warn },
};

static const struct host_step make_steps[] = {
	{ "open host objects",	open_objects },
	{ "look at resctrl",	open_rdt },
	{ "claim the ID",	claim },
	{ "note the intent",	note },
	{ "notification socket", open_notify },
	{ "keep filter",	keep_filter },
	{ "make cgroup",	make_cgroup },
	{ "make resctrl group",	make_rdt },
	{ "make gate",		make_gate },
};

/* For a container that is not born: CRIU binds what comes from the host. */
static const struct host_step prepare_steps[] = {
	{ "open host objects",	open_ends },
	{ "look at resctrl",	open_rdt },
	{ "claim the ID",	claim },
	{ "note the intent",	note },
	{ "notification socket", make_notify },
	{ "keep filter",	keep_filter },
	{ "make cgroup",	make_cgroup },
	{ "make resctrl group",	make_rdt },
};

static const struct host_step birth_steps[] = {
	{ "start init",		launch },
	{ "start scope",	place },		/* -> WIRE_PLACED */
	{ "enter resctrl group", enter_rdt },
	{ "settle init",	settle },		/* -> WIRE_SETTLED */
	{ "network devices",	move_netdevices },
	{ "send descriptors",	send_descriptors },	/* -> WIRE_GO */
	{ "adopt second init",	adopt },		/* <- WIRE_PROCESS, -> WIRE_SETTLED */
	{ "identify init",	identify },
	{ "hooks",		run_hooks },		/* <- WIRE_BUILT, -> WIRE_HOOKED */
	{ "terminal",		take_terminal },	/* <- WIRE_CONSOLE */
	{ "seccomp listener",	tell_pid },		/* -> WIRE_PID */
	{ "wait for init",	wait_ready },		/* <- WIRE_READY */
};

static int run_steps(struct creation *creation, const struct host_step *steps, size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		if (steps[i].run(creation, err) < 0) {
			err_phase(err, steps[i].name);
			config_locate(&creation->config, err);
			return -1;
		}
	}
	return 0;
}

int steps_plan(struct creation *creation, struct err *err)
{
	return run_steps(creation, plan_steps, sizeof(plan_steps) / sizeof(plan_steps[0]), err);
}

/*
 * When the other side just ended, the interesting thing is why.  It may have said that while we were about to tell it
 * something; out of memory is the one reason that nobody can have reported.
 */
static void explain_end(struct creation *creation, struct err *err)
{
	struct err seen = *err;
	int status;

	/* EPIPE may also be told of the console's socket, and then the process lives and waits for us. */
	if (err->code != EPIPE || !launch_is_ending(&creation->child))
		return;
	status = launch_reap(&creation->child);
	if (channel_find_failure(creation->child.wire, err)) {
		err_phase(err, seen.phase);
		config_locate(&creation->config, err);
	} else if (status == 128 + SIGKILL) {
		(void)err_say(err, ERR_NOWHERE,
			      "the container's first process was killed while it was set up (is memory.limit too low?)");
	} else if (status >= 128) {
		(void)err_say(err, ERR_NOWHERE, "the container's first process was ended by signal %d while it was set up",
			      status - 128);
	}
}

static int give_birth(struct creation *creation, struct err *err)
{
	size_t n = sizeof(birth_steps) / sizeof(birth_steps[0]);
	bool hooks_ran = creation->hooks_ran;

	if (run_steps(creation, birth_steps, n, err) == 0)
		return 0;
	if (creation->is_reborn || !launch_was_stillborn(&creation->child))
		return -1;
	log_debug("the kernel killed the container's first process at birth; once more");
	netdevices_undo(&creation->netdevices);
	creation->hooks_ran = hooks_ran;
	creation->is_reborn = true;
	*err = ERR_INIT;
	return run_steps(creation, birth_steps, n, err);
}

int steps_make(struct creation *creation, struct err *err)
{
	if (run_steps(creation, make_steps, sizeof(make_steps) / sizeof(make_steps[0]), err) == 0 &&
	    give_birth(creation, err) == 0)
		return 0;
	explain_end(creation, err);
	return -1;
}

int steps_prepare(struct creation *creation, struct err *err)
{
	return run_steps(creation, prepare_steps, sizeof(prepare_steps) / sizeof(prepare_steps[0]), err);
}

int steps_place(struct creation *creation, pid_t pid, struct err *err)
{
	const struct plan *p = creation->plan;

	if (cgroup_needs_process(&creation->cgroup)) {
		if (cgroup_adopt(&creation->cgroup, &p->cgroup, pid, err) < 0)
			return -1;
	} else if (cgroup_is_present(&creation->cgroup) && cgroup_enter(&creation->cgroup, pid, false, err) < 0) {
		return -1;
	}
	creation->record.cgroup = creation->cgroup.ref;
	return p->rdt.present ? rdt_enter(&creation->rdt, p, pid, err) : 0;
}

void steps_undo(struct creation *creation)
{
	struct err err = ERR_INIT;

	pidfile_remove(&creation->pidfile);
	launch_abort(&creation->child);
	netdevices_undo(&creation->netdevices);
	if (creation->is_claimed &&
	    destroy_made(&creation->dir, &creation->record, &creation->cgroup, -1, creation->hooks_ran, &err) < 0)
		log_warning_err(&err);
	creation->is_claimed = false;
}

void steps_close(struct creation *creation)
{
	launch_close(&creation->child);
	netdevices_close(&creation->netdevices);
	rdt_close(&creation->rdt);
	dir_close(&creation->dir);
	cgroup_close(&creation->cgroup);
	fd_close(&creation->go);
	fd_close(&creation->status);
	fd_close(&creation->master);
	fd_close(&creation->console_socket);
	fd_close(&creation->pidfd_socket);
	fd_close(&creation->agent);
	hook_output_close(&creation->hook_output);
	pidfile_close(&creation->pidfile);
	mounts_close(&creation->mounts);
	fd_close(&creation->plan_fd);
	fd_close(&creation->filter_cache);
	region_close(&creation->region);
	config_close(&creation->config);
}
