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
#include "host/lookup.h"
#include "host/members.h"
#include "sys/pidfd.h"

/* The words that managers look for. */
static int refuse_not_running(const char *id, struct err *err)
{
	return err_say(err, ERR_NOWHERE, "container `%s` is stopped: container not running", id);
}

/*
 * Signal one process that was listed.  Its number may have got a new owner since, so the signal only goes out when
 * the number still belongs to the container once we hold the process by its descriptor.
 */
static int signal_member(struct lookup *found, pid_t pid, int sig, struct err *err)
{
	auto_fd int pidfd = pidfd_open(pid);
	int r;

	if (pidfd < 0)
		return errno == ESRCH ? 0 : err_errno(err, ERR_NOWHERE, "open process %d", (int)pid);
	r = members_has(found, pid, err);
	if (r > 0 && pidfd_send_signal(pidfd, sig) < 0 && errno != ESRCH)
		return err_errno(err, ERR_NOWHERE, "send signal %d to process %d", sig, (int)pid);
	return r < 0 ? -1 : 0;
}

static int signal_members(struct lookup *found, int sig, struct err *err)
{
	auto_free pid_t *pids = NULL;
	size_t n;

	if (sig == SIGKILL && cgroup_is_present(&found->cgroup))
		return cgroup_kill(&found->cgroup, err);
	if (members_list(found, &pids, &n, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (signal_member(found, pids[i], sig, err) < 0)
			return -1;
	}
	return 0;
}

/*
 * On v1 a frozen process only dies once it is thawed, maybe below in a cgroup that the container froze; v2 sees to
 * that itself.
 */
static int thaw_for_kill(struct cgroup *cgroup, struct err *err)
{
	if (!cgroup_is_present(cgroup) || cgroup->ref.mode == CGROUP_MODE_V2)
		return 0;
	return cgroup_thaw_all(cgroup, err);
}

static int signal_init(const char *id, int pidfd, int sig, struct err *err)
{
	if (pidfd_send_signal(pidfd, sig) == 0)
		return 0;
	if (errno == ESRCH)
		return refuse_not_running(id, err);
	return err_errno(err, ERR_NOWHERE, "send signal %d to container `%s`", sig, id);
}

/* All of them?  The kernel sees to that itself when the first process of a pid namespace is killed. */
static bool concerns_all(const struct lookup *found, int sig, bool all)
{
	if (sig != SIGKILL)
		return all;
	if (cgroup_is_present(&found->cgroup))
		return all || found->record.shares_pids;
	return all && found->record.shares_pids;
}

static int signal_alive(struct lookup *found, int sig, bool all, struct err *err)
{
	if (concerns_all(found, sig, all)) {
		if (signal_members(found, sig, err) < 0)
			return err_wrap(err, ERR_NOWHERE, "signal all processes of container `%s`", found->record.id);
	} else if (signal_init(found->record.id, found->pidfd, sig, err) < 0) {
		return -1;
	}
	return sig == SIGKILL ? thaw_for_kill(&found->cgroup, err) : 0;
}

int kill_container(const char *root, const char *id, int sig, bool all, struct err *err)
{
	auto_lookup struct lookup found = LOOKUP_INIT;

	if (lookup_container(root, id, &found, err) < 0)
		return -1;
	if (found.status == STATUS_CREATING)
		return err_say(err, ERR_NOWHERE, "container `%s` is still being created: container not running", id);
	if (found.status != STATUS_STOPPED)
		return signal_alive(&found, sig, all, err);
	if (!all)
		return refuse_not_running(id, err);
	/* What the first process left behind, where it had no pid namespace to take them along. */
	return cgroup_is_present(&found.cgroup) ? signal_members(&found, sig, err) : 0;
}
