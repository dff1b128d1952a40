/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an ordinary user's own namespace cannot mount. */
#include "fixture.h"

#include <linux/mount.h>
#include <string.h>

#define MOUNTS                                                                                           \
	"'mounts':[{'destination':'/dev/pts','type':'devpts','options':['gid=5','mode=620']},"           \
	"{'destination':'/sys','type':'sysfs','options':['nosuid']}],"
#define CONFIG_OF(more, kinds) \
	"{" MOUNTS "'ociVersion':'1.2.0','root':{'path':'r'},'linux':{" more "'namespaces':[{'type':'mount'}" kinds "]}}"

static const struct facts_range range = { 100000, 65536 };

static const struct plan_mounts *make(struct fixture *f, const char *json, bool is_ordinary, bool has_range)
{
	fixture_open(f, json);
	if (is_ordinary) {
		f->facts.euid = 1000;
		f->facts.capabilities = 0;
		f->facts.mounts_refused = true;
		f->facts.newuidmap = f->facts.newgidmap = "/bin/helper";
		f->facts.subuid = f->facts.subgid = &range;
		f->facts.n_subuid = f->facts.n_subgid = has_range;
	}
	return &fixture_plan(f)->mounts;
}

static bool has_gid(const struct plan_mount *mount)
{
	for (size_t i = 0; i < mount->n_params; i++) {
		if (strcmp(mount->params[i].key, "gid") == 0)
			return true;
	}
	return false;
}

static void test_devpts(void **state)
{
	struct fixture f;
	const struct plan_mount *mount;

	(void)state;
	assert_true(has_gid(&make(&f, CONFIG_OF("", ""), false, false)->item[0]));
	fixture_close(&f);
	mount = &make(&f, CONFIG_OF("", ""), true, false)->item[0];
	assert_false(has_gid(mount));
	assert_string_equal(mount->params[mount->n_params - 1].key, "mode");
	assert_non_null(strstr(fixture_warning(f.plan, 0), "the option gid=5 is left out"));
	fixture_close(&f);
	assert_true(has_gid(&make(&f, CONFIG_OF("", ""), true, true)->item[0]));
	fixture_close(&f);
}

static void test_sysfs(void **state)
{
	struct fixture f;
	const struct plan_mount *sys;

	(void)state;
	assert_int_equal(make(&f, CONFIG_OF("", ""), false, false)->item[1].kind, PLAN_MOUNT_FS);
	fixture_close(&f);
	sys = &make(&f, CONFIG_OF("", ""), true, true)->item[1];
	assert_int_equal(sys->kind, PLAN_MOUNT_BIND);
	assert_string_equal(sys->source, "/sys");
	assert_true(sys->recursive);
	assert_int_equal(sys->attr_recursive.set & (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID),
			 MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID);
	fixture_close(&f);
	assert_int_equal(make(&f, CONFIG_OF("", ",{'type':'network'}"), true, true)->item[1].kind, PLAN_MOUNT_FS);
	fixture_close(&f);
}

/* A config that asks for the namespace is taken at its word. */
static void test_explicit(void **state)
{
	auto_fixture struct fixture f;

	(void)state;
	assert_true(has_gid(&make(&f, CONFIG_OF("'uidMappings':[{'containerID':0,'hostID':1000,'size':1}],"
						"'gidMappings':[{'containerID':0,'hostID':0,'size':1}],",
						",{'type':'user'}"), true, false)->item[0]));
}

static void test_idmap(void **state)
{
	auto_fixture struct fixture f;

	(void)state;
	fixture_open(&f, CONFIG("", "", "'mounts':[{'destination':'/a','source':'/a','type':'bind','options':['bind','idmap'],"
				"'uidMappings':[{'containerID':0,'hostID':0,'size':1}],"
				"'gidMappings':[{'containerID':0,'hostID':0,'size':1}]}],"));
	f.facts.capabilities = 0;
	f.facts.mounts_refused = true;
	assert_non_null(strstr(fixture_refused(&f), "an id-mapped mount cannot be made by an ordinary user"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_devpts),
		cmocka_unit_test(test_sysfs),
		cmocka_unit_test(test_explicit),
		cmocka_unit_test(test_idmap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
