/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The features document (features.md, features-linux.md).  Everywhere an absent key means
 * "unknown", an empty list or false "known to be none": so everything is optional here, and a
 * list counts when it is set.
 */
#ifndef OCISPEC_OCI_FEATURES_H
#define OCISPEC_OCI_FEATURES_H

#include "libocispec/shape.h"

/* struct oci_feature_cgroup - "linux.cgroup": which versions, managers and controllers the runtime knows. */
struct oci_feature_cgroup {
	uint32_t at, end;
	struct opt_bool v1;
	struct opt_bool v2;
	struct opt_bool systemd;
	struct opt_bool systemd_user;
	struct opt_bool rdma;
};

/* struct oci_feature_seccomp - "linux.seccomp": lists of the words that config.json may have there. */
struct oci_feature_seccomp {
	uint32_t at, end;
	struct opt_bool enabled;
	struct oci_strings actions;
	struct oci_strings operators;
	struct oci_strings archs;
	struct oci_strings known_flags;
	struct oci_strings supported_flags;
};

/* struct oci_feature_switch - for "apparmor", "selinux", "idmap" and "netDevices". */
struct oci_feature_switch {
	uint32_t at, end;
	struct opt_bool enabled;
};

/* struct oci_feature_mempolicy - "linux.memoryPolicy": words as in config.json. */
struct oci_feature_mempolicy {
	uint32_t at, end;
	struct oci_strings modes;
	struct oci_strings flags;
};

/* struct oci_feature_rdt - "linux.intelRdt"; @schemata and @monitoring: the properties of that name. */
struct oci_feature_rdt {
	uint32_t at, end;
	struct opt_bool enabled;
	struct opt_bool schemata;
	struct opt_bool monitoring;
};

/* struct oci_feature_mounts - "linux.mountExtensions". */
struct oci_feature_mounts {
	uint32_t at, end;
	struct oci_feature_switch *idmap;
};

/* struct oci_feature_linux - "linux"; @namespaces and @capabilities are words as in config.json. */
struct oci_feature_linux {
	uint32_t at, end;
	struct oci_strings namespaces;
	struct oci_strings capabilities;
	struct oci_feature_cgroup *cgroup;
	struct oci_feature_seccomp *seccomp;
	struct oci_feature_switch *apparmor;
	struct oci_feature_switch *selinux;
	struct oci_feature_mempolicy *memory_policy;
	struct oci_feature_rdt *intel_rdt;
	struct oci_feature_mounts *mount_extensions;
	struct oci_feature_switch *net_devices;
};

/*
 * struct oci_features - the document; versions are of the specification, @hooks and @mount_options names as in
 * config.json.
 */
struct oci_features {
	uint32_t at, end;
	const char *oci_version_min;
	const char *oci_version_max;
	struct oci_strings hooks;
	struct oci_strings mount_options;
	struct oci_feature_linux *on_linux;
	struct oci_map annotations;
	struct oci_strings unsafe_annotations; /* "potentiallyUnsafeConfigAnnotations" */
};

/* The document as a whole. */
extern const struct oci_shape oci_features_shape;

#endif
