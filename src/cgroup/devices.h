/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Device rules of a plan, carried out by the v1 device controller or by an eBPF program on v2.
 * Private to this room.
 * Runs in: host.
 */
#ifndef TARE_CGROUP_DEVICES_H
#define TARE_CGROUP_DEVICES_H

#include <stdbool.h>
#include <stddef.h>

#include "plan/limits.h"

struct bpf_insn;
struct cgroup;
struct err;

/*
 * Put plan->rules in force in the open directories of @cg.  @existed: the cgroup is not new, so an earlier
 * container's rules may be there, and are replaced.  A rootless runtime that may not set any does without.
 */
int devices_write(const struct cgroup *cg, const struct plan_cgroup *plan, bool existed, struct err *err);

/*
 * The same for a cgroup in use, whose rules are as before after a failure.  (v1 does not tell which exceptions
 * there are where everything else is allowed; then these are lost.)
 */
int devices_change(const struct cgroup *cg, const struct plan_cgroup *plan, struct err *err);

/*
 * Write @rules into devices.deny and devices.allow of the v1 directory @dir.  v1 keeps a default
 * and exceptions from it, so a rule that takes one device out of a wider exception is refused.
 * err->code is the kernel's errno.
 */
int devices_v1_write(int dir, const struct plan_device_rule *rules, size_t n, struct err *err);

/*
 * Compile @rules and attach the program to the v2 directory @dir; with @existed in place of the one
 * that an earlier container left there.  Rules that allow everything need no program.
 * Linux 4.15 with CONFIG_CGROUP_BPF; replacing in one step 5.6.  err->code is the kernel's errno.
 */
int devices_bpf_attach(int dir, const struct plan_device_rule *rules, size_t n, bool existed,
		       struct err *err);

/* Instructions that a program of @n rules has at most. */
size_t devices_bpf_room(size_t n);

/* Compile into @insns; returns their number. */
size_t devices_bpf_compile(const struct plan_device_rule *rules, size_t n, struct bpf_insn *insns);

#endif
