/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tests of the host's side share: a state root and a bundle of their own, containers made up of a
 * record and a child, and a first process that obeys the wire without making anything: src/init is
 * another room.
 */
#ifndef TARE_TESTS_HOST_STAGE_H
#define TARE_TESTS_HOST_STAGE_H

#include "tests/unit/support.h"

#include <sys/types.h>

#include "host/create.h"
#include "state/liveness.h"
#include "state/record.h"

struct plan;
struct plan_cgroup;

/*
 * struct stage
 * @root:   for containers; does not exist yet
 * @bundle: has an empty directory "rootfs"
 */
struct stage {
	struct support_dir dir;
	char root[160];
	char bundle[160];
};

void stage_open(struct stage *stage);

/* No container may be left. */
void stage_close(struct stage *stage);

/* Write config.json of the bundle; every ' in the text becomes ". */
void stage_config(const struct stage *stage, const char *text);

/*
 * A config.json whose payload is `sh -c SCRIPT`, with mount and pid namespaces; @more begins with a comma
 * or is empty and goes to the top level.
 */
void stage_payload(const struct stage *stage, const char *script, const char *more);

/* What the command line would ask for, without a cgroup. */
struct create_request stage_request(const struct stage *stage, const char *id);

/* True if the directory of container @id exists. */
bool stage_has(const struct stage *stage, const char *id);

/* The text of the file @name of the stage's directory, "" without one; in a static buffer. */
const char *stage_read(const struct stage *stage, const char *name);

/* Skip the running test unless cgroups can be made here. */
void stage_need_cgroups(void);

/* In how many trees a cgroup "/tare-test-PID..." with the end @below exists. */
size_t stage_count_cgroups(const char *below);

/* How the process of a made-up container behaves. */
enum stage_life {
	STAGE_WAITS,	/* waits at the FIFO as init does, then goes on as the payload */
	STAGE_FAILS,	/* waits, then reports that it could not execute the payload */
	STAGE_HOOK_FAILS, /* waits, then reports that a startContainer hook failed */
	STAGE_IS_KILLED, /* waits, and is killed before it gets to execve */
	STAGE_IS_KILLED_LATE, /* the same in the middle of execve */
	STAGE_ENDS,	/* waits, executes, and is killed at once */
	STAGE_RUNS,	/* without a FIFO */
	STAGE_ENDED,
};

/*
 * struct stage_container - a record and its process, a child that waits for signals.
 * @record: as written; change it and call stage_rewrite()
 */
struct stage_container {
	struct record record;
	char boot_id[LIVENESS_BOOT_ID_SIZE];
	char created[RECORD_TIME_SIZE];
	pid_t pid;
};

/* @cgroup NULL: without one; else it is made and the child is in it. */
void stage_make(const struct stage *stage, struct stage_container *container, const char *id,
		enum stage_life life, const struct plan_cgroup *cgroup);

/* Write the record anew. */
void stage_rewrite(const struct stage *stage, const struct stage_container *container);

/* Wait for the child, which must end by @sig. */
void stage_ended(struct stage_container *container, int sig);

/* Is the child there and alive? */
bool stage_is_alive(const struct stage_container *container);

/* Kill and reap the child and take the container's cgroup and directory away. */
void stage_unmake(const struct stage *stage, struct stage_container *container);

/* The part of the first process is played by @role from now on; NULL: by stage_obey(). */
void stage_cast(int (*role)(const struct plan *plan, int wire));

/* Say and await what the chart in wire/message.h has, then execute the payload right on the host. */
int stage_obey(const struct plan *plan, int wire);

/* A hook as a record has it: `sh -c SCRIPT`, $0 being @result.  In static memory, the latest only. */
struct plan_hook_list stage_hook(const char *script, const char *result);

#endif
