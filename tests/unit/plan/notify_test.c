/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The notification socket in the plan. */
#include "fixture.h"

#include <linux/mount.h>
#include <string.h>

#include "plan/notify.h"

#define OWN "'env':['A=1','NOTIFY_SOCKET=/theirs'],"
#define WITHOUT_MOUNT_NS                                                                               \
	"{'ociVersion':'1.2.0','root':{'path':'rootfs'},'process':{'cwd':'/','args':['sh']},"            \
	"'linux':{'namespaces':[{'type':'uts'}]}}"

static const struct plan *make(struct fixture *f, const char *json, const char *dir)
{
	fixture_open(f, json);
	f->options.notify_dir = dir;
	return fixture_plan(f);
}

static bool has_variable(const struct plan *plan, const char *variable)
{
	for (const char *const *p = plan->process.env; *p != NULL; p++) {
		if (strcmp(*p, variable) == 0)
			return true;
	}
	return false;
}

static void test_given(void **state)
{
	auto_fixture struct fixture f;
	const struct plan *plan;
	const struct plan_mount *last;

	(void)state;
	plan = make(&f, CONFIG("'env':['A=1'],", "", "'mounts':[{'destination':'/t','type':'tmpfs'}],"), "/state/c/notify");
	assert_true(plan->has_notify);
	assert_int_equal(plan->mounts.n, 2);
	assert_string_equal(plan->mounts.item[0].target, "/t");
	last = &plan->mounts.item[1];
	assert_int_equal(last->kind, PLAN_MOUNT_BIND);
	assert_string_equal(last->source, "/state/c/notify");
	assert_string_equal(last->target, "/run/notify");
	assert_int_equal(last->attr.set, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	assert_true(has_variable(plan, "NOTIFY_SOCKET=/run/notify/notify.sock"));
	assert_true(has_variable(plan, "A=1"));
}

/* Together with sockets that are handed to the payload, all variables have room. */
static void test_with_sockets(void **state)
{
	auto_fixture struct fixture f;
	const struct plan *plan;

	(void)state;
	fixture_open(&f, CONFIG("", "", ""));
	f.options.notify_dir = "/d";
	f.options.listen_fds = 1;
	f.options.listen_names = "web";
	plan = fixture_plan(&f);
	assert_true(has_variable(plan, "NOTIFY_SOCKET=/run/notify/notify.sock"));
	assert_true(has_variable(plan, "LISTEN_FDS=1"));
	assert_true(has_variable(plan, "LISTEN_FDNAMES=web"));
}

/* Nobody asks; the config has its own; there is no process; the mount would show elsewhere. */
static void test_without(void **state)
{
	static const struct {
		const char *json, *dir, *warning;
	} cases[] = {
		{ CONFIG("", "", ""), NULL, NULL },
		{ CONFIG(OWN, "", ""), "/d", NULL },
		{ "{'ociVersion':'1.2.0','root':{'path':'r'},'linux':{'namespaces':[{'type':'mount'}]}}", "/d", NULL },
		{ WITHOUT_MOUNT_NS, "/d", "NOTIFY_SOCKET is not handed on" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture f;
		const struct plan *plan = make(&f, cases[i].json, cases[i].dir);

		assert_false(plan->has_notify);
		assert_int_equal(plan->mounts.n, 0);
		if (plan->process.present)
			assert_false(has_variable(plan, "NOTIFY_SOCKET=/run/notify/notify.sock"));
		if (cases[i].warning != NULL)
			assert_non_null(strstr(fixture_warning(plan, 0), cases[i].warning));
		if (i == 1)
			assert_true(has_variable(plan, "NOTIFY_SOCKET=/theirs"));
		fixture_close(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_given),
		cmocka_unit_test(test_with_sockets),
		cmocka_unit_test(test_without),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
