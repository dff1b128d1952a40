/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which id mapping a mount gets. */
#include "fixture.h"

#include <linux/sched.h>
#include <stdio.h>
#include <string.h>

#include "plan/mountopts.h"

#define MOUNT(text)                                                            \
	"{'ociVersion':'1.2.0','root':{'path':'r'},'mounts':[{'destination':'/m','source':'/s'," \
	text "}],'linux':{'namespaces':[{'type':'mount'}]}}"

#define MAPS(c, h, n) \
	"'uidMappings':[{'containerID':" c ",'hostID':" h ",'size':" n "}]," \
	"'gidMappings':[{'containerID':" c ",'hostID':" h ",'size':" n "}]"

static struct plan_idmap own_uids[] = { { .inside = 0, .outside = 1000, .count = 1 },
					{ .inside = 1, .outside = 100000, .count = 100 } };
static struct plan_idmap own_gids[] = { { .inside = 0, .outside = 200000, .count = 200 } };

/* As plan_namespaces() leaves it for a new user namespace. */
static void give_own(struct fixture *f)
{
	struct plan_namespaces *ret = &f->work.plan->namespaces;

	ret->create = CLONE_NEWUSER;
	ret->uid_map = own_uids;
	ret->n_uid_map = 2;
	ret->gid_map = own_gids;
	ret->n_gid_map = 1;
}

static int judge(struct fixture *f, const struct plan_mount_idmap **ret)
{
	const struct oci_mount *mount = f->config->mounts.item[0];
	struct mountopts opts;

	assert_int_equal(mountopts_parse(&f->work, mount, &opts, &f->err), 0);
	return plan_mount_idmap(&f->work, mount, &opts, ret, &f->err);
}

/* "0:1000:1 1:100000:100" */
static const char *lines(const struct plan_idmap *map, size_t n)
{
	static char text[200];
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%u:%u:%u", i == 0 ? "" : " ", map[i].inside,
					map[i].outside, map[i].count);
	return text;
}

