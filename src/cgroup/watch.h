/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waiting for what happens to a container's cgroup: it runs out of memory, its last process ends.  Public, beside
 * cgroup.h.  The kernel wakes poll(2); nothing is looked at from time to time.
 * Runs in: host.
 *
 * Sources: cgroup-v2.rst ("memory.events", "cgroup.events": a change raises POLLPRI), cgroup-v1/memory.rst (section
 * 9 and 10: an eventfd(2) registered by cgroup.event_control).
 */
#ifndef TARE_CGROUP_WATCH_H
#define TARE_CGROUP_WATCH_H

#include <poll.h>
#include <stdint.h>

struct cgroup;
struct err;

/*
 * struct watch
 * @oom: for poll(2): cgroup_watch_oom() has something to say; its fd is negative when nothing counts memory
 * @end: for poll(2): cgroup_watch_has_ended() may say otherwise than before; its fd is negative without a v2 tree,
 *       and v1 tells nobody
 * @control: memory.oom_control of v1, or -1
 * @kills: how many of v2 were told
 */
struct watch {
	struct pollfd oom, end;
	int control;
	uint64_t kills;
};

#define WATCH_INIT ((struct watch){ .oom.fd = -1, .end.fd = -1, .control = -1 })
#define auto_watch __attribute__((cleanup(cgroup_watch_close)))

/* Begin.  What happened before is not told.  -1 with @err. */
int cgroup_watch_open(struct cgroup *cg, struct watch *ret, struct err *err);

/* 1 when the cgroup ran out of memory since the last call, else 0. */
int cgroup_watch_oom(struct watch *watch);

/* 1 once no process is left in the cgroup and below, or it is gone; 0 before, and always without a v2 tree. */
int cgroup_watch_has_ended(const struct watch *watch);

/* Look no longer, and close all of it. */
void cgroup_watch_close(struct watch *watch);

#endif
