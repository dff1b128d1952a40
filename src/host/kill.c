/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals for containers; see kill.h.
 * Runs in: host.
 */
#include "host/kill.h"

#include <errno.h>
#include <signal.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/mem.h"
#include "cgroup/cgroup.h"
#include "libocispec/arena.h"
#include "state/dir.h"
#include "state/liveness.h"
#include "state/record.h"
#include "sys/pidfd.h"

/* The words that managers look for. */
static int refuse_not_running(const char *id, struct err *err)
{
	return err_say(err, ERR_NOWHERE, "container `%s` is stopped: container not running", id);
}

static bool holds(const pid_t *pids, size_t n, pid_t pid)
{
	for (size_t i = 0; i < n; i++) {
		if (pids[i] == pid)
			return true;
	}
	return false;
}

/*
 * Signal one process that the cgroup listed.  Its number may have got a new owner since, so the signal only goes
 * out when the cgroup still lists the number once we hold the process by its descriptor.
 */
static int signal_member(struct cgroup *cgroup, pid_t pid, int sig, struct err *err)
{
	auto_free pid_t *now = NULL;
	auto_fd int pidfd = -1;
	size_t n = 0;

	pidfd = pidfd_open(pid);
	if (pidfd < 0)
		return errno == ESRCH ? 0 : err_errno(err, ERR_NOWHERE, "open process %d", (int)pid);
	if (cgroup_pids(cgroup, &now, &n, err) < 0)
		return -1;
	if (holds(now, n, pid) && pidfd_send_signal(pidfd, sig) < 0 && errno != ESRCH)
		return err_errno(err, ERR_NOWHERE, "send signal %d to process %d", sig, (int)pid);
	return 0;
}

static int signal_cgroup(struct cgroup *cgroup, int sig, struct err *err)
{
	auto_free pid_t *pids = NULL;
	size_t n = 0;

	if (sig == SIGKILL)
		return cgroup_kill(cgroup, err);
	if (cgroup_pids(cgroup, &pids, &n, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (signal_member(cgroup, pids[i], sig, err) < 0)
			return -1;
	}
	return 0;
}

/* On v1 a frozen process only dies once it is thawed; v2 sees to that itself. */
static int thaw_for_kill(struct cgroup *cgroup, struct err *err)
{
	int frozen;

	if (!cgroup_is_present(cgroup) || cgroup->ref.mode == CGROUP_MODE_V2)
		return 0;
	frozen = cgroup_is_frozen(cgroup, err);
	return frozen > 0 ? cgroup_thaw(cgroup, err) : frozen;
}

static int signal_init(const char *id, int pidfd, int sig, struct err *err)
{
	if (pidfd_send_signal(pidfd, sig) == 0)
		return 0;
	if (errno == ESRCH)
		return refuse_not_running(id, err);
	return err_errno(err, ERR_NOWHERE, "send signal %d to container `%s`", sig, id);
}

static int signal_alive(const struct record *record, struct cgroup *cgroup, int pidfd, int sig, bool all,
			struct err *err)
{
	bool has_cgroup = cgroup_is_present(cgroup);

	if ((all || (sig == SIGKILL && record->shares_pids)) && has_cgroup) {
		if (signal_cgroup(cgroup, sig, err) < 0)
			return err_wrap(err, ERR_NOWHERE, "signal all processes of container `%s`", record->id);
	} else if (signal_init(record->id, pidfd, sig, err) < 0) {
		return -1;
	}
	return sig == SIGKILL ? thaw_for_kill(cgroup, err) : 0;
}

int kill_container(const char *root, const char *id, int sig, bool all, struct err *err)
{
	auto_arena struct arena arena = ARENA_INIT;
	auto_state_dir struct state_dir dir = STATE_DIR_INIT;
	auto_cgroup struct cgroup cgroup = CGROUP_INIT;
	auto_fd int pidfd = -1;
	enum liveness_status status;
	struct record record;

	/* Without a lock: a start that hangs in a hook must not keep anybody from killing. */
	if (dir_open(&dir, root, id, DIR_UNLOCKED, err) < 0 || record_read(dir.fd, &arena, &record, err) < 0)
		return -1;
	cgroup_find(&cgroup, &record.cgroup);
	if (liveness_status(&dir, &record, &cgroup, &status, &pidfd, err) < 0)
		return err_wrap(err, ERR_NOWHERE, "find out the status of container `%s`", id);
	if (status == STATUS_CREATING)
		return err_say(err, ERR_NOWHERE, "container `%s` is still being created: container not running", id);
	if (status != STATUS_STOPPED)
		return signal_alive(&record, &cgroup, pidfd, sig, all, err);
	if (!all)
		return refuse_not_running(id, err);
	/* What the first process left behind, where it had no pid namespace to take them along. */
	return cgroup_is_present(&cgroup) ? signal_cgroup(&cgroup, sig, err) : 0;
}
