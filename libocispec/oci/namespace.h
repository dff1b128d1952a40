/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One entry of "linux.namespaces" (config-linux.md, "Namespaces"). */
#ifndef OCISPEC_OCI_NAMESPACE_H
#define OCISPEC_OCI_NAMESPACE_H

#include "libocispec/shape.h"

/* Words of "type": "pid", "network", "mount" ... */
enum oci_namespace_type {
	OCI_NS_PID = 1,
	OCI_NS_NETWORK,
	OCI_NS_MOUNT,
	OCI_NS_IPC,
	OCI_NS_UTS,
	OCI_NS_USER,
	OCI_NS_CGROUP,
	OCI_NS_TIME,
};

/* struct oci_namespace - @path NULL or "": a new one; else the one to join. */
struct oci_namespace {
	uint32_t at, end;
	enum oci_namespace_type type;
	const char *path;
};

/* One entry of "linux.namespaces"; the words of its type. */
extern const struct oci_shape oci_namespace_shape;
extern const struct oci_names oci_namespace_names;

#endif
