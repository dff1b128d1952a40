/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Statistics as OpenMetrics 1.0 text: one row a metric.
 * Runs in: host.
 */
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "cgroup/stats.h"
#include "host/events.h"
#include "host/network.h"

enum unit { UNIT_NONE, UNIT_BYTES, UNIT_NANOSECONDS, UNIT_MICROSECONDS };

/* Which part of the statistics a metric is in. */
enum part { PART_CPU, PART_THROTTLING, PART_MEMORY, PART_SWAP, PART_MEMORY_EVENTS, PART_PIDS, N_PARTS };

/*
 * struct metric
 * @name:       with the unit at its end, without "_total"
 * @is_counter: it only grows; else a gauge
 * @help:       one sentence
 * @offset:     of the uint64_t in its part
 * @is_limit:   what means that there is none is told as +Inf
 */
struct metric {
	const char *name;
	const char *help;
	bool is_counter;
	enum unit unit;
	enum part part;
	size_t offset;
	bool is_limit;
};

#define COUNTER(part_, type, member, name_, unit_, help_)                                 \
	{ .name = (name_), .help = (help_), .is_counter = true, .unit = (unit_), .part = (part_), \
	  .offset = offsetof(type, member) }
#define GAUGE(part_, type, member, name_, unit_, help_)                                   \
	{ .name = (name_), .help = (help_), .unit = (unit_), .part = (part_), .offset = offsetof(type, member) }
#define LIMIT(part_, type, member, name_, unit_, help_)                                   \
	{ .name = (name_), .help = (help_), .unit = (unit_), .part = (part_), .offset = offsetof(type, member), \
	  .is_limit = true }

static const struct metric metrics[] = {
	COUNTER(PART_CPU, struct stats_cpu_usage, total, "tare_cpu_usage_seconds", UNIT_NANOSECONDS, "CPU time used."),
	COUNTER(PART_CPU, struct stats_cpu_usage, user, "tare_cpu_user_seconds", UNIT_NANOSECONDS,
		"CPU time used in user mode."),
	COUNTER(PART_CPU, struct stats_cpu_usage, kernel, "tare_cpu_kernel_seconds", UNIT_NANOSECONDS,
		"CPU time used in the kernel."),
	COUNTER(PART_THROTTLING, struct stats_throttling, periods, "tare_cpu_periods", UNIT_NONE,
		"Periods of the CPU quota."),
	COUNTER(PART_THROTTLING, struct stats_throttling, throttled_periods, "tare_cpu_throttled_periods", UNIT_NONE,
		"Periods in which the CPU quota was used up."),
	COUNTER(PART_THROTTLING, struct stats_throttling, throttled_time, "tare_cpu_throttled_seconds",
		UNIT_NANOSECONDS, "Time of waiting for the next period."),
	GAUGE(PART_MEMORY, struct stats_amount, usage, "tare_memory_usage_bytes", UNIT_BYTES, "Memory in use."),
	GAUGE(PART_MEMORY, struct stats_amount, max, "tare_memory_peak_bytes", UNIT_BYTES, "Most memory ever in use."),
	LIMIT(PART_MEMORY, struct stats_amount, limit, "tare_memory_limit_bytes", UNIT_BYTES, "Limit of memory."),
	COUNTER(PART_MEMORY, struct stats_amount, failcnt, "tare_memory_failures", UNIT_NONE,
		"How often the limit of memory was hit."),
	GAUGE(PART_SWAP, struct stats_amount, usage, "tare_memory_swap_usage_bytes", UNIT_BYTES,
	      "Memory and swap in use."),
	LIMIT(PART_SWAP, struct stats_amount, limit, "tare_memory_swap_limit_bytes", UNIT_BYTES,
	      "Limit of memory and swap."),
	COUNTER(PART_MEMORY_EVENTS, struct stats_memory_events, oom_kill, "tare_memory_oom_kills", UNIT_NONE,
		"Processes killed for lack of memory."),
	GAUGE(PART_PIDS, struct stats_pids, current, "tare_pids", UNIT_NONE, "Processes and threads."),
	LIMIT(PART_PIDS, struct stats_pids, limit, "tare_pids_limit", UNIT_NONE, "Limit of processes and threads."),
	COUNTER(PART_PIDS, struct stats_pids, failcnt, "tare_pids_failures", UNIT_NONE,
		"Forks refused because of the limit."),
};

