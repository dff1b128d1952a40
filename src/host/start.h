/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `start`: let a created container go and report what became of it (spec: runtime.md, start).
 * Runs in: host.
 */
#ifndef TARE_HOST_START_H
#define TARE_HOST_START_H

struct err;

/*
 * Start container @id below state root @root: takes effect exactly once, returns after the payload
 * was executed and poststart hooks ran; with NOTIFY_SOCKET in both
 * commands' environment only once it is ready (host/notify.h).  -1 with @err filled when it is not in state "created", when a
 * startContainer hook or the execve(2) failed, or when a poststart hook failed (the container is then
 * stopped and deleted).
 */
int start_container(const char *root, const char *id, struct err *err);

#endif
