/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The golden text of the OpenMetrics form. */
#include "tests/unit/support.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#include "sample.h"

#define FAMILY(name, type, help) "# TYPE " name " " type "\n# HELP " name " " help "\n"
#define FAMILY_IN(name, type, unit, help) "# TYPE " name " " type "\n# UNIT " name " " unit "\n# HELP " name " " help "\n"

static const char golden[] =
	FAMILY_IN("tare_cpu_usage_seconds", "counter", "seconds", "CPU time used.")
	"tare_cpu_usage_seconds_total{id=\"box\"} 1.000000011\n"
	FAMILY_IN("tare_cpu_user_seconds", "counter", "seconds", "CPU time used in user mode.")
	"tare_cpu_user_seconds_total{id=\"box\"} 0.000000013\n"
	FAMILY_IN("tare_cpu_kernel_seconds", "counter", "seconds", "CPU time used in the kernel.")
	"tare_cpu_kernel_seconds_total{id=\"box\"} 0.000000012\n"
	FAMILY("tare_cpu_periods", "counter", "Periods of the CPU quota.")
	"tare_cpu_periods_total{id=\"box\"} 21\n"
	FAMILY("tare_cpu_throttled_periods", "counter", "Periods in which the CPU quota was used up.")
	"tare_cpu_throttled_periods_total{id=\"box\"} 22\n"
	FAMILY_IN("tare_cpu_throttled_seconds", "counter", "seconds", "Time of waiting for the next period.")
	"tare_cpu_throttled_seconds_total{id=\"box\"} 0.000000023\n"
	FAMILY_IN("tare_memory_usage_bytes", "gauge", "bytes", "Memory in use.")
	"tare_memory_usage_bytes{id=\"box\"} 31\n"
	FAMILY_IN("tare_memory_peak_bytes", "gauge", "bytes", "Most memory ever in use.")
	"tare_memory_peak_bytes{id=\"box\"} 32\n"
	FAMILY_IN("tare_memory_limit_bytes", "gauge", "bytes", "Limit of memory.")
	"tare_memory_limit_bytes{id=\"box\"} +Inf\n"
	FAMILY("tare_memory_failures", "counter", "How often the limit of memory was hit.")
	"tare_memory_failures_total{id=\"box\"} 33\n"
	FAMILY_IN("tare_memory_swap_usage_bytes", "gauge", "bytes", "Memory and swap in use.")
	"tare_memory_swap_usage_bytes{id=\"box\"} 35\n"
	FAMILY_IN("tare_memory_swap_limit_bytes", "gauge", "bytes", "Limit of memory and swap.")
	"tare_memory_swap_limit_bytes{id=\"box\"} 34\n"
	FAMILY("tare_memory_oom_kills", "counter", "Processes killed for lack of memory.")
	"tare_memory_oom_kills_total{id=\"box\"} 50\n"
	FAMILY("tare_pids", "gauge", "Processes and threads.")
	"tare_pids{id=\"box\"} 52\n"
	FAMILY("tare_pids_limit", "gauge", "Limit of processes and threads.")
	"tare_pids_limit{id=\"box\"} 53\n"
	FAMILY("tare_pids_failures", "counter", "Forks refused because of the limit.")
	"tare_pids_failures_total{id=\"box\"} 55\n"
	FAMILY_IN("tare_pressure_seconds", "counter", "seconds", "Time in which some or all tasks waited for a resource.")
	"tare_pressure_seconds_total{id=\"box\",resource=\"cpu\",tasks=\"some\"} 1.500001\n"
	"tare_pressure_seconds_total{id=\"box\",resource=\"cpu\",tasks=\"full\"} 0.000002\n"
	"tare_pressure_seconds_total{id=\"box\",resource=\"memory\",tasks=\"some\"} 1.500001\n"
	"tare_pressure_seconds_total{id=\"box\",resource=\"memory\",tasks=\"full\"} 0.000002\n"
	"tare_pressure_seconds_total{id=\"box\",resource=\"io\",tasks=\"some\"} 1.500001\n"
	"tare_pressure_seconds_total{id=\"box\",resource=\"io\",tasks=\"full\"} 0.000002\n"
	FAMILY_IN("tare_io_bytes", "counter", "bytes", "Bytes read from and written to devices.")
	"tare_io_bytes_total{id=\"box\",device=\"8:1\",op=\"Read\"} 56\n"
	FAMILY("tare_io_operations", "counter", "Operations on devices.")
	"tare_io_operations_total{id=\"box\",device=\"8:0\",op=\"Write\"} 57\n"
	FAMILY_IN("tare_hugetlb_usage_bytes", "gauge", "bytes", "Memory in huge pages.")
	"tare_hugetlb_usage_bytes{id=\"box\",pagesize=\"2MB\"} 61\n"
	FAMILY_IN("tare_network_receive_bytes", "counter", "bytes", "Bytes received.")
	"tare_network_receive_bytes_total{id=\"box\",interface=\"e\\\"0\"} 71\n"
	FAMILY("tare_network_receive_packets", "counter", "Packets received.")
	"tare_network_receive_packets_total{id=\"box\",interface=\"e\\\"0\"} 72\n"
	FAMILY("tare_network_receive_errors", "counter", "Packets received in error.")
	"tare_network_receive_errors_total{id=\"box\",interface=\"e\\\"0\"} 73\n"
	FAMILY("tare_network_receive_dropped", "counter", "Received packets thrown away.")
	"tare_network_receive_dropped_total{id=\"box\",interface=\"e\\\"0\"} 74\n"
	FAMILY_IN("tare_network_transmit_bytes", "counter", "bytes", "Bytes sent.")
	"tare_network_transmit_bytes_total{id=\"box\",interface=\"e\\\"0\"} 75\n"
	FAMILY("tare_network_transmit_packets", "counter", "Packets sent.")
	"tare_network_transmit_packets_total{id=\"box\",interface=\"e\\\"0\"} 76\n"
	FAMILY("tare_network_transmit_errors", "counter", "Packets not sent for an error.")
	"tare_network_transmit_errors_total{id=\"box\",interface=\"e\\\"0\"} 77\n"
	FAMILY("tare_network_transmit_dropped", "counter", "Packets thrown away instead of sent.")
	"tare_network_transmit_dropped_total{id=\"box\",interface=\"e\\\"0\"} 78\n"
	"# EOF\n";

static char *print(const struct events_data *data)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	openmetrics_print(out, "box", data);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void test_golden(void **state)
{
	auto_free char *text = print(&sample_full);

	(void)state;
	assert_string_equal(text, golden);
}

/* Whatever means "no limit", and lists without elements: their family stays. */
static void test_empty(void **state)
{
	static const uint64_t none[] = { 0, UINT64_MAX, 9223372036854771712U };
	struct events_data data = sample_empty;
	struct stats_memory memory = *data.memory;
	struct stats_amount usage = { .at = 0 };

	(void)state;
	memory.usage = &usage;
	data.memory = &memory;
	for (size_t i = 0; i < COUNT(none); i++) {
		auto_free char *text = NULL;

		usage.limit = none[i];
		text = print(&data);
		assert_holds(text, "\ntare_memory_limit_bytes{id=\"box\"} +Inf\n");
		assert_holds(text, "\n# TYPE tare_io_bytes counter\n");
		assert_null(strstr(text, "tare_io_bytes_total"));
		assert_null(strstr(text, "tare_pressure_seconds_total"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