/* What the labels of one container's metrics begin with. */
struct sheet {
	FILE *out;
	const char *id;
};

/* A label's value: quotes, backslashes and newlines are escaped. */
static void put_label(FILE *out, const char *name, const char *value)
{
	(void)fprintf(out, "%s=\"", name);
	for (; *value != '\0'; value++) {
		if (*value == '\n')
			(void)fputs("\\n", out);
		else if (*value == '"' || *value == '\\')
			(void)fprintf(out, "\\%c", *value);
		else
			(void)fputc(*value, out);
	}
	(void)fputc('"', out);
}

static void put_heading(const struct sheet *sheet, const char *name, bool is_counter, enum unit unit, const char *help)
{
	static const char *const words[] = {
		[UNIT_BYTES] = "bytes", [UNIT_NANOSECONDS] = "seconds", [UNIT_MICROSECONDS] = "seconds",
	};

	(void)fprintf(sheet->out, "# TYPE %s %s\n", name, is_counter ? "counter" : "gauge");
	if (unit != UNIT_NONE)
		(void)fprintf(sheet->out, "# UNIT %s %s\n", name, words[unit]);
	(void)fprintf(sheet->out, "# HELP %s %s\n", name, help);
}

static void put_value(FILE *out, enum unit unit, uint64_t value)
{
	if (unit == UNIT_NANOSECONDS)
		(void)fprintf(out, " %" PRIu64 ".%09" PRIu64 "\n", value / 1000000000, value % 1000000000);
	else if (unit == UNIT_MICROSECONDS)
		(void)fprintf(out, " %" PRIu64 ".%06" PRIu64 "\n", value / 1000000, value % 1000000);
	else
		(void)fprintf(out, " %" PRIu64 "\n", value);
}

/* One line, with up to two labels besides the ID. */
static void put_sample(const struct sheet *sheet, const char *name, bool is_counter, enum unit unit,
		       const char *const labels[4], uint64_t value)
{
	(void)fprintf(sheet->out, "%s%s{", name, is_counter ? "_total" : "");
	put_label(sheet->out, "id", sheet->id);
	for (int i = 0; i < 4 && labels[i] != NULL; i += 2) {
		(void)fputc(',', sheet->out);
		put_label(sheet->out, labels[i], labels[i + 1]);
	}
	(void)fputc('}', sheet->out);
	put_value(sheet->out, unit, value);
}

/* v2's "max", 0 where that means none, and v1's largest number of whole pages. */
static bool is_unlimited(uint64_t value)
{
	return value == 0 || value >= (uint64_t)INT64_MAX - 0xffff;
}

static void put_metric(const struct sheet *sheet, const struct metric *metric, const void *part)
{
	static const char *const none[4] = { NULL };
	uint64_t value;

	memcpy(&value, (const char *)part + metric->offset, sizeof(value));
	put_heading(sheet, metric->name, metric->is_counter, metric->unit, metric->help);
	if (!metric->is_limit || !is_unlimited(value)) {
		put_sample(sheet, metric->name, metric->is_counter, metric->unit, none, value);
		return;
	}
	(void)fprintf(sheet->out, "%s{", metric->name);
	put_label(sheet->out, "id", sheet->id);
	(void)fputs("} +Inf\n", sheet->out);
}

static void put_pressure(const struct sheet *sheet, const struct events_data *data)
{
	static const char name[] = "tare_pressure_seconds";
	const struct {
		const char *resource;
		const struct stats_psi *psi;
	} all[] = { { "cpu", data->cpu->psi }, { "memory", data->memory->psi }, { "io", data->blkio->psi } };

	put_heading(sheet, name, true, UNIT_MICROSECONDS, "Time in which some or all tasks waited for a resource.");
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (all[i].psi == NULL)
			continue;
		put_sample(sheet, name, true, UNIT_MICROSECONDS,
			   (const char *const[]){ "resource", all[i].resource, "tasks", "some" },
			   all[i].psi->some->total);
		put_sample(sheet, name, true, UNIT_MICROSECONDS,
			   (const char *const[]){ "resource", all[i].resource, "tasks", "full" },
			   all[i].psi->full->total);
	}
}

