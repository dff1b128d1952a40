/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the command line adds to config.json, as far as the plan cares.
 * Runs in: host.
 */
#ifndef TARE_PLAN_OPTIONS_H
#define TARE_PLAN_OPTIONS_H

#include <stdbool.h>

/* Who keeps the cgroup tree (cli-contract.md 1.2). */
enum cgroup_manager {
	CGROUP_MANAGER_CGROUPFS,	/* we make directories ourselves */
	CGROUP_MANAGER_SYSTEMD,		/* a scope made by systemd */
	CGROUP_MANAGER_DISABLED,	/* the container stays in our cgroup */
};

/*
 * struct plan_options - the command's say in the plan.
 * @id:             the container's ID, already checked
 * @manager:        the cgroup manager asked for
 * @detach:         nobody of ours waits for the container: create, or run --detach
 * @has_console_socket: --console-socket was given
 * @no_pivot:       --no-pivot: move the root instead of pivot_root(2)
 * @no_new_keyring: keep the caller's session keyring
 * @preserve_fds:   descriptors 3 .. 3+N-1 reach the payload: those of @listen_fds, then --preserve-fds
 * @listen_fds:     so many sockets from descriptor 3 on were handed to us for the payload (sd_listen_fds(3))
 * @listen_names:   their names, LISTEN_FDNAMES of our environment, or NULL
 * @seccomp_receiver: socket of the seccomp agent where the config names none, or NULL: the environment's word for
 *                  run.oci.seccomp.receiver
 * @handler:        the handler (plan/handler.h) that the runtime's own name asks for, or NULL
 * @notify_dir:     directory on the host of a socket that the payload tells things to (plan/notify.h), or NULL
 */
struct plan_options {
	const char *id;
	enum cgroup_manager manager;
	bool detach;
	bool has_console_socket;
	bool no_pivot;
	bool no_new_keyring;
	unsigned int preserve_fds;
	unsigned int listen_fds;
	const char *listen_names;
	const char *seccomp_receiver;
	const char *handler;
	const char *notify_dir;
};

#endif
