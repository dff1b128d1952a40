/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Device nodes, and rules for devices (config-linux.md, "Devices" and "Allowed Device list"). */
#ifndef OCISPEC_OCI_DEVICE_H
#define OCISPEC_OCI_DEVICE_H

#include "libocispec/shape.h"

/* Device types; a node may be c b u p, a rule a c b. */
enum oci_device_type {
	OCI_DEV_CHAR = 1,   /* "c" */
	OCI_DEV_BLOCK,      /* "b" */
	OCI_DEV_UNBUFFERED, /* "u": a character device */
	OCI_DEV_FIFO,       /* "p" */
	OCI_DEV_ALL,        /* "a" */
};

/*
 * struct oci_device - a node to make.
 * @major @minor: required unless @type is OCI_DEV_FIFO, which the tables cannot say
 * @file_mode:    permission bits; Go programs send the file type bits with them
 * @uid @gid:     in the container's user namespace
 */
struct oci_device {
	uint32_t at, end;
	enum oci_device_type type;
	const char *path;
	struct opt_i64 major;
	struct opt_i64 minor;
	struct opt_u32 file_mode;
	struct opt_u32 uid;
	struct opt_u32 gid;
};

/*
 * struct oci_device_rule - one line of the device access list.
 * @type:         0: not given, that is all
 * @major @minor: not set or -1: any
 * @access:       letters of "rwm"; NULL: all
 */
struct oci_device_rule {
	uint32_t at, end;
	bool allow;
	enum oci_device_type type;
	struct opt_i64 major;
	struct opt_i64 minor;
	const char *access;
};

/* An entry of "linux.devices", one of "linux.resources.devices", and the letters of both. */
extern const struct oci_shape oci_device_shape;
extern const struct oci_shape oci_device_rule_shape;
extern const struct oci_names oci_device_names;      /* c b u p */
extern const struct oci_names oci_device_rule_names; /* a c b */

#endif
