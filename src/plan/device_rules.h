/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * linux.resources.devices as the short list that both kinds of device controller can carry out.
 * Runs in: host.
 */
#ifndef TARE_PLAN_DEVICE_RULES_H
#define TARE_PLAN_DEVICE_RULES_H

#include <stdint.h>

struct err;
struct oci_list;
struct plan_cgroup;
struct region;

/*
 * Fill ret->rules from @config (struct oci_device_rule; NULL or empty: none).  "Deny all" lies
 * below them, the nodes that every container has are allowed on top (spec-checklist 8.1 #9, #10).
 * Refuses access letters other than r, w and m, and numbers out of range.
 */
int device_rules_plan(struct region *region, const struct oci_list *config,
		      struct plan_cgroup *ret, struct err *err);

/*
 * A number that stands for the rules of @cgroup, so that a later command sees whether it is given the same ones
 * (FNV-1a of what they say); never 0.
 */
uint64_t device_rules_digest(const struct plan_cgroup *cgroup);

#endif
