/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The resctrl group of a container, and its lines of schemata. */
#include "plan/rdt.h"

#include <string.h>

#include "fixture.h"

#define RDT(list) "{'ociVersion':'1.3.0','root':{'path':'r'},'linux':{'intelRdt':{" list "}," \
		  "'namespaces':[{'type':'mount'}]}}"

static void test_group(void **state)
{
	static const struct {
		const char *json, *group;
		bool is_own;
	} cases[] = {
		{ RDT(""), "box", true },
		{ RDT("'closID':''"), "box", true },
		{ RDT("'closID':'/'"), "", false },
		{ RDT("'closID':'gold'"), "gold", false },
		{ RDT("'closID':'..gold'"), "..gold", false },
		{ RDT("'closID':'box'"), "box", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;
		const struct plan_rdt *rdt;

		fixture_open(&f, cases[i].json);
		rdt = &fixture_plan(&f)->rdt;
		assert_true(rdt->present);
		assert_string_equal(rdt->group, cases[i].group);
		assert_int_equal(rdt->is_own, cases[i].is_own);
		assert_false(rdt->monitoring);
		assert_false(plan_rdt_has_schemata(rdt));
	}
}

static void test_absent(void **state)
{
	auto_fixture struct fixture f;

	(void)state;
	fixture_open(&f, CONFIG("", "", ""));
	assert_false(fixture_plan(&f)->rdt.present);
}

static void test_schemata(void **state)
{
	auto_fixture struct fixture f;
	const struct plan_rdt *rdt;

	(void)state;
	fixture_open(&f, RDT("'l3CacheSchema':'L3:0=Ff;1=0xf0;','memBwSchema':'MB:0= 70 ;10=100',"
			     "'schemata':['L3CODE:0=f','L2:0=1;1=2','FUTURE:x'],'enableMonitoring':true"));
	rdt = &fixture_plan(&f)->rdt;
	assert_true(plan_rdt_has_schemata(rdt));
	assert_string_equal(rdt->l3, "L3:0=Ff;1=0xf0;");
	assert_string_equal(rdt->mb, "MB:0= 70 ;10=100");
	assert_string_equal(rdt->lines[0], "L3CODE:0=f");
	assert_string_equal(rdt->lines[1], "L2:0=1;1=2");
	assert_string_equal(rdt->lines[2], "FUTURE:x");
	assert_null(rdt->lines[3]);
	assert_true(rdt->monitoring);
}

static void test_each_is_a_schema(void **state)
{
	static const char *const cases[] = { RDT("'l3CacheSchema':'L3:0=f'"), RDT("'memBwSchema':'MB:0=10'"),
					     RDT("'schemata':['L3:0=f']") };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;

		fixture_open(&f, cases[i]);
		assert_true(plan_rdt_has_schemata(&fixture_plan(&f)->rdt));
	}
}

static void test_next(void **state)
{
	const char *caches = "0=ff;10= F0 ;2=0x1;", *bandwidth = "0=100;1=  70";
	struct plan_rdt_share share;

	(void)state;
	assert_int_equal(plan_rdt_next(&caches, 16, &share), 1);
	assert_true(share.domain == 0 && share.value == 0xff);
	assert_int_equal(plan_rdt_next(&caches, 16, &share), 1);
	assert_true(share.domain == 10 && share.value == 0xf0);
	assert_int_equal(plan_rdt_next(&caches, 16, &share), 1);
	assert_true(share.domain == 2 && share.value == 1);
	assert_int_equal(plan_rdt_next(&caches, 16, &share), 0);
	assert_int_equal(plan_rdt_next(&bandwidth, 10, &share), 1);
	assert_true(share.domain == 0 && share.value == 100);
	assert_int_equal(plan_rdt_next(&bandwidth, 10, &share), 1);
	assert_true(share.domain == 1 && share.value == 70);
	assert_int_equal(plan_rdt_next(&bandwidth, 10, &share), 0);
}

static void test_malformed(void **state)
{
	static const char *const cases[] = { "=f", "x=f", "0", "0:f", "0=", "0=g", "0=f,1=f", "0=-1", "-1=f", " 0=f", ";",
					     "0=f g", "99999999999999999999=f", "0=fffffffffffffffff" };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct plan_rdt_share share;
		const char *rest = cases[i];

		if (plan_rdt_next(&rest, 16, &share) != -1)
			fail_msg("\"%s\" was accepted", cases[i]);
	}
}

