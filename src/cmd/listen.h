/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sockets that a service manager hands to us for the payload: sd_listen_fds(3)'s protocol.
 * Runs in: host.
 */
#ifndef TARE_CMD_LISTEN_H
#define TARE_CMD_LISTEN_H

#include <sys/types.h>

struct err;

/*
 * struct listen - they are descriptors 3 to 2+@n.
 * @n:     how many; 0: none were handed to us
 * @names: LISTEN_FDNAMES as it is, or NULL
 */
struct listen {
	unsigned int n;
	const char *names;
};

/*
 * What our environment says.  The variables count only when LISTEN_PID is our own pid: otherwise they
 * were meant for somebody else.  -1 with @err filled when they are for us and no number.
 */
int listen_find(struct listen *ret, struct err *err);

/* The same for the values @pid, @fds and @names (NULL: not set) in the process @self. */
int listen_parse(const char *pid, const char *fds, const char *names, pid_t self, struct listen *ret,
		 struct err *err);

#endif
