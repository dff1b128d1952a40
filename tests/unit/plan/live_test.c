/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plan of `mounts`: by the rules of create, but for what only a container that is being made can have. */
#include "plan/live.h"
#include "fixture.h"

#include <linux/mount.h>
#include <linux/sched.h>
#include <string.h>

#include "plan/plan.h"

#define ALL (CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP | CLONE_NEWTIME)

/* The document is read as part of a config.json, where its offsets are as good. */
#define MOUNTS(list) "{'ociVersion':'1.2.0','root':{'path':'r'},'mounts':[" list "]}"

static const struct plan_idmap map[] = { { .inside = 5, .outside = 1000, .count = 1 } };

static struct plan_target target_of(unsigned long enter)
{
	return (struct plan_target){ .enter = enter, .pid = 77, .rootfs = "/the/rootfs" };
}

static const struct plan *plan_good(struct fixture *f, const struct plan_target *target, enum plan_exec_kind kind)
{
	if (plan_make_live(&f->region, &f->input, target, kind, &f->plan, &f->err) < 0)
		fail_msg("%s", f->err.text);
	return f->plan;
}

static void refused(const char *list, unsigned long enter, enum plan_exec_kind kind, const char *text)
{
	auto_fixture struct fixture f;
	struct plan_target target = target_of(enter);

	fixture_open(&f, list);
	assert_int_equal(plan_make_live(&f.region, &f.input, &target, kind, &f.plan, &f.err), -1);
	assert_non_null(strstr(f.err.text, text));
}

static void test_add(void **state)
{
	auto_fixture struct fixture f;
	struct plan_target target = target_of(ALL);
	const struct plan *plan;

	(void)state;
	fixture_open(&f, MOUNTS("{'destination':'/a','source':'/b','options':['rbind','ro']},"
				"{'destination':'/t','type':'tmpfs','source':'x'}"));
	plan = plan_good(&f, &target, PLAN_EXEC_MOUNT);
	assert_true(plan->exec.present && plan->exec.kind == PLAN_EXEC_MOUNT && plan->exec.pid == 77);
	/* Nothing of ours shows in its pid namespace, and no second process is needed. */
	assert_int_equal(plan->exec.enter, CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWCGROUP);
	assert_false(plan->namespaces.is_staged || plan->init_opens || plan->process.present || plan->mounts.borrow_cgroup_ns);
	assert_int_equal(plan->mounts.n, 2);
	assert_int_equal(plan->mounts.item[0].kind, PLAN_MOUNT_BIND);
	assert_string_equal(plan->mounts.item[1].target, "/t");
	assert_int_equal(plan->root.propagation, MS_SLAVE | MS_REC);
	assert_false(plan->root.readonly);
	f.facts.mounts_refused = true;
	assert_true(plan_good(&f, &target, PLAN_EXEC_MOUNT)->init_opens);
}

static void test_what_the_container_says(void **state)
{
	auto_fixture struct fixture f;
	struct plan_target target = target_of(ALL | CLONE_NEWUSER);
	const struct plan *plan;

	(void)state;
	fixture_open(&f, "{'ociVersion':'1.2.0','root':{'path':'r'},'mounts':[{'destination':'/t','type':'tmpfs'}],"
			 "'linux':{'rootfsPropagation':'rprivate','mountLabel':'a:b:c:d'}}");
	target.uid_map = target.gid_map = map;
	target.n_uid_map = target.n_gid_map = 1;
	f.facts.selinux = true;
	plan = plan_good(&f, &target, PLAN_EXEC_MOUNT);
	assert_int_equal(plan->root.propagation, MS_PRIVATE | MS_REC);
	assert_true(plan->namespaces.has_user);
	/* There is no 0 in it, and no process that would say who. */
	assert_int_equal(plan->namespaces.setup_uid, 5);
	assert_int_equal(plan->namespaces.setup_gid, 5);
	assert_int_equal(plan->mounts.item[0].n_params, 1);
	assert_string_equal(plan->mounts.item[0].params[0].key, "context");
}

static void test_not_added(void **state)
{
	static const struct {
		const char *list, *text;
		unsigned long lacks;
	} rows[] = {
		{ MOUNTS("{'destination':'/dev','options':['remount','ro']}"), "\"remount\" changes", 0 },
		{ MOUNTS("{'destination':'/a','source':'/b','options':['bind','copy-symlink']}"), "\"copy-symlink\"", 0 },
		{ MOUNTS("{'destination':'/a','type':'proc'}"), "type \"proc\" belongs to the pid namespace", 0 },
		{ MOUNTS("{'destination':'/a','type':'cgroup'}"), "no cgroup namespace of its own", CLONE_NEWCGROUP },
		{ MOUNTS("{'destination':'/./','type':'tmpfs'}"), "is the container's root", 0 },
		{ MOUNTS("{'destination':'/proc/sys','type':'tmpfs'}"), "nothing but a file system of type \"proc\"", 0 },
		{ MOUNTS("{'destination':'/a','type':'tmpfs'}"), "no mount namespace of its own", CLONE_NEWNS },
		{ MOUNTS("{'destination':'/a','source':'/b'}"), "needs the option", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		refused(rows[i].list, ALL & ~rows[i].lacks, PLAN_EXEC_MOUNT, rows[i].text);
}

/* Only the destination counts, even where the rest makes no sense. */
static void test_remove(void **state)
{
	auto_fixture struct fixture f;
	struct plan_target target = target_of(ALL);
	const struct plan *plan;

	(void)state;
	fixture_open(&f, MOUNTS("{'destination':'a/b','options':['frob']},{'destination':'/proc//uptime'},"
				"{'destination':'/proc/kcore'}"));
	plan = plan_good(&f, &target, PLAN_EXEC_UNMOUNT);
	assert_int_equal(plan->exec.kind, PLAN_EXEC_UNMOUNT);
	assert_true(plan->init_opens);
	assert_int_equal(plan->mounts.n, 3);
	assert_string_equal(plan->mounts.item[0].target, "/a/b");
	assert_false(plan->mounts.item[0].is_proc_below || plan->mounts.item[2].is_proc_below);
	assert_true(plan->mounts.item[1].is_proc_below);
	assert_int_equal(plan->mounts.item[1].at, ((const struct oci_mount *)f.config->mounts.item[1])->at);
}

static void test_not_removed(void **state)
{
	(void)state;
	refused(MOUNTS("{'destination':'/../'}"), ALL, PLAN_EXEC_UNMOUNT, "is the container's root");
	refused(MOUNTS("{'destination':'/a'}"), CLONE_NEWPID, PLAN_EXEC_UNMOUNT, "no mount namespace of its own");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_what_the_container_says),
		cmocka_unit_test(test_not_added),
		cmocka_unit_test(test_remove),
		cmocka_unit_test(test_not_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
