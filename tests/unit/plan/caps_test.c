/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Capability sets and what is left out of them. */
#include "fixture.h"

#include <linux/capability.h>
#include <linux/sched.h>
#include <stdio.h>
#include <string.h>

#define CAPS(text) CONFIG("'capabilities':{" text "},", "", "")
#define BIT(cap) (UINT64_C(1) << (cap))

static void test_sets(void **state)
{
	auto_fixture struct fixture f;
	const struct plan_caps *caps;

	(void)state;
	fixture_open(&f, CAPS("'bounding':['CAP_CHOWN','CAP_KILL'],'permitted':['CAP_CHOWN','CAP_KILL'],"
			      "'effective':['CAP_CHOWN'],'inheritable':['CAP_KILL','CAP_KILL'],"
			      "'ambient':['CAP_KILL']"));
	caps = &fixture_plan(&f)->process.caps;
	assert_int_equal(caps->bounding, BIT(CAP_CHOWN) | BIT(CAP_KILL));
	assert_int_equal(caps->permitted, BIT(CAP_CHOWN) | BIT(CAP_KILL));
	assert_int_equal(caps->effective, BIT(CAP_CHOWN));
	assert_int_equal(caps->inheritable, BIT(CAP_KILL));
	assert_int_equal(caps->ambient, BIT(CAP_KILL));
	assert_null(f.plan->warnings);
}

/* Many unknown names make one warning of bounded length. */
static void test_unknown(void **state)
{
	auto_fixture struct fixture f;

	(void)state;
	fixture_open(&f, CAPS("'bounding':['CAP_A','cap_chown','CAP_CHOWN','CAP_A'],"
			      "'permitted':['CAP_A','C1','C2','C3','C4','C5','C6','C7','C8']"));
	assert_int_equal(fixture_plan(&f)->process.caps.bounding, BIT(CAP_CHOWN));
	assert_string_equal(fixture_warning(f.plan, 0),
			    "process.capabilities: left out: unknown: CAP_A, cap_chown, C1, C2, C3, C4, C5, C6, ...");
	assert_int_equal(f.plan->warnings->at, f.config->process->capabilities->at);
	assert_null(fixture_warning(f.plan, 1));
}

static void test_not_held(void **state)
{
	auto_fixture struct fixture f;
	const struct plan_caps *caps;

	(void)state;
	fixture_open(&f, CAPS("'bounding':['CAP_CHOWN','CAP_BPF','CAP_KILL'],"
			      "'permitted':['CAP_CHOWN','CAP_KILL'],'effective':['CAP_CHOWN','CAP_KILL'],"
			      "'inheritable':['CAP_BPF','CAP_CHOWN'],'ambient':['CAP_CHOWN','CAP_KILL']"));
	f.facts.last_capability = CAP_AUDIT_READ;
	f.facts.capabilities = BIT(CAP_CHOWN) | BIT(CAP_SYS_ADMIN);
	caps = &fixture_plan(&f)->process.caps;
	assert_int_equal(caps->bounding, BIT(CAP_CHOWN) | BIT(CAP_KILL));
	assert_int_equal(caps->permitted, BIT(CAP_CHOWN));
	assert_int_equal(caps->effective, BIT(CAP_CHOWN));
	assert_int_equal(caps->inheritable, BIT(CAP_CHOWN));
	assert_int_equal(caps->ambient, BIT(CAP_CHOWN));
	assert_string_equal(fixture_warning(f.plan, 0),
			    "process.capabilities: left out: not the runtime's own to give: CAP_KILL, CAP_BPF");
	assert_null(fixture_warning(f.plan, 1));
}

