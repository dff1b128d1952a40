/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Containers that nobody made: a record in the state root, and where one is wanted a child of ours in
 * the place of the first process.  For verbs that look at containers, signal them, or take them away.
 * They have no cgroup.
 */
#ifndef TARE_TESTS_FAKE_H
#define TARE_TESTS_FAKE_H

#include "state/record.h"
#include "tests/unit/cmd/capture.h"

#define FAKE_CREATED "2024-01-02T03:04:05.123456789Z"

enum fake_kind {
	FAKE_STOPPED,		/* was started; the process is gone */
	FAKE_RUNNING,		/* a process that waits for signals */
	FAKE_CREATED_WAITS,	/* it waits for start, then it runs */
	FAKE_CREATED_FAILS,	/* it waits for start, then says that it cannot execute anything, and ends */
};

/* What a FAKE_CREATED_FAILS says. */
#define FAKE_FAILURE "execute /nothing: this is no program"

/* A record for container @id: bundle "/b", rootfs "/b/rootfs", owner root. */
struct record fake_record(const char *id);

/* Write the container down as @record says; the process of @kind goes into it.  Returns its pid or 0. */
pid_t fake_make(const struct capture *capture, struct record record, enum fake_kind kind);

/* The same with fake_record(). */
pid_t fake_make_plain(const struct capture *capture, const char *id, enum fake_kind kind);

/* True if the container's directory exists. */
bool fake_exists(const struct capture *capture, const char *id);

/* True while the process lives, a zombie does not. */
bool fake_is_alive(pid_t pid);

/* Wait for its end: the status of waitpid(2). */
int fake_wait(pid_t pid);

/* End it, and wait for it. */
void fake_end(pid_t pid);

#endif
