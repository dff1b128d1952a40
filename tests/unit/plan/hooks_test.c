/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hooks and the state documents for those in the container. */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#define HOOKS(text) CONFIG("", "", "'hooks':{" text "},'annotations':{'pid':'x','a\\n':'\\\"pid\\\":1'},")

static void test_all_kinds(void **state)
{
	auto_fixture struct fixture f;
	const struct plan_hooks *hooks;

	(void)state;
	fixture_open(&f, HOOKS("'prestart':[{'path':'/a'}],'createRuntime':[{'path':'/b'},{'path':'/c'}],"
			       "'poststart':[{'path':'/d'}],'poststop':[{'path':'/e'}]"));
	hooks = &fixture_plan(&f)->hooks;
	for (size_t i = 0; i < PLAN_HOOK_KINDS; i++)
		assert_non_null(plan_hook_names[i]);
	assert_string_equal(hooks->kind[PLAN_HOOK_PRESTART].item[0].path, "/a");
	assert_int_equal(hooks->kind[PLAN_HOOK_CREATE_RUNTIME].n, 2);
	assert_string_equal(hooks->kind[PLAN_HOOK_CREATE_RUNTIME].item[1].path, "/c");
	assert_int_equal(hooks->kind[PLAN_HOOK_CREATE_RUNTIME].item[1].at,
			 strstr(f.text, "{\"path\":\"/c\"") - f.text);
	assert_int_equal(hooks->kind[PLAN_HOOK_CREATE_CONTAINER].n, 0);
	assert_string_equal(hooks->kind[PLAN_HOOK_POSTSTART].item[0].path, "/d");
	assert_string_equal(hooks->kind[PLAN_HOOK_POSTSTOP].item[0].path, "/e");
	assert_string_equal(plan_hook_names[PLAN_HOOK_POSTSTOP], "poststop");
	/* Nobody in the container needs a state document. */
	assert_null(hooks->create_container.head);
	assert_null(hooks->start_container.head);
}

static void test_details(void **state)
{
	auto_fixture struct fixture f;
	const struct plan_hook *hook;

	(void)state;
	fixture_open(&f, HOOKS("'prestart':[{'path':'/a'},{'path':'/b','args':['x','y'],'env':['K=v'],"
			       "'timeout':7}]"));
	hook = fixture_plan(&f)->hooks.kind[PLAN_HOOK_PRESTART].item;
	assert_string_equal(hook[0].args[0], "/a");
	assert_null(hook[0].args[1]);
	assert_null(hook[0].env[0]);
	assert_int_equal(hook[0].timeout, 0);
	assert_string_equal(hook[1].args[0], "x");
	assert_string_equal(hook[1].args[1], "y");
	assert_null(hook[1].args[2]);
	assert_string_equal(hook[1].env[0], "K=v");
	assert_int_equal(hook[1].timeout, 7);
}

/* Head, digits and tail are one JSON document, wherever else "pid" is written in it. */
static void check_state(const struct plan_hook_state *state, const char *status)
{
	char want[200];

	assert_non_null(state->head);
	assert_string_equal(state->head + strlen(state->head) - 6, "\"pid\":");
	assert_memory_equal(state->head, "{\"ociVersion\":\"1.2.0\",\"id\":\"box\",", 33);
	assert_null(strstr(state->head, "2147483647"));
	assert_null(strstr(state->tail, "2147483647"));
	(void)snprintf(want, sizeof(want), "\"status\":\"%s\"", status);
	assert_true(strstr(state->head, want) != NULL || strstr(state->tail, want) != NULL);
	assert_non_null(strstr(state->tail, "\"bundle\":\"/bundle\""));
	assert_non_null(strstr(state->tail, "\"annotations\":{\"pid\":\"x\","));
	assert_int_equal(state->tail[strlen(state->tail) - 1], '}');
}

static void test_states(void **state)
{
	auto_fixture struct fixture f;

	(void)state;
	fixture_open(&f, HOOKS("'createContainer':[{'path':'/a'}],'startContainer':[{'path':'/a'}]"));
	check_state(&fixture_plan(&f)->hooks.create_container, "creating");
	check_state(&f.plan->hooks.start_container, "created");
}

static void test_refused(void **state)
{
	static const char *const kinds[] = { "'prestart'", "'createRuntime'", "'createContainer'",
					     "'startContainer'", "'poststart'", "'poststop'" };

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		auto_fixture struct fixture f;
		char json[400];

		(void)snprintf(json, sizeof(json),
			       "{'ociVersion':'1.2.0','root':{'path':'r'},'hooks':{%s:[{'path':'/a'},"
			       "{'path':'b'}]},'linux':{'namespaces':[{'type':'mount'}]}}", kinds[i]);
		fixture_open(&f, json);
		assert_non_null(strstr(fixture_refused(&f), "[1].path: \"b\" is not an absolute path"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_kinds),
		cmocka_unit_test(test_details),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
