/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The golden texts of the JSON form: full, empty, and without statistics. */
#include "tests/unit/support.h"

#include "libocispec/arena.h"
#include "libocispec/write.h"

#include "sample.h"

#define PSI "\"psi\":{\"some\":{\"avg10\":0.12,\"avg60\":0.00,\"avg300\":100.00,\"total\":1500001}," \
	"\"full\":{\"avg10\":0,\"avg60\":0,\"avg300\":0,\"total\":2}}"

static const char golden_full[] =
	"{\"type\":\"stats\",\"id\":\"box\",\"data\":{"
	"\"cpu\":{\"usage\":{\"total\":1000000011,\"percpu\":[14,15],\"percpu_kernel\":[16],\"percpu_user\":[17],"
	"\"kernel\":12,\"user\":13},"
	"\"throttling\":{\"periods\":21,\"throttledPeriods\":22,\"throttledTime\":23,\"bursts\":24,\"burstTime\":25}," PSI "},"
	"\"cpuset\":{\"cpus\":[0,3],\"cpu_exclusive\":1,\"mems\":[0],\"mem_hardwall\":2,\"mem_exclusive\":3,"
	"\"memory_migrate\":4,\"memory_spread_page\":5,\"memory_spread_slab\":6,\"memory_pressure\":7,"
	"\"sched_load_balance\":8,\"sched_relax_domain_level\":-1},"
	"\"memory\":{\"cache\":30,\"usage\":{\"limit\":18446744073709551615,\"usage\":31,\"max\":32,\"failcnt\":33},"
	"\"swap\":{\"limit\":34,\"usage\":35,\"max\":36,\"failcnt\":37},"
	"\"swapOnly\":{\"limit\":38,\"usage\":39,\"max\":40,\"failcnt\":41},"
	"\"kernel\":{\"limit\":42,\"usage\":43,\"failcnt\":0},\"kernelTCP\":{\"limit\":44,\"usage\":45,\"failcnt\":0},"
	"\"raw\":{\"anon\":18446744073709551615}," PSI ","
	"\"event_count\":{\"low\":46,\"high\":47,\"max\":48,\"oom\":49,\"oom_kill\":50,\"oom_group_kill\":51}},"
	"\"pids\":{\"current\":52,\"limit\":53,\"max\":54,\"failcnt\":55},"
	"\"blkio\":{\"ioServiceBytesRecursive\":[{\"major\":8,\"minor\":1,\"op\":\"Read\",\"value\":56}],"
	"\"ioServicedRecursive\":[{\"major\":8,\"op\":\"Write\",\"value\":57}],"
	"\"ioQueueRecursive\":[{\"major\":8,\"value\":58}],\"ioServiceTimeRecursive\":[{\"value\":59}],"
	"\"ioWaitTimeRecursive\":[{\"value\":60}],\"ioMergedRecursive\":[{\"value\":61}],"
	"\"ioTimeRecursive\":[{\"value\":62}],\"sectorsRecursive\":[{\"value\":63}]," PSI "},"
	"\"hugetlb\":{\"2MB\":{\"usage\":61,\"max\":62,\"failcnt\":63}},"
	"\"intel_rdt\":{\"l3_cache_schema_root\":\"L3:0=f\",\"l3_cache_schema\":\"L3:0=1\","
	"\"mem_bw_schema_root\":\"MB:0=100\",\"mem_bw_schema\":\"MB:0=5\"},"
	"\"network_interfaces\":[{\"Name\":\"e\\\"0\",\"RxBytes\":71,\"RxPackets\":72,\"RxErrors\":73,\"RxDropped\":74,"
	"\"TxBytes\":75,\"TxPackets\":76,\"TxErrors\":77,\"TxDropped\":78}]}}";

/* What runc writes for all zeros. */
static const char golden_empty[] =
	"{\"type\":\"stats\",\"id\":\"box\",\"data\":{\"cpu\":{\"usage\":{\"kernel\":0,\"user\":0},\"throttling\":{}},"
	"\"cpuset\":{\"cpu_exclusive\":0,\"mem_hardwall\":0,\"mem_exclusive\":0,\"memory_migrate\":0,"
	"\"memory_spread_page\":0,\"memory_spread_slab\":0,\"memory_pressure\":0,\"sched_load_balance\":0,"
	"\"sched_relax_domain_level\":0},"
	"\"memory\":{\"usage\":{\"limit\":0,\"failcnt\":0},\"swap\":{\"limit\":0,\"failcnt\":0},"
	"\"swapOnly\":{\"limit\":0,\"failcnt\":0},\"kernel\":{\"limit\":0,\"failcnt\":0},"
	"\"kernelTCP\":{\"limit\":0,\"failcnt\":0},\"event_count\":{}},"
	"\"pids\":{},\"blkio\":{},\"hugetlb\":{},\"intel_rdt\":{},\"network_interfaces\":[]}}";

static void check(const char *type, struct events_data *data, const char *golden)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct events_record record = { .type = type, .id = "box", .data = data };
	struct oci_error err = OCI_ERROR_INIT;
	const char *text = NULL;

	if (oci_write(&arena, &events_record_shape, &record, 0, &text, NULL, &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(text, golden);
}

static void test_golden(void **state)
{
	(void)state;
	check("stats", &sample_full, golden_full);
	check("stats", &sample_empty, golden_empty);
	check("oom", NULL, "{\"type\":\"oom\",\"id\":\"box\"}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
