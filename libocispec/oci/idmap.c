/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of an id mapping. */
#include "libocispec/oci/idmap.h"

static const struct oci_field idmap_fields[] = {
	OCI_U32(struct oci_idmap, container_id, "containerID", OCI_REQUIRED),
	OCI_U32(struct oci_idmap, host_id,      "hostID",      OCI_REQUIRED),
	OCI_U32(struct oci_idmap, size,         "size",        OCI_REQUIRED),
};
const struct oci_shape oci_idmap_shape = OCI_SHAPE(struct oci_idmap, "id mapping", idmap_fields);
