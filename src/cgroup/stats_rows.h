/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which file and key of a hierarchy fills which member of the statistics: rows that one engine (stats.c) follows.
 * Private to this room.
 * Runs in: host.
 */
#ifndef TARE_CGROUP_STATS_ROWS_H
#define TARE_CGROUP_STATS_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "cgroup/stats.h"

/* All parts in one block, so that a row says with one offset where its value goes. */
struct stats_block {
	struct stats whole;
	struct stats_cpu cpu;
	struct stats_cpu_usage usage;
	struct stats_throttling throttling;
	struct stats_cpuset cpuset;
	struct stats_memory memory;
	struct stats_amount memory_usage, swap, swap_only, kernel, kernel_tcp;
	struct stats_memory_events events;
	struct stats_pids pids;
	struct stats_blkio blkio;
};

/* What is read from a file of statistics, and into which member. */
enum stats_kind {
	STATS_VALUE,	/* uint64_t times @scale; "max" is STATS_UNLIMITED */
	STATS_LIMIT,	/* the same, but "max" is 0 */
	STATS_SIGNED,	/* int64_t */
	STATS_PSI,	/* struct stats_psi *, allocated */
	STATS_RAW,	/* struct oci_map of numbers: all lines "key number" */
	STATS_NUMBERS,	/* struct oci_numbers from a list "0-2,4" */
	STATS_SERIES,	/* struct oci_strings: numbers with blanks between them */
	STATS_IO_LINES,	/* struct oci_list of stats_io from "8:0 Read 512"; set only if a device is named */
	STATS_IO_KEYS,	/* adds to struct oci_list: of "8:0 rbytes=512 ..." the value of @key, as operation @op */
	STATS_HUGETLB,	/* in the stats_hugetlb of each page size that stands in the place of @file's '*' */
};

/*
 * struct stats_row
 * @controller: of the v1 hierarchy; NULL in the rows of v2
 * @key:    "KEY number" on a line of its own; NULL: the number is all there is in the file
 * @op:     for STATS_IO_KEYS
 * @offset: in struct stats_block, for STATS_HUGETLB in struct stats_hugetlb
 * @scale:  into our unit; 0 means 1
 */
struct stats_row {
	const char *controller;
	const char *file;
	const char *key;
	const char *op;
	uint8_t kind;
	uint16_t offset;
	uint32_t scale;
};

/* Where a row's value goes: a member of struct stats_block, or of the struct stats_hugetlb of a page size. */
#define STATS_AT(member) .offset = offsetof(struct stats_block, member)
#define STATS_HUGETLB_AT(member) .offset = offsetof(struct stats_hugetlb, member)

/* The rows of one version. */
struct stats_table {
	const struct stats_row *row;
	size_t n;
};

/* Rows with the same file follow each other: it is read once for them. */
extern const struct stats_table stats_v1_table, stats_v2_table;

#endif
