/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "linux.resources", also the document of `update` (config-linux.md, "Control groups").
 * Plain values as written: what -1 and 0 mean is said there, what a kernel takes is the runtime's.
 */
#ifndef OCISPEC_OCI_RESOURCES_H
#define OCISPEC_OCI_RESOURCES_H

#include "libocispec/arena.h"
#include "libocispec/error.h"
#include "libocispec/oci/device.h"
#include "libocispec/shape.h"
#include "libocispec/source.h"

/* struct oci_memory - bytes; -1 is unlimited.  @swap is memory and swap together. */
struct oci_memory {
	uint32_t at, end;
	struct opt_i64 limit;
	struct opt_i64 reservation;
	struct opt_i64 swap;
	struct opt_i64 kernel;
	struct opt_i64 kernel_tcp;
	struct opt_u64 swappiness; /* 0..100 */
	struct opt_bool disable_oom_killer;
	struct opt_bool use_hierarchy;
	struct opt_bool check_before_update;
};

/* struct oci_cpu - times in microseconds; @cpus and @mems are lists as in cpuset(7). */
struct oci_cpu {
	uint32_t at, end;
	struct opt_u64 shares;
	struct opt_i64 quota;
	struct opt_u64 burst;
	struct opt_u64 period;
	struct opt_i64 realtime_runtime;
	struct opt_u64 realtime_period;
	const char *cpus;
	const char *mems;
	struct opt_i64 idle; /* 0 or 1 */
};

/* struct oci_block_weight - a device's weight; at least one of the two has to be given. */
struct oci_block_weight {
	uint32_t at, end;
	int64_t major;
	int64_t minor;
	struct opt_u16 weight;
	struct opt_u16 leaf_weight;
};

/* struct oci_block_throttle - @rate is bytes or operations per second. */
struct oci_block_throttle {
	uint32_t at, end;
	int64_t major;
	int64_t minor;
	uint64_t rate;
};

/* struct oci_block_io - lists of struct oci_block_weight and struct oci_block_throttle. */
struct oci_block_io {
	uint32_t at, end;
	struct opt_u16 weight;
	struct opt_u16 leaf_weight;
	struct oci_list weight_device;
	struct oci_list throttle_read_bps;
	struct oci_list throttle_write_bps;
	struct oci_list throttle_read_iops;
	struct oci_list throttle_write_iops;
};

/* struct oci_hugepage - @page_size is "2MB" and the like; @limit is bytes. */
struct oci_hugepage {
	uint32_t at, end;
	const char *page_size;
	uint64_t limit;
};

/* struct oci_net_priority - of traffic that leaves by the interface @name (net_prio.ifpriomap, v1 only). */
struct oci_net_priority {
	uint32_t at, end;
	const char *name;
	uint32_t priority;
};

/* struct oci_net_limits - @priorities holds struct oci_net_priority. */
struct oci_net_limits {
	uint32_t at, end;
	struct opt_u32 class_id;
	struct oci_list priorities;
};

/* struct oci_pids - @limit -1 is unlimited, 0 is a limit. */
struct oci_pids {
	uint32_t at, end;
	struct opt_i64 limit;
};

/* struct oci_rdma - at least one of the two has to be given. */
struct oci_rdma {
	uint32_t at, end;
	struct opt_u32 hca_handles;
	struct opt_u32 hca_objects;
};

/*
 * struct oci_resources
 * @devices:   struct oci_device_rule, in order: later ones win
 * @hugepages: struct oci_hugepage
 * @rdma:      device name -> struct oci_rdma
 * @unified:   file name in the cgroup v2 directory -> text to write
 */
struct oci_resources {
	uint32_t at, end;
	struct oci_list devices;
	struct oci_memory *memory;
	struct oci_cpu *cpu;
	struct oci_pids *pids;
	struct oci_block_io *block_io;
	struct oci_list hugepages;
	struct oci_net_limits *network;
	struct oci_map rdma;
	struct oci_map unified;
};

/* The object "linux.resources", alone in the file of update --resources. */
extern const struct oci_shape oci_resources_shape;

/* Read a document that is one resources object; as oci_read(). */
int oci_resources_read(struct arena *arena, const struct oci_source *src,
		       struct oci_resources **ret_resources, struct oci_error *err);

#endif
