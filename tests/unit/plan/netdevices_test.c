/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which devices go to the container, and what they may be called. */
#include "plan/netdevices.h"

#include <string.h>

#include "fixture.h"

#define DEVICES(list, namespaces)                                                    \
	"{'ociVersion':'1.3.0','root':{'path':'r'},'linux':{'netDevices':{" list "}," \
	"'namespaces':[{'type':'mount'}" namespaces "]}}"
#define NEW ",{'type':'network'}"

static void test_names(void **state)
{
	static const struct {
		const char *json, *host, *name;
		bool is_template;
	} cases[] = {
		{ DEVICES("'eth1':{}", NEW), "eth1", "eth1", false },
		{ DEVICES("'eth1':{'name':''}", NEW), "eth1", "eth1", false },
		{ DEVICES("'eth1':{'name':'c0'}", NEW), "eth1", "c0", false },
		{ DEVICES("'eth1':{'name':'c0'}", ",{'type':'network','path':'/n'}"), "eth1", "c0", false },
		{ DEVICES("'eth1':{'name':'c%d'}", NEW), "eth1", "c%d", true },
		{ DEVICES("'eth1':{'name':'c%dx'}", NEW), "eth1", "c%dx", true },
		{ DEVICES("'a23456789012345':{'name':'b23456789012345'}", NEW), "a23456789012345", "b23456789012345",
		  false },
		{ DEVICES("'e.1-@_':{'name':'...'}", NEW), "e.1-@_", "...", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;
		const struct plan_netdevices *devices;

		fixture_open(&f, cases[i].json);
		devices = &fixture_plan(&f)->netdevices;
		assert_int_equal(devices->n, 1);
		assert_string_equal(devices->item[0].host, cases[i].host);
		assert_string_equal(devices->item[0].name, cases[i].name);
		assert_int_equal(devices->item[0].is_template, cases[i].is_template);
		assert_int_equal(devices->item[0].at, f.config->on_linux->net_devices.item[0].at);
	}
}

/* Templates may be the same: the kernel gives each device a number of its own. */
static void test_several(void **state)
{
	auto_fixture struct fixture f;
	const struct plan_netdevices *devices;

	(void)state;
	fixture_open(&f, DEVICES("'b':{'name':'c%d'},'a':{'name':'b'},'c':{'name':'c%d'}", NEW));
	devices = &fixture_plan(&f)->netdevices;
	assert_int_equal(devices->n, 3);
	assert_string_equal(devices->item[0].host, "b");
	assert_string_equal(devices->item[1].host, "a");
	assert_string_equal(devices->item[2].host, "c");
}

static void test_none(void **state)
{
	auto_fixture struct fixture f;

	(void)state;
	fixture_open(&f, DEVICES("", ""));
	assert_int_equal(fixture_plan(&f)->netdevices.n, 0);
}

static void test_refused(void **state)
{
#define CANNOT " cannot be the name of a network device"
	static const struct {
		const char *json, *text;
	} cases[] = {
		{ DEVICES("'e':{}", ""), "linux.netDevices: network devices need a namespace of type \"network\"" },
		{ DEVICES("'a/b':{}", NEW), "\"a/b\"" CANNOT },
		{ DEVICES("'..':{}", NEW), "\"..\"" CANNOT },
		{ DEVICES("'e%d':{}", NEW), "\"e%d\"" CANNOT },
		{ DEVICES("'a234567890123456':{}", NEW), "\"a234567890123456\"" CANNOT },
		{ DEVICES("'e':{'name':'.'}", NEW), "linux.netDevices.e.name: \".\"" CANNOT },
		{ DEVICES("'e':{'name':'..'}", NEW), "linux.netDevices.e.name: \"..\"" CANNOT },
		{ DEVICES("'e':{'name':'a:1'}", NEW), "linux.netDevices.e.name: \"a:1\"" CANNOT },
		{ DEVICES("'e':{'name':'a b'}", NEW), "linux.netDevices.e.name: \"a b\"" CANNOT },
		{ DEVICES("'e':{'name':'a\\tb'}", NEW), CANNOT },
		{ DEVICES("'e':{'name':'../x'}", NEW), "linux.netDevices.e.name: \"../x\"" CANNOT },
		{ DEVICES("'e':{'name':'b234567890123456'}", NEW), "linux.netDevices.e.name: \"b234567890123456\"" CANNOT },
		{ DEVICES("'e':{'name':'a%'}", NEW), "\"a%\" may have a % only as one %d" },
		{ DEVICES("'e':{'name':'a%s'}", NEW), "\"a%s\" may have a % only as one %d" },
		{ DEVICES("'e':{'name':'a%d%d'}", NEW), "\"a%d%d\" may have a % only as one %d" },
		{ DEVICES("'e':{'name':'x'},'f':{'name':'x'}", NEW),
		  "linux.netDevices.f: device \"f\" is to be called \"x\" like \"e\"" },
		{ DEVICES("'e':{'name':'f'},'f':{}", NEW), "device \"f\" is to be called \"f\" like \"e\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;
		const char *line;

		fixture_open(&f, cases[i].json);
		line = fixture_refused(&f);
		if (strstr(line, cases[i].text) == NULL)
			fail_msg("\"%s\" does not hold \"%s\"", line, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