static void test_mappings(void **state)
{
	static const struct {
		const char *json;
		bool has_own, recursive;
		const char *uids, *gids;
	} cases[] = {
		/* The mount's own, with or without the word for it, and before all others. */
		{ MOUNT(MAPS("0", "5000", "10") ",'options':['bind']"), false, false, "0:5000:10", "0:5000:10" },
		{ MOUNT(MAPS("7", "5000", "10") ",'options':['rbind']"), false, false, "7:5000:10", "7:5000:10" },
		{ MOUNT(MAPS("0", "5000", "10") ",'options':['bind','ridmap']"), true, true, "0:5000:10", "0:5000:10" },
		{ MOUNT(MAPS("0", "5000", "10") ",'options':['bind','idmap=uids=0-1-1;gids=0-1-1']"), true, false,
		  "0:5000:10", "0:5000:10" },
		/* The container's. */
		{ MOUNT("'options':['bind','idmap']"), true, false, "0:1000:1 1:100000:100", "0:200000:200" },
		{ MOUNT("'options':['rbind','ridmap']"), true, true, "0:1000:1 1:100000:100", "0:200000:200" },
		/* Written in the option. */
		{ MOUNT("'options':['bind','idmap=uids=0-1-10#10-11-10;gids=0-100-10']"), false, false, "0:1:10 10:11:10",
		  "0:100:10" },
		{ MOUNT("'options':['bind','ridmap=gids=0-100-10;uids=4294967294-0-1']"), false, true, "4294967294:0:1",
		  "0:100:10" },
		{ MOUNT("'options':['bind','idmap=uids=@5-1-10#@0-0-1;gids=0-3-1#@1-3-1']"), true, false,
		  "5:100000:10 0:1000:1", "0:3:1 1:200003:1" },
		{ MOUNT("'options':['bind','idmap=uids=@0-91-10;gids=@0-190-10']"), true, false, "0:100090:10",
		  "0:200190:10" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;
		const struct plan_mount_idmap *idmap;

		fixture_open(&f, cases[i].json);
		if (cases[i].has_own)
			give_own(&f);
		if (judge(&f, &idmap) < 0)
			fail_msg("%zu: %s", i, f.err.text);
		assert_non_null(idmap);
		assert_int_equal(idmap->recursive, cases[i].recursive);
		assert_string_equal(lines(idmap->uid_map, idmap->n_uid_map), cases[i].uids);
		assert_string_equal(lines(idmap->gid_map, idmap->n_gid_map), cases[i].gids);
	}
}

static void test_none(void **state)
{
	auto_fixture struct fixture f;
	const struct plan_mount_idmap *idmap;

	(void)state;
	fixture_open(&f, MOUNT("'options':['bind','ro']"));
	give_own(&f);
	assert_int_equal(judge(&f, &idmap), 0);
	assert_null(idmap);
}

/* The namespace that is joined has the maps, not config.json. */
static void test_joined(void **state)
{
	static struct plan_join joins[] = { { .flag = CLONE_NEWUSER, .path = "/u" } };
	auto_fixture struct fixture f;
	const struct plan_mount_idmap *idmap;

	(void)state;
	fixture_open(&f, MOUNT("'options':['bind','idmap']"));
	f.work.plan->namespaces.join = joins;
	f.work.plan->namespaces.n_join = 1;
	assert_int_equal(judge(&f, &idmap), 0);
	assert_non_null(idmap);
	assert_int_equal(idmap->n_uid_map + idmap->n_gid_map, 0);
}

static void test_refused(void **state)
{
	static const struct {
		const char *json, *where, *text;
	} cases[] = {
		{ MOUNT("'options':['bind','idmap']"), "\"idmap\"",
		  "an id-mapped mount needs uidMappings and gidMappings: neither the mount nor the container has them" },
		{ MOUNT("'options':['bind'],'uidMappings':[{'containerID':0,'hostID':0,'size':1}]"),
		  "[{\"containerID\"", "is given without gidMappings" },
		{ MOUNT("'options':['bind'],'gidMappings':[{'containerID':0,'hostID':0,'size':1}]"),
		  "[{\"containerID\"", "is given without uidMappings" },
		{ MOUNT("'options':['bind']," MAPS("0", "0", "0")), "0}]", "is 0" },
		{ MOUNT("'options':['idmap=uids=0-0-1']"), "\"idmap", "an id mapping needs both \"uids=\" and \"gids=\"" },
		{ MOUNT("'options':['idmap=']"), "\"idmap", "\"\": after \"idmap=\" come \"uids=\" and \"gids=\"" },
		{ MOUNT("'options':['idmap=uids=0-0-1;x']"), "\"idmap",
		  "\"x\": after \"idmap=\" come \"uids=\" and \"gids=\"" },
		{ MOUNT("'options':['idmap=uids=0-0-1;gids=0-0-1 ']"), "\"idmap",
		  "\" \" follows a complete id mapping" },
		{ MOUNT("'options':['idmap=uids=0-0;gids=0-0-1']"), "\"idmap",
		  "a range of ids is written FROM-TO-COUNT, as in \"idmap=uids=0-1000-10;gids=0-1000-10\"" },
		{ MOUNT("'options':['idmap=uids=0-0-0;gids=0-0-1']"), "\"idmap",
		  "a range of ids is written FROM-TO-COUNT, as in \"idmap=uids=0-1000-10;gids=0-1000-10\"" },
		{ MOUNT("'options':['idmap=uids=0-4294967296-1;gids=0-0-1']"), "\"idmap",
		  "a range of ids is written FROM-TO-COUNT, as in \"idmap=uids=0-1000-10;gids=0-1000-10\"" },
		{ MOUNT("'options':['idmap=uids=-1-0-1;gids=0-0-1']"), "\"idmap",
		  "a range of ids is written FROM-TO-COUNT, as in \"idmap=uids=0-1000-10;gids=0-1000-10\"" },
		{ MOUNT("'options':['idmap=uids=0-4294967295-1;gids=0-0-1']"), "\"idmap",
		  "the ids go beyond 4294967294" },
		{ MOUNT("'options':['idmap=uids=0-0-2#1-5-1;gids=0-0-1']"), "\"idmap", "overlaps entry 0" },
		{ MOUNT("'options':['idmap=uids=@0-0-1;gids=@0-0-1']"), "\"idmap",
		  "the container's user namespace does not have the ids from 0 on" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;
		const struct plan_mount_idmap *idmap;

		fixture_open(&f, cases[i].json);
		assert_int_equal(judge(&f, &idmap), -1);
		assert_string_equal(f.err.text, cases[i].text);
		assert_int_equal(f.err.at, strstr(f.text, cases[i].where) - f.text);
	}
}

/* Ranges of an option that reach over the end of one line of the container's map belong to nobody. */
static void test_relative_over_the_end(void **state)
{
	static const char *const json[] = {
		MOUNT("'options':['idmap=uids=@0-0-2;gids=0-0-1']"), MOUNT("'options':['idmap=uids=@0-1-101;gids=0-0-1']"),
		MOUNT("'options':['idmap=uids=@0-100-2;gids=0-0-1']"), MOUNT("'options':['idmap=uids=@0-101-1;gids=0-0-1']"),
		MOUNT("'options':['idmap=uids=@0-4294967294-4294967295;gids=0-0-1']"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(json) / sizeof(json[0]); i++) {
		auto_fixture struct fixture f;
		const struct plan_mount_idmap *idmap;

		fixture_open(&f, json[i]);
		give_own(&f);
		assert_int_equal(judge(&f, &idmap), -1);
		assert_non_null(strstr(f.err.text, "does not have the ids from"));
	}
}

static void test_too_many(void **state)
{
	static char json[1 << 15];
	auto_fixture struct fixture f;
	const struct plan_mount_idmap *idmap;
	char *p = stpcpy(json, "{'ociVersion':'1.2.0','root':{'path':'r'},'mounts':[{'destination':'/m','source':'/s',"
			       "'options':['idmap=gids=0-0-1;uids=0-0-1");

	(void)state;
	for (int i = 1; i < 341; i++)
		p += sprintf(p, "#%d-%d-1", i, i);
	(void)stpcpy(p, "']}],'linux':{'namespaces':[{'type':'mount'}]}}");
	fixture_open(&f, json);
	assert_int_equal(judge(&f, &idmap), -1);
	assert_string_equal(f.err.text, "more than 340 ranges in one mapping");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mappings),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_joined),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_relative_over_the_end),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
