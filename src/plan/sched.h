/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings of the payload's process that are one system call each: scheduling policy, I/O priority,
 * CPUs of `exec`, memory policy, execution domain (PR-18 .. PR-22, MP-01, MP-02, PE-01, PE-02).
 * Runs in: made in host, read in either.
 */
#ifndef TARE_PLAN_SCHED_H
#define TARE_PLAN_SCHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plan/bits.h"

/*
 * struct plan_scheduler - sched_setattr(2)
 * @name:     "SCHED_FIFO", for messages
 * @nice_apart: @nice is set by setpriority(2), since sched_setattr(2) overlooks it for this @policy
 * @runtime, @deadline, @period: nanoseconds
 */
struct plan_scheduler {
	uint32_t at;
	bool present;
	const char *name;
	uint32_t policy;
	uint64_t flags;
	int32_t nice;
	bool nice_apart;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

/* struct plan_io_priority - ioprio_set(2) of the process group; @value is class << 13 | level. */
struct plan_io_priority {
	uint32_t at;
	bool present;
	const char *name;	/* "IOPRIO_CLASS_BE" */
	int level;
	int value;
};

/*
 * struct plan_affinity - CPUs of a process that `exec` starts; the container's own process is not
 * concerned (PR-22).
 * @initial: before it enters the container's cgroup; @final: after that; empty: leave them
 */
struct plan_affinity {
	uint32_t at;
	struct plan_bits initial, final;
};

/* struct plan_memory_policy - set_mempolicy(2); @mode holds the flags too. */
struct plan_memory_policy {
	uint32_t at;
	bool present;
	const char *name;	/* "MPOL_BIND" */
	const char *nodes_text;	/* as written, "" for none */
	int mode;
	struct plan_bits nodes;
};

/* struct plan_personality - personality(2) */
struct plan_personality {
	uint32_t at;
	bool present;
	const char *name;	/* "LINUX32" */
	unsigned long domain;
};

#endif
