/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which kernel settings are the container's. */
#include "fixture.h"

#include <string.h>

#define SYSCTL(list, namespaces, more)                                           \
	"{'ociVersion':'1.2.0','root':{'path':'r'}," more "'linux':{'sysctl':{" list "}," \
	"'namespaces':[{'type':'mount'}" namespaces "]}}"
#define ALL ",{'type':'network'},{'type':'ipc'},{'type':'uts','path':'/u'}"

static void test_paths(void **state)
{
	static const struct {
		const char *json, *path;
	} cases[] = {
		{ SYSCTL("'net.ipv4.ip_forward':'1'", ALL, ""), "net/ipv4/ip_forward" },
		{ SYSCTL("'net/ipv4/conf/eth0.100/rp_filter':'1'", ALL, ""),
		  "net/ipv4/conf/eth0.100/rp_filter" },
		{ SYSCTL("'net.ipv4.conf.eth0/100.rp_filter':'1'", ALL, ""),
		  "net/ipv4/conf/eth0.100/rp_filter" },
		{ SYSCTL("'net.ipv4.ip_forward':'1'", ",{'type':'network','path':'/n'}", ""),
		  "net/ipv4/ip_forward" },
		{ SYSCTL("'kernel.sem':'1 2 3 4'", ALL, ""), "kernel/sem" },
		{ SYSCTL("'kernel.shm_rmid_forced':'1'", ALL, ""), "kernel/shm_rmid_forced" },
		{ SYSCTL("'fs.mqueue.msg_max':'9'", ALL, ""), "fs/mqueue/msg_max" },
		{ SYSCTL("'kernel.domainname':'d'", ALL, ""), "kernel/domainname" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;
		const struct plan_sysctls *sysctls;

		fixture_open(&f, cases[i].json);
		sysctls = &fixture_plan(&f)->sysctls;
		assert_int_equal(sysctls->n, 1);
		assert_string_equal(sysctls->item[0].path, cases[i].path);
		assert_int_equal(sysctls->item[0].at, f.config->on_linux->sysctl.item[0].at);
	}
}

static void test_order(void **state)
{
	auto_fixture struct fixture f;
	const struct plan_sysctls *sysctls;

	(void)state;
	fixture_open(&f, SYSCTL("'net.b':'1','net.a':'','kernel.msgmax':'3'", ALL, ""));
	sysctls = &fixture_plan(&f)->sysctls;
	assert_int_equal(sysctls->n, 3);
	assert_string_equal(sysctls->item[0].value, "1");
	assert_string_equal(sysctls->item[1].path, "net/a");
	assert_string_equal(sysctls->item[1].value, "");
	assert_string_equal(sysctls->item[2].path, "kernel/msgmax");
}

static void test_refused(void **state)
{
#define WHOLE "belongs to the whole machine, not to a namespace of the container"
	static const struct {
		const char *json, *text;
	} cases[] = {
		{ SYSCTL("'kernel.core_pattern':'|/x'", ALL, ""), "\"kernel.core_pattern\" " WHOLE },
		{ SYSCTL("'vm.swappiness':'1'", ALL, ""), "\"vm.swappiness\" " WHOLE },
		{ SYSCTL("'kernel.shmmaxx':'1'", ALL, ""), "\"kernel.shmmaxx\" " WHOLE },
		{ SYSCTL("'net':'1'", ALL, ""), "\"net\" " WHOLE },
		{ SYSCTL("'a+b':'1'", ALL, ""), "\"a+b\" " WHOLE },
		{ SYSCTL("'net/../kernel/core_pattern':'1'", ALL, ""),
		  "\"net/../kernel/core_pattern\" is not a sysctl name" },
		{ SYSCTL("'kernel/../x':'1'", ALL, ""), "\"kernel/../x\" is not a sysctl name" },
		{ SYSCTL("'net/./a':'1'", ALL, ""), "\"net/./a\" is not a sysctl name" },
		{ SYSCTL("'net..a':'1'", ALL, ""), "\"net..a\" is not a sysctl name" },
		{ SYSCTL("'net.a.':'1'", ALL, ""), "\"net.a.\" is not a sysctl name" },
		{ SYSCTL("'.net.a':'1'", ALL, ""), "\".net.a\" is not a sysctl name" },
		{ SYSCTL("'net.a.//.x':'1'", ALL, ""), "\"net.a.//.x\" is not a sysctl name" },
		{ SYSCTL("'kernel.hostname':'h'", ALL, ""),
		  "\"kernel.hostname\" is what the property hostname is for" },
		{ SYSCTL("'kernel.domainname':'d'", ALL, "'domainname':'e',"),
		  "\"kernel.domainname\" contradicts the property domainname" },
		{ SYSCTL("'net.a':'1'", "", ""),
		  "\"net.a\" is the host's here: the container has no namespace of type \"network\"" },
		{ SYSCTL("'kernel.sem':'1'", "", ""),
		  "\"kernel.sem\" is the host's here: the container has no namespace of type \"ipc\"" },
		{ SYSCTL("'user.max_net_namespaces':'1'", ALL, ""),
		  "\"user.max_net_namespaces\" is the host's here: the container has no namespace of "
		  "type \"user\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;

		fixture_open(&f, cases[i].json);
		(void)fixture_refused(&f);
		assert_string_equal(f.err.text, cases[i].text);
		assert_int_equal(f.err.at, f.config->on_linux->sysctl.item[0].at);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
