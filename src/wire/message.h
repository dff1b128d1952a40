/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What host and init say to each other, and when.  One SOCK_SEQPACKET datagram per message; the plan
 * itself is not sent, both read the same sealed region.
 *
 *      host                                   init
 *      ----                                   ----
 *      clone3 ------------------------------> enter the cgroup; where systemd makes it around the process, the
 *      the scope and what is in it            child waits here
 *      WIRE_PLACED -------------------------> only with such a cgroup
 *      id maps, oom score, limits             with a new user namespace the child waits here
 *      WIRE_SETTLED ------------------------> become an id of it; execve of the sealed image
 *      WIRE_GO  (+ descriptors) ------------> join namespaces
 *      go on with the second process <------- WIRE_PROCESS  (+ its pidfd) only if staged: from the first
 *      id maps, oom score, limits             one, which then ends; the second one waits
 *      WIRE_SETTLED ------------------------> only if staged
 *                                             mounts, devices, masks
 *      prestart, createRuntime hooks <------- WIRE_BUILT    only with such hooks
 *      WIRE_HOOKED -------------------------> createContainer hooks, change of root
 *      master to its receiver <-------------- WIRE_CONSOLE  (+ descriptor) only with a terminal
 *      WIRE_PID (+ pid) --------------------> only with a seccomp listener, whose agent is told it
 *                                             become the user, confine
 *      state record: created <--------------- WIRE_READY
 *      WIRE_COMMIT -------------------------> create: wait at the FIFO; run: go on at once
 *                                             startContainer hooks
 *      run only: <--------------------------- WIRE_EXECUTING, then execve closes the channel; of a create one byte
 *                                             to the status FIFO, for `start`
 *
 *      `mounts` (plan->exec.kind): clone3, WIRE_GO, WIRE_READY when all is done, WIRE_COMMIT.  Without that last word
 *      mounts are taken away again.
 *
 *      "Staged" is plan->namespaces.is_staged.  The first WIRE_SETTLED is sent when the host's clone makes
 *      a user namespace (plan->namespaces.born), and only then.
 *
 *      WIRE_FAILED may come from init instead of any message.  End of file on the host's side means
 *      that init died; on init's side, before WIRE_COMMIT, that the runtime died: init then exits.
 *      Between WIRE_GO and its change of user it need not even look: the kernel kills it when the runtime ends.
 * Runs in: either.
 */
#ifndef TARE_WIRE_MESSAGE_H
#define TARE_WIRE_MESSAGE_H

#include <stdint.h>

#include "base/err.h"

/* What init is called until execve gives it the program's name. */
#define WIRE_INIT_NAME "tare-init"

/* Kinds of messages; the chart above has who says which to whom. */
enum wire_kind {
	WIRE_GO = 1,
	WIRE_BUILT,
	WIRE_HOOKED,
	WIRE_CONSOLE,
	WIRE_PID,
	WIRE_READY,
	WIRE_COMMIT,
	WIRE_EXECUTING,
	WIRE_FAILED,
	WIRE_DESCRIPTORS,	/* further descriptors of WIRE_GO, sent before it when one datagram is too small */
	WIRE_SETTLED,		/* what only the host can do to a process has been done */
	WIRE_PLACED,		/* the process has been put into its cgroup */
	WIRE_PROCESS,		/* @pid, with its pidfd, is to become the container's first process */
};

/* One datagram; @pid, as the host sees it, is 0 but with WIRE_PID and WIRE_PROCESS; @err only with WIRE_FAILED. */
struct wire_message {
	uint32_t kind;
	uint32_t n_fds;
	int32_t pid;
	struct err err;
};

/*
 * The descriptors of WIRE_GO, in this order.  Missing ones are left out, as the plan tells both sides:
 *   1. the detached root file system tree; not for a container that is there already (plan->exec)
 *   2. one detached tree for every bind mount of the plan, in document order; with "copy-symlink" it may be
 *      the symbolic link itself
 *   3. one detached mount for every bound device of the plan, in its order
 *   4. one namespace for every entry of plan->namespaces.join; with plan->exec a pidfd of the container's first process
 *   5. one user namespace for every new file system of the plan that is id-mapped, in document order
 *   6. the connection to the seccomp agent, with plan->listener.path
 *   7. the files that hooks print to, by plan->hooks.prints_to
 *   8. create only: the two FIFO ends, go and status
 * With plan->init_opens (most plans without a user namespace) the first three are left out: init opens them itself.
 */

#endif
