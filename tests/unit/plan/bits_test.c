/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of CPUs and nodes. */
#include "fixture.h"

#include <string.h>

#include "plan/bits.h"

#define LIMIT 5000

static struct region region;

static int open_region(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	return region_open(&region, &err);
}

static int close_region(void **state)
{
	(void)state;
	region_close(&region);
	return 0;
}

static bool has(const struct plan_bits *bits, size_t i)
{
	return i < bits->n && bits->word != NULL && (bits->word[i / PLAN_BITS_WORD] >> i % PLAN_BITS_WORD & 1) != 0;
}

static void test_lists(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		size_t member[9]; /* ended by LIMIT */
	} cases[] = {
		{ "0", 1, { 0, LIMIT } },
		{ "0-3,7", 8, { 0, 1, 2, 3, 7, LIMIT } },
		{ "7,0-3", 8, { 0, 1, 2, 3, 7, LIMIT } },
		{ "3-3,1,1-1", 4, { 1, 3, LIMIT } },
		{ " 1 ,\t2-3\n,", 4, { 1, 2, 3, LIMIT } },
		{ ",,5,,", 6, { 5, LIMIT } },
		{ "007", 8, { 7, LIMIT } },
		{ "63,64,127,128", 129, { 63, 64, 127, 128, LIMIT } },
		{ "1023-1025,4999", 5000, { 1023, 1024, 1025, 4999, LIMIT } },
		{ "", 0, { LIMIT } },
		{ " , \n", 0, { LIMIT } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct plan_bits bits;
		struct err err = ERR_INIT;
		size_t count = 0, n_members = 0;

		if (plan_bits_parse(&region, cases[i].text, LIMIT, 7, &bits, &err) < 0)
			fail_msg("\"%s\": %s", cases[i].text, err.text);
		assert_int_equal(bits.n, cases[i].n);
		assert_int_equal(bits.word == NULL, bits.n == 0);
		for (; cases[i].member[n_members] != LIMIT; n_members++)
			assert_true(has(&bits, cases[i].member[n_members]));
		for (size_t k = 0; k < LIMIT; k++)
			count += has(&bits, k);
		assert_int_equal(count, n_members);
		/* Nothing above the set's end, which the kernel would take for members. */
		for (size_t k = bits.n; bits.word != NULL && k < PLAN_BITS_WORDS(bits.n) * PLAN_BITS_WORD; k++)
			assert_int_equal(bits.word[k / PLAN_BITS_WORD] >> k % PLAN_BITS_WORD & 1, 0);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "x", "\"x\" is neither a number nor a range such as \"0-3\"" },
		{ "1,a-b", "\"a-b\" is neither a number nor a range such as \"0-3\"" },
		{ "-1", "\"-1\" is neither a number nor a range such as \"0-3\"" },
		{ "1-", "\"1-\" is neither a number nor a range such as \"0-3\"" },
		{ "1--2", "\"1--2\" is neither a number nor a range such as \"0-3\"" },
		{ "1-2-3", "\"1-2-3\" is neither a number nor a range such as \"0-3\"" },
		{ "1 - 2", "\"1 - 2\" is neither a number nor a range such as \"0-3\"" },
		{ "0x1", "\"0x1\" is neither a number nor a range such as \"0-3\"" },
		{ "+1", "\"+1\" is neither a number nor a range such as \"0-3\"" },
		{ "1.5", "\"1.5\" is neither a number nor a range such as \"0-3\"" },
		{ "1;2", "\"1;2\" is neither a number nor a range such as \"0-3\"" },
		{ "0-7:2", "\"0-7:2\" is neither a number nor a range such as \"0-3\"" },
		{ "0,3-1", "\"3-1\" is a range that ends before it begins" },
		{ "5000", "\"5000\" is out of range: no number may be above 4999" },
		{ "0-5000", "\"0-5000\" is out of range: no number may be above 4999" },
		{ "99999999999999999999999999", "\"99999999999999999999999999\" is out of range: no number may be "
		  "above 4999" },
		{ "4999999999-0", "\"4999999999-0\" is a range that ends before it begins" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct plan_bits bits;
		struct err err = ERR_INIT;

		assert_int_equal(plan_bits_parse(&region, cases[i].text, LIMIT, 7, &bits, &err), -1);
		assert_string_equal(err.text, cases[i].why);
		assert_int_equal(err.at, 7);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, open_region, close_region);
}
