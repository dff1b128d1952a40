/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Limits and device rules as properties of a systemd unit.  Private to this room.
 * Runs in: host.
 */
#ifndef TARE_PLAN_SCOPE_PARTS_H
#define TARE_PLAN_SCOPE_PARTS_H

struct plan_cgroup;
struct plan_present;
struct region;

/*
 * Add to ret->scope what its limits are in systemd's words.  Those that it has none for, or not exactly, are
 * only in the cgroup's files.  @present: what a container that exists has, NULL of a new one.
 */
void scope_add_limits(struct region *region, struct plan_cgroup *ret, const struct plan_present *present);

/*
 * The same for its device rules: DevicePolicy and DeviceAllow, from which systemd sets up the scope again
 * whenever it is told to reload; a list that stands in place of an earlier one.  On v2 rules that it cannot express are left to the program of our own; v1
 * has one list of rules only, so there these devices are lost with a reload, and none is won.
 */
void scope_add_devices(struct region *region, struct plan_cgroup *ret);

#endif
