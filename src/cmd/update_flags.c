/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Options of `update` as a resources object; see update_flags.h.
 * Runs in: host.
 */
#include "cmd/update_flags.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "libocispec/arena.h"
#include "libocispec/oci/resources.h"
#include "libocispec/write.h"

const struct update_name update_flags_names[UPDATE_FLAGS + 1] = {
	[UPDATE_BLKIO_WEIGHT]       = { "blockIO.weight",      "--blkio-weight" },
	[UPDATE_CPU_PERIOD]         = { "cpu.period",          "--cpu-period" },
	[UPDATE_CPU_QUOTA]          = { "cpu.quota",           "--cpu-quota" },
	[UPDATE_CPU_BURST]          = { "cpu.burst",           "--cpu-burst" },
	[UPDATE_CPU_SHARE]          = { "cpu.shares",          "--cpu-share" },
	[UPDATE_CPU_RT_PERIOD]      = { "cpu.realtimePeriod",  "--cpu-rt-period" },
	[UPDATE_CPU_RT_RUNTIME]     = { "cpu.realtimeRuntime", "--cpu-rt-runtime" },
	[UPDATE_CPU_IDLE]           = { "cpu.idle",            "--cpu-idle" },
	[UPDATE_CPUSET_CPUS]        = { "cpu.cpus",            "--cpuset-cpus" },
	[UPDATE_CPUSET_MEMS]        = { "cpu.mems",            "--cpuset-mems" },
	[UPDATE_MEMORY]             = { "memory.limit",        "--memory" },
	[UPDATE_MEMORY_RESERVATION] = { "memory.reservation",  "--memory-reservation" },
	[UPDATE_MEMORY_SWAP]        = { "memory.swap",         "--memory-swap" },
	[UPDATE_KERNEL_MEMORY]      = { "memory.kernel",       "--kernel-memory" },
	[UPDATE_KERNEL_MEMORY_TCP]  = { "memory.kernelTCP",    "--kernel-memory-tcp" },
	[UPDATE_PIDS_LIMIT]         = { "pids.limit",          "--pids-limit" },
};

/* struct target - the objects that options fill. */
struct target {
	struct oci_block_io block_io;
	struct oci_cpu cpu;
	struct oci_memory memory;
	struct oci_pids pids;
};

enum kind { SMALL, UNSIGNED, SIGNED, BYTES, TEXT };

/* Where an option's value goes in struct target. */
static const struct {
	enum kind kind;
	size_t offset;
} places[UPDATE_FLAGS] = {
	[UPDATE_BLKIO_WEIGHT]       = { SMALL,    offsetof(struct target, block_io.weight) },
	[UPDATE_CPU_PERIOD]         = { UNSIGNED, offsetof(struct target, cpu.period) },
	[UPDATE_CPU_QUOTA]          = { SIGNED,   offsetof(struct target, cpu.quota) },
	[UPDATE_CPU_BURST]          = { UNSIGNED, offsetof(struct target, cpu.burst) },
	[UPDATE_CPU_SHARE]          = { UNSIGNED, offsetof(struct target, cpu.shares) },
	[UPDATE_CPU_RT_PERIOD]      = { UNSIGNED, offsetof(struct target, cpu.realtime_period) },
	[UPDATE_CPU_RT_RUNTIME]     = { SIGNED,   offsetof(struct target, cpu.realtime_runtime) },
	[UPDATE_CPU_IDLE]           = { SIGNED,   offsetof(struct target, cpu.idle) },
	[UPDATE_CPUSET_CPUS]        = { TEXT,     offsetof(struct target, cpu.cpus) },
	[UPDATE_CPUSET_MEMS]        = { TEXT,     offsetof(struct target, cpu.mems) },
	[UPDATE_MEMORY]             = { BYTES,    offsetof(struct target, memory.limit) },
	[UPDATE_MEMORY_RESERVATION] = { BYTES,    offsetof(struct target, memory.reservation) },
	[UPDATE_MEMORY_SWAP]        = { BYTES,    offsetof(struct target, memory.swap) },
	[UPDATE_KERNEL_MEMORY]      = { BYTES,    offsetof(struct target, memory.kernel) },
	[UPDATE_KERNEL_MEMORY_TCP]  = { BYTES,    offsetof(struct target, memory.kernel_tcp) },
	[UPDATE_PIDS_LIMIT]         = { SIGNED,   offsetof(struct target, pids.limit) },
};

/* What follows a unit's letter: nothing, or what people add to it. */
static bool is_unit_end(const char *text)
{
	if (*text == 'i' || *text == 'I')
		text++;
	if (*text == 'b' || *text == 'B')
		text++;
	return *text == '\0';
}

