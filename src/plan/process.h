/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The payload's process: what identity, confine and execve need.  The same struct serves exec.
 * Runs in: made in host, read in either.
 */
#ifndef TARE_PLAN_PROCESS_H
#define TARE_PLAN_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "plan/caps.h"
#include "plan/lsm.h"
#include "plan/sched.h"

/* One limit of setrlimit(2), in its units. */
struct plan_rlimit {
	uint32_t at;
	const char *name;	/* "RLIMIT_NOFILE", for messages */
	int resource;		/* RLIMIT_* */
	uint64_t soft, hard;
};

/*
 * struct plan_process
 * @present:   config.json has a `process`; without it the container can be created, not started
 * @args:      NULL-terminated, at least one
 * @env:       NULL-terminated, last of equal names wins, an empty HOME left out
 * @module:    what @args[0] is told to run, when that is a handler's program (plan/handler.h); else NULL
 * @n_listen:  so many descriptors from 3 on are sockets for the payload, as @env says in LISTEN_FDS;
 *             init adds LISTEN_PID, which it alone knows; 0: nothing of the kind
 * @has_home:  @env has HOME; else init adds it from the container's passwd, "/" by default
 * @path:      value of PATH in @env, or NULL: where args[0] is searched
 * @umask:     0022 unless the config says otherwise (spec-checklist 8.1 #4)
 * @groups:    supplementary groups, exactly; with @keep_groups those of the caller instead
 * @oom_score_adj: written only if @has_oom_score_adj
 * @terminal:  give it a pseudo terminal; @has_size: of @rows x @columns
 */
struct plan_process {
	uint32_t at;
	bool present;
	const char *const *args;
	const char *const *env;
	const char *module;
	unsigned int n_listen;
	bool has_home;
	const char *path;
	const char *cwd;
	uid_t uid;
	gid_t gid;
	const gid_t *groups;
	size_t n_groups;
	bool keep_groups;
	mode_t umask;
	bool no_new_privs;
	bool has_oom_score_adj;
	int oom_score_adj;
	bool terminal, has_size;
	unsigned short rows, columns;
	struct plan_caps caps;
	struct plan_rlimit *rlimits;
	size_t n_rlimits;
	struct plan_scheduler scheduler;
	struct plan_io_priority io_priority;
	struct plan_affinity affinity;	/* for `exec` alone */
	struct plan_lsm lsm;
};

#endif
