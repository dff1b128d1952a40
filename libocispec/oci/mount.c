/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of a mount. */
#include "libocispec/oci/mount.h"

#include "libocispec/oci/idmap.h"
#include "libocispec/read.h"

static const struct oci_field mount_fields[] = {
	OCI_STRING(struct oci_mount,  destination, "destination", OCI_REQUIRED | OCI_NONEMPTY),
	OCI_STRING(struct oci_mount,  type,        "type",        0),
	OCI_STRING(struct oci_mount,  source,      "source",      0),
	OCI_STRINGS(struct oci_mount, options,     "options",     0),
	OCI_OBJECTS(struct oci_mount, uid_maps,    "uidMappings", 0, &oci_idmap_shape),
	OCI_OBJECTS(struct oci_mount, gid_maps,    "gidMappings", 0, &oci_idmap_shape),
};
const struct oci_shape oci_mount_shape = OCI_SHAPE(struct oci_mount, "mount", mount_fields);

int oci_mounts_read(struct arena *arena, const struct oci_source *src, struct oci_list *ret_mounts,
		    struct oci_error *err)
{
	return oci_read_list(arena, src, &oci_mount_shape, ret_mounts, err);
}
