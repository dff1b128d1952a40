/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What systemd is asked for over its bus.  Every wait has an end.  Private to this room.
 * By sd-bus (systemd_bus.c); in a static tare, which cannot load that, by another program (systemd_remote.c); in a
 * build without systemd not at all (systemd_absent.c).
 * Runs in: host.
 *
 * Sources: org.freedesktop.systemd1(5), sd-bus(3).
 */
#ifndef TARE_CGROUP_SYSTEMD_BUS_H
#define TARE_CGROUP_SYSTEMD_BUS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct err;
struct plan_property;
struct plan_scope;

/* How long one answer and one job may take: a busy machine needs seconds, a stuck one never ends. */
enum { SYSTEMD_CALL_MS = 30000, SYSTEMD_JOB_MS = 30000 };

/* A connection to one manager. */
struct systemd_bus;

/* False in a build without libsystemd: then every function here says so. */
bool systemd_bus_is_built(void);

/* Connect to the system's manager, or to the user's own. */
int systemd_bus_open(bool is_user, struct systemd_bus **ret, struct err *err);

/* Close the connection at @bus, which may be NULL already. */
void systemd_bus_close(struct systemd_bus **bus);

/* The cgroup of the manager itself, below which all its units are; "" for the root of the tree. */
int systemd_bus_find_root(struct systemd_bus *bus, char *buf, size_t size, struct err *err);

/* 1 when the unit is running or on its way to or from that, 0 when it is not or there is none. */
int systemd_bus_is_active(struct systemd_bus *bus, const char *unit, struct err *err);

/*
 * Start the scope with process @pid in it and wait until it is there.  A unit of the same name that has failed
 * is reset; one that is in use is an error, with *@ret_is_foreign true: it is somebody else's.  What systemd does
 * not know of properties that nobody asked for is left out.
 */
int systemd_bus_start_scope(struct systemd_bus *bus, const struct plan_scope *scope, pid_t pid,
			    bool *ret_is_foreign, struct err *err);

/* What properties of a unit were before systemd_bus_change(), for systemd_bus_change_back(). */
struct systemd_kept;

/*
 * Change properties of a running scope until its end (SetUnitProperties), all or none.  A list takes the place of
 * the present one.  What systemd does not know of those that nobody asked for is left out.
 * Unless it is NULL, *@ret_kept is what they were, to be freed.
 */
int systemd_bus_change(struct systemd_bus *bus, const char *unit, const struct plan_property *properties, size_t n,
		       struct systemd_kept **ret_kept, struct err *err);

/* Take the change back. */
int systemd_bus_change_back(struct systemd_bus *bus, const char *unit, const struct systemd_kept *kept,
			    struct err *err);

/* Free what is at @kept, which may be NULL already. */
void systemd_bus_free_kept(struct systemd_kept **kept);

/*
 * Stop the unit, wait for its end @deadline_ms at most, and let systemd forget that it failed.  One that does not
 * exist is stopped.
 */
int systemd_bus_stop(struct systemd_bus *bus, const char *unit, int deadline_ms, struct err *err);

#endif
