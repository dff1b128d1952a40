/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Namespaces and id maps. */
#include "fixture.h"

#include <linux/sched.h>
#include <string.h>

#define NS(list, more) \
	"{'ociVersion':'1.2.0','root':{'path':'r'},'linux':{" more "'namespaces':[" list "]}}"

/* The rule alone, since other rules refuse what this version cannot do. */
static const struct plan_namespaces *make(struct fixture *f, const char *json)
{
	fixture_open(f, json);
	if (plan_namespaces(&f->work, &f->err) < 0)
		fail_msg("refused: %s", f->err.text);
	return &f->work.plan->namespaces;
}

static void test_create(void **state)
{
	auto_fixture struct fixture f;
	const struct plan_namespaces *ns;

	(void)state;
	ns = make(&f, NS("{'type':'pid'},{'type':'network','path':''},{'type':'mount'},"
			 "{'type':'ipc'},{'type':'uts'},{'type':'cgroup'},{'type':'time'}", ""));
	assert_int_equal(ns->create, CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWIPC |
				     CLONE_NEWUTS | CLONE_NEWCGROUP | CLONE_NEWTIME);
	assert_int_equal(ns->n_join, 0);
	assert_true(plan_namespaces_has(ns, CLONE_NEWIPC));
	assert_false(plan_namespaces_has(ns, CLONE_NEWUSER));
}

/* Entered with the user namespace first, which gives the rights for the others, and mount last. */
static void test_join(void **state)
{
	auto_fixture struct fixture f;
	const struct plan_namespaces *ns;

	(void)state;
	ns = make(&f, NS("{'type':'mount','path':'/m'},{'type':'network','path':'/n'},{'type':'pid'},"
			 "{'type':'user','path':'/u'}", ""));
	assert_int_equal(ns->create, CLONE_NEWPID);
	assert_int_equal(ns->n_join, 3);
	assert_int_equal(ns->join[0].flag, CLONE_NEWUSER);
	assert_string_equal(ns->join[0].path, "/u");
	assert_int_equal(ns->join[1].flag, CLONE_NEWNET);
	assert_int_equal(ns->join[2].flag, CLONE_NEWNS);
	assert_string_equal(ns->join[2].path, "/m");
	assert_int_equal(ns->join[2].at, strstr(f.text, "{\"type\":\"mount\"") - f.text);
	assert_true(plan_namespaces_has(ns, CLONE_NEWNET));
}

static void test_none(void **state)
{
	auto_fixture struct fixture f;

	(void)state;
	assert_int_equal(make(&f, "{'ociVersion':'1.0.0','root':{'path':'r'}}")->create, 0);
}

static void test_maps(void **state)
{
	auto_fixture struct fixture f;
	const struct plan_namespaces *ns;

	(void)state;
	ns = make(&f, NS("{'type':'user'}",
			 "'uidMappings':[{'containerID':0,'hostID':1000,'size':1},"
			 "{'containerID':1,'hostID':100000,'size':65536}],"
			 "'gidMappings':[{'containerID':0,'hostID':4294967294,'size':1}],"));
	assert_int_equal(ns->n_uid_map, 2);
	assert_int_equal(ns->uid_map[1].inside, 1);
	assert_int_equal(ns->uid_map[1].outside, 100000);
	assert_int_equal(ns->uid_map[1].count, 65536);
	assert_int_equal(ns->n_gid_map, 1);
	assert_int_equal(ns->gid_map[0].outside, 4294967294u);
}

static void test_refused(void **state)
{
#define MAP(inside, outside, size) \
	"{'containerID':" #inside ",'hostID':" #outside ",'size':" #size "}"
	static const struct {
		const char *json, *text, *at;
	} cases[] = {
		{ NS("{'type':'pid'},{'type':'pid','path':'/p'}", ""),
		  "a namespace of type \"pid\" is already in the list", "\"pid\",\"path\"" },
		{ NS("{'type':'pid','path':'p'}", ""), "\"p\" is not an absolute path", "\"p\"}" },
		{ NS("", "'uidMappings':[" MAP(0, 0, 1) "],"),
		  "is given without a namespace of type \"user\"", "[{\"containerID\"" },
		{ NS("", "'gidMappings':[" MAP(0, 0, 1) "],"),
		  "is given without a namespace of type \"user\"", "[{\"containerID\"" },
		{ NS("{'type':'user'}", ""),
		  "a new user namespace needs uidMappings and gidMappings", "{\"type\"" },
		{ NS("{'type':'user'}", "'gidMappings':[" MAP(0, 0, 1) "],"
					"'uidMappings':[" MAP(0, 0, 0) "],"), "is 0", "0}],\"name" },
		{ NS("{'type':'user'}", "'gidMappings':[" MAP(0, 0, 1) "],"
					"'uidMappings':[" MAP(0, 4294967295, 1) "],"),
		  "the ids go beyond 4294967294", "{\"containerID\":0,\"hostID\":4" },
		{ NS("{'type':'user'}", "'gidMappings':[" MAP(0, 0, 1) "],"
					"'uidMappings':[" MAP(0, 0, 10) "," MAP(9, 20, 2) "],"),
		  "overlaps entry 0", "{\"containerID\":9" },
		{ NS("{'type':'user'}", "'gidMappings':[" MAP(0, 0, 1) "],"
					"'uidMappings':[" MAP(0, 0, 10) "," MAP(10, 9, 2) "],"),
		  "overlaps entry 0", "{\"containerID\":10" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;

		fixture_open(&f, cases[i].json);
		assert_int_equal(plan_namespaces(&f.work, &f.err), -1);
		assert_string_equal(f.err.text, cases[i].text);
		assert_int_equal(f.err.at, strstr(f.text, cases[i].at) - f.text);
	}
}

/* With a joined user namespace the maps may be given too: managers send both. */
static void test_joined_with_maps(void **state)
{
	auto_fixture struct fixture f;
	const struct plan_namespaces *ns;

	(void)state;
	ns = make(&f, NS("{'type':'user','path':'/u'}", "'uidMappings':[" MAP(0, 5, 1) "],"));
	assert_int_equal(ns->n_uid_map, 1);
	assert_int_equal(ns->n_gid_map, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_create),
		cmocka_unit_test(test_join),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_maps),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_joined_with_maps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
