/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "linux.intelRdt" (config-linux.md, "Intel RDT"). */
#ifndef OCISPEC_OCI_RDT_H
#define OCISPEC_OCI_RDT_H

#include "libocispec/shape.h"

struct oci_rdt {
	uint32_t at, end;
	const char *clos_id;
	const char *l3_cache_schema;
	const char *mem_bw_schema;
	struct oci_strings schemata;
	struct opt_bool enable_monitoring;
};

extern const struct oci_shape oci_rdt_shape;

#endif
