/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hooks (config.md, "POSIX-platform Hooks"). */
#ifndef OCISPEC_OCI_HOOK_H
#define OCISPEC_OCI_HOOK_H

#include "libocispec/shape.h"

/*
 * struct oci_hook - a program to run at a point of the life cycle.
 * @path:    required; whether it is absolute is the runtime's to judge
 * @args:    the whole argv; not set: the specification leaves argv open
 * @env:     the whole environment
 * @timeout: seconds, 1 or more, and few enough to be counted in nanoseconds
 */
struct oci_hook {
	uint32_t at, end;
	const char *path;
	struct oci_strings args;
	struct oci_strings env;
	struct opt_i64 timeout;
};

/* struct oci_hooks - lists of struct oci_hook, run in their order. */
struct oci_hooks {
	uint32_t at, end;
	struct oci_list prestart;
	struct oci_list create_runtime;
	struct oci_list create_container;
	struct oci_list start_container;
	struct oci_list poststart;
	struct oci_list poststop;
};

/* One hook; all lists of them. */
extern const struct oci_shape oci_hook_shape;
extern const struct oci_shape oci_hooks_shape;

#endif
