/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Profiles and labels of security modules. */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#define LABEL "system_u:object_r:container_file_t:s0:c1,c2"

static void test_process(void **state)
{
	auto_fixture struct fixture f;
	const struct plan_lsm *lsm;

	(void)state;
	fixture_open(&f, CONFIG("'apparmorProfile':'docker default','selinuxLabel':'u:r:t:s0:c1,c2',", "", ""));
	f.facts.apparmor = true;
	f.facts.selinux = true;
	lsm = &fixture_plan(&f)->process.lsm;
	assert_string_equal(lsm->apparmor, "docker default");
	assert_string_equal(lsm->selinux, "u:r:t:s0:c1,c2");
}

/* Managers write empty values for what they do not want. */
static void test_none(void **state)
{
	auto_fixture struct fixture f;

	(void)state;
	fixture_open(&f, CONFIG("'apparmorProfile':'','selinuxLabel':'',", "'mountLabel':'',",
				"'mounts':[{'destination':'/t','type':'tmpfs'}],"));
	assert_null(fixture_plan(&f)->process.lsm.apparmor);
	assert_null(f.plan->process.lsm.selinux);
	assert_int_equal(f.plan->mounts.item[0].n_params, 0);
}

/* It confines nobody. */
static void test_mount_label_off(void **state)
{
	auto_fixture struct fixture f;

	(void)state;
	fixture_open(&f, CONFIG("", "'mountLabel':'" LABEL "',", "'mounts':[{'destination':'/t','type':'tmpfs'}],"));
	assert_int_equal(fixture_plan(&f)->mounts.item[0].n_params, 0);
	assert_string_equal(f.plan->warnings->text, "SELinux is not enabled on this machine, so \"" LABEL "\" is left out");
	assert_null(f.plan->warnings->next);
}

/* Without AppArmor everybody is unconfined; with it the word is a profile like others. */
static void test_unconfined(void **state)
{
	auto_fixture struct fixture f, g;

	(void)state;
	fixture_open(&f, CONFIG("'apparmorProfile':'unconfined',", "", ""));
	assert_null(fixture_plan(&f)->process.lsm.apparmor);
	fixture_close(&f);
	fixture_open(&g, CONFIG("'apparmorProfile':'unconfined',", "", ""));
	g.facts.apparmor = true;
	assert_string_equal(fixture_plan(&g)->process.lsm.apparmor, "unconfined");
}

static void test_refused(void **state)
{
	static const struct {
		const char *json;
		bool apparmor, selinux;
		const char *refusal;
	} cases[] = {
		{ CONFIG("'apparmorProfile':'p',", "", ""), false, true,
		  "process.apparmorProfile: AppArmor is not enabled on this machine, so \"p\" cannot be applied" },
		{ CONFIG("'selinuxLabel':'u:r:t:s0',", "", ""), true, false,
		  "process.selinuxLabel: SELinux is not enabled on this machine, so \"u:r:t:s0\" cannot be applied" },
		{ CONFIG("", "'mountLabel':'\\u007f',", ""), false, true, "linux.mountLabel: holds a control character" },
		{ CONFIG("'apparmorProfile':'a\\nexec b',", "", ""), true, false,
		  "process.apparmorProfile: holds a control character" },
		{ CONFIG("'selinuxLabel':'\\u007f',", "", ""), false, true,
		  "process.selinuxLabel: holds a control character" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;

		fixture_open(&f, cases[i].json);
		f.facts.apparmor = cases[i].apparmor;
		f.facts.selinux = cases[i].selinux;
		assert_string_equal(strchr(fixture_refused(&f), ' ') + 1, cases[i].refusal);
	}
}

/* "key=value key ..." of all parameters of a mount. */
static const char *params(const struct plan_mount *mount, char *text, size_t size)
{
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < mount->n_params; i++)
		n += (size_t)snprintf(text + n, size - n, "%s%s%s%s", i == 0 ? "" : " ", mount->params[i].key,
				      mount->params[i].value == NULL ? "" : "=",
				      mount->params[i].value == NULL ? "" : mount->params[i].value);
	return text;
}

static void test_mounts(void **state)
{
	static const struct {
		const char *json, *params;
		bool on_root;
		enum cgroup_mode mode;
	} cases[] = {
		{ "'type':'tmpfs','options':['mode=755','noswap']", "mode=755 noswap context=" LABEL, false, CGROUP_MODE_V2 },
		{ "'type':'devpts'", "context=" LABEL, false, CGROUP_MODE_V2 },
		{ "'type':'overlay','options':['lowerdir=/l','ro']", "ro lowerdir=/l context=" LABEL, false, CGROUP_MODE_V2 },
		{ "'type':'ext4','source':'/dev/sdz'", "context=" LABEL, false, CGROUP_MODE_V2 },
		{ "'type':'mqueue'", "", true, CGROUP_MODE_V2 },
		{ "'type':'proc'", "", false, CGROUP_MODE_V2 },
		{ "'type':'sysfs'", "", false, CGROUP_MODE_V2 },
		{ "'source':'/s','options':['bind']", "", false, CGROUP_MODE_V2 },
		{ "'type':'cgroup'", "", false, CGROUP_MODE_V2 },
		{ "'type':'cgroup'", "context=" LABEL, false, CGROUP_MODE_V1 },
		/* What an entry says itself counts; the quotes are mount(8)'s. */
		{ "'type':'tmpfs','options':['context=\\\"u:r:other_t:s0:c3,c4\\\"']", "context=u:r:other_t:s0:c3,c4", false,
		  CGROUP_MODE_V2 },
		{ "'type':'tmpfs','options':['rootcontext=u:r:other_t:s0']", "rootcontext=u:r:other_t:s0", false,
		  CGROUP_MODE_V2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct plan_mount *mount;
		auto_fixture struct fixture f;
		char json[1024], text[512];

		(void)snprintf(json, sizeof(json),
			       "{'mounts':[{'destination':'%s',%s}],'ociVersion':'1.2.0','root':{'path':'r'},"
			       "'linux':{'mountLabel':'" LABEL "','namespaces':[{'type':'mount'},{'type':'cgroup'}]}}",
			       strstr(cases[i].json, "'proc'") != NULL ? "/proc" : "/t", cases[i].json);
		fixture_open(&f, json);
		f.facts.selinux = true;
		f.facts.cgroup_mode = cases[i].mode;
		mount = &fixture_plan(&f)->mounts.item[0];
		assert_string_equal(params(mount, text, sizeof(text)), cases[i].params);
		if (cases[i].on_root)
			assert_string_equal(mount->label, LABEL);
		else
			assert_null(mount->label);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_process),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_mount_label_off),
		cmocka_unit_test(test_unconfined),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_mounts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
