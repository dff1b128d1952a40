/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's side of making a container: what its steps share, and the table that runs them in order.
 * init/steps.c is the mirror; wire/message.h has the chart of both.
 * Not here: what follows once the container is made (create.c).
 * Runs in: host.
 */
#ifndef TARE_HOST_STEPS_H
#define TARE_HOST_STEPS_H

#include <stdbool.h>

#include "base/region.h"
#include "cgroup/cgroup.h"
#include "host/config.h"
#include "host/create.h"
#include "host/launch.h"
#include "host/mounts.h"
#include "host/netdevices.h"
#include "host/hookoutput.h"
#include "host/pidfile.h"
#include "host/rdt.h"
#include "plan/facts.h"
#include "plan/plan.h"
#include "state/dir.h"
#include "state/liveness.h"
#include "state/record.h"

struct err;

/*
 * struct creation - a container in the making.
 * @waits:    it will wait at the FIFO for `start` (create), instead of going on at once (run)
 * @plan_fd:  the sealed plan
 * @filter_cache: the directory that the seccomp filter was found in, until the container has its own name of it
 * @go, @status: init's ends of the FIFOs
 * @console_socket: connected, -1 without one
 * @pidfd_socket: connected, -1 when nobody asked for a pidfd
 * @master:   the terminal's master when there is no console socket
 * @agent:    connection to the seccomp agent, -1 without one
 * @hook_output: what hooks print to
 * @plan_fd, @mounts, @agent, @go, @status: kept until init is heard of first: it may have to be started again
 * @is_reborn: it was (launch_was_stillborn())
 * @is_claimed: the state directory is ours, so there is something to undo
 * @hooks_ran: prestart or a later hook was started: after a failure poststop hooks run (LC-02)
 */
struct creation {
	const struct create_request *request;
	bool waits;
	struct config config;
	struct facts facts;
	struct region region;
	const struct plan *plan;
	int plan_fd;
	int filter_cache;
	struct host_mounts mounts;
	struct pidfile pidfile;
	int console_socket;
	int pidfd_socket;
	int master;
	int agent;
	struct hook_output hook_output;
	int go, status;
	bool is_claimed;
	bool hooks_ran;
	bool is_cached;
	bool is_reborn;
	struct state_dir dir;
	struct cgroup cgroup;
	struct record record;
	char created[RECORD_TIME_SIZE];
	char boot_id[LIVENESS_BOOT_ID_SIZE];
	struct launched child;
	struct netdevices netdevices;
	struct rdt rdt;
};

#define CREATION_INIT                                                                               \
	((struct creation){ .config = CONFIG_INIT, .plan_fd = -1, .filter_cache = -1, .mounts = HOST_MOUNTS_INIT,       \
			    .pidfile = PIDFILE_INIT, .console_socket = -1, .pidfd_socket = -1,      \
			    .master = -1, .agent = -1, .go = -1,                                    \
			    .status = -1, .dir = STATE_DIR_INIT, .cgroup = CGROUP_INIT,             \
			    .child = LAUNCHED_INIT, .netdevices = NETDEVICES_INIT, .rdt = RDT_INIT })

/* Read and judge only: config.json, facts, plan.  Changes nothing on the machine. */
int steps_plan(struct creation *creation, struct err *err);

/*
 * Everything up to the point where init has said that all is ready; the record says "creating" and
 * names the process.  -1 with @err placed, phase named; the caller then calls steps_undo().
 */
int steps_make(struct creation *creation, struct err *err);

/*
 * For `restore`, in the place of steps_make(): everything that is there before the container's first process.
 */
int steps_prepare(struct creation *creation, struct err *err);

/*
 * For `restore`: put process @pid, a child of ours in our own cgroup, where the container's processes belong; those that
 * it makes follow.
 */
int steps_place(struct creation *creation, pid_t pid, struct err *err);

/*
 * Run the prestart and createRuntime hooks; they are told of process @pid, and ended if it ends while they run (@pidfd).
 * Part of steps_make(), and for `restore`.
 */
int steps_run_hooks(struct creation *creation, pid_t pid, int pidfd, struct err *err);

/* Take everything back that the record and @creation know of; what fails is only warned about. */
void steps_undo(struct creation *creation);

/* Close and free what belongs to us; the container stays. */
void steps_close(struct creation *creation);

#endif
