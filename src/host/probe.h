/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fill struct facts by looking at the machine: the only place where the plan's questions are asked.
 * Runs in: host.
 */
#ifndef TARE_HOST_PROBE_H
#define TARE_HOST_PROBE_H

#include "plan/facts.h"

struct arena;
struct err;

/*
 * Look once.  @bundle goes into the facts as it is; lists live in @arena.  Costs a handful of system
 * calls, so nothing is remembered between commands.
 */
int probe_host(struct arena *arena, const char *bundle, struct facts *ret_facts, struct err *err);

/* Only the kind of cgroup tree that is mounted at /sys/fs/cgroup. */
enum cgroup_mode probe_cgroup_mode(void);

/* Do we run in a user namespace other than the machine's first one? */
bool probe_in_user_ns(void);

#endif
