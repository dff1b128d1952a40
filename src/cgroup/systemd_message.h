/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tare and the program tare-bus say to each other: a static tare cannot load libsystemd, so a small program
 * that can makes the calls of systemd_bus.h for it.  Over a pair of stream sockets goes one request, then its reply, and so on
 * to end of file.  Both are of one build, so records are sent as they are.  Private to this room.
 * Runs in: host.
 */
#ifndef TARE_CGROUP_SYSTEMD_MESSAGE_H
#define TARE_CGROUP_SYSTEMD_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "cgroup/cgroup.h"
#include "plan/scope.h"

struct arena;

/* What the program that is asked is called, in /proc and in messages. */
#define SYSTEMD_PROGRAM "tare-bus"

/* One for each function of systemd_bus.h that asks something. */
enum systemd_operation {
	SYSTEMD_OPEN = 1,
	SYSTEMD_FIND_ROOT,
	SYSTEMD_IS_ACTIVE,
	SYSTEMD_START_SCOPE,
	SYSTEMD_CHANGE,
	SYSTEMD_CHANGE_BACK,
	SYSTEMD_STOP,
};

/*
 * struct systemd_request - the head of a request; a text of @size bytes follows, see systemd_pack().
 * @number: SYSTEMD_OPEN: 1 for the user's own manager; FIND_ROOT: bytes of room for the answer; START_SCOPE: the process;
 *          CHANGE: 1 when what was is to be kept; CHANGE_BACK: what was kept, by its number; STOP: milliseconds
 */
struct systemd_request {
	uint32_t operation;
	int32_t number;
	uint64_t size;
};

/*
 * struct systemd_reply
 * @result: what the function returned; @err is filled when it is negative
 * @number: START_SCOPE: 1 when the unit is somebody else's; CHANGE: the number of what was kept
 * @text:   FIND_ROOT
 */
struct systemd_reply {
	int32_t result;
	int32_t number;
	struct err err;
	char text[CGROUP_PATH_SIZE];
};

/*
 * One heap block with the unit's name and the properties, in *@ret and *@ret_size.  -1 with errno when there is no
 * memory.
 */
int systemd_pack(const char *unit, const struct plan_property *properties, size_t n, char **ret, size_t *ret_size);

/*
 * The reverse: a scope with its unit and properties, whose strings stay in @data and whose lists are @arena's.
 * -1 when it is no such block.
 */
int systemd_unpack(char *data, size_t size, struct arena *arena, struct plan_scope *ret);

/*
 * Send all of @data; a peer that has gone is EPIPE and no signal.  Receive exactly @size bytes within @deadline_ms,
 * negative: as long as it takes.  0, or -1 with errno: ETIME in the end, EPIPE at end of file.
 */
int systemd_send(int fd, const void *data, size_t size);
int systemd_receive(int fd, void *data, size_t size, int deadline_ms);

#endif
