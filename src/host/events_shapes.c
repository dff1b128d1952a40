/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The statistics as JSON: runc's keys (cli-contract.md 2.3), and ours beside them: what bursts used, swap alone, the
 * peak and the refusals of pids.  "Required" is what runc writes even when it is 0.
 * Runs in: host.
 */
#include "cgroup/stats.h"
#include "host/events.h"
#include "host/network.h"

static const struct oci_field pressure_fields[] = {
	OCI_NUMBER(struct stats_pressure, avg10, "avg10", OCI_REQUIRED),
	OCI_NUMBER(struct stats_pressure, avg60, "avg60", OCI_REQUIRED),
	OCI_NUMBER(struct stats_pressure, avg300, "avg300", OCI_REQUIRED),
	OCI_U64(struct stats_pressure, total, "total", OCI_REQUIRED),
};
static const struct oci_shape pressure_shape = OCI_SHAPE(struct stats_pressure, "pressure", pressure_fields);

static const struct oci_field psi_fields[] = {
	OCI_OBJECT(struct stats_psi, some, "some", 0, &pressure_shape),
	OCI_OBJECT(struct stats_psi, full, "full", 0, &pressure_shape),
};
static const struct oci_shape psi_shape = OCI_SHAPE(struct stats_psi, "psi", psi_fields);

static const struct oci_field usage_fields[] = {
	OCI_U64(struct stats_cpu_usage, total, "total", 0),
	OCI_NUMBER_TEXTS(struct stats_cpu_usage, percpu, "percpu", 0),
	OCI_NUMBER_TEXTS(struct stats_cpu_usage, percpu_kernel, "percpu_kernel", 0),
	OCI_NUMBER_TEXTS(struct stats_cpu_usage, percpu_user, "percpu_user", 0),
	OCI_U64(struct stats_cpu_usage, kernel, "kernel", OCI_REQUIRED),
	OCI_U64(struct stats_cpu_usage, user, "user", OCI_REQUIRED),
};
static const struct oci_shape usage_shape = OCI_SHAPE(struct stats_cpu_usage, "cpu usage", usage_fields);

static const struct oci_field throttling_fields[] = {
	OCI_U64(struct stats_throttling, periods, "periods", 0),
	OCI_U64(struct stats_throttling, throttled_periods, "throttledPeriods", 0),
	OCI_U64(struct stats_throttling, throttled_time, "throttledTime", 0),
	OCI_U64(struct stats_throttling, bursts, "bursts", 0),
	OCI_U64(struct stats_throttling, burst_time, "burstTime", 0),
};
static const struct oci_shape throttling_shape = OCI_SHAPE(struct stats_throttling, "throttling", throttling_fields);

static const struct oci_field cpu_fields[] = {
	OCI_OBJECT(struct stats_cpu, usage, "usage", OCI_REQUIRED, &usage_shape),
	OCI_OBJECT(struct stats_cpu, throttling, "throttling", OCI_REQUIRED, &throttling_shape),
	OCI_OBJECT(struct stats_cpu, psi, "psi", 0, &psi_shape),
};
static const struct oci_shape cpu_shape = OCI_SHAPE(struct stats_cpu, "cpu", cpu_fields);

static const struct oci_field cpuset_fields[] = {
	OCI_NUMBERS(struct stats_cpuset, cpus, "cpus", 0),
	OCI_U64(struct stats_cpuset, cpu_exclusive, "cpu_exclusive", OCI_REQUIRED),
	OCI_NUMBERS(struct stats_cpuset, mems, "mems", 0),
	OCI_U64(struct stats_cpuset, mem_hardwall, "mem_hardwall", OCI_REQUIRED),
	OCI_U64(struct stats_cpuset, mem_exclusive, "mem_exclusive", OCI_REQUIRED),
	OCI_U64(struct stats_cpuset, memory_migrate, "memory_migrate", OCI_REQUIRED),
	OCI_U64(struct stats_cpuset, memory_spread_page, "memory_spread_page", OCI_REQUIRED),
	OCI_U64(struct stats_cpuset, memory_spread_slab, "memory_spread_slab", OCI_REQUIRED),
	OCI_U64(struct stats_cpuset, memory_pressure, "memory_pressure", OCI_REQUIRED),
	OCI_U64(struct stats_cpuset, sched_load_balance, "sched_load_balance", OCI_REQUIRED),
	OCI_I64(struct stats_cpuset, sched_relax_domain_level, "sched_relax_domain_level", OCI_REQUIRED),
};
static const struct oci_shape cpuset_shape = OCI_SHAPE(struct stats_cpuset, "cpuset", cpuset_fields);

