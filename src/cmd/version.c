/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tare --version: who we are, in the lines that managers parse.
 * Runs in: host.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "config.h"
#include "cmd/release.h"

/* nerdctl and go-runc want the name by which they have called us in the first line, and nothing else. */
static const char *called(void)
{
	static const char *const names[] = { "runc", "crun" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(program_invocation_short_name, names[i]) == 0)
			return names[i];
	}
	return PACKAGE_NAME;
}

static int run(const struct command_call *call, struct err *err)
{
	char seccomp[RELEASE_SIZE];
	const char *name = called();

	(void)call;
	(void)err;
	/* The word "version" may stand in the first line only: Docker takes the last one it meets. */
	(void)printf("%s version %s\ncommit: %s\nspec: %s\nlibseccomp: %s\n", name, PACKAGE_VERSION, TARE_COMMIT,
		     RELEASE_SPEC, release_seccomp(seccomp));
	/* Whoever reads all of it shall not be deceived. */
	if (strcmp(name, PACKAGE_NAME) != 0)
		(void)printf("runtime: " PACKAGE_NAME "\n");
	return 0;
}

const struct command version_command = {
	.name = "version",
	.summary = "print the version",
	.usage = "",
	.is_stateless = true,
	.run = run,
};
