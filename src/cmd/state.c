/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tare state: print a container's state document.
 * Runs in: host.
 */
#include <stdio.h>

#include "base/err.h"
#include "cmd/command.h"
#include "host/describe.h"
#include "libocispec/arena.h"
#include "libocispec/write.h"
#include "state/dir.h"

static int run(const struct command_call *call, struct err *err)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct oci_error oci_err = OCI_ERROR_INIT;
	struct oci_state state;
	const char *text;

	if (dir_check_id(call->args[0], err) < 0)
		return -1;
	if (describe_container(&arena, call->root, call->args[0], &state, err) < 0)
		return -1;
	if (oci_write(&arena, &oci_state_shape, &state, OCI_WRITE_PRETTY, &text, NULL, &oci_err) < 0)
		return err_say(err, ERR_NOWHERE, "write the state of container `%s`: %s", call->args[0], oci_err.text);
	(void)puts(text);
	return 0;
}

const struct command state_command = {
	.name = "state",
	.summary = "print the state of a container as JSON",
	.usage = "ID",
	.min = 1,
	.max = 1,
	.run = run,
};