static void put_io(const struct sheet *sheet, const char *name, enum unit unit, const char *help,
		   const struct oci_list *list)
{
	const struct stats_io *io;

	put_heading(sheet, name, true, unit, help);
	oci_for_each(io, list) {
		char device[48];

		(void)snprintf(device, sizeof(device), "%" PRIu64 ":%" PRIu64, io->major, io->minor);
		put_sample(sheet, name, true, unit,
			   (const char *const[]){ "device", device, io->op == NULL ? NULL : "op", io->op }, io->value);
	}
}

static void put_hugetlb(const struct sheet *sheet, const struct oci_map *map)
{
	const struct oci_entry *entry;

	put_heading(sheet, "tare_hugetlb_usage_bytes", false, UNIT_BYTES, "Memory in huge pages.");
	oci_for_entry(entry, map) {
		const struct stats_hugetlb *hugetlb = entry->object;

		put_sample(sheet, "tare_hugetlb_usage_bytes", false, UNIT_BYTES,
			   (const char *const[]){ "pagesize", entry->key, NULL, NULL }, hugetlb->usage);
	}
}

static const struct {
	const char *name;
	const char *help;
	enum unit unit;
	size_t offset;
} network_metrics[] = {
	{ "tare_network_receive_bytes", "Bytes received.", UNIT_BYTES, offsetof(struct network_counts, rx_bytes) },
	{ "tare_network_receive_packets", "Packets received.", UNIT_NONE, offsetof(struct network_counts, rx_packets) },
	{ "tare_network_receive_errors", "Packets received in error.", UNIT_NONE,
	  offsetof(struct network_counts, rx_errors) },
	{ "tare_network_receive_dropped", "Received packets thrown away.", UNIT_NONE,
	  offsetof(struct network_counts, rx_dropped) },
	{ "tare_network_transmit_bytes", "Bytes sent.", UNIT_BYTES, offsetof(struct network_counts, tx_bytes) },
	{ "tare_network_transmit_packets", "Packets sent.", UNIT_NONE, offsetof(struct network_counts, tx_packets) },
	{ "tare_network_transmit_errors", "Packets not sent for an error.", UNIT_NONE,
	  offsetof(struct network_counts, tx_errors) },
	{ "tare_network_transmit_dropped", "Packets thrown away instead of sent.", UNIT_NONE,
	  offsetof(struct network_counts, tx_dropped) },
};

static void put_network(const struct sheet *sheet, const struct oci_list *list)
{
	for (size_t i = 0; i < sizeof(network_metrics) / sizeof(network_metrics[0]); i++) {
		const struct network_counts *counts;

		put_heading(sheet, network_metrics[i].name, true, network_metrics[i].unit, network_metrics[i].help);
		oci_for_each(counts, list) {
			uint64_t value;

			memcpy(&value, (const char *)counts + network_metrics[i].offset, sizeof(value));
			put_sample(sheet, network_metrics[i].name, true, network_metrics[i].unit,
				   (const char *const[]){ "interface", counts->name, NULL, NULL }, value);
		}
	}
}

void openmetrics_print(FILE *out, const char *id, const struct events_data *data)
{
	const void *const parts[N_PARTS] = {
		[PART_CPU] = data->cpu->usage,
		[PART_THROTTLING] = data->cpu->throttling,
		[PART_MEMORY] = data->memory->usage,
		[PART_SWAP] = data->memory->swap,
		[PART_MEMORY_EVENTS] = data->memory->events,
		[PART_PIDS] = data->pids,
	};
	const struct sheet sheet = { .out = out, .id = id };

	for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++)
		put_metric(&sheet, &metrics[i], parts[metrics[i].part]);
	put_pressure(&sheet, data);
	put_io(&sheet, "tare_io_bytes", UNIT_BYTES, "Bytes read from and written to devices.", &data->blkio->service_bytes);
	put_io(&sheet, "tare_io_operations", UNIT_NONE, "Operations on devices.", &data->blkio->serviced);
	put_hugetlb(&sheet, &data->hugetlb);
	put_network(&sheet, &data->network);
	(void)fputs("# EOF\n", out);
}
