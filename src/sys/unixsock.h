/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stream sockets of the local machine that other programs listen at: managers for a terminal, seccomp
 * agents for a listener.  Source: unix(7).
 * Runs in: either.
 */
#ifndef TARE_SYS_UNIXSOCK_H
#define TARE_SYS_UNIXSOCK_H

#include <stddef.h>

struct iovec;

/*
 * Connect to the AF_UNIX, SOCK_STREAM socket at @path, relative to the working directory.  The path may
 * be longer than an address can hold; only the file's own name may not (ENAMETOOLONG).
 * Returns the descriptor, or -1 with errno set; ETIMEDOUT: the listener's queue stayed full for a few seconds.
 */
int unixsock_connect(const char *path);

/*
 * Send all of the @n parts over the connected @socket, together with the descriptor @passed, which
 * goes with the first byte and stays the caller's.  Changes @part when it has to go on after a part.
 * No SIGPIPE.  Returns 0, or -1 with errno set; ETIMEDOUT: a socket of unixsock_connect() took nothing for a few
 * seconds, since nobody reads at the other end.
 */
int unixsock_send(int socket, struct iovec *part, size_t n, int passed);

#endif
