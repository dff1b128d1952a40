/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sending a pidfd; see pidfdsocket.h.
 * Runs in: host.
 */
#include "host/pidfdsocket.h"

#include <stdint.h>
#include <string.h>
#include <sys/uio.h>

#include "base/err.h"
#include "base/fd.h"
#include "sys/unixsock.h"

int pidfdsocket_send(int *socket, const char *word, int pidfd, struct err *err)
{
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): struct iovec has no const, though it is only read here */
	struct iovec part = { .iov_base = (void *)(uintptr_t)word, .iov_len = strlen(word) };

	if (*socket < 0)
		return 0;
	if (unixsock_send(*socket, &part, 1, pidfd) < 0)
		return err_errno(err, ERR_NOWHERE, "send the process to --pidfd-socket");
	fd_close(socket);
	return 0;
}
