/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "linux" and its smaller parts (config-linux.md).  Larger parts have their own headers.
 */
#ifndef OCISPEC_OCI_LINUX_H
#define OCISPEC_OCI_LINUX_H

#include "libocispec/oci/device.h"
#include "libocispec/oci/idmap.h"
#include "libocispec/oci/namespace.h"
#include "libocispec/oci/rdt.h"
#include "libocispec/oci/resources.h"
#include "libocispec/oci/seccomp.h"
#include "libocispec/shape.h"

/* The recursive forms are not in the specification, but container managers send them. */
enum oci_propagation {
	OCI_PROPAGATION_PRIVATE = 1,
	OCI_PROPAGATION_SHARED,
	OCI_PROPAGATION_SLAVE,
	OCI_PROPAGATION_UNBINDABLE,
	OCI_PROPAGATION_RPRIVATE,
	OCI_PROPAGATION_RSHARED,
	OCI_PROPAGATION_RSLAVE,
	OCI_PROPAGATION_RUNBINDABLE,
};

/* Words of "personality.domain": LINUX, LINUX32 (personality(2)). */
enum oci_personality_domain {
	OCI_PERSONALITY_LINUX = 1,
	OCI_PERSONALITY_LINUX32,
};

/* Words of "memoryPolicy.mode", MPOL_DEFAULT ... (set_mempolicy(2)). */
enum oci_mempolicy_mode {
	OCI_MPOL_DEFAULT = 1,
	OCI_MPOL_BIND,
	OCI_MPOL_INTERLEAVE,
	OCI_MPOL_WEIGHTED_INTERLEAVE,
	OCI_MPOL_PREFERRED,
	OCI_MPOL_PREFERRED_MANY,
	OCI_MPOL_LOCAL,
};

/* Words of "memoryPolicy.flags", MPOL_F_STATIC_NODES ... (set_mempolicy(2)). */
enum oci_mempolicy_flag {
	OCI_MPOL_F_NUMA_BALANCING = 1,
	OCI_MPOL_F_RELATIVE_NODES,
	OCI_MPOL_F_STATIC_NODES,
};

/* The keys of "timeOffsets". */
enum oci_clock {
	OCI_CLOCK_MONOTONIC = 1,
	OCI_CLOCK_BOOTTIME,
};

/* struct oci_personality - no flag is defined yet, so the reader refuses every entry of "flags". */
struct oci_personality {
	uint32_t at, end;
	enum oci_personality_domain domain;
	struct oci_words flags;
};

/* struct oci_mempolicy - as set_mempolicy(2); @nodes is a list "0-3,7". */
struct oci_mempolicy {
	uint32_t at, end;
	enum oci_mempolicy_mode mode;
	const char *nodes;
	struct oci_words flags;
};

/* struct oci_time_offset - added to a clock; @nanosecs below one second (999999999 at most). */
struct oci_time_offset {
	uint32_t at, end;
	int64_t secs;
	uint32_t nanosecs;
};

/* struct oci_net_device - @name inside the container; NULL: the same as outside. */
struct oci_net_device {
	uint32_t at, end;
	const char *name;
};

/*
 * struct oci_linux
 * @devices:      struct oci_device
 * @uid_maps:     struct oci_idmap, as @gid_maps
 * @namespaces:   struct oci_namespace
 * @net_devices:  name outside -> struct oci_net_device
 * @sysctl:       key -> value
 * @time_offsets: "monotonic", "boottime" -> struct oci_time_offset
 */
struct oci_linux {
	uint32_t at, end;
	struct oci_list namespaces;
	struct oci_list uid_maps;
	struct oci_list gid_maps;
	struct oci_map time_offsets;
	struct oci_list devices;
	struct oci_map net_devices;
	const char *cgroups_path;
	struct oci_resources *resources;
	struct oci_rdt *intel_rdt;
	struct oci_mempolicy *memory_policy;
	struct oci_map sysctl;
	struct oci_seccomp *seccomp;
	enum oci_propagation rootfs_propagation;
	struct oci_strings masked_paths;
	struct oci_strings readonly_paths;
	const char *mount_label;
	struct oci_personality *personality;
};

/* The object "linux", and the words of its enums. */
extern const struct oci_shape oci_linux_shape;
extern const struct oci_names oci_propagation_names;
extern const struct oci_names oci_personality_domain_names;
extern const struct oci_names oci_mempolicy_mode_names;
extern const struct oci_names oci_mempolicy_flag_names;
extern const struct oci_names oci_clock_names;

#endif
