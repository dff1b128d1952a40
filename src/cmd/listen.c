/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sockets for the payload; see listen.h.
 * Runs in: host.
 */
#include "cmd/listen.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"

/* A decimal number and nothing else, or -1. */
static long parse_number(const char *text)
{
	char *end;
	long n;

	if (text == NULL || *text < '0' || *text > '9')
		return -1;
	errno = 0;
	n = strtol(text, &end, 10);
	return *end != '\0' || errno != 0 || n > INT_MAX ? -1 : n;
}

int listen_parse(const char *pid, const char *fds, const char *names, pid_t self, struct listen *ret,
		 struct err *err)
{
	long n;

	*ret = (struct listen){ .n = 0 };
	if (parse_number(pid) != (long)self || fds == NULL)
		return 0;
	n = parse_number(fds);
	if (n < 0)
		return err_say(err, ERR_NOWHERE, "LISTEN_FDS is \"%s\" in our environment, which is no number of sockets",
			       fds);
	ret->n = (unsigned int)n;
	ret->names = n > 0 ? names : NULL;
	return 0;
}

int listen_find(struct listen *ret, struct err *err)
{
	return listen_parse(getenv("LISTEN_PID"), getenv("LISTEN_FDS"), getenv("LISTEN_FDNAMES"), getpid(), ret, err);
}
