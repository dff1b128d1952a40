/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Start the container's first process: clone3 into its namespaces and cgroup, then the init.
 * Runs in: host.
 */
#ifndef TARE_HOST_LAUNCH_H
#define TARE_HOST_LAUNCH_H

#include <stdbool.h>
#include <sys/types.h>

struct cgroup;
struct err;
struct plan;
struct region;

/*
 * struct launched - the process.
 * @pidfd, @wire: owned; @wire is our end of the channel
 * @begun: owned; an eventfd(2) where it says that it runs; -1 unless it was born in its cgroup
 */
struct launched {
	pid_t pid;
	int pidfd;
	int wire;
	int begun;
};

#define LAUNCHED_INIT ((struct launched){ .pid = -1, .pidfd = -1, .wire = -1, .begun = -1 })

/*
 * Start init with the sealed plan @plan_fd, its working directory in @root_dir (-1: ours).  It then waits for
 * WIRE_GO; in a new user namespace (plan->namespaces.born) for WIRE_SETTLED first,
 * and before all for WIRE_PLACED when @cg needs a process.
 */
int launch_init(const struct plan *plan, struct region *region, int plan_fd, int root_dir, struct cgroup *cg,
		struct launched *ret, struct err *err);

/*
 * After a failure: did the kernel kill it before it ran its first instruction?  Then nothing has happened but
 * what the caller did to it, it is reaped and closed, and launch_again() may succeed.  Linux 6.12 to at least
 * 6.18 do that to a process born in another cgroup than its parent's when the two were not killed as a whole
 * (cgroup.kill) equally often.
 */
bool launch_was_stillborn(struct launched *launched);

/* launch_init() once more, with a process that is born in our cgroup and enters its own by itself. */
int launch_again(const struct plan *plan, struct region *region, int plan_fd, int root_dir, struct cgroup *cg,
		 struct launched *ret, struct err *err);

/*
 * For a staged plan: wait until the first process has made the second one (WIRE_PROCESS) and ended.
 * From then on @launched is the second one, a child of ours as well, which waits for WIRE_SETTLED.
 */
int launch_adopt(struct launched *launched, struct err *err);

/*
 * The process has ended or is about to: nobody holds the other end of its channel any more.  Before WIRE_COMMIT
 * only, since a process that waits for `start` lets its end go.
 */
bool launch_is_ending(const struct launched *launched);

/* Kill the process if it still runs, wait for its end, and close; accepts LAUNCHED_INIT. */
void launch_abort(struct launched *launched);

/* Close the descriptors; the process goes on. */
void launch_close(struct launched *launched);

/* Wait for its end and return its exit code.  128+N for signal N, -1 with errno set. */
int launch_reap(struct launched *launched);

#endif
