/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `start`; see start.h.
 * Runs in: host.
 */
#include "host/start.h"

#include <string.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "cgroup/cgroup.h"
#include "host/create.h"
#include "host/destroy.h"
#include "host/hookoutput.h"
#include "host/notify.h"
#include "host/turn.h"
#include "libocispec/arena.h"
#include "state/dir.h"
#include "state/fifo.h"
#include "state/liveness.h"
#include "state/record.h"
#include "sys/pidfd.h"
#include "wire/message.h"

/* How long a process that failed may take to end. */
#define END_DEADLINE_MS 1000

/* @record is only looked at when the status is good. */
static int check_status(enum liveness_status status, const struct record *record, struct err *err)
{
	if (status == STATUS_STOPPED)
		return err_say(err, ERR_NOWHERE, "cannot start a container that has stopped");
	if (status == STATUS_CREATING)
		return err_say(err, ERR_NOWHERE, "cannot start a container that is being created");
	if (status == STATUS_PAUSED)
		return err_say(err, ERR_NOWHERE, "cannot start a container that is paused: resume it first");
	if (status != STATUS_CREATED)
		return err_say(err, ERR_NOWHERE, "cannot start an already running container");
	if (record->process == NULL)
		return err_say(err, ERR_NOWHERE,
			       "config.json of container `%s` has no process, so there is nothing to start", record->id);
	return 0;
}

/* A hook failed: stop, destroy, run poststop hooks (LC-03, LC-05). */
static void destroy(struct state_dir *dir, const struct record *record, struct cgroup *cgroup, int pidfd)
{
	struct err err = ERR_INIT;

	if (destroy_made(dir, record, cgroup, pidfd, true, &err) < 0)
		log_warning_err(&err);
}

static int let_go(struct state_dir *dir, const struct record *record, int pidfd, struct err *err)
{
	int r = fifo_release(dir->fd, err);

	if (r == 0 && liveness_ended_as(&record->init, WIRE_INIT_NAME))
		r = err_say(err, ERR_NOWHERE, "the container's process was killed while it executed its program");
	/* What it said comes before its end, and who looks next shall not see it running. */
	if (r < 0)
		(void)pidfd_has_ended(pidfd, END_DEADLINE_MS);
	return r;
}

int start_container(const char *root, const char *id, struct err *err)
{
	auto_arena struct arena arena = ARENA_INIT;
	auto_state_dir struct state_dir dir = STATE_DIR_INIT;
	auto_cgroup struct cgroup cgroup = CGROUP_INIT;
	auto_notify struct notify notify = NOTIFY_INIT;
	auto_hook_output struct hook_output output = HOOK_OUTPUT_INIT;
	auto_fd int pidfd = -1;
	enum liveness_status status;
	struct record record;
	int r;

	if (dir_open(&dir, root, id, DIR_UNLOCKED, err) < 0)
		return -1;
	r = turn_await(&dir, err);
	if (r > 0)
		return check_status(STATUS_CREATING, NULL, err);
	if (r < 0 || record_read(dir.fd, &arena, &record, err) < 0)
		return -1;
	cgroup_find(&cgroup, &record.cgroup);
	if (liveness_status(&dir, &record, &cgroup, &status, &pidfd, err) < 0)
		return err_wrap(err, ERR_NOWHERE, "find out the status of container `%s`", id);
	if (check_status(status, &record, err) < 0 || notify_open(&notify, dir.fd, notify_address(), err) < 0)
		return -1;
	/* While there is still time to refuse. */
	if (record.poststart.n > 0 && hook_output_open(&output, &record.annotations, false, err) < 0)
		return -1;
	if (let_go(&dir, &record, pidfd, err) < 0) {
		/* The payload's own failure leaves a stopped container; a hook's takes it away. */
		if (strcmp(err->phase, "startContainer hooks") == 0)
			destroy(&dir, &record, &cgroup, pidfd);
		return -1;
	}
	if (create_run_poststart(&arena, &record, &output, err) < 0) {
		err_phase(err, "poststart hooks");
		destroy(&dir, &record, &cgroup, pidfd);
		return -1;
	}
	/* Others may now signal it and delete it, however long it takes to be ready. */
	dir_close(&dir);
	return notify_await(&notify, record.init.pid, pidfd, err);
}
