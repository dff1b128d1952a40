/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The payload's program: found at create with the payload's own rights, executed at start.
 * Runs in: init.
 */
#ifndef TARE_INIT_PAYLOAD_H
#define TARE_INIT_PAYLOAD_H

struct init;
struct err;

/*
 * Complete the environment: HOME from the container's passwd when process.env has none, LISTEN_PID when
 * sockets are handed on.
 */
int payload_prepare_env(struct init *init, struct err *err);

/* LISTEN_PID is ours, if there is one: for a process that was not there when the environment was completed. */
int payload_own_sockets(struct init *init, struct err *err);

/*
 * Say that exec's working directory cannot be entered for the reason @error: the caller named it, so managers get
 * the words that they know as his fault.  -1.
 */
int payload_refuse_cwd(const struct init *init, int error, struct err *err);

/*
 * Find process.args[0] as execvp(3) does, with PATH of process.env, inside the container.  The error
 * texts are those that managers turn into exit codes 126 and 127 (cli-contract 2.8).
 */
int payload_find(struct init *init, struct err *err);

/* execve(2); returns only on failure, with @err saying which file is at fault. */
int payload_execute(struct init *init, struct err *err);

/*
 * Whatever is open without close-on-exec, by our own mistake or a library's, does not reach the payload but for 0-2
 * and what the caller preserves (security.md R10).  Ahead of the filter, which may forbid it; what is opened later
 * is close-on-exec from birth.  Step.
 */
int payload_seal_fds(struct init *init, struct err *err);

#endif
