/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The container's group in resctrl, which shares out caches and memory bandwidth (linux.intelRdt; RD-01 .. RD-08).
 * In the order of use: look, note the intent in the state record, make, put the first process in before it can
 * fork, remove after the container.  The directory where resctrl is mounted is a parameter, for tests.
 * Runs in: host.
 */
#ifndef TARE_HOST_RDT_H
#define TARE_HOST_RDT_H

#include <stddef.h>
#include <sys/types.h>

struct err;
struct plan;
struct plan_rdt;
struct record_rdt;

/*
 * struct rdt - resctrl, opened.
 * @root:  directory of the default group
 * @group: directory of the container's group, -1 as long as it is not there
 */
struct rdt {
	int root;
	int group;
};

#define RDT_INIT ((struct rdt){ .root = -1, .group = -1 })

/*
 * Where resctrl is mounted in our mount namespace, by the file @mountinfo (/proc/self/mountinfo, proc(5)).
 * -1 with @err filled when it is nowhere.
 */
int rdt_find_mount(const char *mountinfo, char *path, size_t size, struct err *err);

/*
 * Open resctrl at @path and judge what is there: a group of closID without schemata must exist, one that exists
 * must have the values of l3CacheSchema and memBwSchema, and one with the container's name must not exist.
 * Changes nothing.
 */
int rdt_open(struct rdt *rdt, const char *path, const struct plan *plan, struct err *err);

/* What is going to be made, for the record; its strings are the plan's. */
void rdt_intend(const struct rdt *rdt, const struct plan *plan, struct record_rdt *ret);

/*
 * Make the group where it is missing.  @made is what rdt_intend() said; what then turns out to be somebody else's
 * is taken out of it, so that nobody removes it.
 */
int rdt_make_group(struct rdt *rdt, const struct plan *plan, struct record_rdt *made, struct err *err);

/* Write the lines of schemata that the group does not have already. */
int rdt_write_schemata(const struct rdt *rdt, const struct plan *plan, const struct record_rdt *made, struct err *err);

/* Make the monitoring group if one is asked for; @made as above. */
int rdt_make_monitor(const struct rdt *rdt, const struct plan *plan, struct record_rdt *made, struct err *err);

/* Put process @pid, which has not forked yet, into the group and the monitoring group. */
int rdt_enter(const struct rdt *rdt, const struct plan *plan, pid_t pid, struct err *err);

/*
 * Remove from resctrl at @path what @made says was made for container @id.  A group that does not have the
 * container's name may have been found by others meanwhile: it stays when there are tasks in it.
 * May be repeated.
 */
int rdt_remove(const char *path, const char *id, const struct record_rdt *made, struct err *err);

/*
 * For a container that exists: open resctrl at @path and the group of @wanted, and write its l3 and mb to schemata.
 * *@ret_before, malloc(3)ed, is what was there; on failure it is there again.
 */
int rdt_change(struct rdt *rdt, const char *path, const struct plan_rdt *wanted, char **ret_before, struct err *err);

/* Put back what rdt_change() changed.  -1 with @err when the kernel does not take it. */
int rdt_change_back(const struct rdt *rdt, const struct plan_rdt *wanted, const char *before, struct err *err);

/* Close; accepts RDT_INIT. */
void rdt_close(struct rdt *rdt);

#endif
