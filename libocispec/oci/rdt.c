/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of "intelRdt". */
#include "libocispec/oci/rdt.h"

static const struct oci_field rdt_fields[] = {
	OCI_STRING(struct oci_rdt,  clos_id,           "closID",           0),
	OCI_STRING(struct oci_rdt,  l3_cache_schema,   "l3CacheSchema",    0),
	OCI_STRING(struct oci_rdt,  mem_bw_schema,     "memBwSchema",      0),
	OCI_STRINGS(struct oci_rdt, schemata,          "schemata",         0),
	OCI_BOOL(struct oci_rdt,    enable_monitoring, "enableMonitoring", 0),
};
const struct oci_shape oci_rdt_shape = OCI_SHAPE(struct oci_rdt, "class of service", rdt_fields);
