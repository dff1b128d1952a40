/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tare --version: who we are, in the lines that managers parse.
 * Runs in: host.
 */
#include <stdio.h>

#include "cmd/command.h"
#include "config.h"
#include "cmd/release.h"

static int run(const struct command_call *call, struct err *err)
{
	char seccomp[RELEASE_SIZE];

	(void)call;
	(void)err;
	/* The word "version" may stand in the first line only: Docker takes the last one it meets. */
	(void)printf("%s version %s\ncommit: %s\nspec: %s\nlibseccomp: %s\n", PACKAGE_NAME, PACKAGE_VERSION,
		     TARE_COMMIT, RELEASE_SPEC, release_seccomp(seccomp));
	return 0;
}

const struct command version_command = {
	.name = "version",
	.summary = "print the version",
	.usage = "",
	.is_stateless = true,
	.run = run,
};
