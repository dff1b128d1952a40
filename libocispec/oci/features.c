/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of the features document. */
#include "libocispec/oci/features.h"

#include "libocispec/oci/config.h"

static const struct oci_field switch_fields[] = {
	OCI_BOOL(struct oci_feature_switch, enabled, "enabled", 0),
};
static const struct oci_shape switch_shape =
	OCI_SHAPE(struct oci_feature_switch, "feature", switch_fields);

static const struct oci_field cgroup_fields[] = {
	OCI_BOOL(struct oci_feature_cgroup, v1,           "v1",          0),
	OCI_BOOL(struct oci_feature_cgroup, v2,           "v2",          0),
	OCI_BOOL(struct oci_feature_cgroup, systemd,      "systemd",     0),
	OCI_BOOL(struct oci_feature_cgroup, systemd_user, "systemdUser", 0),
	OCI_BOOL(struct oci_feature_cgroup, rdma,         "rdma",        0),
};
static const struct oci_shape cgroup_shape =
	OCI_SHAPE(struct oci_feature_cgroup, "cgroup feature", cgroup_fields);

static const struct oci_field seccomp_fields[] = {
	OCI_BOOL(struct oci_feature_seccomp,    enabled,         "enabled",        0),
	OCI_STRINGS(struct oci_feature_seccomp, actions,         "actions",        0),
	OCI_STRINGS(struct oci_feature_seccomp, operators,       "operators",      0),
	OCI_STRINGS(struct oci_feature_seccomp, archs,           "archs",          0),
	OCI_STRINGS(struct oci_feature_seccomp, known_flags,     "knownFlags",     0),
	OCI_STRINGS(struct oci_feature_seccomp, supported_flags, "supportedFlags", 0),
};
static const struct oci_shape seccomp_shape =
	OCI_SHAPE(struct oci_feature_seccomp, "seccomp feature", seccomp_fields);

static const struct oci_field mempolicy_fields[] = {
	OCI_STRINGS(struct oci_feature_mempolicy, modes, "modes", 0),
	OCI_STRINGS(struct oci_feature_mempolicy, flags, "flags", 0),
};
static const struct oci_shape mempolicy_shape =
	OCI_SHAPE(struct oci_feature_mempolicy, "memory policy feature", mempolicy_fields);

static const struct oci_field rdt_fields[] = {
	OCI_BOOL(struct oci_feature_rdt, enabled,    "enabled",    0),
	OCI_BOOL(struct oci_feature_rdt, schemata,   "schemata",   0),
	OCI_BOOL(struct oci_feature_rdt, monitoring, "monitoring", 0),
};
static const struct oci_shape rdt_shape =
	OCI_SHAPE(struct oci_feature_rdt, "Intel RDT feature", rdt_fields);

static const struct oci_field mounts_fields[] = {
	OCI_OBJECT(struct oci_feature_mounts, idmap, "idmap", 0, &switch_shape),
};
static const struct oci_shape mounts_shape =
	OCI_SHAPE(struct oci_feature_mounts, "mount extension", mounts_fields);

static const struct oci_field linux_fields[] = {
	OCI_STRINGS(struct oci_feature_linux, namespaces,       "namespaces",   0),
	OCI_STRINGS(struct oci_feature_linux, capabilities,     "capabilities", 0),
	OCI_OBJECT(struct oci_feature_linux,  cgroup,           "cgroup",       0, &cgroup_shape),
	OCI_OBJECT(struct oci_feature_linux,  seccomp,          "seccomp",      0, &seccomp_shape),
	OCI_OBJECT(struct oci_feature_linux,  apparmor,         "apparmor",     0, &switch_shape),
	OCI_OBJECT(struct oci_feature_linux,  selinux,          "selinux",      0, &switch_shape),
	OCI_OBJECT(struct oci_feature_linux,  memory_policy,    "memoryPolicy", 0,
		   &mempolicy_shape),
	OCI_OBJECT(struct oci_feature_linux,  intel_rdt,        "intelRdt",     0, &rdt_shape),
	OCI_OBJECT(struct oci_feature_linux,  mount_extensions, "mountExtensions", 0,
		   &mounts_shape),
	OCI_OBJECT(struct oci_feature_linux,  net_devices,      "netDevices",   0, &switch_shape),
};
static const struct oci_shape linux_shape =
	OCI_SHAPE(struct oci_feature_linux, "set of Linux features", linux_fields);

static const struct oci_field features_fields[] = {
	OCI_STRING_CHECKED(struct oci_features, oci_version_min, "ociVersionMin", OCI_REQUIRED,
			   oci_version_check),
	OCI_STRING_CHECKED(struct oci_features, oci_version_max, "ociVersionMax", OCI_REQUIRED,
			   oci_version_check),
	OCI_STRINGS(struct oci_features, hooks, "hooks", 0),
	OCI_STRINGS(struct oci_features, mount_options, "mountOptions", 0),
	OCI_OBJECT(struct oci_features, on_linux, "linux", 0, &linux_shape),
	OCI_STRING_MAP(struct oci_features, annotations, "annotations", 0),
	OCI_STRINGS(struct oci_features, unsafe_annotations,
		    "potentiallyUnsafeConfigAnnotations", 0),
};
const struct oci_shape oci_features_shape =
	OCI_SHAPE(struct oci_features, "features document", features_fields);