/* Sets that depend on others: all reasons in one warning (PR-15). */
static void test_unfit(void **state)
{
	auto_fixture struct fixture f;
	const struct plan_caps *caps;

	(void)state;
	fixture_open(&f, CAPS("'bounding':['CAP_CHOWN','CAP_SYS_TIME','CAP_X'],'permitted':['CAP_CHOWN'],"
			      "'effective':['CAP_CHOWN','CAP_KILL'],'inheritable':['CAP_CHOWN','CAP_FOWNER'],"
			      "'ambient':['CAP_CHOWN','CAP_NET_RAW','CAP_SYS_TIME']"));
	f.facts.bounding &= ~BIT(CAP_SYS_TIME);
	f.facts.capabilities &= ~BIT(CAP_SYS_TIME);
	caps = &fixture_plan(&f)->process.caps;
	assert_int_equal(caps->bounding, BIT(CAP_CHOWN));
	assert_int_equal(caps->permitted, BIT(CAP_CHOWN));
	assert_int_equal(caps->effective, BIT(CAP_CHOWN));
	assert_int_equal(caps->inheritable, BIT(CAP_CHOWN));
	assert_int_equal(caps->ambient, BIT(CAP_CHOWN));
	assert_string_equal(fixture_warning(f.plan, 0),
			    "process.capabilities: left out: unknown: CAP_X; not the runtime's own to give: "
			    "CAP_SYS_TIME; effective but not permitted: CAP_KILL; inheritable but not in the "
			    "bounding set: CAP_FOWNER; ambient but not both permitted and inheritable: CAP_NET_RAW");
	assert_null(fixture_warning(f.plan, 1));
}

/* A runtime that holds nothing: every name is in the warning. */
static void test_all_refused(void **state)
{
	auto_fixture struct fixture f;
	char json[4096] = "{'ociVersion':'1.2.0','root':{'path':'r'},'linux':{'namespaces':[{'type':'mount'}]},"
			  "'process':{'cwd':'/','args':['a'],'capabilities':{'bounding':[";
	const char *const *names = plan_cap_names();
	const char *text;

	(void)state;
	for (size_t i = 0; names[i] != NULL; i++)
		(void)snprintf(json + strlen(json), sizeof(json) - strlen(json), "%s'%s'", i == 0 ? "" : ",", names[i]);
	(void)snprintf(json + strlen(json), sizeof(json) - strlen(json), "]}}}");
	fixture_open(&f, json);
	f.facts.capabilities = BIT(CAP_SYS_ADMIN); /* else a user namespace would give them all */
	f.facts.bounding = 0;
	text = fixture_warning(fixture_plan(&f), 0);
	for (size_t i = 0; names[i] != NULL; i++) {
		if (strstr(text, names[i]) == NULL)
			fail_msg("%s is missing in: %s", names[i], text);
	}
	assert_null(fixture_warning(f.plan, 1));
}

/* Who makes or joins a user namespace holds everything in it. */
static void test_new_user_namespace(void **state)
{
	auto_fixture struct fixture f;
	struct plan_caps caps = { .bounding = 0 };

	(void)state;
	fixture_open(&f, CAPS("'bounding':['CAP_SYS_ADMIN'],'permitted':['CAP_SYS_ADMIN']"));
	f.facts.capabilities = 0;
	f.facts.bounding = 0;
	f.work.plan->namespaces.has_user = true;
	plan_caps(&f.work, f.config->process, &caps);
	assert_int_equal(caps.bounding, BIT(CAP_SYS_ADMIN));
	assert_int_equal(caps.permitted, BIT(CAP_SYS_ADMIN));
	assert_null(f.work.plan->warnings);
}

static void test_names(void **state)
{
	const char *const *names = plan_cap_names();
	size_t n = 0;

	(void)state;
	while (names[n] != NULL)
		n++;
	assert_int_equal(n, CAP_LAST_CAP + 1);
	assert_string_equal(names[CAP_CHOWN], "CAP_CHOWN");
	assert_string_equal(names[CAP_SYS_ADMIN], "CAP_SYS_ADMIN");
	assert_string_equal(names[CAP_MKNOD], "CAP_MKNOD");
	assert_string_equal(names[CAP_SETFCAP], "CAP_SETFCAP");
	assert_string_equal(names[CAP_SYSLOG], "CAP_SYSLOG");
	assert_string_equal(names[CAP_CHECKPOINT_RESTORE], "CAP_CHECKPOINT_RESTORE");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sets),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_not_held),
		cmocka_unit_test(test_unfit),
		cmocka_unit_test(test_all_refused),
		cmocka_unit_test(test_new_user_namespace),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