/* Bits to shift for the unit @text, -1 when it is none. */
static int find_shift(const char *text)
{
	static const char letters[] = "kmgtp";
	const char *letter;

	text += *text == ' ';
	if (*text == '\0' || ((*text == 'b' || *text == 'B') && text[1] == '\0'))
		return 0;
	letter = strchr(letters, *text | 0x20);
	if (letter == NULL || !is_unit_end(text + 1))
		return -1;
	return 10 * (int)(letter - letters + 1);
}

int update_flags_bytes(const char *text, int64_t *ret, struct err *err)
{
	static const char digits[] = "0123456789";
	const char *rest = text + strspn(text, digits), *fraction = rest;
	unsigned long long whole;
	int shift;

	if (strcmp(text, "-1") == 0) {
		*ret = -1;
		return 0;
	}
	if (*rest == '.')
		rest += 1 + strspn(rest + 1, digits);
	shift = find_shift(rest);
	if (fraction == text || rest == fraction + 1 || shift < 0)
		return err_say(err, ERR_NOWHERE, "\"%s\" is no number of bytes such as 512, 64k, 1.5G or -1 for no limit",
			       text);
	errno = 0;
	whole = strtoull(text, NULL, 10);
	if (errno != 0 || whole > (unsigned long long)(INT64_MAX >> shift))
		return err_say(err, ERR_NOWHERE, "\"%s\" is more bytes than there can be", text);
	*ret = (int64_t)(whole << shift);
	/* Less than one unit, so it cannot overflow; bytes have no parts. */
	if (*fraction == '.') {
		double part = 0;

		for (const char *p = rest - 1; p > fraction; p--)
			part = (part + *p - '0') / 10;
		*ret += (int64_t)(part * (double)(INT64_C(1) << shift));
	}
	return 0;
}

static int parse_unsigned(const char *text, uint64_t max, uint64_t *ret, struct err *err)
{
	char *end;

	errno = 0;
	*ret = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0')
		return err_say(err, ERR_NOWHERE, "\"%s\" is not a whole number of 0 or more", text);
	if (errno != 0 || *ret > max)
		return err_say(err, ERR_NOWHERE, "\"%s\" is too large", text);
	return 0;
}

static int parse_signed(const char *text, int64_t *ret, struct err *err)
{
	const char *digits = text + (*text == '-');
	char *end;

	errno = 0;
	*ret = strtoll(text, &end, 10);
	if (*digits < '0' || *digits > '9' || *end != '\0' || errno != 0)
		return err_say(err, ERR_NOWHERE, "\"%s\" is not a whole number", text);
	return 0;
}

static int parse(enum kind kind, const char *text, void *to, struct err *err)
{
	struct opt_i64 *number = to;
	struct opt_u64 *whole = to;
	struct opt_u16 *small = to;
	uint64_t value = 0;

	switch (kind) {
	case TEXT:
		*(const char **)to = text;
		return 0;
	case SMALL:
		small->set = true;
		if (parse_unsigned(text, UINT16_MAX, &value, err) < 0)
			return -1;
		small->v = (uint16_t)value;
		return 0;
	case UNSIGNED:
		whole->set = true;
		return parse_unsigned(text, UINT64_MAX, &whole->v, err);
	case SIGNED:
		number->set = true;
		return parse_signed(text, &number->v, err);
	default:
		number->set = true;
		return update_flags_bytes(text, &number->v, err);
	}
}

int update_flags_write(struct arena *arena, const char *const value[UPDATE_FLAGS], const char **ret_text,
		       struct err *err)
{
	struct oci_error error = OCI_ERROR_INIT;
	struct target target = { .cpu.cpus = NULL };
	const struct oci_resources resources = {
		.block_io = &target.block_io,
		.cpu = &target.cpu,
		.memory = &target.memory,
		.pids = &target.pids,
	};

	for (size_t i = 0; i < UPDATE_FLAGS; i++) {
		void *to = (char *)&target + places[i].offset;

		/* Managers of old wrote --cpuset-cpus "" for none. */
		if (value[i] != NULL && value[i][0] != '\0' && parse(places[i].kind, value[i], to, err) < 0)
			return err_wrap(err, ERR_NOWHERE, "%s", update_flags_names[i].name);
	}
	if (oci_write(arena, &oci_resources_shape, &resources, 0, ret_text, NULL, &error) < 0)
		return err_say(err, ERR_NOWHERE, "options: %s", error.text);
	return 0;
}
