/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Without a new mount namespace. */
#include "fixture.h"

#include <string.h>

#define WHY "needs a new mount namespace for the container, and linux.namespaces has none"
#define CONFIG_OF(top, root, process, on_linux)                                                         \
	"{" top "'ociVersion':'1.2.0','root':{" root "'path':'r'},'process':{" process                   \
	"'cwd':'/','args':['a']},'linux':{" on_linux "'namespaces':[{'type':'pid'}]}}"

static void test_entered(void **state)
{
	static const char *const cases[] = {
		"{'ociVersion':'1.2.0','root':{'path':'r'}}",
		CONFIG_OF("", "", "", ""),
		CONFIG_OF("'mounts':[],", "", "'capabilities':{'bounding':['CAP_KILL'],'permitted':['CAP_KILL']},", ""),
		"{'ociVersion':'1.2.0','root':{'path':'r'},'linux':{'namespaces':[{'type':'mount','path':'/m'}]}}",
		"{'ociVersion':'1.2.0','root':{'path':'r'},'linux':{'namespaces':[{'type':'mount','path':'/m'},"
		"{'type':'user','path':'/u'}]}}",
		"{'ociVersion':'1.2.0','root':{'path':'/'},'process':{'cwd':'/','args':['a'],"
		"'capabilities':{'bounding':['CAP_SYS_CHROOT']}}}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;
		const struct plan *plan;

		fixture_open(&f, cases[i]);
		plan = fixture_plan(&f);
		assert_true(plan->root.is_entered);
		assert_int_equal(plan->root.propagation, 0);
		assert_int_equal(plan->devices.n + plan->devices.n_link, 0);
	}
}

static void test_not_entered(void **state)
{
	auto_fixture struct fixture f;

	(void)state;
	fixture_open(&f, CONFIG("", "", ""));
	assert_false(fixture_plan(&f)->root.is_entered);
	assert_true(f.plan->devices.n > 0);
}

static void test_refused(void **state)
{
	static const char chroot[] = "process.capabilities: without a new mount namespace the container is confined by "
				     "chroot(2), out of which CAP_SYS_CHROOT and CAP_SYS_ADMIN lead: leave both out of "
				     "every set";
	static const struct {
		const char *json, *refusal;
	} cases[] = {
		{ CONFIG_OF("'mounts':[{'destination':'/a','type':'tmpfs'}],", "", "", ""), "mounts: " WHY },
		{ CONFIG_OF("", "'readonly':true,", "", ""), "root.readonly: " WHY },
		{ CONFIG_OF("", "", "'terminal':true,", ""), "process.terminal: " WHY },
		{ CONFIG_OF("", "", "", "'maskedPaths':['/a'],"), "linux.maskedPaths: " WHY },
		{ CONFIG_OF("", "", "", "'readonlyPaths':['/a'],"), "linux.readonlyPaths: " WHY },
		{ CONFIG_OF("", "", "", "'rootfsPropagation':'slave',"), "linux.rootfsPropagation: " WHY },
		{ CONFIG_OF("", "", "", "'devices':[{'path':'/a','type':'p'}],"), "linux.devices: " WHY },
		{ CONFIG_OF("", "", "'capabilities':{'bounding':['CAP_SYS_CHROOT']},", ""), chroot },
		{ CONFIG_OF("", "", "'capabilities':{'permitted':['CAP_SYS_ADMIN']},", ""), chroot },
		{ CONFIG_OF("", "", "'capabilities':{'bounding':['CAP_SYS_CHROOT'],'inheritable':['CAP_SYS_CHROOT']},", ""),
		  chroot },
		{ "{'ociVersion':'1.2.0','root':{'path':'r'},'linux':{'namespaces':[{'type':'user','path':'/u'}]}}",
		  "linux: a container with a user namespace, as every one of an ordinary user, needs a new mount "
		  "namespace as well" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;

		fixture_open(&f, cases[i].json);
		assert_string_equal(strchr(fixture_refused(&f), ' ') + 1, cases[i].refusal);
	}
}

static void test_ordinary_user(void **state)
{
	auto_fixture struct fixture f;

	(void)state;
	fixture_open(&f, "{'ociVersion':'1.2.0','root':{'path':'r'}}");
	f.facts.capabilities = 0;
	f.facts.mounts_refused = true;
	assert_non_null(strstr(fixture_refused(&f), "needs a new mount namespace as well"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entered),
		cmocka_unit_test(test_not_entered),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_ordinary_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
