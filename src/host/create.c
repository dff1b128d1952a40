/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * create, run and plan; see create.h.
 * Runs in: host.
 */
#include "host/create.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "host/console.h"
#include "host/describe.h"
#include "host/destroy.h"
#include "host/filters.h"
#include "host/hooks.h"
#include "host/notify.h"
#include "host/pidfdsocket.h"
#include "host/steps.h"
#include "host/supervise.h"
#include "wire/channel.h"

#define auto_creation __attribute__((cleanup(steps_close)))

/* Keep the filter for next time, once it has proven to work. */
static void keep_filter(const struct creation *creation)
{
	const struct plan_seccomp *seccomp = &creation->plan->seccomp;

	if (seccomp->present && !creation->is_cached)
		filters_keep(creation->request->root, &creation->config, creation->dir.fd);
}

/* Write down @phase. */
static int set_phase(struct creation *creation, enum record_phase phase, struct err *err)
{
	creation->record.phase = phase;
	/* A group of closID is made for all who name it: only an unfinished create takes it away again (RD-07). */
	if (phase != RECORD_CREATING && !creation->plan->rdt.is_own)
		creation->record.rdt.has_group = false;
	return record_write(creation->dir.fd, &creation->record, err);
}

/* The container is made: say so to everybody, init last. */
static int commit(struct creation *creation, enum record_phase phase, struct err *err)
{
	if (set_phase(creation, phase, err) < 0 ||
	    pidfile_write(&creation->pidfile, creation->child.pid, err) < 0 ||
	    pidfdsocket_send(&creation->pidfd_socket, PIDFDSOCKET_FIRST, creation->child.pidfd, err) < 0 ||
	    channel_tell(creation->child.wire, WIRE_COMMIT, NULL, 0, err) < 0) {
		err_phase(err, "commit");
		return -1;
	}
	return 0;
}

int create_container(const struct create_request *request, struct err *err)
{
	auto_creation struct creation creation = CREATION_INIT;

	creation.request = request;
	creation.waits = true;
	if (steps_plan(&creation, err) < 0)
		return -1;
	if (steps_make(&creation, err) < 0 || commit(&creation, RECORD_CREATED, err) < 0) {
		steps_undo(&creation);
		return -1;
	}
	keep_filter(&creation);
	return 0;
}

int create_run_poststart(struct arena *arena, const struct record *record, const struct hook_output *output,
			 struct err *err)
{
	struct oci_state state;
	const char *text;
	size_t len;

	if (record->poststart.n == 0)
		return 0;
	state = describe_record(arena, record, STATUS_RUNNING, record->init.pid);
	if (hooks_state_text(arena, &state, PLAN_HOOK_POSTSTART, &text, &len, err) < 0)
		return -1;
	return hooks_run(PLAN_HOOK_POSTSTART, &record->poststart, text, len, output, 0, err);
}

/* From ready to running: the payload was executed, and poststart hooks have run. */
static int go(struct creation *creation, struct err *err)
{
	bool has_hooks = creation->plan->hooks.kind[PLAN_HOOK_START_CONTAINER].n > 0;
	int wire = creation->child.wire;

	if (!creation->plan->process.present)
		return err_say(err, ERR_NOWHERE, "config.json has no process, so there is nothing to run");
	/* Ahead of the fact: if we die in between, the payload may run, and `kill` and `delete` must find it. */
	if (commit(creation, has_hooks ? RECORD_STARTING : RECORD_RUNNING, err) < 0)
		return -1;
	if (has_hooks)
		creation->hooks_ran = true;
	if (channel_wait(wire, WIRE_EXECUTING, NULL, 0, NULL, err) < 0 || channel_wait_end(wire, err) < 0)
		return -1;
	if (has_hooks && set_phase(creation, RECORD_RUNNING, err) < 0)
		return -1;
	creation->hooks_ran = true;
	if (create_run_poststart(&creation->config.arena, &creation->record, &creation->hook_output, err) < 0) {
		err_phase(err, "poststart hooks");
		return -1;
	}
	return 0;
}

/* For supervise_watch(): we stay the service's main process. */
static void relay(void *data)
{
	(void)notify_relay(data, 0);
}

/* Wait for the payload in the foreground, with its terminal if it has one. */
static int attend(struct creation *creation, struct supervise *supervise, struct console *console,
		  struct notify *notify, int *ret_status, struct err *err)
{
	supervise_watch(supervise, notify->listening, relay, notify);
	if (supervise_wait(supervise, creation->child.pid, creation->child.pidfd, console, ret_status, err) < 0)
		return -1;
	/* What it said with its last breath. */
	notify_relay_last(notify, 0);
	creation->child.pid = -1; /* reaped */
	return 0;
}

/* Make it and let it go; the terminal has its size and is being served before the payload can look. */
static int launch(struct creation *creation, struct console *console, struct notify *notify, struct err *err)
{
	if (steps_make(creation, err) < 0 || notify_open(notify, creation->dir.fd, notify_address(), err) < 0)
		return -1;
	if (creation->master >= 0 && !creation->request->options.detach &&
	    console_open(console, take_fd(&creation->master), err) < 0)
		return -1;
	return go(creation, err);
}

int create_attend(struct creation *creation, struct supervise *supervise, struct console *console, struct notify *notify,
		  int *ret_status, struct err *err)
{
	const struct create_request *request = creation->request;

	keep_filter(creation);
	/* Nothing is undone from here on, and the network namespace shall end with the container. */
	netdevices_close(&creation->netdevices);
	/* Others may now look at it, signal it, delete it. */
	dir_close(&creation->dir);
	if (request->options.detach) {
		*ret_status = 0;
		return notify_await(notify, creation->child.pid, creation->child.pidfd, err);
	}
	if (attend(creation, supervise, console->master >= 0 ? console : NULL, notify, ret_status, err) < 0)
		return -1;
	if (request->keep)
		return 0;
	/* "force": somebody else may have deleted it meanwhile, which is as good. */
	return destroy_container(request->root, request->options.id, true, err);
}

static int run(struct creation *creation, int *ret_status, struct err *err)
{
	auto_console struct console console = CONSOLE_INIT;
	auto_supervise struct supervise supervise = SUPERVISE_INIT;
	auto_notify struct notify notify = NOTIFY_INIT;

	if (!creation->request->options.detach && supervise_open(&supervise, true, err) < 0)
		return -1;
	if (launch(creation, &console, &notify, err) < 0) {
		config_locate(&creation->config, err);
		steps_undo(creation);
		return -1;
	}
	return create_attend(creation, &supervise, &console, &notify, ret_status, err);
}

int create_and_run(const struct create_request *request, int *ret_status, struct err *err)
{
	auto_creation struct creation creation = CREATION_INIT;

	creation.request = request;
	if (steps_plan(&creation, err) < 0)
		return -1;
	return run(&creation, ret_status, err);
}

static void put(void *data, const char *text)
{
	(void)fputs(text, data);
}

int create_print_plan(const struct create_request *request, struct err *err)
{
	auto_creation struct creation creation = CREATION_INIT;

	creation.request = request;
	if (steps_plan(&creation, err) < 0)
		return -1;
	plan_print(creation.plan, put, stdout);
	return fflush(stdout) == 0 ? 0 : err_errno(err, ERR_NOWHERE, "print the plan");
}
