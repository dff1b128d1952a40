/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Device rules in systemd's words, and where it has none. */
#include "plan/scope_parts.h"

#include <stdio.h>
#include <string.h>

#include "plan/property.h"
#include "resources.h"

#define ALWAYS ",char-* m,block-* m,/dev/char/1:3 rwm,/dev/char/1:5 rwm,/dev/char/1:7 rwm,/dev/char/1:8 rwm," \
	       "/dev/char/1:9 rwm,/dev/char/5:0 rwm,/dev/char/5:1 rwm,/dev/char/5:2 rwm,/dev/char/10:200 rwm," \
	       "char-136 rwm"

/* DeviceAllow as "device access,device access"; NULL when the policy is to leave all of it to others. */
static const char *allowed(enum cgroup_mode mode, const char *json)
{
	static char text[2048];
	auto_fixture struct fixture f;
	struct plan_cgroup cg;
	const struct plan_property *list;
	size_t n = 0;

	resources_open(&f, mode, json);
	f.options.manager = CGROUP_MANAGER_SYSTEMD;
	if (plan_limits(&f.region, &f.input, &cg, &f.err) < 0)
		fail_msg("refused: %s", f.err.text);
	list = property_find(&cg.scope, "DeviceAllow");
	assert_non_null(list);
	assert_string_equal(list->signature, "a(ss)");
	if (strcmp(property_find(&cg.scope, "DevicePolicy")->value[0].text, "auto") == 0) {
		/* And takes an earlier list away. */
		assert_int_equal(list->n, 2);
		return NULL;
	}
	assert_string_equal(property_find(&cg.scope, "DevicePolicy")->value[0].text, "strict");
	text[0] = '\0';
	for (size_t i = 0; i < list->n; i++) {
		if (list->value[i].type == 's')
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s",
					      list->value[i - 1].type == 's' ? " " : ",", list->value[i].text);
	}
	return text;
}

#define RULES(list) RESOURCES("'devices':[" list "]")
#define DENY_ALL "{'allow':false,'access':'rwm'}"

static void test_expressible(void **state)
{
	(void)state;
	assert_string_equal(allowed(CGROUP_MODE_V2, CONFIG("", "", "")), ALWAYS);
	assert_string_equal(allowed(CGROUP_MODE_V1, RULES(DENY_ALL)), ALWAYS);
	assert_string_equal(allowed(CGROUP_MODE_V2,
				    RULES(DENY_ALL ",{'allow':true,'type':'c','major':195,'minor':0,'access':'rw'},"
					  "{'allow':true,'type':'b','major':8,'access':'r'},"
					  "{'allow':true,'type':'b','access':'w'}")),
			    ",/dev/char/195:0 rw,block-8 r,block-* w" ALWAYS);
	/* A later rule about other devices, or another access, cuts nothing. */
	assert_string_equal(allowed(CGROUP_MODE_V2,
				    RULES(DENY_ALL ",{'allow':true,'type':'c','major':195,'minor':0,'access':'rw'},"
					  "{'allow':false,'type':'c','major':195,'minor':1,'access':'rwm'},"
					  "{'allow':false,'type':'b','access':'rwm'},"
					  "{'allow':false,'type':'c','major':195,'minor':0,'access':'m'}")),
			    ",/dev/char/195:0 rw" ALWAYS);
}

/* Everything is allowed: no policy, which is systemd's word for it. */
static void test_open(void **state)
{
	(void)state;
	assert_null(allowed(CGROUP_MODE_V2, RULES("{'allow':true,'access':'rwm'}")));
	assert_null(allowed(CGROUP_MODE_V1, RULES("{'allow':true,'access':'rwm'}")));
}

/* v2 leaves it to our own program; v1 may only say less. */
static void test_inexpressible(void **state)
{
	static const char *const cases[] = {
		RULES(DENY_ALL ",{'allow':true,'type':'c','minor':5,'access':'r'}"),
		RULES("{'allow':true,'access':'rwm'},{'allow':false,'type':'b','major':8,'access':'rwm'}"),
		RULES(DENY_ALL ",{'allow':true,'type':'b','major':8,'access':'rw'},"
		      "{'allow':false,'type':'b','major':8,'minor':1,'access':'w'}"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_null(allowed(CGROUP_MODE_V2, cases[i]));
		assert_string_equal(allowed(CGROUP_MODE_V1, cases[i]), ALWAYS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_expressible),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_inexpressible),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