static const struct oci_field amount_fields[] = {
	OCI_U64(struct stats_amount, limit, "limit", OCI_REQUIRED),
	OCI_U64(struct stats_amount, usage, "usage", 0),
	OCI_U64(struct stats_amount, max, "max", 0),
	OCI_U64(struct stats_amount, failcnt, "failcnt", OCI_REQUIRED),
};
static const struct oci_shape amount_shape = OCI_SHAPE(struct stats_amount, "amount", amount_fields);

static const struct oci_field memory_events_fields[] = {
	OCI_U64(struct stats_memory_events, low, "low", 0),
	OCI_U64(struct stats_memory_events, high, "high", 0),
	OCI_U64(struct stats_memory_events, max, "max", 0),
	OCI_U64(struct stats_memory_events, oom, "oom", 0),
	OCI_U64(struct stats_memory_events, oom_kill, "oom_kill", 0),
	OCI_U64(struct stats_memory_events, oom_group_kill, "oom_group_kill", 0),
};
static const struct oci_shape memory_events_shape =
	OCI_SHAPE(struct stats_memory_events, "memory events", memory_events_fields);

static const struct oci_field memory_fields[] = {
	OCI_U64(struct stats_memory, cache, "cache", 0),
	OCI_OBJECT(struct stats_memory, usage, "usage", OCI_REQUIRED, &amount_shape),
	OCI_OBJECT(struct stats_memory, swap, "swap", OCI_REQUIRED, &amount_shape),
	OCI_OBJECT(struct stats_memory, swap_only, "swapOnly", OCI_REQUIRED, &amount_shape),
	OCI_OBJECT(struct stats_memory, kernel, "kernel", OCI_REQUIRED, &amount_shape),
	OCI_OBJECT(struct stats_memory, kernel_tcp, "kernelTCP", OCI_REQUIRED, &amount_shape),
	OCI_NUMBER_MAP(struct stats_memory, raw, "raw", 0),
	OCI_OBJECT(struct stats_memory, psi, "psi", 0, &psi_shape),
	OCI_OBJECT(struct stats_memory, events, "event_count", OCI_REQUIRED, &memory_events_shape),
};
static const struct oci_shape memory_shape = OCI_SHAPE(struct stats_memory, "memory", memory_fields);

static const struct oci_field pids_fields[] = {
	OCI_U64(struct stats_pids, current, "current", 0),
	OCI_U64(struct stats_pids, limit, "limit", 0),
	OCI_U64(struct stats_pids, max, "max", 0),
	OCI_U64(struct stats_pids, failcnt, "failcnt", 0),
};
static const struct oci_shape pids_shape = OCI_SHAPE(struct stats_pids, "pids", pids_fields);

static const struct oci_field io_fields[] = {
	OCI_U64(struct stats_io, major, "major", 0),
	OCI_U64(struct stats_io, minor, "minor", 0),
	OCI_STRING(struct stats_io, op, "op", 0),
	OCI_U64(struct stats_io, value, "value", 0),
};
static const struct oci_shape io_shape = OCI_SHAPE(struct stats_io, "operation", io_fields);

static const struct oci_field blkio_fields[] = {
	OCI_OBJECTS(struct stats_blkio, service_bytes, "ioServiceBytesRecursive", 0, &io_shape),
	OCI_OBJECTS(struct stats_blkio, serviced, "ioServicedRecursive", 0, &io_shape),
	OCI_OBJECTS(struct stats_blkio, queued, "ioQueueRecursive", 0, &io_shape),
	OCI_OBJECTS(struct stats_blkio, service_time, "ioServiceTimeRecursive", 0, &io_shape),
	OCI_OBJECTS(struct stats_blkio, wait_time, "ioWaitTimeRecursive", 0, &io_shape),
	OCI_OBJECTS(struct stats_blkio, merged, "ioMergedRecursive", 0, &io_shape),
	OCI_OBJECTS(struct stats_blkio, time, "ioTimeRecursive", 0, &io_shape),
	OCI_OBJECTS(struct stats_blkio, sectors, "sectorsRecursive", 0, &io_shape),
	OCI_OBJECT(struct stats_blkio, psi, "psi", 0, &psi_shape),
};
static const struct oci_shape blkio_shape = OCI_SHAPE(struct stats_blkio, "blkio", blkio_fields);

