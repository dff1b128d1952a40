/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the process that joins to the one that stays; see second.h and the chart in wire/message.h.
 * The new one is a child of the host, like the first, so that the host gets its end.  It never was the
 * host's program, is undumpable from its start and holds no handle on a namespace (security.md R11).
 * Runs in: init.
 */
#include "init/second.h"

#include <errno.h>
#include <sched.h>
#include <unistd.h>

#include "init/gate.h"
#include "init/init.h"
#include "init/listener.h"
#include "sys/clone.h"
#include "sys/priv.h"
#include "sys/uapi.h"
#include "wire/channel.h"

static unsigned long flags_of(const struct plan_namespaces *ns)
{
	unsigned long flags = ns->create & ~ns->born & ~(unsigned long)CLONE_NEWCGROUP;

	/* With offsets it was made by join_namespaces(), for the children. */
	return ns->n_clocks > 0 ? flags & ~(unsigned long)CLONE_NEWTIME : flags;
}

/* In the new process. */
static int take_over(struct init *init, struct err *err)
{
	const struct plan_namespaces *ns = &init->plan->namespaces;

	/* Of the first one's memory that did not come along (listener.h). */
	init->handover = NULL;
	if (channel_wait(init->wire, WIRE_SETTLED, NULL, 0, NULL, err) < 0)
		return -1;
	/* As the payload it has no more to become, and nothing that could keep it from seeing the channel's end. */
	if (init->plan->exec.present)
		return 0;
	if ((ns->create & ~ns->born & CLONE_NEWUSER) == 0)
		return gate_die_with_host(init, err);
	if (priv_become(ns->setup_uid, ns->setup_gid) < 0)
		return err_errno(err, ERR_NOWHERE, "become user %u of the user namespace", (unsigned int)ns->setup_uid);
	if (priv_undumpable() < 0)
		return err_errno(err, ERR_NOWHERE, "stay undumpable");
	return gate_die_with_host(init, err);
}

/* Why exec's process cannot be born. */
static int refuse(struct init *init, struct err *err)
{
	struct err ignored = ERR_INIT;
	int error = errno;

	(void)listener_hand_over(init, -1, &ignored);
	/* A pid namespace whose first process has ended takes no more. */
	if (error == ENOMEM)
		(void)err_say(err, ERR_NOWHERE, "make the process: there is no memory, or the container is ending");
	else if (error == EAGAIN)
		(void)err_say(err, ERR_NOWHERE, "make the process: a limit of processes is reached (pids.limit of the "
			      "container, RLIMIT_NPROC of its user)");
	else
		(void)err_say(err, ERR_NOWHERE, "make the process: %s%s", err_reason(error),
			      init->plan->seccomp.present ? " (does the container's seccomp filter forbid clone?)" : "");
	err->code = error;
	return -1;
}

int second_start(struct init *init, struct err *err)
{
	const struct plan_namespaces *ns = &init->plan->namespaces;
	int pidfd = -1;
	pid_t pid;

	if (!ns->is_staged)
		return 0;
	pid = clone_sibling(flags_of(ns), &pidfd);
	if (pid == 0)
		return take_over(init, err);
	if (pid < 0 && init->plan->exec.present)
		return refuse(init, err);
	if (pid > 0 && listener_hand_over(init, pid, err) < 0)
		return -1;
	if (pid < 0 && errno == ENOSPC)
		return err_say(err, ERR_NOWHERE,
			       "make the namespaces: a limit is reached (user.max_*_namespaces, or nesting)");
	if (pid < 0)
		return err_errno(err, ERR_NOWHERE, "make the namespaces and the container's first process");
	if (channel_tell_process(init->wire, pid, pidfd, err) < 0)
		return -1;
	_exit(0);
}
