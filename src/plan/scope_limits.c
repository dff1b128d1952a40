/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Limits as properties; see scope_parts.h.
 * Runs in: host.
 *
 * Sources: systemd.resource-control(5), org.freedesktop.systemd1(5).  CPUQuotaPeriodUSec is systemd 242,
 * AllowedCPUs and AllowedMemoryNodes 244, a CPUWeight of 0 (idle) 252.
 */
#include "plan/scope_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/region.h"
#include "base/str.h"
#include "plan/block_io.h"
#include "plan/limits.h"
#include "plan/property.h"

/* The kernel's own period of CPU quotas, and the step in which systemd keeps what one second may have. */
enum { CPU_PERIOD_USEC = 100000, CPU_QUOTA_STEP_USEC = 10000, USEC_PER_SEC = 1000000 };

/* Far more CPUs than Linux knows. */
enum { MASK_BITS = 8192 };

static void set_number(struct region *region, struct plan_cgroup *ret, uint32_t at, const char *name, int64_t value)
{
	/* "infinity" is all ones, as our "unlimited" is. */
	property_set_number(region, &ret->scope, at, name, 't', (uint64_t)value);
}

/* The CPU time of one second, rounded up as systemd would. */
static void set_quota(struct region *region, struct plan_cgroup *ret, uint32_t at, int64_t quota, int64_t period)
{
	uint64_t part;

	if (quota > 0) {
		uint64_t whole = (uint64_t)quota / (uint64_t)period, rest = (uint64_t)quota % (uint64_t)period;

		part = whole * USEC_PER_SEC + rest * USEC_PER_SEC / (uint64_t)period;
		part += (CPU_QUOTA_STEP_USEC - part % CPU_QUOTA_STEP_USEC) % CPU_QUOTA_STEP_USEC;
	} else {
		part = UINT64_MAX;
	}
	property_set_number(region, &ret->scope, at, "CPUQuotaPerSecUSec", 't', part);
	if (period != CPU_PERIOD_USEC)
		set_number(region, ret, at, "CPUQuotaPeriodUSec", period);
}

/* "0-3,8" as a list of bytes with a bit for each; nothing where the text is no such list. */
static void set_mask(struct region *region, struct plan_cgroup *ret, uint32_t at, const char *name, const char *list)
{
	unsigned char mask[MASK_BITS / 8] = { 0 };
	struct plan_property *property;
	size_t n = 0;

	for (const char *p = list; *p != '\0' && *p != '\n';) {
		unsigned long first, last;
		char *end;

		first = last = strtoul(p, &end, 10);
		if (end == p || *p == '-')
			return;
		if (*end == '-') {
			p = end + 1;
			last = strtoul(p, &end, 10);
			if (end == p)
				return;
		}
		if (first > last || last >= MASK_BITS)
			return;
		for (unsigned long bit = first; bit <= last; bit++)
			mask[bit / 8] |= (unsigned char)(1u << bit % 8);
		if (last / 8 + 1 > n)
			n = last / 8 + 1;
		p = end + strspn(end, ", ");
		if (p == end && *p != '\0' && *p != '\n')
			return;
	}
	if (n == 0)
		return;
	property = property_set(region, &ret->scope, at, name, "ay");
	property_add(region, property, 'a', 0, "y");
	for (size_t i = 0; i < n; i++)
		property_add(region, property, 'y', mask[i], NULL);
	property_add(region, property, ')', 0, NULL);
}

/* One more device of a list a(st); systemd wants a path, which exists for every device. */
static void add_device(struct region *region, struct plan_cgroup *ret, const struct plan_limit *limit,
		       const char *name, int64_t value)
{
	struct plan_property *property = property_find(&ret->scope, name);

	if (property == NULL) {
		property = property_set(region, &ret->scope, limit->at, name, "a(st)");
		property_add(region, property, 'a', 0, "(st)");
	} else {
		property->n--;	/* the end of the list */
	}
	property_add(region, property, '(', 0, "st");
	property_add(region, property, 's', 0, region_format(region, "/dev/block/%s", limit->key));
	property_add(region, property, 't', (uint64_t)value, NULL);
	property_add(region, property, ')', 0, NULL);
	property_add(region, property, ')', 0, NULL);
}