static void expect_refused(const char *json, const char *id, const char *text)
{
	auto_fixture struct fixture f;
	const char *line;

	fixture_open(&f, json);
	if (id != NULL)
		f.options.id = id;
	line = fixture_refused(&f);
	if (strstr(line, text) == NULL)
		fail_msg("\"%s\" does not hold \"%s\"", line, text);
}

static void test_refused(void **state)
{
#define CANNOT " cannot be the name of a resctrl group"
#define LINES " holds more than one line"
	static const struct {
		const char *json, *text;
	} cases[] = {
		{ RDT("'closID':'.'"), "linux.intelRdt.closID: \".\"" CANNOT },
		{ RDT("'closID':'..'"), "linux.intelRdt.closID: \"..\"" CANNOT },
		{ RDT("'closID':'a/b'"), "linux.intelRdt.closID: \"a/b\"" CANNOT },
		{ RDT("'closID':'/a'"), "linux.intelRdt.closID: \"/a\"" CANNOT },
		{ RDT("'closID':'../a'"), "linux.intelRdt.closID: \"../a\"" CANNOT },
		{ RDT("'closID':'//'"), "linux.intelRdt.closID: \"//\"" CANNOT },
		{ RDT("'closID':'info'"), "linux.intelRdt.closID: \"info\"" CANNOT },
		{ RDT("'closID':'mon_groups'"), "linux.intelRdt.closID: \"mon_groups\"" CANNOT },
		{ RDT("'closID':'a\\nb'"), "linux.intelRdt.closID: " },
		{ RDT("'l3CacheSchema':'MB:0=f'"), "linux.intelRdt.l3CacheSchema: \"MB:0=f\" does not start with \"L3:\"" },
		{ RDT("'l3CacheSchema':'L3:0=f\\nMB:0=10'"), "linux.intelRdt.l3CacheSchema:" LINES },
		{ RDT("'l3CacheSchema':'L3:'"), "linux.intelRdt.l3CacheSchema: \"L3:\" is no list" },
		{ RDT("'l3CacheSchema':'L3:0=f;1'"), "linux.intelRdt.l3CacheSchema: \"L3:0=f;1\" is no list" },
		{ RDT("'memBwSchema':'L3:0=f'"), "linux.intelRdt.memBwSchema: \"L3:0=f\" does not start with \"MB:\"" },
		{ RDT("'memBwSchema':'MB:0=f'"), "linux.intelRdt.memBwSchema: \"MB:0=f\" is no list" },
		{ RDT("'memBwSchema':'MB:0=10\\n'"), "linux.intelRdt.memBwSchema:" LINES },
		{ RDT("'schemata':['L3:0=f','L2:0=f\\nL3:0=1']"), "linux.intelRdt.schemata[1]:" LINES },
		{ RDT("'schemata':['']"), "linux.intelRdt.schemata[0]: \"\" is no line of schemata" },
		{ RDT("'schemata':['L3']"), "linux.intelRdt.schemata[0]: \"L3\" is no line of schemata" },
		{ RDT("'schemata':['L3:']"), "linux.intelRdt.schemata[0]: \"L3:\" is no line of schemata" },
		{ RDT("'schemata':[':0=f']"), "linux.intelRdt.schemata[0]: \":0=f\" is no line of schemata" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_refused(cases[i].json, NULL, cases[i].text);
	expect_refused(RDT(""), "info", "the container's ID \"info\"" CANNOT);
	expect_refused(RDT(""), "mon_data", "the container's ID \"mon_data\"" CANNOT);
}

static void test_update(void **state)
{
	struct region region = { .base = NULL };
	struct err err = ERR_INIT;
	struct plan_rdt rdt;

	(void)state;
	assert_int_equal(region_open(&region, &err), 0);
	assert_int_equal(plan_rdt_update(&region, "gold", "L3:0=ff", "", &rdt, &err), 0);
	assert_string_equal(rdt.group, "gold");
	assert_string_equal(rdt.l3, "L3:0=ff");
	assert_null(rdt.mb);
	assert_null(rdt.lines[0]);
	assert_int_equal(plan_rdt_update(&region, "", NULL, "MB:0=5", &rdt, &err), 0);
	assert_null(rdt.l3);
	assert_string_equal(rdt.mb, "MB:0=5");
	assert_int_equal(plan_rdt_update(&region, "", "L3:0=g", NULL, &rdt, &err), -1);
	assert_int_equal(plan_rdt_update(&region, "", NULL, "MB:0=5\nL3:0=1", &rdt, &err), -1);
	region_close(&region);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_group),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_schemata),
		cmocka_unit_test(test_each_is_a_schema),
		cmocka_unit_test(test_next),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_update),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
