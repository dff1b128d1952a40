/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of "resources". */
#include "libocispec/oci/resources.h"

#include "libocispec/read.h"

static const struct oci_field memory_fields[] = {
	OCI_I64(struct oci_memory,    limit,               "limit",             0),
	OCI_I64(struct oci_memory,    reservation,         "reservation",       0),
	OCI_I64(struct oci_memory,    swap,                "swap",              0),
	OCI_I64(struct oci_memory,    kernel,              "kernel",            0),
	OCI_I64(struct oci_memory,    kernel_tcp,          "kernelTCP",         0),
	OCI_U64_IN(struct oci_memory, swappiness,          "swappiness",        0, 0, 100),
	OCI_BOOL(struct oci_memory,   disable_oom_killer,  "disableOOMKiller",  0),
	OCI_BOOL(struct oci_memory,   use_hierarchy,       "useHierarchy",      0),
	OCI_BOOL(struct oci_memory,   check_before_update, "checkBeforeUpdate", 0),
};
static const struct oci_shape memory_shape =
	OCI_SHAPE(struct oci_memory, "set of memory limits", memory_fields);

static const struct oci_field cpu_fields[] = {
	OCI_U64(struct oci_cpu,    shares,           "shares",          0),
	OCI_I64(struct oci_cpu,    quota,            "quota",           0),
	OCI_U64(struct oci_cpu,    burst,            "burst",           0),
	OCI_U64(struct oci_cpu,    period,           "period",          0),
	OCI_I64(struct oci_cpu,    realtime_runtime, "realtimeRuntime", 0),
	OCI_U64(struct oci_cpu,    realtime_period,  "realtimePeriod",  0),
	OCI_STRING(struct oci_cpu, cpus,             "cpus",            0),
	OCI_STRING(struct oci_cpu, mems,             "mems",            0),
	OCI_I64_IN(struct oci_cpu, idle,             "idle",            0, 0, 1),
};
static const struct oci_shape cpu_shape =
	OCI_SHAPE(struct oci_cpu, "set of CPU limits", cpu_fields);

static const struct oci_field pids_fields[] = {
	/* Required by the schema, optional by the prose. */
	OCI_I64(struct oci_pids, limit, "limit", 0),
};
static const struct oci_shape pids_shape = OCI_SHAPE(struct oci_pids, "pids limit", pids_fields);

static const struct oci_field weight_fields[] = {
	OCI_I64(struct oci_block_weight, major,       "major",      OCI_REQUIRED),
	OCI_I64(struct oci_block_weight, minor,       "minor",      OCI_REQUIRED),
	OCI_U16(struct oci_block_weight, weight,      "weight",     0),
	OCI_U16(struct oci_block_weight, leaf_weight, "leafWeight", 0),
};
static const struct oci_shape weight_shape =
	OCI_SHAPE(struct oci_block_weight, "weight of a device", weight_fields);

static const struct oci_field throttle_fields[] = {
	OCI_I64(struct oci_block_throttle, major, "major", OCI_REQUIRED),
	OCI_I64(struct oci_block_throttle, minor, "minor", OCI_REQUIRED),
	OCI_U64(struct oci_block_throttle, rate,  "rate",  OCI_REQUIRED),
};
static const struct oci_shape throttle_shape =
	OCI_SHAPE(struct oci_block_throttle, "rate of a device", throttle_fields);

static const struct oci_field block_io_fields[] = {
	OCI_U16(struct oci_block_io, weight,      "weight",     0),
	OCI_U16(struct oci_block_io, leaf_weight, "leafWeight", 0),
	OCI_OBJECTS(struct oci_block_io, weight_device, "weightDevice", 0, &weight_shape),
	OCI_OBJECTS(struct oci_block_io, throttle_read_bps, "throttleReadBpsDevice", 0,
		    &throttle_shape),
	OCI_OBJECTS(struct oci_block_io, throttle_write_bps, "throttleWriteBpsDevice", 0,
		    &throttle_shape),
	OCI_OBJECTS(struct oci_block_io, throttle_read_iops, "throttleReadIOPSDevice", 0,
		    &throttle_shape),
	OCI_OBJECTS(struct oci_block_io, throttle_write_iops, "throttleWriteIOPSDevice", 0,
		    &throttle_shape),
};
static const struct oci_shape block_io_shape =
	OCI_SHAPE(struct oci_block_io, "set of block IO limits", block_io_fields);

static const struct oci_field hugepage_fields[] = {
	OCI_STRING(struct oci_hugepage, page_size, "pageSize", OCI_REQUIRED | OCI_NONEMPTY),
	OCI_U64(struct oci_hugepage,    limit,     "limit",    OCI_REQUIRED),
};
static const struct oci_shape hugepage_shape =
	OCI_SHAPE(struct oci_hugepage, "huge page limit", hugepage_fields);

static const struct oci_field net_priority_fields[] = {
	OCI_STRING(struct oci_net_priority, name,     "name",     OCI_REQUIRED | OCI_NONEMPTY),
	OCI_U32(struct oci_net_priority,    priority, "priority", OCI_REQUIRED),
};
static const struct oci_shape net_priority_shape =
	OCI_SHAPE(struct oci_net_priority, "network priority", net_priority_fields);

static const struct oci_field net_fields[] = {
	OCI_U32(struct oci_net_limits,     class_id,   "classID",    0),
	OCI_OBJECTS(struct oci_net_limits, priorities, "priorities", 0, &net_priority_shape),
};
static const struct oci_shape net_shape =
	OCI_SHAPE(struct oci_net_limits, "set of network limits", net_fields);

static const struct oci_field rdma_fields[] = {
	OCI_U32(struct oci_rdma, hca_handles, "hcaHandles", 0),
	OCI_U32(struct oci_rdma, hca_objects, "hcaObjects", 0),
};
static const struct oci_shape rdma_shape = OCI_SHAPE(struct oci_rdma, "RDMA limit", rdma_fields);

static const struct oci_field resources_fields[] = {
	OCI_OBJECTS(struct oci_resources,    devices,   "devices", 0, &oci_device_rule_shape),
	OCI_OBJECT(struct oci_resources,     memory,    "memory",  0, &memory_shape),
	OCI_OBJECT(struct oci_resources,     cpu,       "cpu",     0, &cpu_shape),
	OCI_OBJECT(struct oci_resources,     pids,      "pids",    0, &pids_shape),
	OCI_OBJECT(struct oci_resources,     block_io,  "blockIO", 0, &block_io_shape),
	OCI_OBJECTS(struct oci_resources,    hugepages, "hugepageLimits", 0, &hugepage_shape),
	OCI_OBJECT(struct oci_resources,     network,   "network", 0, &net_shape),
	OCI_OBJECT_MAP(struct oci_resources, rdma,      "rdma",    0, &rdma_shape, NULL),
	OCI_STRING_MAP(struct oci_resources, unified,   "unified", 0),
};
const struct oci_shape oci_resources_shape =
	OCI_SHAPE(struct oci_resources, "set of resources", resources_fields);

int oci_resources_read(struct arena *arena, const struct oci_source *src,
		       struct oci_resources **ret_resources, struct oci_error *err)
{
	return oci_read(arena, src, &oci_resources_shape, ret_resources, err);
}
