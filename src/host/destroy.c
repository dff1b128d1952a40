/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Taking a container away; see destroy.h.
 * Runs in: host.
 */
#include "host/destroy.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "cgroup/cgroup.h"
#include "host/describe.h"
#include "host/evict.h"
#include "host/hookoutput.h"
#include "host/hooks.h"
#include "host/rdt.h"
#include "host/turn.h"
#include "libocispec/arena.h"
#include "state/dir.h"
#include "state/liveness.h"
#include "state/record.h"
#include "sys/pidfd.h"

/*
 * How long killed processes may take to end: the kernel frees their memory first, and one in the middle of
 * a slow system call finishes that.
 */
#define END_DEADLINE_MS 10000

/* With --force, for a poststop hook without a timeout of its own. */
#define FORCED_HOOK_SECONDS 60

/* The first process and all of the cgroup; returns once the first is gone. */
static int end_processes(const char *id, struct cgroup *cgroup, int pidfd, struct err *err)
{
	int ended;

	if (pidfd >= 0 && pidfd_send_signal(pidfd, SIGKILL) < 0 && errno != ESRCH)
		return err_errno(err, ERR_NOWHERE, "kill the first process of container `%s`", id);
	/* The first process has ended, and took the others with it in nearly every container. */
	if (pidfd < 0 && cgroup_remove_empty(cgroup))
		return 0;
	if (cgroup_is_present(cgroup) && cgroup_kill(cgroup, err) < 0)
		return err_wrap(err, ERR_NOWHERE, "kill container `%s`", id);
	if (pidfd < 0)
		return 0;
	ended = pidfd_has_ended(pidfd, END_DEADLINE_MS);
	if (ended < 0)
		return err_errno(err, ERR_NOWHERE, "wait for the first process of container `%s`", id);
	if (ended == 0)
		return err_say(err, ERR_NOWHERE,
			       "the first process of container `%s` did not end within %d seconds of being killed",
			       id, END_DEADLINE_MS / 1000);
	return 0;
}

/*
 * Hooks that cannot even be given their input are warned about like those that fail (HK-06).  With force there is
 * an end to everything.
 */
static void run_poststop(const struct record *record, bool force)
{
	auto_arena struct arena arena = ARENA_INIT;
	auto_hook_output struct hook_output output = HOOK_OUTPUT_INIT;
	struct err err = ERR_INIT, failure = ERR_INIT;
	struct oci_state state;
	const char *text;
	size_t len;

	if (record->poststop.n == 0)
		return;
	/* Whatever has become of the files since, the hooks run. */
	if (hook_output_open(&output, &record->annotations, false, &failure) < 0)
		log_warning_err(&failure);
	state = describe_record(&arena, record, STATUS_STOPPED, 0);
	if (hooks_state_text(&arena, &state, PLAN_HOOK_POSTSTOP, &text, &len, &err) < 0)
		log_warning_err(&err);
	else
		hooks_run_poststop(&record->poststop, text, len, &output, force ? FORCED_HOOK_SECONDS : 0);
}

/* Without resctrl its groups are gone, too. */
static int remove_rdt(const struct record *record, struct err *err)
{
	struct err ignored = ERR_INIT;
	char path[PATH_MAX];

	if (!record->rdt.has_group && !record->rdt.has_monitor)
		return 0;
	if (rdt_find_mount("/proc/self/mountinfo", path, sizeof(path), &ignored) < 0)
		return 0;
	return rdt_remove(path, record->id, &record->rdt, err);
}

static int destroy(struct state_dir *dir, const struct record *record, struct cgroup *cgroup, int pidfd, bool run_hooks,
		   bool force, struct err *err)
{
	if (end_processes(dir->id, cgroup, pidfd, err) < 0)
		return -1;
	if (cgroup_is_present(cgroup) && cgroup_remove(cgroup, END_DEADLINE_MS, err) < 0)
		return err_wrap(err, ERR_NOWHERE, "delete container `%s`", dir->id);
	if (remove_rdt(record, err) < 0)
		return err_wrap(err, ERR_NOWHERE, "delete container `%s`", dir->id);
	/*
	 * Before the directory goes: killed in the middle, a second delete runs the hooks again, which is
	 * better than never.
	 */
	if (run_hooks)
		run_poststop(record, force);
	if (dir_remove(dir, err) < 0)
		return err_wrap(err, ERR_NOWHERE, "delete container `%s`", dir->id);
	dir_close(dir);
	return 0;
}

int destroy_made(struct state_dir *dir, const struct record *record, struct cgroup *cgroup, int pidfd,
		 bool run_hooks, struct err *err)
{
	return destroy(dir, record, cgroup, pidfd, run_hooks, false, err);
}

/* May it go as it is?  A created one may: managers clean up after a failed start with a plain delete. */
static int check_status(const char *id, enum liveness_status status, bool force, struct err *err)
{
	if (force || status == STATUS_STOPPED || status == STATUS_CREATED)
		return 0;
	return err_say(err, ERR_NOWHERE, "cannot delete container `%s` that is not stopped: %s", id,
		       liveness_word(status));
}

/* The lock, before anything is looked at. */
static int take(struct state_dir *dir, bool force, struct err *err)
{
	int r = force ? evict_others(dir, err) : turn_await(dir, err);

	return r > 0 ? check_status(dir->id, STATUS_CREATING, force, err) : r;
}

/*
 * A directory whose record cannot be read.  Without any, create died before it made anything, so there is
 * no container.  A torn or foreign one only goes with --force, for we cannot know what else is left.
 */
static int destroy_unreadable(struct state_dir *dir, bool force, struct err *err)
{
	struct err remove_err = ERR_INIT;
	bool is_missing = err->code == ENOENT;

	if (!is_missing && !force)
		return -1;
	if (dir_remove(dir, &remove_err) < 0) {
		*err = remove_err;
		return -1;
	}
	if (!is_missing)
		log_warning("container `%s` is removed without its record: %s", dir->id, err->text);
	if (force)
		return 0;
	return err_say(err, ERR_NOWHERE, "container `%s` does not exist", dir->id);
}

int destroy_container(const char *root, const char *id, bool force, struct err *err)
{
	auto_arena struct arena arena = ARENA_INIT;
	auto_state_dir struct state_dir dir = STATE_DIR_INIT;
	auto_cgroup struct cgroup cgroup = CGROUP_INIT;
	auto_fd int pidfd = -1;
	enum liveness_status status;
	struct record record;

	if (dir_open(&dir, root, id, DIR_UNLOCKED, err) < 0 || take(&dir, force, err) < 0)
		return force && err->code == ENOENT ? 0 : -1;
	if (record_read(dir.fd, &arena, &record, err) < 0)
		return destroy_unreadable(&dir, force, err);
	cgroup_find(&cgroup, &record.cgroup);
	if (liveness_status(&dir, &record, &cgroup, &status, &pidfd, err) < 0)
		return err_wrap(err, ERR_NOWHERE, "find out the status of container `%s`", id);
	if (check_status(id, status, force, err) < 0)
		return -1;
	/* Of a create that was killed it may still be on its way out. */
	if (pidfd < 0 && record.phase == RECORD_CREATING)
		pidfd = liveness_open(&record, err);
	if (pidfd == -1 && record.phase == RECORD_CREATING)
		return -1;
	return destroy(&dir, &record, &cgroup, pidfd, true, force, err);
}
