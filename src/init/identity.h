/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who the payload is: working directory, limits, ids, groups, capabilities, filter.
 * Runs in: init.
 */
#ifndef TARE_INIT_IDENTITY_H
#define TARE_INIT_IDENTITY_H

struct init;
struct err;

/*
 * Make (if missing) and enter process.cwd, inside the container only.  What only the user may enter is
 * left to identity_apply().
 */
int identity_enter_cwd(struct init *init, struct err *err);

/* Resource limits and umask. */
int identity_limits(struct init *init, struct err *err);

/* Bounding set, supplementary groups, gid, uid; capabilities are kept until identity_confine(). */
int identity_apply(struct init *init, struct err *err);

/*
 * The five capability sets exactly, no_new_privs, and, without no_new_privs, the seccomp filter: it
 * needs CAP_SYS_ADMIN, which goes right after (SC-10; security.md steps 15 and 16).
 */
int identity_confine(struct init *init, struct err *err);

/* With no_new_privs: the seccomp filter, as the last act before execve(2) (step 18). */
int identity_filter(struct init *init, struct err *err);

/*
 * The same in the process of a startContainer hook, but without a listener: the agent was promised one
 * listener for the payload, and what would ask it fails with ENOSYS in the hook.
 */
int identity_filter_hook(const struct init *init, struct err *err);

#endif
