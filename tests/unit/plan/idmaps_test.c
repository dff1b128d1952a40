/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The user namespace: who writes which map, and the one that nobody asked for. */
#include "fixture.h"

#include <linux/sched.h>
#include <string.h>

#define SETUID_BIT (UINT64_C(1) << 7)
#define SETGID_BIT (UINT64_C(1) << 6)
#define MAP(inside, outside, size) "{'containerID':" #inside ",'hostID':" #outside ",'size':" #size "}"
#define USER(maps) \
	"{'ociVersion':'1.2.0','root':{'path':'r'},'linux':{'uidMappings':[" maps "],'gidMappings':[" maps "]," \
	"'namespaces':[{'type':'user'}]}}"
#define NONE "{'ociVersion':'1.2.0','root':{'path':'r'},'linux':{'namespaces':[{'type':'mount'}]}}"

static const struct facts_range ranges[] = { { 100000, 65536 }, { 300000, 10 }, { 5, UINT32_MAX } };

/* An ordinary user, number 1000, group 1001. */
static void be_ordinary(struct fixture *f, bool has_helpers)
{
	f->facts.euid = 1000;
	f->facts.egid = 1001;
	f->facts.capabilities = 0;
	f->facts.subuid = f->facts.subgid = ranges;
	f->facts.n_subuid = f->facts.n_subgid = 3;
	if (has_helpers) {
		f->facts.newuidmap = "/bin/newuidmap";
		f->facts.newgidmap = "/bin/newgidmap";
	}
}

static const struct plan_namespaces *make(struct fixture *f)
{
	if (plan_namespaces(&f->work, &f->err) < 0)
		fail_msg("refused: %s", f->err.text);
	return &f->work.plan->namespaces;
}

static void test_lookup(void **state)
{
	const struct plan_idmap map[] = { { .inside = 0, .outside = 100, .count = 10 },
					  { .inside = 50, .outside = 7, .count = 1 } };
	uint32_t outside = 0;

	(void)state;
	assert_true(plan_namespaces_outside(map, 2, 9, &outside));
	assert_int_equal(outside, 109);
	assert_true(plan_namespaces_outside(map, 2, 50, &outside));
	assert_int_equal(outside, 7);
	assert_false(plan_namespaces_outside(map, 2, 10, &outside));
	assert_true(plan_namespaces_maps(map, 2, 9) && !plan_namespaces_maps(map, 2, 51));
	assert_true(plan_namespaces_maps(NULL, 0, 4711));
}

static void test_root_writes_itself(void **state)
{
	auto_fixture struct fixture f;
	const struct plan_namespaces *ns;

	(void)state;
	fixture_open(&f, USER(MAP(0, 100000, 65536)));
	ns = make(&f);
	assert_true(ns->has_user && !ns->is_user_implied && !ns->deny_setgroups);
	assert_null(ns->uid_helper);
	assert_null(ns->gid_helper);
	assert_int_equal(ns->setup_uid, 0);
	assert_int_equal(ns->born, CLONE_NEWUSER);
	assert_false(ns->is_staged);
}

static void test_set_up_as_the_payload_without_zero(void **state)
{
	auto_fixture struct fixture f;
	const struct plan_namespaces *ns;

	(void)state;
	fixture_open(&f, "{'ociVersion':'1.2.0','root':{'path':'r'},'process':{'cwd':'/','args':['a'],'user':{'uid':12,"
			 "'gid':13}},'linux':{'uidMappings':[" MAP(10, 1, 5) "],'gidMappings':[" MAP(10, 1, 5) "],"
			 "'namespaces':[{'type':'user'}]}}");
	ns = make(&f);
	assert_int_equal(ns->setup_uid, 12);
	assert_int_equal(ns->setup_gid, 13);
}

