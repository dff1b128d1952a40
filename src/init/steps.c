/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order of set-up inside the container, security.md's safe order.  Read it beside wire/message.h
 * and host/create.c.
 * Runs in: init.
 */
#include "init/steps.h"

#include "init/stdio.h"
#include "init/devices.h"
#include "init/gate.h"
#include "init/hooks.h"
#include "init/identity.h"
#include "init/init.h"
#include "init/join.h"
#include "init/label.h"
#include "init/listener.h"
#include "init/live.h"
#include "init/masks.h"
#include "init/payload.h"
#include "init/rootfs.h"
#include "init/sched.h"
#include "init/second.h"
#include "init/sources.h"

static const struct init_step create_steps[] = {
	{ "receive descriptors",	gate_take_descriptors },	/* <- WIRE_GO */
	{ "join namespaces",		join_namespaces },
	{ "second process",		second_start },			/* -> WIRE_PROCESS, <- WIRE_SETTLED */
	{ "cgroup namespace",		join_cgroup },
	{ "mount proc",			rootfs_prepare_proc },
	{ "session keyring",		join_keyring },
	{ "network",			join_network },
	{ "host name",			join_names },
	{ "sysctls",			join_sysctls },
	{ "oom score",			join_oom_score },
	{ "open sources",		sources_open },
	{ "attach root",		rootfs_attach },
	{ "mounts",			rootfs_mount },
	{ "devices",			devices_make },
	{ "masks",			masks_apply },
	{ "host hooks",			gate_wait_hooks },		/* -> WIRE_BUILT, <- WIRE_HOOKED */
	{ "createContainer hooks",	hooks_create_container },
	{ "change root",		rootfs_change },
	{ "terminal",			stdio_open_terminal },			/* -> WIRE_CONSOLE */
	{ "seal root",			rootfs_finish },
	{ "session",			stdio_take_session },
	{ "standard descriptors",	stdio_own },
	{ "working directory",		identity_enter_cwd },
	{ "environment",		payload_prepare_env },
	{ "security labels",		label_exec },
	{ "limits",			identity_limits },
	{ "scheduling",			sched_apply },
	{ "outlive runtime",		gate_outlive_host },
	{ "user",			identity_apply },
	{ "find program",		payload_find },
	{ "seccomp listener",		listener_prepare },		/* <- WIRE_PID */
	{ "close handles",		rootfs_release },
	{ "seal descriptors",		payload_seal_fds },
	{ "confine",			identity_confine },
	{ "wait for start",		gate_wait_start },		/* -> WIRE_READY, <- WIRE_COMMIT, FIFO */
	{ "startContainer hooks",	hooks_start_container },
	{ "leave",			gate_leave },			/* -> WIRE_EXECUTING */
	{ "filter",			identity_filter },
	{ "execute",			payload_execute },
};

/*
 * What `exec` adds to a container.  Everything that needs a privilege or a handle comes ahead of the process that
 * shows in the container's pid namespace: that one is born as the payload is to be (security.md R13).
 */
static const struct init_step exec_steps[] = {
	{ "receive descriptors",	gate_take_descriptors },	/* <- WIRE_GO */
	{ "seccomp listener's sender",	listener_fork_sender },
	{ "enter container",		join_container },
	{ "session keyring",		join_keyring },
	{ "terminal",			stdio_open_terminal },			/* -> WIRE_CONSOLE */
	{ "own process group",		stdio_leave_session },
	{ "standard descriptors",	stdio_own },
	{ "working directory",		identity_enter_cwd },
	{ "environment",		payload_prepare_env },
	{ "security labels",		label_exec },
	{ "scheduling",			sched_apply },
	{ "user",			identity_apply },
	{ "end with runtime",		gate_stay_with_host },
	{ "find program",		payload_find },
	{ "close handles",		rootfs_release },
	{ "outlive runtime",		gate_outlive_host },
	{ "seccomp listener",		listener_prepare_alone },	/* <- WIRE_PID unless staged */
	{ "seal descriptors",		payload_seal_fds },
	{ "confine",			identity_confine },
	{ "second process",		second_start },			/* -> WIRE_PROCESS, <- WIRE_SETTLED if staged */
	{ "session",			stdio_take_session },
	{ "limits",			identity_limits },
	{ "sockets",			payload_own_sockets },
	{ "seccomp listener",		listener_prepare },		/* <- WIRE_PID if staged */
	{ "wait for runtime",		gate_wait_start },		/* -> WIRE_READY, <- WIRE_COMMIT */
	{ "leave",			gate_leave },			/* -> WIRE_EXECUTING */
	{ "filter",			identity_filter },
	{ "execute",			payload_execute },
};

/*
 * `mounts` in a container that runs: from its side only what is resolved below its root counts, and nothing of ours
 * shows in its pid namespace.  The process outlives the runtime for as long as it takes to undo what it has begun.
 */
static const struct init_step mount_steps[] = {
	{ "receive descriptors",	gate_take_descriptors },	/* <- WIRE_GO */
	{ "open sources",		live_open_sources },
	{ "enter container",		join_container },
	{ "stand alone",		live_stand_alone },
	{ "mount",			live_mount },
	{ "wait for runtime",		live_settle },			/* -> WIRE_READY, <- WIRE_COMMIT */
};

static const struct init_step unmount_steps[] = {
	{ "receive descriptors",	gate_take_descriptors },	/* <- WIRE_GO */
	{ "enter container",		join_container },
	{ "stand alone",		live_stand_alone },
	{ "unmount",			live_unmount },
	{ "wait for runtime",		live_settle },			/* -> WIRE_READY, <- WIRE_COMMIT */
};

#define TABLE(steps) { (steps), sizeof(steps) / sizeof((steps)[0]) }

/* By enum plan_exec_kind. */
static const struct {
	const struct init_step *step;
	size_t n;
} tables[] = {
	[PLAN_EXEC_PROCESS] = TABLE(exec_steps),
	[PLAN_EXEC_MOUNT] = TABLE(mount_steps),
	[PLAN_EXEC_UNMOUNT] = TABLE(unmount_steps),
};

static int run(const struct init_step *step, size_t n, struct init *init, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		if (step[i].run(init, err) < 0) {
			err_phase(err, step[i].name);
			return -1;
		}
	}
	return -1;
}

int steps_run(struct init *init, struct err *err)
{
	const struct plan_exec *exec = &init->plan->exec;

	if (exec->present)
		return run(tables[exec->kind].step, tables[exec->kind].n, init, err);
	return run(create_steps, sizeof(create_steps) / sizeof(create_steps[0]), init, err);
}
