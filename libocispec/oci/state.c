/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of a container's state. */
#include "libocispec/oci/state.h"

static const struct oci_name statuses[] = {
	{ "creating", OCI_STATUS_CREATING },
	{ "created",  OCI_STATUS_CREATED },
	{ "running",  OCI_STATUS_RUNNING },
	{ "stopped",  OCI_STATUS_STOPPED },
	{ "paused",   OCI_STATUS_PAUSED },
};
const struct oci_names oci_status_names = OCI_NAMES("a container status", statuses);

static const struct oci_field state_fields[] = {
	OCI_STRING(struct oci_state,     oci_version, "ociVersion",  OCI_REQUIRED),
	OCI_STRING(struct oci_state,     id,          "id",          OCI_REQUIRED),
	OCI_I32_IN(struct oci_state,     pid,         "pid",         0, 0, INT32_MAX),
	OCI_ENUM(struct oci_state,       status,      "status",      OCI_REQUIRED,
		 &oci_status_names),
	OCI_STRING(struct oci_state,     bundle,      "bundle",      OCI_REQUIRED),
	OCI_STRING(struct oci_state,     rootfs,      "rootfs",      0),
	OCI_STRING(struct oci_state,     created,     "created",     0),
	OCI_STRING_MAP(struct oci_state, annotations, "annotations", 0),
	OCI_STRING(struct oci_state,     owner,       "owner",       0),
};
const struct oci_shape oci_state_shape = OCI_SHAPE(struct oci_state, "state", state_fields);

static const struct oci_field process_state_fields[] = {
	OCI_STRING(struct oci_process_state,  oci_version, "ociVersion", OCI_REQUIRED),
	OCI_STRINGS(struct oci_process_state, fds,         "fds",        OCI_REQUIRED),
	OCI_I32_IN(struct oci_process_state,  pid,         "pid", OCI_REQUIRED, 0, INT32_MAX),
	OCI_STRING(struct oci_process_state,  metadata,    "metadata",   0),
	OCI_OBJECT(struct oci_process_state,  state,       "state", OCI_REQUIRED,
		   &oci_state_shape),
};
const struct oci_shape oci_process_state_shape =
	OCI_SHAPE(struct oci_process_state, "process state", process_state_fields);
