/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of device rules: what lies below and above the config's, and what becomes pointless. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/device_rules.h"
#include "tests/unit/must.h"

#define DEVICES(json) CONFIG("", "'resources':{'devices':[" json "]},", "")

/* One line a rule: "+c 1:3 rwm". */
static void print(const struct plan_cgroup *cg, char *buf, size_t size)
{
	FILE *f = must(fmemopen(buf, size, "w"));

	for (size_t i = 0; i < cg->n_rules; i++) {
		const struct plan_device_rule *r = &cg->rules[i];

		(void)fprintf(f, "%c%c %lld:%lld %s%s%s\n", r->allow ? '+' : '-', r->type,
			      (long long)r->major, (long long)r->minor,
			      r->access & DEVICE_READ ? "r" : "", r->access & DEVICE_WRITE ? "w" : "",
			      r->access & DEVICE_MKNOD ? "m" : "");
	}
	(void)fclose(f);
}

#define DEFAULTS "+c -1:-1 m\n+b -1:-1 m\n+c 1:3 rwm\n+c 1:5 rwm\n+c 1:7 rwm\n+c 1:8 rwm\n"   \
		 "+c 1:9 rwm\n+c 5:0 rwm\n+c 5:1 rwm\n+c 5:2 rwm\n+c 10:200 rwm\n+c 136:-1 rwm\n"

static void assert_rules(const char *json, const char *expected)
{
	auto_fixture struct fixture f;
	struct plan_cgroup cg;
	char text[4096] = "";

	fixture_open(&f, json);
	if (plan_limits(&f.region, &f.input, &cg, &f.err) < 0)
		fail_msg("refused: %s", f.err.text);
	print(&cg, text, sizeof(text));
	assert_string_equal(text, expected);
}

static void assert_refused(const char *json, const char *text)
{
	auto_fixture struct fixture f;
	struct plan_cgroup cg;
	char where[128];

	fixture_open(&f, json);
	assert_int_equal(plan_limits(&f.region, &f.input, &cg, &f.err), -1);
	assert_string_equal(f.err.text, text);
	assert_string_equal(oci_source_path(&f.source, f.err.at, where, sizeof(where)),
			    "linux.resources.devices[0]");
}

/* 8.1 #9, #10: deny by default, and the nodes that every container has. */
static void test_default(void **state)
{
	(void)state;
	assert_rules(CONFIG("", "", ""), "-a -1:-1 rwm\n" DEFAULTS);
	assert_rules(DEVICES("{'allow':false,'access':'rwm'}"), "-a -1:-1 rwm\n" DEFAULTS);
}

static void test_allow_all(void **state)
{
	(void)state;
	assert_rules(DEVICES("{'allow':false},{'allow':true,'type':'c','major':1,'minor':3},"
			     "{'allow':true,'access':'rwm'}"), "+a -1:-1 rwm\n");
}

/* Docker's list denies /dev/fuse and then everything: the former is pointless. */
static void test_docker(void **state)
{
	(void)state;
	assert_rules(DEVICES("{'allow':false,'type':'c','major':10,'minor':229,'access':'rwm'},"
			     "{'allow':false,'access':'rwm'},"
			     "{'allow':true,'type':'c','major':1,'minor':5,'access':'rwm'},"
			     "{'allow':false,'type':'c','major':10,'minor':229,'access':'rwm'},"
			     "{'allow':true,'type':'c','major':10,'minor':229,'access':'rwm'}"),
		     "-a -1:-1 rwm\n+c 10:229 rwm\n" DEFAULTS);
}

static void test_partial(void **state)
{
	(void)state;
	/* A later rule with less access leaves the earlier one standing. */
	assert_rules(DEVICES("{'allow':true,'type':'b','major':8,'minor':0,'access':'rw'},"
			     "{'allow':false,'type':'b','major':8,'minor':0,'access':'w'}"),
		     "-a -1:-1 rwm\n+b 8:0 rw\n-b 8:0 w\n" DEFAULTS);
	/* "All" devices of a number are both kinds; -1 is any number. */
	assert_rules(DEVICES("{'allow':true,'type':'a','major':8,'minor':-1,'access':'r'}"),
		     "-a -1:-1 rwm\n+c 8:-1 r\n+b 8:-1 r\n" DEFAULTS);
	/* Type absent is all; access absent or empty is rwm. */
	assert_rules(DEVICES("{'allow':true,'major':8,'minor':1,'access':''}"),
		     "-a -1:-1 rwm\n+c 8:1 rwm\n+b 8:1 rwm\n" DEFAULTS);
	assert_rules(DEVICES("{'allow':true},{'allow':false,'type':'b','major':8}"),
		     "+a -1:-1 rwm\n-b 8:-1 rwm\n" DEFAULTS);
}

/* A document may have more rules than could ever be compared with each other. */
static void test_too_many(void **state)
{
	static const char head[] = "{'ociVersion':'1.2.0','root':{'path':'r'},'linux':{'resources':{'devices':[";
	static const char rule[] = "{'allow':true,'type':'c','major':1,'minor':3,'access':'r'}";
	size_t room = sizeof(head) + 2049 * sizeof(rule) + 64;
	char *json = calloc(room, 1);
	auto_fixture struct fixture f;

	(void)state;
	assert_non_null(json);
	strcpy(json, head);
	for (int i = 0; i < 2049; i++) {
		if (i > 0)
			strcat(json, ",");
		strcat(json, rule);
	}
	strcat(json, "]}}}");
	fixture_open(&f, json);
	assert_non_null(strstr(fixture_refused(&f), "linux.resources.devices[2048]: more than 2048 rules about devices"));
	free(json);
}

static void test_refused(void **state)
{
	(void)state;
	assert_refused(DEVICES("{'allow':true,'type':'c','major':1,'access':'rx'}"),
		       "access \"rx\" has letters other than r, w and m");
	assert_refused(DEVICES("{'allow':true,'type':'c','major':-2}"),
		       "major -2 is not a device number");
	assert_refused(DEVICES("{'allow':true,'type':'c','major':1,'minor':4294967296}"),
		       "minor 4294967296 is not a device number");
	/* v1 keeps "any" as this number. */
	assert_refused(DEVICES("{'allow':true,'type':'c','major':4294967295,'minor':7}"),
		       "major 4294967295 is not a device number");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_default),
		cmocka_unit_test(test_allow_all),
		cmocka_unit_test(test_docker),
		cmocka_unit_test(test_partial),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
