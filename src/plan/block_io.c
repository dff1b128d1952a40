/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Block IO limits; see block_io.h.
 * Runs in: host.
 */
#include "plan/block_io.h"

#include <stdio.h>

#include "base/err.h"
#include "libocispec/oci/resources.h"
#include "plan/judge.h"

/* Largest weight of any scheduler of v1, and device numbers of the kernel's dev_t. */
enum { WEIGHT_MAX = 1000, MAJOR_MAX = 4095, MINOR_MAX = 1048575 };

/* Room for "MAJOR:MINOR", and for the name of an entry's property. */
enum { DEVICE_SIZE = 48, NAME_SIZE = 96 };

/* One of the four lists of rates.  The kernel counts operations in 32 bits, bytes in 64. */
struct throttle {
	const char *name;
	enum limit kind;
	size_t offset;
	uint64_t max;
};

static const struct throttle throttles[] = {
	{ "throttleReadBpsDevice",   LIMIT_IO_READ_BPS,
	  offsetof(struct oci_block_io, throttle_read_bps),   INT64_MAX },
	{ "throttleWriteBpsDevice",  LIMIT_IO_WRITE_BPS,
	  offsetof(struct oci_block_io, throttle_write_bps),  INT64_MAX },
	{ "throttleReadIOPSDevice",  LIMIT_IO_READ_IOPS,
	  offsetof(struct oci_block_io, throttle_read_iops),  UINT32_MAX },
	{ "throttleWriteIOPSDevice", LIMIT_IO_WRITE_IOPS,
	  offsetof(struct oci_block_io, throttle_write_iops), UINT32_MAX },
};

enum { N_THROTTLES = sizeof(throttles) / sizeof(throttles[0]) };

static const struct oci_list *get_list(const struct oci_block_io *b, const struct throttle *t)
{
	return (const struct oci_list *)((const char *)b + t->offset);
}

/*
 * Larger numbers must not get through: the kernel packs both into 32 bits, so they would name another
 * device.
 */
static int spell_device(const struct judge *j, uint32_t at, int64_t major, int64_t minor,
			char device[DEVICE_SIZE])
{
	if (major < 0 || major > MAJOR_MAX || minor < 0 || minor > MINOR_MAX)
		return err_say(j->err, at, "%lld:%lld is not the number of a device",
			       (long long)major, (long long)minor);
	(void)snprintf(device, DEVICE_SIZE, "%lld:%lld", (long long)major, (long long)minor);
	return 0;
}

/* A group's weight; 0 means "not given", as for CPU shares. */
static int judge_weight(const struct judge *j, enum limit kind, uint32_t at, const char *name,
			const struct opt_u16 *weight)
{
	if (weight->v == 0)
		return 0;
	if (weight->v > WEIGHT_MAX)
		return judge_refuse(j, name, "more than 1000");
	if (kind == LIMIT_IO_LEAF_WEIGHT && j->is_v2)
		return judge_refuse_v2(j, name);
	judge_add(j, kind, at, name, weight->v);
	return 0;
}

/* A device's weight; 0 takes it back, so that the group's counts. */
static int judge_device_weight(const struct judge *j, enum limit kind,
			       const struct oci_block_weight *entry, const char *name,
			       const struct opt_u16 *weight)
{
	char device[DEVICE_SIZE];

	if (!weight->set)
		return 0;
	if (weight->v > WEIGHT_MAX)
		return judge_refuse(j, name, "more than 1000");
	if (kind == LIMIT_IO_LEAF_WEIGHT_DEVICE && j->is_v2)
		return judge_refuse_v2(j, name);
	if (spell_device(j, entry->at, entry->major, entry->minor, device) < 0)
		return -1;
	judge_add_part(j, kind, entry->at, name, device, weight->v);
	return 0;
}

static int judge_devices(const struct judge *j, const struct oci_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct oci_block_weight *entry = list->item[i];
		char weight[NAME_SIZE], leaf[NAME_SIZE];

		(void)snprintf(weight, sizeof(weight), "blockIO.weightDevice[%zu].weight", i);
		(void)snprintf(leaf, sizeof(leaf), "blockIO.weightDevice[%zu].leafWeight", i);
		if (!entry->weight.set && !entry->leaf_weight.set)
			return err_say(j->err, entry->at, "has neither weight nor leafWeight");
		if (judge_device_weight(j, LIMIT_IO_WEIGHT_DEVICE, entry, weight,
					&entry->weight) < 0 ||
		    judge_device_weight(j, LIMIT_IO_LEAF_WEIGHT_DEVICE, entry, leaf,
					&entry->leaf_weight) < 0)
			return -1;
	}
	return 0;
}

static int judge_rates(const struct judge *j, const struct throttle *t,
		       const struct oci_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct oci_block_throttle *entry = list->item[i];
		bool is_limit = entry->rate != 0 && entry->rate <= t->max;
		char device[DEVICE_SIZE], name[NAME_SIZE];

		if (spell_device(j, entry->at, entry->major, entry->minor, device) < 0)
			return -1;
		(void)snprintf(name, sizeof(name), "blockIO.%s[%zu]", t->name, i);
		judge_add_part(j, t->kind, entry->at, name, device,
			       is_limit ? (int64_t)entry->rate : LIMIT_UNLIMITED);
	}
	return 0;
}

int block_io_judge(const struct judge *all, const struct oci_block_io *b)
{
	const struct judge j = judge_of(all, "blkio");

	if (judge_weight(&j, LIMIT_IO_WEIGHT, b->at, "blockIO.weight", &b->weight) < 0 ||
	    judge_weight(&j, LIMIT_IO_LEAF_WEIGHT, b->at, "blockIO.leafWeight",
			 &b->leaf_weight) < 0 ||
	    judge_devices(&j, &b->weight_device) < 0)
		return -1;
	for (size_t i = 0; i < N_THROTTLES; i++) {
		if (judge_rates(&j, &throttles[i], get_list(b, &throttles[i])) < 0)
			return -1;
	}
	return 0;
}

size_t block_io_room(const struct oci_block_io *b)
{
	size_t n = 2 + 2 * (size_t)b->weight_device.n;

	for (size_t i = 0; i < N_THROTTLES; i++)
		n += get_list(b, &throttles[i])->n;
	return n;
}

int64_t block_io_scale(int64_t weight)
{
	return weight <= 10 ? 1 : 1 + (weight - 10) * 9999 / 990;
}
