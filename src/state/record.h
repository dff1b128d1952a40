/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What later commands need to know about a container: one JSON file, state.json, always replaced
 * whole.  It is a write-ahead record: what is about to be made is written here first, so that
 * `delete` can unmake it after a crash at any point (security.md R19). Runs in: host.
 */
#ifndef TARE_STATE_RECORD_H
#define TARE_STATE_RECORD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cgroup/cgroup.h"
#include "libocispec/types.h"
#include "plan/hooks.h"

struct arena;
struct err;
struct oci_linux;
struct oci_process;

/* The record's name in the container's directory. */
#define RECORD_FILE "state.json"

/* Grows with every change that an older tare could not read. */
enum { RECORD_VERSION = 2 };

/* How far the container's creation came; whether its process lives is looked up, never written down. */
enum record_phase {
	RECORD_CREATING = 1,	/* being made, or its maker died: everything may be half there */
	RECORD_CREATED,		/* committed; whether it was started, the FIFO tells (fifo.h) */
	RECORD_RUNNING,		/* committed and started without waiting: `run` */
	RECORD_STARTING,	/* the same, while `run` is at its startContainer hooks; if it died, the payload runs */
};

/*
 * struct record_init - the container's first process.
 * @pid:          0 before it exists
 * @start_time:   field 22 of /proc/PID/stat, clock ticks after boot
 * @boot_id:      /proc/sys/kernel/random/boot_id of the boot it belongs to
 * @pidfs_inode:  st_ino of its pidfd, never used twice in one boot (Linux 6.9); 0 when not known
 */
struct record_init {
	pid_t pid;
	uint64_t start_time;
	const char *boot_id;
	uint64_t pidfs_inode;
};

/*
 * struct record_rdt - what the container has in resctrl.
 * @group:       name below its root, "" is the root; NULL: the container has nothing to do with resctrl
 * @has_group:   the group was made for this container, and goes with it
 * @has_monitor: so was a monitoring group in it, named after the container
 */
struct record_rdt {
	const char *group;
	bool has_group;
	bool has_monitor;
};

/*
 * struct record
 * @bundle, @rootfs: absolute
 * @created:      RFC 3339, UTC, nanoseconds
 * @oci_version:  what a state document says: oci_version_complied() of config.json's
 * @owner:        effective user ID of the creator
 * @annotations:  of config.json, a map of strings
 * @device_rules: stands for the device rules that it was made with (device_rules_digest()), 0 when not known;
 *               those of later updates: updates.h
 * @shares_pids:  it has no PID namespace of its own: killing it means killing all of its cgroup
 * @process:      `process` of config.json, which `exec` starts from; NULL without one: `start` is impossible
 * @descriptors:  names of its descriptors 0 to 2 where one is a pipe, for checkpoints (host/descriptors.h); else absent
 * @config:       absolute path of its config.json where that is not the bundle's, or NULL
 * @on_linux:     what of `linux` concerns further processes (host/inherit.h), or NULL
 * @new_keyring:  it has a session keyring of its own, and so has each further process
 * @enters_root:  it has no mount namespace of its own: its root is entered by chroot(2), as its first process did
 * @poststart, @poststop: hooks that later commands run; `at` is not kept (ERR_NOWHERE)
 */
struct record {
	const char *id;
	const char *bundle;
	const char *rootfs;
	const char *created;
	const char *oci_version;
	uid_t owner;
	enum record_phase phase;
	struct record_init init;
	struct oci_map annotations;
	struct cgroup_ref cgroup;
	struct record_rdt rdt;
	uint64_t device_rules;
	bool shares_pids;
	const struct oci_process *process;
	struct oci_strings descriptors;
	const char *config;
	const struct oci_linux *on_linux;
	bool new_keyring;
	bool enters_root;
	struct plan_hook_list poststart, poststop;
};

/* Replace the record in the directory @dirfd: a temporary file, then rename(2). */
int record_write(int dirfd, const struct record *record, struct err *err);

/*
 * Read it; everything lives in @arena.  A record that is missing, torn, foreign or of a newer
 * version is one clear error, after which `delete --force` may still dir_remove() the container.
 */
int record_read(int dirfd, struct arena *arena, struct record *ret, struct err *err);

/* Room for RFC 3339 with nanoseconds: "2024-01-02T03:04:05.123456789Z". */
enum { RECORD_TIME_SIZE = 32 };

/*
 * @seconds and @nanoseconds since 1970 as text in UTC, RFC 3339.  Counted here, since gmtime(3) reads the zone of
 * the machine for it.
 */
void record_time(uint64_t seconds, uint32_t nanoseconds, char buf[RECORD_TIME_SIZE]);

/* The present time in that form. */
void record_now(char buf[RECORD_TIME_SIZE]);

#endif
