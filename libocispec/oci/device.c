/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of device nodes and device rules. */
#include "libocispec/oci/device.h"

static const struct oci_name types[] = {
	{ "c", OCI_DEV_CHAR },
	{ "b", OCI_DEV_BLOCK },
	{ "u", OCI_DEV_UNBUFFERED },
	{ "p", OCI_DEV_FIFO },
};
const struct oci_names oci_device_names = OCI_NAMES("a device type (c, b, u or p)", types);

static const struct oci_name rule_types[] = {
	{ "a", OCI_DEV_ALL },
	{ "c", OCI_DEV_CHAR },
	{ "b", OCI_DEV_BLOCK },
};
const struct oci_names oci_device_rule_names =
	OCI_NAMES("a device type of a rule (a, c or b)", rule_types);

static const struct oci_field device_fields[] = {
	OCI_ENUM(struct oci_device,   type,      "type",     OCI_REQUIRED, &oci_device_names),
	OCI_STRING(struct oci_device, path,      "path",     OCI_REQUIRED | OCI_NONEMPTY),
	OCI_I64(struct oci_device,    major,     "major",    0),
	OCI_I64(struct oci_device,    minor,     "minor",    0),
	OCI_U32(struct oci_device,    file_mode, "fileMode", 0),
	OCI_U32(struct oci_device,    uid,       "uid",      0),
	OCI_U32(struct oci_device,    gid,       "gid",      0),
};
const struct oci_shape oci_device_shape = OCI_SHAPE(struct oci_device, "device", device_fields);

static const struct oci_field rule_fields[] = {
	OCI_BOOL(struct oci_device_rule,   allow,  "allow",  OCI_REQUIRED),
	OCI_ENUM(struct oci_device_rule,   type,   "type",   0, &oci_device_rule_names),
	OCI_I64(struct oci_device_rule,    major,  "major",  0),
	OCI_I64(struct oci_device_rule,    minor,  "minor",  0),
	OCI_STRING(struct oci_device_rule, access, "access", 0),
};
const struct oci_shape oci_device_rule_shape =
	OCI_SHAPE(struct oci_device_rule, "device rule", rule_fields);
