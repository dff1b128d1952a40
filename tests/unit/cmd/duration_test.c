/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Durations as Go writes and reads them. */
#include "cmd/duration.h"

#include <string.h>

#include "base/err.h"
#include "tests/unit/support.h"

static void test_good(void **state)
{
	static const struct {
		const char *text;
		int64_t ns;
	} cases[] = {
		{ "1ns", 1 },
		{ "2us", 2000 },
		{ "2\xc2\xb5s", 2000 },
		{ "2\xce\xbcs", 2000 },
		{ "100ms", 100000000 },
		{ "5s", 5000000000 },
		{ "1m", 60000000000 },
		{ "1h", 3600000000000 },
		{ "1m30s", 90000000000 },
		{ "1h15m30.918273645s", 4530918273645 },
		{ "1.5h", 5400000000000 },
		{ ".5s", 500000000 },
		{ "5.s", 5000000000 },
		{ "007s", 7000000000 },
		{ "2562047h47m16.854775807s", INT64_MAX },
	};
	struct err err = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t ns = duration_parse(cases[i].text, &err);

		assert_good(ns, err);
		assert_true(ns == cases[i].ns);
	}
}

static void test_bad(void **state)
{
	static const char *const none[] = { "", "5", "s", ".s", ".", "5x", "5s ", " 5s", "5 s", "-5s", "+5s", "5s3", "1e3s", "0x1s",
					    "1.2.3s", "9223372036s1h", "2562048h", "99999999999999999999s" };
	struct err err = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT(none); i++) {
		if (duration_parse(none[i], &err) >= 0)
			fail_msg("\"%s\" is taken for a duration", none[i]);
		assert_holds(err.text, "is no duration such as 5s, 100ms or 1m30s");
	}
	assert_int_equal(duration_parse("0s", &err), -1);
	assert_string_equal(err.text, "duration interval must be greater than 0, not \"0s\"");
	assert_int_equal(duration_parse("0.1ns", &err), -1);
	assert_holds(err.text, "greater than 0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
