/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One command after the other; see turn.h.
 * Runs in: host.
 */
#include "host/turn.h"

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "base/fd.h"
#include "libocispec/arena.h"
#include "state/dir.h"
#include "state/record.h"

/* `state` and `list` have the lock for a moment, when they look whether somebody has it: no command to speak of. */
#define MOMENT_MS 100

/* Killed processes are given as long to end by who kills them with the lock held. */
#define DEADLINE_S 10

/*
 * A record that is missing tells nothing: a create writes it before it makes anything, a delete removes it last, and
 * both are about to be done with that.
 */
static bool is_being_created(const struct state_dir *dir)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct err ignored = ERR_INIT;
	struct record record;

	return record_read(dir->fd, &arena, &record, &ignored) == 0 && record.phase == RECORD_CREATING;
}

int turn_refuse(const struct state_dir *dir, const char *reason, struct err *err)
{
	pid_t pid = 0;
	auto_fd int pidfd = dir_open_holder(dir, &pid);

	if (pidfd < 0)
		return err_say(err, ERR_NOWHERE, "container `%s` is in the hands of another command, which cannot be seen from "
			       "here and %s", dir->id, reason);
	return err_say(err, ERR_NOWHERE, "container `%s` is in the hands of another command, process %d, which %s", dir->id,
		       (int)pid, reason);
}

int turn_await(struct state_dir *dir, struct err *err)
{
	char reason[80];
	int r;

	r = dir_lock_within(dir, MOMENT_MS, err);
	if (r != 0)
		return r < 0 ? -1 : 0;
	if (is_being_created(dir))
		return 1;
	r = dir_lock_within(dir, DEADLINE_S * 1000, err);
	if (r != 0)
		return r < 0 ? -1 : 0;
	(void)snprintf(reason, sizeof(reason), "has not let it go within %d seconds; `delete --force` ends both", DEADLINE_S);
	return turn_refuse(dir, reason, err);
}
