/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One entry of "mounts" (config.md, "Mounts").  The option strings are the runtime's to judge. */
#ifndef OCISPEC_OCI_MOUNT_H
#define OCISPEC_OCI_MOUNT_H

#include "libocispec/arena.h"
#include "libocispec/error.h"
#include "libocispec/shape.h"
#include "libocispec/source.h"

/*
 * struct oci_mount - @destination is required; @uid_maps and @gid_maps hold struct oci_idmap.
 */
struct oci_mount {
	uint32_t at, end;
	const char *destination;
	const char *type;
	const char *source;
	struct oci_strings options;
	struct oci_list uid_maps;
	struct oci_list gid_maps;
};

/* One entry of "mounts". */
extern const struct oci_shape oci_mount_shape;

/* Read a document that is a list of mounts, of struct oci_mount; as oci_read_list(). */
int oci_mounts_read(struct arena *arena, const struct oci_source *src, struct oci_list *ret_mounts,
		    struct oci_error *err);

#endif
