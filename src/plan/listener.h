/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The agent that answers what the seccomp filter asks: linux.seccomp.listenerPath and listenerMetadata
 * (SC-07 .. SC-09; seccomp_unotify(2)).
 * Runs in: made in host, read in either.
 */
#ifndef TARE_PLAN_LISTENER_H
#define TARE_PLAN_LISTENER_H

#include <stdint.h>

/*
 * linux/seccomp.h: SECCOMP_FILTER_FLAG_NEW_LISTENER (Linux 5.0) and _WAIT_KILLABLE_RECV (Linux 5.19).
 * Named here because init is built without the kernel's headers, and older ones lack the second.
 */
#define LISTENER_NEW (UINT32_C(1) << 3)
#define LISTENER_WAIT_KILLABLE (UINT32_C(1) << 5)

/* Pieces of the message: between them stands twice the pid; for exec once. */
#define LISTENER_PIECES 3

/*
 * struct plan_listener
 * @at:    offset of the value of listenerPath
 * @path:  absolute path of the agent's socket on the host; NULL: no rule asks anybody
 * @piece: the container process state with status "creating" ("running" for exec), cut where the pid stands, as
 *         the runtime sees it: its own member, and that of the state in it, which for exec is known and so
 *         ends in NULL
 */
struct plan_listener {
	uint32_t at;
	const char *path;
	const char *piece[LISTENER_PIECES];
};

#endif