static void add_weight(struct region *region, struct plan_cgroup *ret, const struct plan_limit *limit)
{
	if (limit->key != NULL && limit->value != 0)
		add_device(region, ret, limit, limit->is_v2 ? "IODeviceWeight" : "BlockIODeviceWeight",
			   limit->is_v2 ? block_io_scale(limit->value) : limit->value);
	else if (limit->key == NULL)
		set_number(region, ret, limit->at, limit->is_v2 ? "IOWeight" : "BlockIOWeight",
			   limit->is_v2 ? block_io_scale(limit->value) : limit->value);
}

/*
 * How a v2 file is to be read.  Numbers may end in K, M or G as the kernel takes them; OOM_GROUP and IDLE are
 * switches.
 */
enum reading { NUMBER, WEIGHT, MAX, MASK, IDLE, OOM_GROUP };

/* Files that `unified` may name, and those limits that are a plain number. */
static const struct {
	const char *file;
	enum reading reading;
	const char *name;
} files[] = {
	{ "cpu.idle",         IDLE,      "CPUWeight" },
	{ "cpu.max",          MAX,       NULL },
	{ "cpu.weight",       NUMBER,    "CPUWeight" },
	{ "cpuset.cpus",      MASK,      "AllowedCPUs" },
	{ "cpuset.mems",      MASK,      "AllowedMemoryNodes" },
	{ "io.weight",        WEIGHT,    "IOWeight" },
	{ "memory.high",      NUMBER,    "MemoryHigh" },
	{ "memory.low",       NUMBER,    "MemoryLow" },
	{ "memory.max",       NUMBER,    "MemoryMax" },
	{ "memory.min",       NUMBER,    "MemoryMin" },
	{ "memory.oom.group", OOM_GROUP, "OOMPolicy" },
	{ "memory.swap.max",  NUMBER,    "MemorySwapMax" },
	{ "memory.zswap.max", NUMBER,    "MemoryZSwapMax" },
	{ "pids.max",         NUMBER,    "TasksMax" },
};

/* "max" or a number, as the kernel reads it (memparse); what follows it stays in *@p. */
static bool read_number(const char **p, int64_t *ret)
{
	static const char units[] = "kmgt";
	unsigned long long number;
	const char *unit;
	char *end;

	if (str_after(*p, "max") != NULL) {
		*p += strlen("max");
		*ret = LIMIT_UNLIMITED;
		return true;
	}
	if (strspn(*p, "0123456789") == 0)
		return false;
	number = strtoull(*p, &end, 0);
	unit = *end != '\0' ? strchr(units, *end | 0x20) : NULL;
	if (unit != NULL) {
		number <<= 10 * (unit - units + 1);
		end++;
	}
	*p = end;
	*ret = (int64_t)number;
	return number <= INT64_MAX;
}

static bool is_end(const char *p)
{
	return p[strspn(p, " \n")] == '\0';
}

static void add_max(struct region *region, struct plan_cgroup *ret, const struct plan_limit *limit)
{
	int64_t quota, period = CPU_PERIOD_USEC;
	const char *p = limit->text;

	if (!read_number(&p, &quota))
		return;
	p += strspn(p, " ");
	if (!is_end(p) && (!read_number(&p, &period) || !is_end(p) || period <= 0))
		return;
	set_quota(region, ret, limit->at, quota, period);
}

/* systemd keeps 0 for "not set" where the kernel means none at all; one task is the least that it can say. */
static int64_t at_least_one(int64_t tasks)
{
	return tasks == 0 ? 1 : tasks;
}

static void add_unified(struct region *region, struct plan_cgroup *ret, const struct plan_limit *limit)
{
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		enum reading reading = files[i].reading;
		const char *p = limit->text, *name = files[i].name;
		int64_t value;

		if (strcmp(files[i].file, limit->key) != 0)
			continue;
		if (reading == MAX) {
			add_max(region, ret, limit);
		} else if (reading == MASK) {
			set_mask(region, ret, limit->at, name, p);
		} else {
			if (reading == WEIGHT && str_after(p, "default ") != NULL)
				p = str_after(p, "default ");
			if (!read_number(&p, &value) || !is_end(p))
				return;
			if (reading == OOM_GROUP)
				property_set_text(region, &ret->scope, limit->at, name, value == 1 ? "kill" : "continue");
			else if (reading != IDLE)
				set_number(region, ret, limit->at, name,
					   strcmp(name, "TasksMax") == 0 ? at_least_one(value) : value);
			else if (value == 1)
				set_number(region, ret, limit->at, name, 0);
		}
		return;
	}
}

