/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The user namespace we are in; see userns.h.
 * Runs in: host.
 */
#include "cmd/userns.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdint.h>
#include <unistd.h>

#include "base/fd.h"

bool userns_is_inner(void)
{
	unsigned int inside, outside, count;
	char text[128];
	auto_fd int fd = open("/proc/self/uid_map", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = fd_read_all(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return false;
	text[n] = '\0';
	/* NOLINTNEXTLINE(cert-err34-c): the kernel wrote it */
	return sscanf(text, "%u %u %u", &inside, &outside, &count) != 3 || inside != 0 || outside != 0 ||
	       count != UINT32_MAX;
}
