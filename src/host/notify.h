/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sd_notify(3) for payloads: a socket of the container's own, and the relay from there to the service manager that
 * started us.  Only what a payload may say of itself passes; who the service's main process is, and which
 * descriptors are kept for it, the payload cannot know and does not say.
 * Runs in: host.
 */
#ifndef TARE_HOST_NOTIFY_H
#define TARE_HOST_NOTIFY_H

#include <stdbool.h>
#include <sys/types.h>

struct err;

/* Name of the socket's directory in that of the container's state. */
#define NOTIFY_DIR "notify"

/*
 * struct notify
 * @listening: bound in the container's directory, -1 without one; owned
 * @manager:   connected to the service manager's socket; owned
 * @is_ready:  READY=1 was handed on
 * @has_failed: a message could not be handed on, which was warned about
 */
struct notify {
	int listening;
	int manager;
	bool is_ready;
	bool has_failed;
};

#define NOTIFY_INIT ((struct notify){ .listening = -1, .manager = -1 })
#define auto_notify __attribute__((cleanup(notify_close)))

/* NOTIFY_SOCKET of our environment, or NULL: nobody wants to know. */
const char *notify_address(void);

/* Make the directory in @dirfd, the container's. */
int notify_make(int dirfd, struct err *err);

/*
 * Bind the socket in the directory that notify_make() made in @dirfd, before the payload can look for it.  Opens
 * nothing when there is no such directory, or no @address (may be NULL), or nobody listens there, which is warned
 * about.
 */
int notify_open(struct notify *notify, int dirfd, const char *address, struct err *err);

/*
 * Hand on what waits in the socket, a few messages at most; true when there may be more, of which poll(2) tells.
 * @pid: said to be the main process together with READY=1; 0: it is us.
 */
bool notify_relay(struct notify *notify, pid_t pid);

/* All of it, once the payload has ended; nothing without a socket. */
void notify_relay_last(struct notify *notify, pid_t pid);

/*
 * For commands that return while the container runs: relay until it is ready or its process (@pid, @pidfd)
 * has ended, and see that the manager has read it all by then.  0 at once when nothing is open.
 */
int notify_await(struct notify *notify, pid_t pid, int pidfd, struct err *err);

/* Accepts NOTIFY_INIT. */
void notify_close(struct notify *notify);

#endif
