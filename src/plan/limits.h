/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * linux.cgroupsPath and linux.resources as one neutral list: what a limit means, not in which
 * file it stands.  Each cgroup hierarchy has a table that knows its files (cgroup/tree_v1.c,
 * tree_v2.c). Runs in: made in host, read in host.
 */
#ifndef TARE_PLAN_LIMITS_H
#define TARE_PLAN_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plan/facts.h"
#include "plan/options.h"

struct err;
struct plan_input;
struct region;

/* "max", "unlimited", -1 in the spec. */
#define LIMIT_UNLIMITED INT64_C(-1)

/* In the order in which they are written; those of v1 and of v2 are never in one list. */
enum limit {
	LIMIT_MEMORY_MAX,	/* bytes */
	LIMIT_MEMORY_LOW,	/* bytes: reservation, soft limit */
	LIMIT_MEMSW_MAX,	/* bytes: memory plus swap; v1 only */
	LIMIT_SWAP_MAX,		/* bytes: swap alone; v2 only, derived from the former */
	LIMIT_MEMORY_KERNEL,	/* bytes; v1 only */
	LIMIT_MEMORY_KERNEL_TCP,/* bytes; v1 only */
	LIMIT_MEMORY_SWAPPINESS,/* 0 .. 100; v1 only */
	LIMIT_MEMORY_OOM_DISABLE,/* 1; v1 only */
	LIMIT_CPU_SHARES,	/* 2 .. 262144; v1 only */
	LIMIT_CPU_WEIGHT,	/* 1 .. 10000; v2 only, derived from the shares */
	LIMIT_CPU_PERIOD,	/* microseconds */
	LIMIT_CPU_QUOTA,	/* microseconds of a period */
	LIMIT_CPU_BURST,	/* microseconds */
	LIMIT_CPU_IDLE,		/* 0 or 1 */
	LIMIT_CPUSET_CPUS,	/* text: list of CPUs */
	LIMIT_CPUSET_MEMS,	/* text: list of memory nodes */
	LIMIT_PIDS_MAX,		/* tasks; 0 is a limit */
	LIMIT_UNIFIED,		/* @key is a v2 file, @text its value, lines written one by one */
	LIMIT_KINDS
};

/*
 * struct plan_limit
 * @value: in the unit of @kind, LIMIT_UNLIMITED for none; @text instead for those kinds that say so
 * @name:  the property as config.json names it, for messages: "linux.resources.memory.limit"
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

/* Any major or minor number. */
#define DEVICE_ANY INT64_C(-1)

/*
 * struct plan_device_rule - one rule of the device controller; for each access bit of a request the
 * last rule that matches the device and has the bit decides.
 * @type: 'a' (only the first rule: all devices, all access), 'b' or 'c'
 * @major, @minor: DEVICE_ANY matches any
 */
struct plan_device_rule {
	uint32_t at;
	bool allow;
	char type;
	int64_t major, minor;
	unsigned int access;
};

/*
 * struct plan_hierarchy - one mounted cgroup tree that the container joins.
 * @mount:       its directory below /sys/fs/cgroup; "" when /sys/fs/cgroup itself is cgroup2
 * @controllers: of v1, with commas ("cpu,cpuacct", "name=systemd"); "" for the v2 tree
 * @is_v2:       the cgroup2 tree
 */
struct plan_hierarchy {
	const char *mount;
	const char *controllers;
	bool is_v2;
};

/*
 * struct plan_cgroup
 * @manager:     see enum cgroup_manager; CGROUP_MANAGER_DISABLED also where the machine has no tree
 *               and nothing was asked for
 * @mode:        the host's tree, from facts
 * @path:        the container's cgroup, absolute below each hierarchy's mount point, normalised,
 *               no ".."; "/tare-ID" when config.json names none.  A relative cgroupsPath means
 *               the same as with "/" in front (spec-checklist 8.1 #12).  NULL with
 *               CGROUP_MANAGER_DISABLED.
 * @path_at:     where config.json names it
 * @path_given:  config.json names it
 * @has_resources: config.json has `resources` at all (CG-02: without it an existing cgroup's
 *                 limits stay)
 * @is_rootless: the runtime is not the machine's root: without @path_given and @limits it does
 *               without a cgroup when it may not make one, and without a device filter when it
 *               may not load one (who cannot load one cannot make device nodes either)
 * @check_memory: memory.checkBeforeUpdate: refuse a memory limit below what an existing cgroup uses
 * @delegate:    chown the cgroup to @delegate_uid (CG-04)
 * @hierarchies: the trees to join, the v2 one last
 * @limits:      neutral list, in the order of enum limit, then those of `unified`
 * @rules:       device rules; the first one is of type 'a'.  The config's rules on top of "deny
 *               all", the default nodes allowed at the end; what a later rule makes pointless is
 *               left out
 */
struct plan_cgroup {
	enum cgroup_manager manager;
	enum cgroup_mode mode;
	const char *path;
	uint32_t path_at;
	bool path_given;
	bool has_resources;
	bool is_rootless;
	bool check_memory;
	bool delegate;
	uint32_t delegate_uid;
	struct plan_hierarchy *hierarchies;
	size_t n_hierarchies;
	struct plan_limit *limits;
	size_t n_limits;
	struct plan_device_rule *rules;
	size_t n_rules;
};

/*
 * Decide the container's cgroup: its path, limits, device rules and delegation.  Refuses what this
 * machine's kind of tree cannot do (CG-05) with the property's name and place.
 */
int plan_limits(struct region *region, const struct plan_input *input, struct plan_cgroup *ret,
		struct err *err);

/*
 * v1 CPU shares (2 .. 262144, clamped) as a v2 weight (1 .. 10000), along the curve that runtimes
 * agree on: ceil(10^((l^2 + 125 l) / 612 - 7/34)) with l = log2(shares); 1024 gives 100 (CG-20).
 */
unsigned int limits_cpu_weight(uint64_t shares);

#endif
