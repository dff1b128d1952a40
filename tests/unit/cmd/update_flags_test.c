/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options of update as a document, and numbers of bytes as people write them. */
#include "cmd/update_flags.h"

#include <string.h>

#include "base/err.h"
#include "libocispec/arena.h"
#include "tests/unit/support.h"

static void assert_bytes(const char *text, int64_t wanted)
{
	struct err err = ERR_INIT;
	int64_t value = 0;

	if (update_flags_bytes(text, &value, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	if (value != wanted)
		fail_msg("%s: %lld, not %lld", text, (long long)value, (long long)wanted);
}

static void test_bytes(void **state)
{
	(void)state;
	assert_bytes("0", 0);
	assert_bytes("-1", -1);
	assert_bytes("1234", 1234);
	assert_bytes("5b", 5);
	assert_bytes("5B", 5);
	assert_bytes("64k", 65536);
	assert_bytes("64K", 65536);
	assert_bytes("64kb", 65536);
	assert_bytes("64KiB", 65536);
	assert_bytes("64 ki", 65536);
	assert_bytes("2m", 2097152);
	assert_bytes("1.5G", INT64_C(1610612736));
	assert_bytes("0.25m", 262144);
	assert_bytes("1.1k", 1126);
	assert_bytes("3.9", 3);
	assert_bytes("2t", INT64_C(2199023255552));
	assert_bytes("1P", INT64_C(1125899906842624));
	assert_bytes("9223372036854775807", INT64_MAX);
	assert_bytes("8191P", INT64_C(8191) << 50);
}

static void test_no_bytes(void **state)
{
	static const char *const bad[] = { "-2", "x", "k", "1x", "1kk", "1 x", "1.", ".5", ".", " 1", "1  k", "+1", "0x10",
					   "1e3", "-1k", "1bk", "1ib", "9223372036854775808", "8192P", "99999999999999999999",
					   "1.5.5" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct err err = ERR_INIT;
		int64_t value;

		if (update_flags_bytes(bad[i], &value, &err) == 0)
			fail_msg("%s was taken for %lld", bad[i], (long long)value);
		assert_holds(err.text, bad[i]);
	}
}

static void assert_text(const char *const value[UPDATE_FLAGS], const char *wanted)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct err err = ERR_INIT;
	const char *text = NULL;

	assert_good(update_flags_write(&arena, value, &text, &err), err);
	assert_string_equal(text, wanted);
}

static void test_none(void **state)
{
	const char *const empty[UPDATE_FLAGS] = { [UPDATE_MEMORY] = "", [UPDATE_CPUSET_CPUS] = "", [UPDATE_PIDS_LIMIT] = "" };
	const char *const none[UPDATE_FLAGS] = { NULL };

	(void)state;
	assert_text(none, "{\"memory\":{},\"cpu\":{},\"pids\":{},\"blockIO\":{}}");
	assert_text(empty, "{\"memory\":{},\"cpu\":{},\"pids\":{},\"blockIO\":{}}");
}

/* Every option, each with a value of its own, in its property. */
static void test_all(void **state)
{
	const char *const value[UPDATE_FLAGS] = {
		[UPDATE_BLKIO_WEIGHT] = "101",	     [UPDATE_CPU_PERIOD] = "102",
		[UPDATE_CPU_QUOTA] = "-103",	     [UPDATE_CPU_BURST] = "104",
		[UPDATE_CPU_SHARE] = "105",	     [UPDATE_CPU_RT_PERIOD] = "106",
		[UPDATE_CPU_RT_RUNTIME] = "107",     [UPDATE_CPU_IDLE] = "1",
		[UPDATE_CPUSET_CPUS] = "0-3,\"",     [UPDATE_CPUSET_MEMS] = "0",
		[UPDATE_MEMORY] = "1k",		     [UPDATE_MEMORY_RESERVATION] = "2k",
		[UPDATE_MEMORY_SWAP] = "-1",	     [UPDATE_KERNEL_MEMORY] = "3k",
		[UPDATE_KERNEL_MEMORY_TCP] = "4k",   [UPDATE_PIDS_LIMIT] = "0",
	};

	(void)state;
	for (size_t i = 0; i < UPDATE_FLAGS; i++)
		assert_non_null(value[i]);
	assert_text(value,
		    "{\"memory\":{\"limit\":1024,\"reservation\":2048,\"swap\":-1,\"kernel\":3072,\"kernelTCP\":4096},"
		    "\"cpu\":{\"shares\":105,\"quota\":-103,\"burst\":104,\"period\":102,\"realtimeRuntime\":107,"
		    "\"realtimePeriod\":106,\"cpus\":\"0-3,\\\"\",\"mems\":\"0\",\"idle\":1},"
		    "\"pids\":{\"limit\":0},\"blockIO\":{\"weight\":101}}");
}

static void test_refused(void **state)
{
	static const struct {
		enum update_flag flag;
		const char *value, *words;
	} rows[] = {
		{ UPDATE_BLKIO_WEIGHT, "65536", "--blkio-weight: \"65536\" is too large" },
		{ UPDATE_CPU_PERIOD, "-1", "--cpu-period: \"-1\" is not a whole number of 0 or more" },
		{ UPDATE_CPU_SHARE, "1.5", "--cpu-share: " },
		{ UPDATE_CPU_BURST, "18446744073709551616", "--cpu-burst: \"18446744073709551616\" is too large" },
		{ UPDATE_CPU_QUOTA, "5ms", "--cpu-quota: \"5ms\" is not a whole number" },
		{ UPDATE_CPU_QUOTA, "--5", "--cpu-quota: " },
		{ UPDATE_CPU_QUOTA, "9223372036854775808", "--cpu-quota: " },
		{ UPDATE_PIDS_LIMIT, " 5", "--pids-limit: " },
		{ UPDATE_MEMORY, "5q", "--memory: \"5q\" is no number of bytes" },
		{ UPDATE_CPUSET_CPUS, "\xff", "options: " },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		auto_arena struct arena arena = ARENA_INIT;
		const char *value[UPDATE_FLAGS] = { NULL };
		struct err err = ERR_INIT;
		const char *text;

		value[rows[i].flag] = rows[i].value;
		assert_int_equal(update_flags_write(&arena, value, &text, &err), -1);
		assert_holds(err.text, rows[i].words);
	}
}

static void test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < UPDATE_FLAGS; i++) {
		assert_non_null(update_flags_names[i].path);
		assert_memory_equal(update_flags_names[i].name, "--", 2);
	}
	assert_null(update_flags_names[UPDATE_FLAGS].path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_no_bytes),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
