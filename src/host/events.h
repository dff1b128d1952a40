/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `events`: what a container uses, now or again and again, and that it ran out of memory.
 * Runs in: host.
 */
#ifndef TARE_HOST_EVENTS_H
#define TARE_HOST_EVENTS_H

#include <stdint.h>
#include <stdio.h>

#include "libocispec/shape.h"

struct err;
struct stats;

/* How statistics are printed. */
enum events_format {
	EVENTS_JSON,		/* one object a line: {"type":"stats"|"oom","id":ID,"data":{...}} */
	EVENTS_OPENMETRICS,	/* OpenMetrics 1.0, each time the whole with its "# EOF" */
};

/* Lines of the schemata files of the container's group in resctrl and of its root; NULL where there is none. */
struct events_rdt {
	uint32_t at, end;
	const char *l3_root, *l3, *bandwidth_root, *bandwidth;
};

/*
 * struct events_data - the statistics of a container: those of its cgroup (struct stats), and
 * @network: of struct network_counts
 */
struct events_data {
	uint32_t at, end;
	struct stats_cpu *cpu;
	struct stats_cpuset *cpuset;
	struct stats_memory *memory;
	struct stats_pids *pids;
	struct stats_blkio *blkio;
	struct oci_map hugetlb;
	struct events_rdt *rdt;
	struct oci_list network;
};

/* One line of the stream; @data NULL: there is none. */
struct events_record {
	uint32_t at, end;
	const char *type;
	const char *id;
	struct events_data *data;
};

/* One line of EVENTS_JSON. */
extern const struct oci_shape events_record_shape;

/* Print @data of container @id as metrics. */
void openmetrics_print(FILE *out, const char *id, const struct events_data *data);

/* Print the statistics of container @id below @root once.  A stopped one has none: "is not running". */
int events_print(FILE *out, const char *root, const char *id, enum events_format format, struct err *err);

/*
 * Print the statistics every @interval nanoseconds, the first time after the first of them, and at once when memory ran
 * out, until no process of the container is left (on v1 alone: until its first process ended), or nobody reads.
 */
int events_stream(FILE *out, const char *root, const char *id, enum events_format format, int64_t interval,
		  struct err *err);

#endif
