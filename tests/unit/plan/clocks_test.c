/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Offsets of the clocks of a new time namespace, by the property and by the annotation. */
#include "fixture.h"

#include <string.h>

#define BOX(list, on_linux, annotation) \
	"{'ociVersion':'1.2.0','root':{'path':'r'},'annotations':{'run.oci.timens_offset':'" annotation "'}," \
	"'linux':{" on_linux "'namespaces':[" list "]}}"
#define TIME "{'type':'time'}"
#define BOOTTIME "'timeOffsets':{'boottime':{'secs':9,'nanosecs':1}},"

static void test_values(void **state)
{
	static const struct {
		const char *json;
		size_t n;
		struct plan_clock clocks[2];
	} cases[] = {
		{ BOX(TIME, "", ""), 0, { { .name = NULL } } },
		{ BOX("{'type':'uts'}", "", ""), 0, { { .name = NULL } } },
		{ BOX(TIME, BOOTTIME, ""), 1, { { .name = "boottime", .secs = 9, .nanosecs = 1 } } },
		{ BOX(TIME, "", "monotonic 86400 0"), 1, { { .name = "monotonic", .secs = 86400 } } },
		{ BOX(TIME, "", "  monotonic\\t-5  999999999 \\n\\n boottime 7 0\\n"), 2,
		  { { .name = "monotonic", .secs = -5, .nanosecs = 999999999 }, { .name = "boottime", .secs = 7 } } },
		{ BOX(TIME, "", "7 1 2\\n1 3 4"), 2,
		  { { .name = "boottime", .secs = 1, .nanosecs = 2 }, { .name = "monotonic", .secs = 3, .nanosecs = 4 } } },
		{ BOX(TIME, BOOTTIME, "monotonic 2 0"), 2,
		  { { .name = "boottime", .secs = 9, .nanosecs = 1 }, { .name = "monotonic", .secs = 2 } } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;
		const struct plan_namespaces *ns;

		fixture_open(&f, cases[i].json);
		ns = &fixture_plan(&f)->namespaces;
		assert_int_equal(ns->n_clocks, cases[i].n);
		assert_int_equal(ns->is_staged, cases[i].n > 0);
		for (size_t j = 0; j < cases[i].n; j++) {
			assert_string_equal(ns->clocks[j].name, cases[i].clocks[j].name);
			assert_int_equal(ns->clocks[j].secs, cases[i].clocks[j].secs);
			assert_int_equal(ns->clocks[j].nanosecs, cases[i].clocks[j].nanosecs);
		}
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *json, *refusal;
	} cases[] = {
		{ BOX("", "", "monotonic 1 0"), "is given without a new namespace of type \"time\"" },
		{ BOX("{'type':'time','path':'/t'}", "", "monotonic 1 0"), "is given without a new namespace" },
		{ BOX("", BOOTTIME, ""), "linux.timeOffsets: is given without a new namespace of type \"time\"" },
		{ BOX(TIME, "", "realtime 1 0"), "\"realtime\" is neither \"monotonic\" nor \"boottime\"" },
		{ BOX(TIME, "", "monotonic"), "a line must be a clock, seconds and nanoseconds" },
		{ BOX(TIME, "", "monotonic 1"), "a line must be" },
		{ BOX(TIME, "", "monotonic 1 2 3"), "a line must be" },
		{ BOX(TIME, "", "monotonic 1s 0"), "a line must be" },
		{ BOX(TIME, "", "monotonic +1 0"), "a line must be" },
		{ BOX(TIME, "", "monotonic - 0"), "a line must be" },
		{ BOX(TIME, "", "monotonic 9223372036854775808 0"), "a line must be" },
		{ BOX(TIME, "", "monotonic 1 -1"), "a line must be" },
		{ BOX(TIME, "", "monotonic 1 1000000000"), "a line must be" },
		{ BOX(TIME, "", "monotonic 1 0\\n1 2 0"), "the offset of the clock \"monotonic\" is given already" },
		{ BOX(TIME, BOOTTIME, "boottime 1 0"), "the offset of the clock \"boottime\" is given already" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;

		fixture_open(&f, cases[i].json);
		assert_non_null(strstr(fixture_refused(&f), cases[i].refusal));
		if (strstr(cases[i].refusal, "timeOffsets") == NULL)
			assert_non_null(strstr(f.refusal, "annotations[\"run.oci.timens_offset\"]: "));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