/* Its own id a user maps without help, and then without setgroups(2). */
static void test_own_id(void **state)
{
	auto_fixture struct fixture f;
	const struct plan_namespaces *ns;

	(void)state;
	fixture_open(&f, "{'ociVersion':'1.2.0','root':{'path':'r'},'linux':{'uidMappings':[" MAP(0, 1000, 1) "],"
			 "'gidMappings':[" MAP(7, 1001, 1) "],'namespaces':[{'type':'user'}]}}");
	be_ordinary(&f, false);
	ns = make(&f);
	assert_null(ns->uid_helper);
	assert_null(ns->gid_helper);
	assert_true(ns->deny_setgroups);
	assert_int_equal(ns->setup_gid, 7);
}

static void test_helpers(void **state)
{
	static const struct {
		uint64_t capabilities;
		const char *uid, *gid;
	} cases[] = {
		{ 0, "/bin/newuidmap", "/bin/newgidmap" },
		{ SETUID_BIT, NULL, "/bin/newgidmap" },
		{ SETGID_BIT, "/bin/newuidmap", NULL },
		{ SETUID_BIT | SETGID_BIT, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;
		const struct plan_namespaces *ns;

		fixture_open(&f, USER(MAP(0, 1000, 2)));
		be_ordinary(&f, true);
		f.facts.capabilities = cases[i].capabilities;
		ns = make(&f);
		assert_false(ns->deny_setgroups);
		assert_int_equal(ns->uid_helper != NULL, cases[i].uid != NULL);
		assert_int_equal(ns->gid_helper != NULL, cases[i].gid != NULL);
		if (cases[i].uid != NULL)
			assert_string_equal(ns->uid_helper, cases[i].uid);
		if (cases[i].gid != NULL)
			assert_string_equal(ns->gid_helper, cases[i].gid);
	}
}

static void test_no_helper(void **state)
{
	auto_fixture struct fixture f;

	(void)state;
	fixture_open(&f, USER(MAP(0, 100000, 1)));
	be_ordinary(&f, false);
	assert_int_equal(plan_namespaces(&f.work, &f.err), -1);
	assert_non_null(strstr(f.err.text, "the program newuidmap, which is not installed"));
	assert_int_equal(f.err.at, strstr(f.text, "{\"containerID\"") - f.text);
}

static void test_implied(void **state)
{
	auto_fixture struct fixture f;
	const struct plan_namespaces *ns;

	(void)state;
	fixture_open(&f, NONE);
	be_ordinary(&f, true);
	ns = make(&f);
	assert_true(ns->has_user && ns->is_user_implied && !ns->deny_setgroups);
	assert_int_equal(ns->create, CLONE_NEWUSER | CLONE_NEWNS);
	/* Oneself, the ranges, but not the one that does not fit any more. */
	assert_int_equal(ns->n_uid_map, 3);
	assert_int_equal(ns->uid_map[0].outside, 1000);
	assert_int_equal(ns->gid_map[0].outside, 1001);
	assert_int_equal(ns->uid_map[0].count, 1);
	assert_int_equal(ns->uid_map[1].inside, 1);
	assert_int_equal(ns->uid_map[1].outside, 100000);
	assert_int_equal(ns->uid_map[2].inside, 65537);
	assert_int_equal(ns->uid_map[2].outside, 300000);
	assert_string_equal(ns->uid_helper, "/bin/newuidmap");
}

static void test_implied_with_one_id(void **state)
{
	auto_fixture struct fixture f;
	const struct plan_namespaces *ns;

	(void)state;
	fixture_open(&f, NONE);
	be_ordinary(&f, false);
	ns = make(&f);
	assert_int_equal(ns->n_uid_map, 1);
	assert_int_equal(ns->n_gid_map, 1);
	assert_true(ns->deny_setgroups);
	assert_non_null(strstr(fixture_warning(f.work.plan, 0), "newuidmap and newgidmap are not installed"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lookup),
		cmocka_unit_test(test_root_writes_itself),
		cmocka_unit_test(test_set_up_as_the_payload_without_zero),
		cmocka_unit_test(test_own_id),
		cmocka_unit_test(test_helpers),
		cmocka_unit_test(test_no_helper),
		cmocka_unit_test(test_implied),
		cmocka_unit_test(test_implied_with_one_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