static const struct plan_limit *find_limit(const struct plan_cgroup *cgroup, enum limit kind)
{
	for (size_t i = 0; i < cgroup->n_limits; i++) {
		if (cgroup->limits[i].kind == kind)
			return &cgroup->limits[i];
	}
	return NULL;
}

/* What is named, else what there is, else what the kernel begins with. */
static void add_quota(struct region *region, struct plan_cgroup *ret, const struct plan_present *present)
{
	const struct plan_limit *quota = find_limit(ret, LIMIT_CPU_QUOTA), *period = find_limit(ret, LIMIT_CPU_PERIOD);
	int64_t usec = CPU_PERIOD_USEC;

	if (period != NULL)
		usec = period->value;
	else if (present != NULL && present->cpu_period > 0)
		usec = present->cpu_period;
	if (quota != NULL)
		set_quota(region, ret, quota->at, quota->value, usec);
	else if (period != NULL && present != NULL && present->cpu_quota > 0)
		set_quota(region, ret, period->at, present->cpu_quota, usec);
}

static void add_limit(struct region *region, struct plan_cgroup *ret, const struct plan_limit *limit)
{
	static const struct {
		const char *v2, *v1;
	} names[LIMIT_KINDS] = {
		[LIMIT_MEMORY_MAX]     = { "MemoryMax", "MemoryLimit" },
		[LIMIT_MEMORY_LOW]     = { "MemoryLow", NULL },
		[LIMIT_SWAP_MAX]       = { "MemorySwapMax", NULL },
		[LIMIT_CPU_SHARES]     = { NULL, "CPUShares" },
		[LIMIT_CPU_WEIGHT]     = { "CPUWeight", NULL },
		[LIMIT_CPUSET_CPUS]    = { "AllowedCPUs", NULL },
		[LIMIT_CPUSET_MEMS]    = { "AllowedMemoryNodes", NULL },
		[LIMIT_PIDS_MAX]       = { "TasksMax", "TasksMax" },
		[LIMIT_IO_READ_BPS]    = { "IOReadBandwidthMax", "BlockIOReadBandwidth" },
		[LIMIT_IO_WRITE_BPS]   = { "IOWriteBandwidthMax", "BlockIOWriteBandwidth" },
		[LIMIT_IO_READ_IOPS]   = { "IOReadIOPSMax", NULL },
		[LIMIT_IO_WRITE_IOPS]  = { "IOWriteIOPSMax", NULL },
	};
	const char *name = limit->is_v2 ? names[limit->kind].v2 : names[limit->kind].v1;

	switch (limit->kind) {
	case LIMIT_UNIFIED:
		add_unified(region, ret, limit);
		break;
	case LIMIT_CPU_IDLE:
		if (limit->is_v2 && limit->value == 1)
			set_number(region, ret, limit->at, "CPUWeight", 0);
		break;
	case LIMIT_IO_WEIGHT:
	case LIMIT_IO_WEIGHT_DEVICE:
		add_weight(region, ret, limit);
		break;
	case LIMIT_PIDS_MAX:
		set_number(region, ret, limit->at, name, at_least_one(limit->value));
		break;
	default:
		if (name != NULL && limit->text != NULL)
			set_mask(region, ret, limit->at, name, limit->text);
		else if (name != NULL && limit->key != NULL)
			add_device(region, ret, limit, name, limit->value);
		else if (name != NULL)
			set_number(region, ret, limit->at, name, limit->value);
	}
}

void scope_add_limits(struct region *region, struct plan_cgroup *ret, const struct plan_present *present)
{
	/* Before the files of `unified`, which win. */
	add_quota(region, ret, present);
	for (size_t i = 0; i < ret->n_limits; i++)
		add_limit(region, ret, &ret->limits[i]);
}
