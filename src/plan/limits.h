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
#include "plan/scope.h"

struct err;
struct plan_input;
struct region;

/* "max", "unlimited", -1 in the spec. */
#define LIMIT_UNLIMITED INT64_C(-1)

/*
 * In the order in which they are written.  "Part": one entry for each @key, which says of what.  Those
 * that only one version has are in no list for the other.
 */
enum limit {
	LIMIT_MEMORY_HIERARCHY,	/* 0 or 1; v1 only */
	LIMIT_MEMORY_MAX,	/* bytes */
	LIMIT_MEMORY_LOW,	/* bytes: reservation, soft limit */
	LIMIT_MEMSW_MAX,	/* bytes: memory plus swap; v1 only */
	LIMIT_SWAP_MAX,		/* bytes: swap alone; v2 only, derived from the former */
	LIMIT_MEMORY_KERNEL,	/* bytes; v1 only */
	LIMIT_MEMORY_KERNEL_TCP,/* bytes; v1 only */
	LIMIT_MEMORY_SWAPPINESS,/* 0 .. 100; v1 only */
	LIMIT_MEMORY_OOM_DISABLE,/* 0 or 1; v1 only */
	LIMIT_CPU_IDLE,		/* 0 or 1 */
	LIMIT_CPU_SHARES,	/* 2 .. 262144; v1 only */
	LIMIT_CPU_WEIGHT,	/* 1 .. 10000; v2 only, derived from the shares */
	LIMIT_CPU_PERIOD,	/* microseconds */
	LIMIT_CPU_QUOTA,	/* microseconds of a period */
	LIMIT_CPU_BURST,	/* microseconds */
	LIMIT_CPU_RT_PERIOD,	/* microseconds; v1 only, as the next */
	LIMIT_CPU_RT_RUNTIME,	/* microseconds of a period for real-time tasks */
	LIMIT_CPUSET_CPUS,	/* text: list of CPUs */
	LIMIT_CPUSET_MEMS,	/* text: list of memory nodes */
	LIMIT_PIDS_MAX,		/* tasks; 0 is a limit */
	LIMIT_IO_WEIGHT,	/* 1 .. 1000, for v2 too: which scale its file has is seen there */
	LIMIT_IO_LEAF_WEIGHT,	/* 1 .. 1000; v1 only */
	LIMIT_IO_WEIGHT_DEVICE,	/* part, "MAJOR:MINOR": 1 .. 1000, 0 for the group's */
	LIMIT_IO_LEAF_WEIGHT_DEVICE, /* part, the same; v1 only */
	LIMIT_IO_READ_BPS,	/* part, "MAJOR:MINOR": bytes per second */
	LIMIT_IO_WRITE_BPS,	/* part */
	LIMIT_IO_READ_IOPS,	/* part, "MAJOR:MINOR": operations per second */
	LIMIT_IO_WRITE_IOPS,	/* part */
	LIMIT_HUGETLB,		/* part, "2MB": bytes in pages of that size */
	LIMIT_NET_CLASS,	/* 32 bits; v1 only */
	LIMIT_NET_PRIORITY,	/* part, "eth0": 32 bits; v1 only */
	LIMIT_RDMA_HANDLES,	/* part, "mlx5_1": number of handles, 0 is a limit */
	LIMIT_RDMA_OBJECTS,	/* part, the same of objects */
	LIMIT_UNIFIED,		/* part, a v2 file; text, its lines written one by one */
	LIMIT_KINDS
};

/*
 * struct plan_limit
 * @is_v2: it goes to the v2 tree.  On a hybrid machine that is true of `unified`, and of controllers
 *         that are on no v1 tree
 * @is_late: it would be in the way of the container's making, and is set by cgroup_limit_late()
 * @value: in the unit of @kind, LIMIT_UNLIMITED for none; @text instead for those kinds that say so
 * @key:   of a part: which one; NULL of others
 * @name:  the property as config.json names it, for messages: "linux.resources.memory.limit"
 */
struct plan_limit {
	uint32_t at;
	enum limit kind;
	bool is_v2, is_late;
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
 * @check_memory: memory.checkBeforeUpdate: refuse a limit to memory or swap below what an existing
 *                cgroup uses
 * @delegate:    chown the cgroup to @delegate_uid, the host's number (CG-04)
 * @leaf:        name of a cgroup below @path that gets the processes, and is theirs to manage, or NULL; @delegate is
 *               about it then.  Of cgroup v2 alone; @leaf_at: what asks for it
 * @hierarchies: the trees to join, the v2 one last
 * @scope:       the unit, with CGROUP_MANAGER_SYSTEMD; there @path is below the manager's own cgroup
 * @limits:      neutral list, in the order of enum limit: those of `unified` last, since they win
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
	const char *leaf;
	uint32_t leaf_at;
	struct plan_hierarchy *hierarchies;
	size_t n_hierarchies;
	struct plan_scope scope;
	struct plan_limit *limits;
	size_t n_limits;
	struct plan_device_rule *rules;
	size_t n_rules;
};

/*
 * struct plan_present - what a container is limited to, which the judging of a change depends on.
 * @cpu_quota, @cpu_period: microseconds; LIMIT_UNLIMITED and 0 where not known
 * @memory: bytes, LIMIT_UNLIMITED without a limit
 * @memsw:  the same of memory and swap together; v1 only
 */
struct plan_present {
	int64_t cpu_quota, cpu_period;
	int64_t memory;
	int64_t memsw;
};

/*
 * Decide the container's cgroup: its path, limits, device rules and delegation.  Refuses what this
 * machine's kind of tree cannot do (CG-05) with the property's name and place.
 */
int plan_limits(struct region *region, const struct plan_input *input, struct plan_cgroup *ret,
		struct err *err);

#endif
