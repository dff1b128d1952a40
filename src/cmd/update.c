/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tare update: change the limits of a container.
 * Runs in: host.
 */
#include "host/update.h"

#include "base/err.h"
#include "cmd/command.h"
#include "cmd/update_flags.h"
#include "libocispec/arena.h"
#include "state/dir.h"

struct update_options {
	const char *resources;
	const char *value[UPDATE_FLAGS];
	const char *l3;
	const char *mb;
};

#define ROW_VALUE(flag, name, value_, help_) \
	OPTIONS_ROW_TEXT(struct update_options, value[flag], name, 0, value_, help_)

static const struct options_row rows[] = {
	OPTIONS_ROW_TEXT(struct update_options, resources, "resources", 'r', "FILE",
			 "read a linux.resources object; - is standard input, and other options do not count"),
	ROW_VALUE(UPDATE_BLKIO_WEIGHT, "blkio-weight", "N", "share of block IO, 10 to 1000"),
	ROW_VALUE(UPDATE_CPU_PERIOD, "cpu-period", "USEC", "period of the CPU quota"),
	ROW_VALUE(UPDATE_CPU_QUOTA, "cpu-quota", "USEC", "CPU time in a period; -1 is no limit"),
	ROW_VALUE(UPDATE_CPU_BURST, "cpu-burst", "USEC", "unused quota that may be made up for"),
	ROW_VALUE(UPDATE_CPU_SHARE, "cpu-share", "N", "share of CPU time, 2 to 262144"),
	ROW_VALUE(UPDATE_CPU_SHARE, "cpu-shares", "N", NULL),
	ROW_VALUE(UPDATE_CPU_RT_PERIOD, "cpu-rt-period", "USEC", "period of the real-time budget (cgroup v1)"),
	ROW_VALUE(UPDATE_CPU_RT_RUNTIME, "cpu-rt-runtime", "USEC", "real-time budget in a period (cgroup v1)"),
	ROW_VALUE(UPDATE_CPU_IDLE, "cpu-idle", "0|1", "1: run only when nobody else wants to"),
	ROW_VALUE(UPDATE_CPUSET_CPUS, "cpuset-cpus", "LIST", "CPUs, as 0-3,7"),
	ROW_VALUE(UPDATE_CPUSET_MEMS, "cpuset-mems", "LIST", "memory nodes"),
	ROW_VALUE(UPDATE_MEMORY, "memory", "BYTES", "memory: 64m, 1.5G, -1 for no limit"),
	ROW_VALUE(UPDATE_MEMORY_RESERVATION, "memory-reservation", "BYTES", "memory that is left when it gets scarce"),
	ROW_VALUE(UPDATE_MEMORY_SWAP, "memory-swap", "BYTES", "memory and swap together"),
	ROW_VALUE(UPDATE_KERNEL_MEMORY, "kernel-memory", "BYTES", NULL),
	ROW_VALUE(UPDATE_KERNEL_MEMORY_TCP, "kernel-memory-tcp", "BYTES", NULL),
	ROW_VALUE(UPDATE_PIDS_LIMIT, "pids-limit", "N", "processes and threads; -1 is no limit"),
	OPTIONS_ROW_TEXT(struct update_options, l3, "l3-cache-schema", 0, "L3:...", "share of the cache (resctrl)"),
	OPTIONS_ROW_TEXT(struct update_options, mb, "mem-bw-schema", 0, "MB:...", "share of memory bandwidth (resctrl)"),
};

static const struct update_options defaults = { .resources = NULL };

/* Go programs write an option that is not meant as an empty one. */
static const char *given(const char *text)
{
	return text != NULL && text[0] != '\0' ? text : NULL;
}

static int run(const struct command_call *call, struct err *err)
{
	auto_arena struct arena arena = ARENA_INIT;
	const struct update_options *options = call->options;
	struct update_request request = {
		.file = given(options->resources),
		.names = update_flags_names,
		.l3 = given(options->l3),
		.mb = given(options->mb),
	};

	if (dir_check_id(call->args[0], err) < 0)
		return -1;
	if (request.file == NULL && update_flags_write(&arena, options->value, &request.text, err) < 0)
		return -1;
	return update_container(call->root, call->args[0], &request, err);
}

const struct command update_command = {
	.name = "update",
	.summary = "change the limits of a container",
	.usage = "ID",
	.details = "   What is not named stays as it is.  When one change fails none is made.\n",
	.table = OPTIONS_TABLE(rows),
	.defaults = &defaults,
	.options_size = sizeof(defaults),
	.min = 1,
	.max = 1,
	.run = run,
};
