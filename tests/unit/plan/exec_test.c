/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plan of `exec`: where the process goes, and that the rules about a process are those of create. */
#include "plan/exec.h"
#include "fixture.h"

#include <linux/sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "plan/plan.h"

#define ALL (CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS)

static const struct plan_idmap map[] = { { .inside = 5, .outside = 1000, .count = 1 }, { .inside = 7, .outside = 2000, .count = 3 } };

static struct plan_target target_of(unsigned long enter)
{
	return (struct plan_target){ .enter = enter, .pid = 77, .rootfs = "/the/rootfs", .new_keyring = true };
}

static const struct plan *plan_good(struct fixture *f, const struct plan_target *target)
{
	if (plan_make_exec(&f->region, &f->input, target, &f->plan, &f->err) < 0)
		fail_msg("%s", f->err.text);
	return f->plan;
}

static void refused(struct fixture *f, const struct plan_target *target, const char *text)
{
	f->err = ERR_INIT;
	assert_int_equal(plan_make_exec(&f->region, &f->input, target, &f->plan, &f->err), -1);
	assert_string_equal(f->err.text, text);
}

static void test_place(void **state)
{
	auto_fixture struct fixture f;
	struct plan_target target = target_of(CLONE_NEWNS | CLONE_NEWPID);
	const struct plan *plan;

	(void)state;
	fixture_open(&f, CONFIG("'noNewPrivileges':true,", "", ""));
	plan = plan_good(&f, &target);
	assert_int_equal(plan->magic, PLAN_MAGIC);
	assert_true(plan->exec.present && plan->new_keyring && plan->init_opens && plan->namespaces.is_staged);
	assert_int_equal(plan->exec.enter, CLONE_NEWNS | CLONE_NEWPID);
	assert_int_equal(plan->exec.pid, 77);
	assert_false(plan->root.is_entered || plan->namespaces.has_user);
	/* Nothing of the container itself is made anew, whatever the document says of it. */
	assert_int_equal(plan->namespaces.create | plan->namespaces.born, 0);
	assert_int_equal(plan->namespaces.n_join + plan->mounts.n + plan->devices.n, 0);
	assert_true(plan->process.present && plan->process.no_new_privs);
	assert_string_equal(plan->process.args[0], "sh");
}

static void test_without_namespaces(void **state)
{
	auto_fixture struct fixture f;
	struct plan_target target = target_of(0);
	const struct plan *plan;

	(void)state;
	fixture_open(&f, CONFIG("", "", ""));
	target.enters_root = true;
	target.new_keyring = false;
	plan = plan_good(&f, &target);
	assert_false(plan->namespaces.is_staged || plan->new_keyring);
	assert_true(plan->root.is_entered);
	assert_string_equal(plan->root.path, "/the/rootfs");
}

/* Ids are those of the user namespace that is there, and all capabilities are its to give. */
static void test_user_namespace(void **state)
{
	auto_fixture struct fixture f;
	struct plan_target target = target_of(ALL);
	const struct plan *plan;

	(void)state;
	fixture_open(&f, CONFIG("'user':{'uid':5,'gid':8},'capabilities':{'permitted':['CAP_SYS_TIME']},", "", ""));
	f.facts.capabilities = 0;
	target.uid_map = target.gid_map = map;
	target.n_uid_map = 1;
	target.n_gid_map = 2;
	plan = plan_good(&f, &target);
	assert_true(plan->namespaces.has_user);
	assert_int_equal(plan->namespaces.setup_uid, 5);
	assert_int_equal(plan->namespaces.setup_gid, 8);
	assert_ptr_not_equal(plan->namespaces.uid_map, map);
	assert_int_equal(plan->namespaces.n_gid_map, 2);
	assert_true(plan->process.caps.permitted != 0);
}

static void test_ids_that_it_lacks(void **state)
{
	auto_fixture struct fixture f, g;
	struct plan_target target = target_of(ALL);

	(void)state;
	target.uid_map = target.gid_map = map;
	target.n_uid_map = target.n_gid_map = 1;
	fixture_open(&f, CONFIG("'user':{'uid':6,'gid':5},", "", ""));
	refused(&f, &target, "6 is not mapped in the container's user namespace");
	/* The same ids are fine where nothing is entered. */
	target.enter = CLONE_NEWPID;
	(void)plan_good(&f, &target);
	fixture_close(&f);
	fixture_open(&g, CONFIG("'user':{'uid':5,'gid':5,'additionalGids':[5]},", "", ""));
	target.enter = ALL;
	target.deny_setgroups = true;
	refused(&g, &target, "an ordinary user who maps one group only may not set others (user_namespaces(7))");
}

/* The judgement is that of create, word for word and place for place. */
static void test_process_is_judged(void **state)
{
	static const struct {
		const char *process, *refusal;
	} cases[] = {
		{ "'env':['X'],", "\"X\" is not of the form NAME=value" },
		{ "'user':{'uid':4294967295,'gid':0},", "4294967295 is no id that a process can have" },
		{ "'terminal':true,", "cannot allocate a terminal: this command does not stay to serve it; use --console-socket" },
		{ "'apparmorProfile':'p',", "AppArmor is not enabled on this machine, so \"p\" cannot be applied" },
		{ "'execCPUAffinity':{'final':'x'},", NULL },
	};
	const struct plan_target target = target_of(CLONE_NEWPID);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;
		char json[400];

		(void)snprintf(json, sizeof(json), CONFIG("%s", "", ""), cases[i].process);
		fixture_open(&f, json);
		f.options.detach = true;
		assert_int_equal(plan_make_exec(&f.region, &f.input, &target, &f.plan, &f.err), -1);
		if (cases[i].refusal != NULL)
			assert_string_equal(f.err.text, cases[i].refusal);
		assert_true(f.err.at != ERR_NOWHERE && f.err.at > 0);
	}
}

/* The filter is given; which rules it has is not known any more. */
static void test_seccomp(void **state)
{
	static const uint64_t insns[3] = { 1, 2, 3 };
	const struct plan_filter filter = { .insns = insns, .n = 3 };
	const struct plan_target target = target_of(CLONE_NEWPID);
	auto_fixture struct fixture f;
	const struct plan *plan;

	(void)state;
	fixture_open(&f, CONFIG("", "'seccomp':{'defaultAction':'SCMP_ACT_ERRNO','listenerPath':'/agent','listenerMetadata':'m',"
				"'syscalls':[{'names':['read'],'action':'SCMP_ACT_NOTIFY'}]},", ""));
	f.input.seccomp_cached = &filter;
	plan = plan_good(&f, &target);
	assert_true(plan->seccomp.present);
	assert_memory_equal(plan->seccomp.filter.insns, insns, sizeof(insns));
	assert_true((plan->seccomp.filter.flags & LISTENER_NEW) != 0);
	assert_string_equal(plan->listener.path, "/agent");
	/* One pid is still to come; that of the container is known. */
	assert_non_null(strstr(plan->listener.piece[1], "\"pid\":77"));
	assert_non_null(strstr(plan->listener.piece[1], "\"status\":\"running\""));
	assert_null(plan->listener.piece[2]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_place),
		cmocka_unit_test(test_without_namespaces),
		cmocka_unit_test(test_user_namespace),
		cmocka_unit_test(test_ids_that_it_lacks),
		cmocka_unit_test(test_process_is_judged),
		cmocka_unit_test(test_seccomp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
