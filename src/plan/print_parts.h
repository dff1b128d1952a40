/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts that plan_print() puts together: each prints, as whole lines, the member of the plan
 * that it is given.  Private to this room.
 * Runs in: host.
 */
#ifndef TARE_PLAN_PRINT_PARTS_H
#define TARE_PLAN_PRINT_PARTS_H

#include <stddef.h>
#include <stdint.h>

struct out;
struct plan;
struct plan_cgroup;
struct plan_devices;
struct plan_idmap;
struct plan_listener;
struct plan_mounts;
struct plan_process;
struct plan_rdt;
struct plan_seccomp;

/* print_mounts.c */
void print_mounts(const struct out *out, const struct plan_mounts *mounts);
void print_devices(const struct out *out, const struct plan_devices *devices);

/* Lines that other parts have too: @n ranges of ids, and an MS_* propagation. */
void print_idmap(const struct out *out, const char *head, const struct plan_idmap *map, size_t n);
void print_propagation(const struct out *out, const char *head, uint64_t propagation);

/* print_process.c */
void print_process(const struct out *out, const struct plan_process *process);
void print_memory(const struct out *out, const struct plan *plan); /* and the personality */
void print_seccomp(const struct out *out, const struct plan_seccomp *seccomp);
void print_listener(const struct out *out, const struct plan_listener *listener);

/* print_cgroup.c */
void print_cgroup(const struct out *out, const struct plan_cgroup *cgroup);
void print_rdt(const struct out *out, const struct plan_rdt *rdt);

/* print_scope.c: the unit of a cgroup that systemd keeps */
void print_scope(const struct out *out, const struct plan_cgroup *cgroup);

#endif
