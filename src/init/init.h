/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The container's first process from its start to execve(2).  What its steps share, and its entry.
 * Runs in: init.
 */
#ifndef TARE_INIT_INIT_H
#define TARE_INIT_INIT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "plan/plan.h"

struct handover;

/*
 * struct init - the descriptors that steps hand to each other; -1 while there is none.
 * @plan:    sealed, read-only
 * @wire:    channel to the host side
 * @root:    mount of the root file system
 * @proc:    a procfs of our own pid namespace that nobody could touch yet: the plan's first proc mount
 *           that holds nothing back, made early, or a private one; used as the trusted handle (security.md R5)
 * @null:    O_PATH of the host's /dev/null, verified: the mask of files
 * @tree:    by plan mount: the mount, from when it exists until the change of root
 * @source:  by plan mount: what is to be bound, until its turn comes to be copied into @tree
 * @idmap:   by plan mount: the user namespace that maps the ids of a new file system, until it is mounted
 * @node:    by plan device: the mount of a bound one, until it is attached
 * @join:    by plan->namespaces.join
 * @agent:   socket of the agent that gets the seccomp listener, until it has it; @pid: the container's
 *           process as the runtime sees it, which is for the agent
 * @hook_output: files of the host that hooks print to, 0 without: struct spawn's @output
 * @handover: of listener_fork_sender(), until listener_hand_over()
 * @go, @status: FIFO ends of a create; -1 for run
 * @exec_path: what execve(2) gets, found at create
 * @env:     environment of the payload
 * @host_umask: the runtime's own, for hooks that run before the payload's is set
 * @is_its_user: of a container that is there the user namespace was entered ahead of the others
 * @is_cwd_late: the working directory is the user's alone to enter
 */
struct init {
	const struct plan *plan;
	int wire;
	int root;
	int proc;
	int null;
	int *tree;
	int *source;
	int *idmap;
	int *node;
	int *join;
	int agent;
	int pid;
	int hook_output[2];
	struct handover *handover;
	int go, status;
	const char *exec_path;
	const char *const *env;
	mode_t host_umask;
	bool is_its_user;
	bool is_cwd_late;
};

/* One step of a step table. */
struct init_step {
	const char *name;
	int (*run)(struct init *init, struct err *err);
};

/*
 * Set the container up as the plan in @plan_fd says and execute the payload; on failure report it over
 * @wire_fd (or the status FIFO) and return the exit code.
 */
int init_main(int plan_fd, int wire_fd);

#endif
