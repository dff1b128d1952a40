/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resources, as part of a config and as a document of their own. */
#include "tests/unit/libocispec/reading.h"

#include "libocispec/oci/resources.h"

static void reads_and_writes_every_key(void **state)
{
	static const char text[] =
		"{\"devices\":[{\"allow\":false}],\"memory\":{\"limit\":-1,"
		"\"reservation\":1,\"swap\":9223372036854775807,\"kernel\":-1,"
		"\"kernelTCP\":0,\"swappiness\":60,\"disableOOMKiller\":false,"
		"\"useHierarchy\":true,\"checkBeforeUpdate\":true},\"cpu\":{\"shares\":10"
		"24,\"quota\":-1,\"burst\":0,\"period\":100000,\"realtimeRuntime\":950000"
		",\"realtimePeriod\":1000000,\"cpus\":\"0-3\",\"mems\":\"0\",\"idle\":1},"
		"\"pids\":{\"limit\":0},\"blockIO\":{\"weight\":10,\"leafWeight\":1000,"
		"\"weightDevice\":[{\"major\":8,\"minor\":0,\"weight\":500,\"leafWeight\""
		":300}],\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":600}"
		"],\"throttleWriteBpsDevice\":[{\"major\":8,\"minor\":1,\"rate\":0}],"
		"\"throttleReadIOPSDevice\":[{\"major\":8,\"minor\":2,\"rate\":1844674407"
		"3709551615}],\"throttleWriteIOPSDevice\":[{\"major\":8,\"minor\":3,"
		"\"rate\":300}]},\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":9223"
		"372036854772000}],\"network\":{\"classID\":1048577,\"priorities\":[{"
		"\"name\":\"eth0\",\"priority\":500}]},\"rdma\":{\"mlx5_1\":{"
		"\"hcaHandles\":3,\"hcaObjects\":10000}},\"unified\":{\"memory.high\":"
		"\"3000000\",\"io.max\":\"8:0 rbps=1\\n8:16 rbps=2\"}}";
	auto_arena struct arena arena = ARENA_INIT;
	const struct oci_resources *res = there_and_back(&arena, &oci_resources_shape, text);

	(void)state;
	const struct oci_block_throttle *throttle = res->block_io->throttle_read_iops.item[0];
	const struct oci_hugepage *hugepage = res->hugepages.item[0];
	const struct oci_rdma *rdma = oci_map_find(&res->rdma, "mlx5_1")->object;
	
	assert_true(res->memory->limit.v == -1);
	assert_true(res->memory->swap.v == INT64_MAX);
	assert_true(res->memory->disable_oom_killer.set && !res->memory->disable_oom_killer.v);
	assert_int_equal(res->cpu->shares.v, 1024);
	assert_string_equal(res->cpu->cpus, "0-3");
	assert_true(res->cpu->burst.set && res->cpu->burst.v == 0);
	assert_true(res->pids->limit.set && res->pids->limit.v == 0);
	assert_int_equal(res->block_io->leaf_weight.v, 1000);
	assert_true(throttle->rate == UINT64_MAX);
	assert_true(hugepage->limit == UINT64_C(9223372036854772000));
	assert_int_equal(rdma->hca_objects.v, 10000);
	assert_string_equal(oci_map_string(&res->unified, "io.max"), "8:0 rbps=1\n8:16 rbps=2");
}

static void is_a_document_of_its_own(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct oci_source src = text_source("{\"pids\":{},\"memory\":null,\"cpu\":{\"cpus\":\"\"}}");
	struct oci_resources *resources = NULL;
	struct oci_error err = OCI_ERROR_INIT;

	(void)state;
	assert_int_equal(oci_resources_read(&arena, &src, &resources, &err), 0);
	assert_null(resources->memory);
	assert_non_null(resources->pids);
	assert_false(resources->pids->limit.set);
	assert_string_equal(resources->cpu->cpus, "");
}

static void refuses(void **state)
{
	(void)state;
	expect_refused(&oci_resources_shape, "{\"memory\":{\"swappiness\":101}}",
		       "t.json:1:25: memory.swappiness: 101 is out of range (0 to 100)");
	expect_refused(&oci_resources_shape, "{\"cpu\":{\"idle\":2}}",
		       "t.json:1:16: cpu.idle: 2 is out of range (0 to 1)");
	expect_refused(&oci_resources_shape, "{\"cpu\":{\"shares\":-1}}",
		       "t.json:1:18: cpu.shares: -1 is out of range (0 to 18446744073709551615)");
	expect_refused(&oci_resources_shape, "{\"blockIO\":{\"weight\":65536}}",
		       "t.json:1:22: blockIO.weight: 65536 is out of range (0 to 65535)");
	expect_refused(&oci_resources_shape,
		       "{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0}]}}",
		       "t.json:1:38: blockIO.throttleReadBpsDevice[0]: \"rate\" is required");
	expect_refused(&oci_resources_shape, "{\"blockIO\":{\"weightDevice\":[{\"minor\":0}]}}",
		       "t.json:1:29: blockIO.weightDevice[0]: \"major\" is required");
	expect_refused(&oci_resources_shape, "{\"hugepageLimits\":[{\"pageSize\":\"2MB\"}]}",
		       "t.json:1:20: hugepageLimits[0]: \"limit\" is required");
	expect_refused(&oci_resources_shape, "{\"network\":{\"priorities\":[{\"name\":\"e\"}]}}",
		       "t.json:1:27: network.priorities[0]: \"priority\" is required");
	expect_refused(&oci_resources_shape, "{\"rdma\":{\"\":{}}}",
		       "t.json:1:10: rdma[\"\"]: a key must not be empty here");
	expect_refused(&oci_resources_shape, "{\"unified\":{\"a\":1}}",
		       "t.json:1:17: unified.a: expected a string, got a number");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_writes_every_key),
		cmocka_unit_test(is_a_document_of_its_own),
		cmocka_unit_test(refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
