/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a cgroup is given once its directories are there, whoever made them.  Private to this room.
 * Runs in: host.
 */
#ifndef TARE_CGROUP_EQUIP_H
#define TARE_CGROUP_EQUIP_H

#include <stdbool.h>

#include "cgroup/cgroup.h"

/*
 * Hand the controllers of v2 down to @cg, whose directories are open; write limits and device rules; delegate.
 * @is_old: it was there before, and keeps what it has where config.json says nothing (CG-02).
 */
int equip(struct cgroup *cg, const struct plan_cgroup *plan, bool is_old, struct err *err);

#endif
