/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Versions; see release.h.
 * Runs in: host.
 */
#include "cmd/release.h"

#include <seccomp.h>
#include <stdio.h>

const char *release_seccomp(char buf[RELEASE_SIZE])
{
	const struct scmp_version *version = seccomp_version();

	if (version == NULL)
		return "unknown";
	(void)snprintf(buf, RELEASE_SIZE, "%u.%u.%u", version->major, version->minor, version->micro);
	return buf;
}
