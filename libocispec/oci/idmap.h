/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line of a user or group id mapping (config-linux.md, "User namespace mappings"). */
#ifndef OCISPEC_OCI_IDMAP_H
#define OCISPEC_OCI_IDMAP_H

#include "libocispec/shape.h"

/* struct oci_idmap - @size ids from @container_id inside are those from @host_id outside. */
struct oci_idmap {
	uint32_t at, end;
	uint32_t container_id;
	uint32_t host_id;
	uint32_t size;
};

/* One mapping of "uidMappings" or "gidMappings". */
extern const struct oci_shape oci_idmap_shape;

#endif
