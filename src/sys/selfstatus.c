/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /proc/self/status; see selfstatus.h.
 * Runs in: host.
 */
#include "sys/selfstatus.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"

/* The set in hexadecimal on the line that begins with @start, which has the newline before it. */
static int read_set(const char *text, const char *start, uint64_t *ret)
{
	const char *line = strstr(text, start);
	char *end;

	if (line == NULL)
		return -1;
	line += strlen(start);
	*ret = strtoull(line, &end, 16);
	return end != line && *end == '\n' ? 0 : -1;
}

int selfstatus_read(struct self_status *ret)
{
	auto_fd int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	char text[4096];
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n < 0)
		return -1;
	text[n] = '\0';
	if (read_set(text, "\nSigIgn:", &ret->ignored) < 0 || read_set(text, "\nSigCgt:", &ret->caught) < 0 ||
	    read_set(text, "\nCapPrm:", &ret->permitted) < 0 || read_set(text, "\nCapBnd:", &ret->bounding) < 0)
		return -1;
	return 0;
}
