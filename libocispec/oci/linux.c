/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of "linux" and of its parts without a file of their own. */
#include "libocispec/oci/linux.h"

static const struct oci_name propagations[] = {
	{ "private",     OCI_PROPAGATION_PRIVATE },
	{ "shared",      OCI_PROPAGATION_SHARED },
	{ "slave",       OCI_PROPAGATION_SLAVE },
	{ "unbindable",  OCI_PROPAGATION_UNBINDABLE },
	{ "rprivate",    OCI_PROPAGATION_RPRIVATE },
	{ "rshared",     OCI_PROPAGATION_RSHARED },
	{ "rslave",      OCI_PROPAGATION_RSLAVE },
	{ "runbindable", OCI_PROPAGATION_RUNBINDABLE },
};
const struct oci_names oci_propagation_names = OCI_NAMES("a mount propagation", propagations);

static const struct oci_name domains[] = {
	{ "LINUX",   OCI_PERSONALITY_LINUX },
	{ "LINUX32", OCI_PERSONALITY_LINUX32 },
};
const struct oci_names oci_personality_domain_names =
	OCI_NAMES("a personality (LINUX or LINUX32)", domains);

/* The specification defines no flag, so the list is empty and every word is refused. */
static const struct oci_names personality_flag_names = { .what = "a personality flag" };

static const struct oci_name modes[] = {
	{ "MPOL_DEFAULT",             OCI_MPOL_DEFAULT },
	{ "MPOL_BIND",                OCI_MPOL_BIND },
	{ "MPOL_INTERLEAVE",          OCI_MPOL_INTERLEAVE },
	{ "MPOL_WEIGHTED_INTERLEAVE", OCI_MPOL_WEIGHTED_INTERLEAVE },
	{ "MPOL_PREFERRED",           OCI_MPOL_PREFERRED },
	{ "MPOL_PREFERRED_MANY",      OCI_MPOL_PREFERRED_MANY },
	{ "MPOL_LOCAL",               OCI_MPOL_LOCAL },
};
const struct oci_names oci_mempolicy_mode_names = OCI_NAMES("a memory policy", modes);

static const struct oci_name mode_flags[] = {
	{ "MPOL_F_NUMA_BALANCING", OCI_MPOL_F_NUMA_BALANCING },
	{ "MPOL_F_RELATIVE_NODES", OCI_MPOL_F_RELATIVE_NODES },
	{ "MPOL_F_STATIC_NODES",   OCI_MPOL_F_STATIC_NODES },
};
const struct oci_names oci_mempolicy_flag_names = OCI_NAMES("a memory policy flag", mode_flags);

static const struct oci_name clocks[] = {
	{ "monotonic", OCI_CLOCK_MONOTONIC },
	{ "boottime",  OCI_CLOCK_BOOTTIME },
};
const struct oci_names oci_clock_names = OCI_NAMES("a clock (monotonic or boottime)", clocks);

static const struct oci_field personality_fields[] = {
	OCI_ENUM(struct oci_personality,  domain, "domain", OCI_REQUIRED,
		 &oci_personality_domain_names),
	OCI_WORDS(struct oci_personality, flags,  "flags",  0, &personality_flag_names),
};
static const struct oci_shape personality_shape =
	OCI_SHAPE(struct oci_personality, "personality", personality_fields);

static const struct oci_field mempolicy_fields[] = {
	OCI_ENUM(struct oci_mempolicy,   mode,  "mode",  OCI_REQUIRED, &oci_mempolicy_mode_names),
	OCI_STRING(struct oci_mempolicy, nodes, "nodes", 0),
	OCI_WORDS(struct oci_mempolicy,  flags, "flags", 0, &oci_mempolicy_flag_names),
};
static const struct oci_shape mempolicy_shape =
	OCI_SHAPE(struct oci_mempolicy, "memory policy", mempolicy_fields);

static const struct oci_field time_offset_fields[] = {
	OCI_I64(struct oci_time_offset,    secs,     "secs",     0),
	OCI_U32_IN(struct oci_time_offset, nanosecs, "nanosecs", 0, 0, 999999999),
};
static const struct oci_shape time_offset_shape =
	OCI_SHAPE(struct oci_time_offset, "clock offset", time_offset_fields);

static const struct oci_field net_device_fields[] = {
	OCI_STRING(struct oci_net_device, name, "name", 0),
};
static const struct oci_shape net_device_shape =
	OCI_SHAPE(struct oci_net_device, "network device", net_device_fields);

static const struct oci_field linux_fields[] = {
	OCI_OBJECTS(struct oci_linux,    namespaces,     "namespaces", 0, &oci_namespace_shape),
	OCI_OBJECTS(struct oci_linux,    uid_maps,       "uidMappings",    0, &oci_idmap_shape),
	OCI_OBJECTS(struct oci_linux,    gid_maps,       "gidMappings",    0, &oci_idmap_shape),
	OCI_OBJECT_MAP(struct oci_linux, time_offsets,   "timeOffsets",    0, &time_offset_shape,
		       &oci_clock_names),
	OCI_OBJECTS(struct oci_linux,    devices,        "devices",        0, &oci_device_shape),
	OCI_OBJECT_MAP(struct oci_linux, net_devices,    "netDevices",     0, &net_device_shape,
		       NULL),
	OCI_STRING(struct oci_linux,     cgroups_path,   "cgroupsPath",    0),
	OCI_OBJECT(struct oci_linux,     resources,      "resources", 0, &oci_resources_shape),
	OCI_OBJECT(struct oci_linux,     intel_rdt,      "intelRdt",       0, &oci_rdt_shape),
	OCI_OBJECT(struct oci_linux,     memory_policy,  "memoryPolicy",   0, &mempolicy_shape),
	OCI_STRING_MAP(struct oci_linux, sysctl,         "sysctl",         0),
	OCI_OBJECT(struct oci_linux,     seccomp,        "seccomp",        0, &oci_seccomp_shape),
	OCI_ENUM(struct oci_linux,       rootfs_propagation, "rootfsPropagation", 0,
		 &oci_propagation_names),
	OCI_STRINGS(struct oci_linux,    masked_paths,   "maskedPaths",    0),
	OCI_STRINGS(struct oci_linux,    readonly_paths, "readonlyPaths",  0),
	OCI_STRING(struct oci_linux,     mount_label,    "mountLabel",     0),
	OCI_OBJECT(struct oci_linux,     personality,    "personality", 0, &personality_shape),
};
const struct oci_shape oci_linux_shape =
	OCI_SHAPE(struct oci_linux, "Linux part of a config", linux_fields);
