/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of a namespace, and the words for its types. */
#include "libocispec/oci/namespace.h"

static const struct oci_name types[] = {
	{ "pid",     OCI_NS_PID },
	{ "network", OCI_NS_NETWORK },
	{ "mount",   OCI_NS_MOUNT },
	{ "ipc",     OCI_NS_IPC },
	{ "uts",     OCI_NS_UTS },
	{ "user",    OCI_NS_USER },
	{ "cgroup",  OCI_NS_CGROUP },
	{ "time",    OCI_NS_TIME },
};
const struct oci_names oci_namespace_names = OCI_NAMES("a namespace type", types);

static const struct oci_field namespace_fields[] = {
	OCI_ENUM(struct oci_namespace,   type, "type", OCI_REQUIRED, &oci_namespace_names),
	OCI_STRING(struct oci_namespace, path, "path", 0),
};
const struct oci_shape oci_namespace_shape =
	OCI_SHAPE(struct oci_namespace, "namespace", namespace_fields);
