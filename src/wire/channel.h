/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sending and receiving the messages of message.h.
 * Runs in: either.
 */
#ifndef TARE_WIRE_CHANNEL_H
#define TARE_WIRE_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "wire/message.h"

/* SCM_MAX_FD of the kernel: descriptors in one datagram. */
#define CHANNEL_MAX_FDS 253

/* Make the pair; both ends CLOEXEC. */
int channel_open(int *ret_host, int *ret_init, struct err *err);

/* Say @kind, with descriptors (still owned by the caller).  Any number of them: they are split over datagrams. */
int channel_tell(int fd, enum wire_kind kind, const int *fds, size_t n_fds, struct err *err);

/* Report a failure; the record is sent as it is.  Best effort: there is nobody else to tell. */
void channel_tell_failure(int fd, const struct err *failure);

/*
 * Wait for @kind.  Descriptors that come along are stored in @fds, at most @max_fds, CLOEXEC, and their
 * number in *@ret_n_fds (both may be NULL when none are expected).  -1 when the other side died (err's
 * code is EPIPE), sent WIRE_FAILED (@err is then its record) or anything else.
 */
int channel_wait(int fd, enum wire_kind kind, int *fds, size_t max_fds, size_t *ret_n_fds, struct err *err);

/* Say WIRE_PID; wait for it, like channel_wait(). */
int channel_tell_pid(int fd, int pid, struct err *err);
int channel_wait_pid(int fd, int *ret_pid, struct err *err);
/* WIRE_PROCESS: say that the process @pid behind @pidfd (still the caller's) is the one to go on with. */
int channel_tell_process(int fd, pid_t pid, int pidfd, struct err *err);

/* Wait for WIRE_PROCESS; *@ret_pidfd is the caller's. */
int channel_wait_process(int fd, pid_t *ret_pid, int *ret_pidfd, struct err *err);

/*
 * Wait for end of file.  Returns 0 at end of file, -1 with @err when a failure record comes instead.
 */
int channel_wait_end(int fd, struct err *err);

/*
 * Once the other side has ended: true, with its record in @err, if it had reported a failure that nobody has read,
 * as when we were about to tell it something (EPIPE).  What else it had said is dropped; never waits.
 */
bool channel_find_failure(int fd, struct err *err);

#endif
