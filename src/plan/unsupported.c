/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What can be asked for and this version cannot do yet.  It is refused by name, never left out in
 * silence: a container without the confinement that was asked for must not run (G-03, G-04).
 * Runs in: host.
 */
#include "base/err.h"
#include "plan/work.h"

int plan_unsupported(struct plan_work *work, struct err *err)
{
	if (work->input->options->manager == CGROUP_MANAGER_SYSTEMD)
		return err_say(err, ERR_NOWHERE,
			       "the systemd cgroup manager is not supported by this version; use "
			       "--cgroup-manager=cgroupfs or =disabled");
	return 0;
}
