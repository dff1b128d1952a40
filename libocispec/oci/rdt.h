/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "linux.intelRdt" (config-linux.md, "Intel RDT"). */
#ifndef OCISPEC_OCI_RDT_H
#define OCISPEC_OCI_RDT_H

#include "libocispec/shape.h"

/*
 * struct oci_rdt - lines for resctrl's schemata file as they are written; NULL: not given.
 * @clos_id:           name of the group, below the root of resctrl
 * @enable_monitoring: a monitoring group for this container
 */
struct oci_rdt {
	uint32_t at, end;
	const char *clos_id;
	const char *l3_cache_schema;
	const char *mem_bw_schema;
	struct oci_strings schemata;
	struct opt_bool enable_monitoring;
};

/* The object "linux.intelRdt". */
extern const struct oci_shape oci_rdt_shape;

#endif
