/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Taking a container out of another command's hands; see evict.h.
 * Runs in: host.
 */
#include "host/evict.h"

#include <signal.h>
#include <time.h>

#include "base/err.h"
#include "base/fd.h"
#include "cgroup/cgroup.h"
#include "host/turn.h"
#include "libocispec/arena.h"
#include "state/dir.h"
#include "state/liveness.h"
#include "state/record.h"
#include "sys/pidfd.h"

/* How long the other command may take to undo what it made once the container's processes are killed. */
#define GRACE_MS 2000

/* How long killed processes may take to end, all in all. */
#define END_DEADLINE_MS 10000

/* A record that is not there yet, or torn, names nothing: then the other command is all that can be ended. */
static void kill_recorded(struct state_dir *dir)
{
	auto_arena struct arena arena = ARENA_INIT;
	auto_cgroup struct cgroup cgroup = CGROUP_INIT;
	struct err ignored = ERR_INIT;
	auto_fd int pidfd = -1;
	struct record record;

	if (record_read(dir->fd, &arena, &record, &ignored) < 0)
		return;
	pidfd = liveness_open(&record, &ignored);
	if (pidfd >= 0)
		(void)pidfd_send_signal(pidfd, SIGKILL);
	cgroup_find(&cgroup, &record.cgroup);
	if (cgroup_is_present(&cgroup))
		(void)cgroup_kill(&cgroup, &ignored);
}

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int evict_others(struct state_dir *dir, struct err *err)
{
	int64_t deadline = now_ms() + GRACE_MS + END_DEADLINE_MS;
	pid_t pid = 0;
	int r;

	r = dir_lock_within(dir, 0, err);
	if (r != 0)
		return r < 0 ? -1 : 0;
	kill_recorded(dir);
	r = dir_lock_within(dir, GRACE_MS, err);
	/* There may be one after the other, as a start and an exec. */
	while (r == 0 && now_ms() < deadline) {
		auto_fd int pidfd = dir_open_holder(dir, &pid);

		if (pidfd >= 0 && pidfd_send_signal(pidfd, SIGKILL) == 0)
			(void)pidfd_has_ended(pidfd, 100);
		r = dir_lock_within(dir, 100, err);
	}
	if (r == 0)
		return turn_refuse(dir, "does not end when it is killed", err);
	return r < 0 ? -1 : 0;
}
