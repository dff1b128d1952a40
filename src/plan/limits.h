/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * linux.resources as one neutral list: what a limit means, not in which file it stands.  Each cgroup
 * hierarchy has a table that knows its files (cgroup/tree_v1.c, tree_v2.c).
 * Runs in: made in host, read in host.
 */
#ifndef TARE_PLAN_LIMITS_H
#define TARE_PLAN_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plan/facts.h"
#include "plan/options.h"

/* "max", "unlimited", -1 in the spec. */
#define LIMIT_UNLIMITED INT64_C(-1)

enum limit {
	LIMIT_MEMORY_MAX,	/* bytes */
	LIMIT_MEMORY_LOW,	/* bytes: reservation, soft limit */
	LIMIT_MEMSW_MAX,	/* bytes: memory plus swap, as v1 counts */
	LIMIT_SWAP_MAX,		/* bytes: swap alone, as v2 counts; derived from the former */
	LIMIT_MEMORY_SWAPPINESS,/* v1 only */
	LIMIT_MEMORY_OOM_DISABLE,/* v1 only */
	LIMIT_CPU_SHARES,	/* v1 unit: 2 .. 262144 */
	LIMIT_CPU_WEIGHT,	/* v2 unit: 1 .. 10000; derived from the shares */
	LIMIT_CPU_QUOTA,	/* microseconds of a period */
	LIMIT_CPU_PERIOD,	/* microseconds */
	LIMIT_CPU_BURST,	/* microseconds */
	LIMIT_CPU_IDLE,		/* 0 or 1 */
	LIMIT_CPUSET_CPUS,	/* text: list of CPUs */
	LIMIT_CPUSET_MEMS,	/* text: list of memory nodes */
	LIMIT_PIDS_MAX,		/* tasks; 0 is a limit */
	LIMIT_UNIFIED,		/* @key is a v2 file, @text its value */
	LIMIT_KINDS
};

/*
 * struct plan_limit
 * @value: in the unit of @kind, LIMIT_UNLIMITED for none; @text instead for those kinds that say so
 * @name:  the property as config.json names it, for messages: "memory.limit"
 */
struct plan_limit {
	uint32_t at;
	enum limit kind;
	int64_t value;
	const char *text;
	const char *key;
	const char *name;
};

/* Bits of an access string. */
enum { DEVICE_READ = 1, DEVICE_WRITE = 2, DEVICE_MKNOD = 4, DEVICE_ALL = 7 };

/*
 * struct plan_device_rule - one rule of the device controller; later rules win.
 * @type: 'a', 'b' or 'c'; @major, @minor: -1 matches any
 */
struct plan_device_rule {
	uint32_t at;
	bool allow;
	char type;
	int64_t major, minor;
	unsigned int access;
};

/*
 * struct plan_cgroup
 * @manager:     see enum cgroup_manager
 * @mode:        the host's tree, from facts
 * @path:        the container's cgroup, absolute below each hierarchy's mount point, normalised, no ".."
 * @path_given:  config.json named it
 * @limits:      neutral list, in an order in which no write is refused
 * @rules:       device rules: deny everything, the config's rules, then the default nodes allowed
 * @has_resources: config.json has `resources` at all (CG-02)
 * @delegate:    chown the cgroup to @delegate_uid (CG-04)
 */
struct plan_cgroup {
	enum cgroup_manager manager;
	enum cgroup_mode mode;
	const char *path;
	bool path_given;
	bool has_resources;
	bool delegate;
	uint32_t delegate_uid;
	struct plan_limit *limits;
	size_t n_limits;
	struct plan_device_rule *rules;
	size_t n_rules;
};

#endif
