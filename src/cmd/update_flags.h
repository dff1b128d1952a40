/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Options of `update` as the document that --resources would name.
 * Runs in: host.
 */
#ifndef TARE_CMD_UPDATE_FLAGS_H
#define TARE_CMD_UPDATE_FLAGS_H

#include <stdint.h>

#include "host/update.h"

struct arena;
struct err;

/* In the order of the help. */
enum update_flag {
	UPDATE_BLKIO_WEIGHT,
	UPDATE_CPU_PERIOD,
	UPDATE_CPU_QUOTA,
	UPDATE_CPU_BURST,
	UPDATE_CPU_SHARE,
	UPDATE_CPU_RT_PERIOD,
	UPDATE_CPU_RT_RUNTIME,
	UPDATE_CPU_IDLE,
	UPDATE_CPUSET_CPUS,
	UPDATE_CPUSET_MEMS,
	UPDATE_MEMORY,
	UPDATE_MEMORY_RESERVATION,
	UPDATE_MEMORY_SWAP,
	UPDATE_KERNEL_MEMORY,
	UPDATE_KERNEL_MEMORY_TCP,
	UPDATE_PIDS_LIMIT,
	UPDATE_FLAGS
};

/* What each option is called, for struct update_request; ends with a NULL path. */
extern const struct update_name update_flags_names[UPDATE_FLAGS + 1];

/*
 * The @value of each option, NULL and "" where it is not given, as the text of a linux.resources object, which
 * lives in @arena.  Refuses, by the option's name, what is no number of its kind.
 */
int update_flags_write(struct arena *arena, const char *const value[UPDATE_FLAGS], const char **ret_text,
		       struct err *err);

/*
 * A number of bytes as people write it: 512, 64k, 1.5G, 2MiB; units are powers of 1024, in either case, with "b"
 * or "ib" after them or not; -1 is no limit.  -1 with @err, which names no option.
 */
int update_flags_bytes(const char *text, int64_t *ret, struct err *err);

#endif
