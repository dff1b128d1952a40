/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config.json as a whole (config.md).  Objects for other systems (windows, solaris, vm, zos,
 * freebsd) are unknown here and thus ignored.
 */
#ifndef OCISPEC_OCI_CONFIG_H
#define OCISPEC_OCI_CONFIG_H

#include "libocispec/arena.h"
#include "libocispec/error.h"
#include "libocispec/oci/hook.h"
#include "libocispec/oci/linux.h"
#include "libocispec/oci/mount.h"
#include "libocispec/oci/process.h"
#include "libocispec/shape.h"
#include "libocispec/source.h"

/* struct oci_root - @path is absolute or relative to the bundle. */
struct oci_root {
	uint32_t at, end;
	const char *path;
	bool readonly;
};

/*
 * struct oci_config
 * @mounts:   struct oci_mount, in the order they are to be made
 * @on_linux: the key "linux" (a word that GNU C defines as a macro)
 */
struct oci_config {
	uint32_t at, end;
	const char *oci_version;
	struct oci_root *root;
	struct oci_process *process;
	const char *hostname;
	const char *domainname;
	struct oci_list mounts;
	struct oci_hooks *hooks;
	struct oci_map annotations;
	struct oci_linux *on_linux;
};

/* config.json as a whole. */
extern const struct oci_shape oci_config_shape;

/*
 * Read a config.json; as oci_read().  The version has to be a semantic version of major 1: newer
 * minors are taken, since what they add is either unknown and ignored, or a value and refused.
 */
int oci_config_read(struct arena *arena, const struct oci_source *src,
		    struct oci_config **ret_config, struct oci_error *err);

/* A check for shapes (see struct oci_field): SemVer 2.0.0, any major. */
const char *oci_version_check(const char *version);

/* The newest version of the specification that is known here. */
#define OCI_VERSION "1.3.0"

/*
 * What a state document says of a container whose config.json is of @version, which was read by oci_config_read():
 * the same, or OCI_VERSION when that minor is newer, since nobody can comply with what he does not know
 * (runtime.md, State).  Returns @version or a constant.
 */
const char *oci_version_complied(const char *version);

#endif
