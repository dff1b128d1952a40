/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entry of the container's first process; see init.h.
 * Runs in: init.
 */
#include "init/init.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/region.h"
#include "init/gate.h"
#include "init/steps.h"
#include "sys/priv.h"
#include "sys/signals.h"
#include "wire/message.h"

/* The plan, mapped for good; NULL with @err. */
static const struct plan *take_plan(int plan_fd, struct err *err)
{
	struct region region = { .base = NULL };
	const struct plan *plan;

	if (region_map(&region, plan_fd, err) < 0)
		return NULL;
	plan = (const struct plan *)(const void *)region.base;
	if (plan->magic != PLAN_MAGIC || plan->size != sizeof(*plan)) {
		(void)err_say(err, ERR_NOWHERE, "the plan is of another build");
		return NULL;
	}
	return plan;
}

int init_main(int plan_fd, int wire_fd)
{
	struct init init = { .wire = wire_fd, .root = -1, .proc = -1, .null = -1, .agent = -1, .go = -1, .status = -1 };
	struct err err = ERR_INIT;

	(void)prctl(PR_SET_NAME, WIRE_INIT_NAME, 0, 0, 0);
	init.host_umask = umask(0);
	if (fd_set_cloexec(wire_fd, 1) < 0 || priv_undumpable() < 0) {
		(void)err_errno(&err, ERR_NOWHERE, "shield the container's first process");
	} else if ((init.plan = take_plan(plan_fd, &err)) != NULL) {
		fd_close(&plan_fd);
		/* What the runtime or its caller ignored or blocked must not reach the payload. */
		signals_reset(init.plan->default_signals);
		/* Hooks need not read their input, and nobody has to listen; payload_execute() resets this one. */
		(void)signal(SIGPIPE, SIG_IGN);
		(void)steps_run(&init, &err);
	}
	gate_report(&init, &err);
	return 1;
}
