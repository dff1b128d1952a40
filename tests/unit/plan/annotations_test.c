/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Annotations that change what is done. */
#include "fixture.h"

#include <string.h>

#include "tests/unit/must.h"

#define WITH(annotations) CONFIG("", "", "'annotations':{" annotations "},")
#define SECCOMP(name) "'seccomp':{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':['" name "'],'action':'SCMP_ACT_NOTIFY'}]},"

static void test_values(void **state)
{
	auto_fixture struct fixture f;
	const struct plan_annotations *a;

	(void)state;
	fixture_open(&f, WITH("'run.oci.keep_original_groups':'1','run.oci.mount_context_type':'fscontext',"
			      "'run.oci.pidfd_receiver':'/p','run.oci.seccomp.receiver':'/s',"
			      "'run.oci.seccomp_fail_unknown_syscall':'true','run.oci.of_tomorrow':'what?'"));
	a = &fixture_plan(&f)->annotations;
	assert_true(a->keep_groups);
	assert_true(f.plan->process.keep_groups);
	assert_true(a->fail_unknown_syscall);
	assert_string_equal(a->mount_context, "fscontext");
	assert_string_equal(a->pidfd_receiver.path, "/p");
	assert_string_equal(a->seccomp_receiver.path, "/s");
}

/* Absent, empty or told to be off. */
static void test_off(void **state)
{
	static const char *const cases[] = {
		CONFIG("", "", ""),
		WITH("'run.oci.keep_original_groups':'','run.oci.mount_context_type':'','run.oci.pidfd_receiver':'',"
		     "'run.oci.seccomp.receiver':'','run.oci.seccomp_fail_unknown_syscall':'',"
		     "'run.oci.seccomp_bpf_data':''"),
		WITH("'run.oci.keep_original_groups':'0','run.oci.seccomp_fail_unknown_syscall':'false'"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture f;
		const struct plan_annotations *a;

		fixture_open(&f, cases[i]);
		a = &fixture_plan(&f)->annotations;
		assert_false(a->keep_groups);
		assert_false(a->fail_unknown_syscall);
		assert_null(a->mount_context);
		assert_null(a->pidfd_receiver.path);
		assert_null(a->seccomp_receiver.path);
		fixture_close(&f);
	}
}

/* Each refusal names the annotation, and its place. */
static void test_refused(void **state)
{
	static const struct {
		const char *json, *refusal;
	} cases[] = {
		{ WITH("'run.oci.keep_original_groups':'yes'"),
		  "annotations[\"run.oci.keep_original_groups\"]: \"yes\" is neither \"1\" nor \"0\"" },
		{ WITH("'run.oci.mount_context_type':'xcontext'"),
		  "annotations[\"run.oci.mount_context_type\"]: \"xcontext\" is none of context," },
		{ WITH("'run.oci.pidfd_receiver':'p'"),
		  "annotations[\"run.oci.pidfd_receiver\"]: \"p\" is not an absolute path" },
		{ WITH("'run.oci.seccomp.receiver':'s'"),
		  "annotations[\"run.oci.seccomp.receiver\"]: \"s\" is not an absolute path" },
		{ WITH("'run.oci.systemd.force_cgroup_v1':'sys'"),
		  "annotations[\"run.oci.systemd.force_cgroup_v1\"]: \"sys\" is not an absolute path" },
		{ WITH("'run.oci.systemd.force_cgroup_v1':'/sys/fs/cgroup'"),
		  "annotations[\"run.oci.systemd.force_cgroup_v1\"]: there is no mount of type \"cgroup\" on /sys/fs/cgroup" },
		{ WITH("'run.oci.seccomp_fail_unknown_syscall':'2'"), "\"2\" is neither \"1\" nor \"0\"" },
		{ WITH("'run.oci.seccomp_bpf_data':'AAAA'"), "run.oci.seccomp_bpf_data is not supported by this version" },
		{ WITH("'run.oci.seccomp.plugins':'/x.so'"), "run.oci.seccomp.plugins is not supported by this version" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture f;

		fixture_open(&f, cases[i].json);
		assert_non_null(strstr(fixture_refused(&f), cases[i].refusal));
		fixture_close(&f);
	}
}

static const struct plan_param *context_of(const struct plan_mount *mount)
{
	for (size_t i = 0; i < mount->n_params; i++) {
		if (strstr(mount->params[i].key, "context") != NULL)
			return &mount->params[i];
	}
	return NULL;
}

static void test_mount_context(void **state)
{
	auto_fixture struct fixture f;

	(void)state;
	fixture_open(&f, CONFIG("", "'mountLabel':'u:r:t:s0',",
				"'mounts':[{'destination':'/t','type':'tmpfs'}],"
				"'annotations':{'run.oci.mount_context_type':'rootcontext'},"));
	f.facts.selinux = true;
	assert_string_equal(must(context_of(&fixture_plan(&f)->mounts.item[0]))->key, "rootcontext");
	assert_string_equal(must(context_of(&f.plan->mounts.item[0]))->value, "u:r:t:s0");
}

/* On cgroup v2 alone: elsewhere all of v1 is there anyway. */
static void test_force_cgroup_v1(void **state)
{
	static const char json[] = CONFIG("", "", "'annotations':{'run.oci.systemd.force_cgroup_v1':'/sys/fs/cgroup/'},"
					  "'mounts':[{'destination':'/other','type':'cgroup'},"
					  "{'destination':'/sys/fs//cgroup','type':'cgroup'}],");
	const struct plan_mounts *mounts;
	struct fixture f;

	(void)state;
	fixture_open(&f, json);
	mounts = &fixture_plan(&f)->mounts;
	assert_int_equal(mounts->item[0].kind, PLAN_MOUNT_CGROUP2);
	assert_int_equal(mounts->item[1].kind, PLAN_MOUNT_CGROUP1);
	assert_int_equal(mounts->n_cgroup1, 1);
	assert_string_equal(mounts->cgroup1[0].options, "name=systemd");
	assert_string_equal(mounts->cgroup1[0].name, "systemd");
	assert_null(mounts->cgroup1[0].links);
	fixture_close(&f);

	fixture_open(&f, json);
	f.facts.cgroup_mode = CGROUP_MODE_HYBRID;
	mounts = &fixture_plan(&f)->mounts;
	assert_int_equal(mounts->item[0].kind, PLAN_MOUNT_CGROUP1);
	assert_int_equal(mounts->n_cgroup1, 1);
	assert_string_equal(mounts->cgroup1[0].name, "unified");
	fixture_close(&f);
}

/* The specification's own property comes first. */
static void test_seccomp_receiver(void **state)
{
	struct fixture f;

	(void)state;
	fixture_open(&f, CONFIG("", SECCOMP("mkdir"), "'annotations':{'run.oci.seccomp.receiver':'/agent'},"));
	assert_string_equal(fixture_plan(&f)->listener.path, "/agent");
	fixture_close(&f);
	fixture_open(&f, CONFIG("", "'seccomp':{'listenerPath':'/named','defaultAction':'SCMP_ACT_ALLOW',"
				"'syscalls':[{'names':['mkdir'],'action':'SCMP_ACT_NOTIFY'}]},",
				"'annotations':{'run.oci.seccomp.receiver':'/agent'},"));
	assert_string_equal(fixture_plan(&f)->listener.path, "/named");
	fixture_close(&f);
}

/* Without the annotation that is a warning; a filter from the cache does not hide it. */
static void test_unknown_syscall(void **state)
{
	static const struct plan_filter cached = { .n = 0 };
	struct fixture f;

	(void)state;
	fixture_open(&f, CONFIG("", SECCOMP("no_such_call"), "'annotations':{'run.oci.seccomp.receiver':'/agent'},"));
	assert_non_null(strstr(fixture_warning(fixture_plan(&f), 0), "no_such_call"));
	fixture_close(&f);
	fixture_open(&f, CONFIG("", SECCOMP("no_such_call"),
				"'annotations':{'run.oci.seccomp.receiver':'/agent','run.oci.seccomp_fail_unknown_syscall':'1'},"));
	f.input.seccomp_cached = &cached;
	assert_non_null(strstr(fixture_refused(&f), "does not know no_such_call"));
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),	      cmocka_unit_test(test_off),
		cmocka_unit_test(test_refused),	      cmocka_unit_test(test_mount_context),
		cmocka_unit_test(test_force_cgroup_v1),
		cmocka_unit_test(test_seccomp_receiver), cmocka_unit_test(test_unknown_syscall),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
