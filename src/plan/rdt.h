/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * linux.intelRdt: the group of resctrl(7) that the container belongs to, and its share of caches and memory
 * bandwidth (RD-01 .. RD-08; Documentation/filesystems/resctrl.rst of Linux).
 * Runs in: made in host, read in host.
 */
#ifndef TARE_PLAN_RDT_H
#define TARE_PLAN_RDT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * struct plan_rdt
 * @present:    intelRdt is there
 * @group:      directory below the root of resctrl; "" is the root, the default group
 * @is_own:     closID is not set: the group has the container's ID for its name, is made and goes with it
 * @l3, @mb:    lines for schemata ("L3:0=ff;1=ff"), NULL: not given.  An existing group must have these values
 * @lines:      further lines, NULL-terminated, written after those
 * @monitoring: a monitoring group for the container, below the group
 */
struct plan_rdt {
	uint32_t at;
	bool present;
	const char *group;
	bool is_own;
	const char *l3;
	const char *mb;
	const char *const *lines;
	bool monitoring;
};

/* True if anything is to be written to schemata. */
bool plan_rdt_has_schemata(const struct plan_rdt *rdt);

struct err;
struct region;

/*
 * New lines for the group @group of a container that exists: of *@ret only group, l3, mb and lines are filled,
 * the last with none.  @l3 and @mb may be NULL or "", not given; strings are copied into @region, but @group.
 */
int plan_rdt_update(struct region *region, const char *group, const char *l3, const char *mb, struct plan_rdt *ret,
		    struct err *err);

/* struct plan_rdt_share - what a line of schemata gives in one domain: bits of a cache, or bandwidth. */
struct plan_rdt_share {
	uint64_t domain;
	uint64_t value;
};

/*
 * The next share of *@rest, which is what follows the colon of a line ("0=ff;1=f0"), as the kernel reads it:
 * spaces around values, a semicolon at the end.  @base is 16 for caches, 10 for bandwidth.
 * Returns 1, 0 at the end, -1 when it is malformed.
 */
int plan_rdt_next(const char **rest, int base, struct plan_rdt_share *ret);

#endif
