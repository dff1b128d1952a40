/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of hooks. */
#include "libocispec/oci/hook.h"

/* So many seconds still fit a count of nanoseconds. */
#define LONGEST_TIMEOUT (INT64_MAX / 1000000000)

static const struct oci_field hook_fields[] = {
	OCI_STRING(struct oci_hook,  path,    "path",    OCI_REQUIRED | OCI_NONEMPTY),
	OCI_STRINGS(struct oci_hook, args,    "args",    0),
	OCI_STRINGS(struct oci_hook, env,     "env",     0),
	OCI_I64_IN(struct oci_hook,  timeout, "timeout", 0, 1, LONGEST_TIMEOUT),
};
const struct oci_shape oci_hook_shape = OCI_SHAPE(struct oci_hook, "hook", hook_fields);

static const struct oci_field hooks_fields[] = {
	OCI_OBJECTS(struct oci_hooks, prestart,         "prestart",        0, &oci_hook_shape),
	OCI_OBJECTS(struct oci_hooks, create_runtime,   "createRuntime",   0, &oci_hook_shape),
	OCI_OBJECTS(struct oci_hooks, create_container, "createContainer", 0, &oci_hook_shape),
	OCI_OBJECTS(struct oci_hooks, start_container,  "startContainer",  0, &oci_hook_shape),
	OCI_OBJECTS(struct oci_hooks, poststart,        "poststart",       0, &oci_hook_shape),
	OCI_OBJECTS(struct oci_hooks, poststop,         "poststop",        0, &oci_hook_shape),
};
const struct oci_shape oci_hooks_shape = OCI_SHAPE(struct oci_hooks, "set of hooks", hooks_fields);
