/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The seccomp agent: when there is one, what it is told, and what is refused. */
#include "plan/listener.h"
#include "fixture.h"

#include <linux/seccomp.h>
#include <string.h>

#define SECCOMP(text) CONFIG("", "'seccomp':{" text "},", "'annotations':{'pid':'x'},")
#define ALLOW "'defaultAction':'SCMP_ACT_ALLOW'"
#define RULES(action) ",'syscalls':[{'names':['dup'],'action':'SCMP_ACT_ERRNO'},{'names':['read'],'action':'" action "'}]"
#define NOTIFY RULES("SCMP_ACT_NOTIFY")

/* Two names from two sources for one kernel's numbers. */
static void test_numbers(void **state)
{
	(void)state;
	assert_int_equal(LISTENER_NEW, SECCOMP_FILTER_FLAG_NEW_LISTENER);
#ifdef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
	assert_int_equal(LISTENER_WAIT_KILLABLE, SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
#endif
}

static void test_none(void **state)
{
	static const char *const cases[] = {
		CONFIG("", "", ""),
		SECCOMP(ALLOW),
		SECCOMP(ALLOW RULES("SCMP_ACT_ERRNO")),
		/* Given, and nothing to ask: ignored (SC-07). */
		SECCOMP(ALLOW RULES("SCMP_ACT_ERRNO") ",'listenerPath':'/run/agent','listenerMetadata':'m'"),
		SECCOMP(ALLOW ",'listenerPath':'/run/agent'"),
		/* The same as not given. */
		SECCOMP(ALLOW ",'listenerPath':'','listenerMetadata':''"),
		SECCOMP(ALLOW ",'listenerPath':null,'listenerMetadata':null"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;

		fixture_open(&f, cases[i]);
		assert_null(fixture_plan(&f)->listener.path);
		assert_null(f.plan->listener.piece[0]);
		assert_int_equal(f.plan->seccomp.filter.flags & (LISTENER_NEW | LISTENER_WAIT_KILLABLE), 0);
	}
}

static void test_message(void **state)
{
	auto_fixture struct fixture f, g;
	const struct plan_listener *listener;

	(void)state;
	fixture_open(&f, SECCOMP(ALLOW NOTIFY ",'listenerPath':'/run/agent','listenerMetadata':'\\\"pid\\\":2147483647'"));
	listener = &fixture_plan(&f)->listener;
	assert_string_equal(listener->path, "/run/agent");
	assert_int_equal(listener->at, strstr(f.text, "\"/run/agent\"") - f.text);
	assert_string_equal(listener->piece[0], "{\"ociVersion\":\"1.2.0\",\"fds\":[\"seccompFd\"],\"pid\":");
	assert_string_equal(listener->piece[1], ",\"metadata\":\"\\\"pid\\\":2147483647\",\"state\":{\"ociVersion\":\"1.2.0\","
						"\"id\":\"box\",\"pid\":");
	assert_string_equal(listener->piece[2], ",\"status\":\"creating\",\"bundle\":\"/bundle\","
						"\"annotations\":{\"pid\":\"x\"}}}");
	fixture_close(&f);

	fixture_open(&g, SECCOMP(ALLOW NOTIFY ",'listenerPath':'/run/agent'"));
	listener = &fixture_plan(&g)->listener;
	assert_string_equal(listener->piece[1], ",\"state\":{\"ociVersion\":\"1.2.0\",\"id\":\"box\",\"pid\":");
}

static void test_refused(void **state)
{
	static const struct {
		const char *json, *refusal;
	} cases[] = {
		{ SECCOMP("'defaultAction':'SCMP_ACT_NOTIFY','listenerPath':'/run/agent'"),
		  "linux.seccomp.defaultAction: SCMP_ACT_NOTIFY can only be the action of named system calls: the "
		  "container's own set-up would wait for answers" },
		{ SECCOMP("'defaultAction':'SCMP_ACT_NOTIFY'"),
		  "linux.seccomp.defaultAction: SCMP_ACT_NOTIFY can only be the action of named system calls: the "
		  "container's own set-up would wait for answers" },
		{ SECCOMP(ALLOW NOTIFY),
		  "linux.seccomp.syscalls[1].action: SCMP_ACT_NOTIFY needs linux.seccomp.listenerPath: nobody would "
		  "answer" },
		{ SECCOMP(ALLOW NOTIFY ",'listenerPath':''"),
		  "linux.seccomp.syscalls[1].action: SCMP_ACT_NOTIFY needs linux.seccomp.listenerPath: nobody would "
		  "answer" },
		{ SECCOMP(ALLOW NOTIFY ",'listenerPath':'run/agent'"),
		  "linux.seccomp.listenerPath: \"run/agent\" is not an absolute path" },
		{ SECCOMP(ALLOW ",'listenerPath':'agent'"),
		  "linux.seccomp.listenerPath: \"agent\" is not an absolute path" },
		{ SECCOMP(ALLOW ",'listenerMetadata':'m'"),
		  "linux.seccomp.listenerMetadata: is given without listenerPath" },
		{ SECCOMP(ALLOW NOTIFY ",'listenerMetadata':'m'"),
		  "linux.seccomp.listenerMetadata: is given without listenerPath" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;

		fixture_open(&f, cases[i].json);
		assert_string_equal(strchr(fixture_refused(&f), ' ') + 1, cases[i].refusal);
	}
}

/* The environment's word, for who has none in the config. */
static void test_environment(void **state)
{
	static const char listening[] = SECCOMP(ALLOW NOTIFY ",'listenerPath':'/run/agent'");
	static const char asking[] = SECCOMP(ALLOW NOTIFY);
	static const struct {
		const char *json, *variable, *path;
	} cases[] = {
		{ listening, "/run/other", "/run/agent" },
		{ listening, "nowhere", "/run/agent" },
		{ asking, "/run/other", "/run/other" },
		{ SECCOMP("'defaultAction':'SCMP_ACT_ALLOW'"), "nowhere", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;

		fixture_open(&f, cases[i].json);
		f.options.seccomp_receiver = cases[i].variable;
		if (cases[i].path == NULL)
			assert_null(fixture_plan(&f)->listener.path);
		else
			assert_string_equal(fixture_plan(&f)->listener.path, cases[i].path);
	}
}

static void test_environment_refused(void **state)
{
	auto_fixture struct fixture f, g;

	(void)state;
	fixture_open(&f, SECCOMP(ALLOW NOTIFY));
	f.options.seccomp_receiver = "nowhere";
	assert_non_null(strstr(fixture_refused(&f), "RUN_OCI_SECCOMP_RECEIVER=nowhere is not an absolute path"));
	fixture_close(&f);
	fixture_open(&g, SECCOMP(ALLOW NOTIFY));
	g.options.seccomp_receiver = "";
	assert_non_null(strstr(fixture_refused(&g), "needs linux.seccomp.listenerPath"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_message),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_environment_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