static const struct oci_field hugetlb_fields[] = {
	OCI_U64(struct stats_hugetlb, usage, "usage", 0),
	OCI_U64(struct stats_hugetlb, max, "max", 0),
	OCI_U64(struct stats_hugetlb, failcnt, "failcnt", OCI_REQUIRED),
};
static const struct oci_shape hugetlb_shape = OCI_SHAPE(struct stats_hugetlb, "hugetlb", hugetlb_fields);

static const struct oci_field rdt_fields[] = {
	OCI_STRING(struct events_rdt, l3_root, "l3_cache_schema_root", 0),
	OCI_STRING(struct events_rdt, l3, "l3_cache_schema", 0),
	OCI_STRING(struct events_rdt, bandwidth_root, "mem_bw_schema_root", 0),
	OCI_STRING(struct events_rdt, bandwidth, "mem_bw_schema", 0),
};
static const struct oci_shape rdt_shape = OCI_SHAPE(struct events_rdt, "intel_rdt", rdt_fields);

static const struct oci_field network_fields[] = {
	OCI_STRING(struct network_counts, name, "Name", OCI_REQUIRED),
	OCI_U64(struct network_counts, rx_bytes, "RxBytes", OCI_REQUIRED),
	OCI_U64(struct network_counts, rx_packets, "RxPackets", OCI_REQUIRED),
	OCI_U64(struct network_counts, rx_errors, "RxErrors", OCI_REQUIRED),
	OCI_U64(struct network_counts, rx_dropped, "RxDropped", OCI_REQUIRED),
	OCI_U64(struct network_counts, tx_bytes, "TxBytes", OCI_REQUIRED),
	OCI_U64(struct network_counts, tx_packets, "TxPackets", OCI_REQUIRED),
	OCI_U64(struct network_counts, tx_errors, "TxErrors", OCI_REQUIRED),
	OCI_U64(struct network_counts, tx_dropped, "TxDropped", OCI_REQUIRED),
};
static const struct oci_shape network_shape = OCI_SHAPE(struct network_counts, "network interface", network_fields);

static const struct oci_field data_fields[] = {
	OCI_OBJECT(struct events_data, cpu, "cpu", OCI_REQUIRED, &cpu_shape),
	OCI_OBJECT(struct events_data, cpuset, "cpuset", OCI_REQUIRED, &cpuset_shape),
	OCI_OBJECT(struct events_data, memory, "memory", OCI_REQUIRED, &memory_shape),
	OCI_OBJECT(struct events_data, pids, "pids", OCI_REQUIRED, &pids_shape),
	OCI_OBJECT(struct events_data, blkio, "blkio", OCI_REQUIRED, &blkio_shape),
	OCI_OBJECT_MAP(struct events_data, hugetlb, "hugetlb", OCI_REQUIRED, &hugetlb_shape, NULL),
	OCI_OBJECT(struct events_data, rdt, "intel_rdt", OCI_REQUIRED, &rdt_shape),
	OCI_OBJECTS(struct events_data, network, "network_interfaces", OCI_REQUIRED, &network_shape),
};
static const struct oci_shape data_shape = OCI_SHAPE(struct events_data, "statistics", data_fields);

static const struct oci_field record_fields[] = {
	OCI_STRING(struct events_record, type, "type", OCI_REQUIRED),
	OCI_STRING(struct events_record, id, "id", OCI_REQUIRED),
	OCI_OBJECT(struct events_record, data, "data", 0, &data_shape),
};
const struct oci_shape events_record_shape = OCI_SHAPE(struct events_record, "event", record_fields);
