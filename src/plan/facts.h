/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the plan asks of the machine.  Declared here, filled by host/probe.c, made up by tests: the
 * plan itself never looks.
 * Runs in: host.
 */
#ifndef TARE_PLAN_FACTS_H
#define TARE_PLAN_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct handler_found;

/* The shape of the machine's cgroup tree. */
enum cgroup_mode {
	CGROUP_MODE_NONE,	/* nothing mounted that we know */
	CGROUP_MODE_V1,		/* controllers on v1 only */
	CGROUP_MODE_HYBRID,	/* controllers on v1, and a v2 tree at /sys/fs/cgroup/unified */
	CGROUP_MODE_V2,		/* /sys/fs/cgroup is cgroup2 */
};

/* A range of subordinate ids, subuid(5). */
struct facts_range {
	uint32_t first, count;
};

/*
 * struct facts - one snapshot of the host.
 * @euid, @egid:      the effective ids of the runtime
 * @capabilities:     our permitted set, bit n is capability n (capabilities(7))
 * @bounding:         our bounding set
 * @last_capability:  /proc/sys/kernel/cap_last_cap
 * @default_signals:  bit n - 1 is signal n: those that are neither ignored nor caught by us; 0 when unknown
 * @in_user_ns:       we run inside a user namespace that is not the initial one
 * @mounts_refused:   copies of the mounts that we see are refused to us (open_tree(2)), as to an
 *                    ordinary user; inside a user namespace of its own the container can make them
 * @subuid, @subgid:  subordinate ids of the user, looked for only without CAP_SYS_ADMIN
 * @newuidmap, @newgidmap: paths of the programs, NULL where they are not installed; as above
 * @cgroup_mode:      see enum cgroup_mode
 * @v1_controllers:   names of mounted v1 controllers, NULL-terminated ("cpu", "cpuacct", ..., "name=systemd"), in mount order
 * @v1_mounts:        for each of @v1_controllers the name of its directory below /sys/fs/cgroup
 * @has_user_bus:     the environment names the bus of the user's own systemd (DBUS_SESSION_BUS_ADDRESS or
 *                    XDG_RUNTIME_DIR), whether or not one answers there
 * @apparmor:         AppArmor is on (/sys/module/apparmor/parameters/enabled)
 * @selinux:          SELinux is on (selinuxfs is mounted)
 * @seccomp_filter:   the kernel takes seccomp filters
 * @handler:          what the host has of the handler that the payload needs, NULL when it needs none
 * @bundle:           absolute path of the bundle, no trailing slash
 */
struct facts {
	uid_t euid;
	gid_t egid;
	uint64_t capabilities;
	uint64_t bounding;
	unsigned int last_capability;
	uint64_t default_signals;
	bool in_user_ns;
	bool mounts_refused;
	const struct facts_range *subuid, *subgid;
	size_t n_subuid, n_subgid;
	const char *newuidmap, *newgidmap;
	enum cgroup_mode cgroup_mode;
	const char *const *v1_controllers;
	const char *const *v1_mounts;
	bool has_user_bus;
	bool apparmor;
	bool selinux;
	bool seccomp_filter;
	const struct handler_found *handler;
	const char *bundle;
};

#endif
