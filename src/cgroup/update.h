/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files of a cgroup in use, changed all or none: what every place.update comes down to.  Private to this
 * room.
 * Runs in: host.
 */
#ifndef TARE_CGROUP_UPDATE_H
#define TARE_CGROUP_UPDATE_H

#include <stdbool.h>

struct cgroup;
struct err;
struct plan_cgroup;

/* As cgroup_update(), of the files alone. */
int update_files(struct cgroup *cg, const struct plan_cgroup *plan, struct err *err);

/*
 * Is what was written as @wanted what a file now reads as @present?  Word by word: numbers may be smaller by
 * less than @granule, the unit that the kernel counts in; large ones, "max" and -1 are no limit; a word
 * "name=number" is looked for by its name; what @present has beyond @wanted does not matter.
 */
bool update_is_said(const char *present, const char *wanted, long long granule);

/* The same of two lists of CPUs or memory nodes, "0,1" and "0-1". */
bool update_is_same_list(const char *present, const char *wanted);

#endif
