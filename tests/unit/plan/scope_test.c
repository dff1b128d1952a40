/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of scopes and slices, whom to ask, and the properties that do not come from limits. */
#include "plan/scope.h"

#include <stdio.h>
#include <string.h>

#include "plan/property.h"
#include "resources.h"

#define WITH_PATH(path) CONFIG("", "'cgroupsPath':'" path "',", "")
#define WITH_ANNOTATION(key, value) CONFIG("", "", "'annotations':{'" key "':'" value "'},")

static void open_systemd(struct fixture *f, enum cgroup_mode mode, const char *json)
{
	resources_open(f, mode, json);
	f->options.manager = CGROUP_MANAGER_SYSTEMD;
}

static void judge(struct fixture *f, struct plan_cgroup *cg)
{
	if (plan_limits(&f->region, &f->input, cg, &f->err) < 0)
		fail_msg("refused: %s", f->err.text);
}

static void test_names(void **state)
{
	static const struct {
		const char *json, *unit, *slice, *path;
	} cases[] = {
		{ CONFIG("", "", ""), "tare-box.scope", "system.slice", "/system.slice/tare-box.scope" },
		{ WITH_PATH(""), "tare-box.scope", "system.slice", "/system.slice/tare-box.scope" },
		{ WITH_PATH("machine.slice:libpod:1a"), "libpod-1a.scope", "machine.slice",
		  "/machine.slice/libpod-1a.scope" },
		{ WITH_PATH(":docker:x"), "docker-x.scope", "system.slice", "/system.slice/docker-x.scope" },
		{ WITH_PATH("a-b-c.slice:p:n"), "p-n.scope", "a-b-c.slice",
		  "/a.slice/a-b.slice/a-b-c.slice/p-n.scope" },
		{ WITH_PATH("-.slice:p:n"), "p-n.scope", "-.slice", "/p-n.scope" },
		{ WITH_PATH("a.b-c.d.slice:p:n"), "p-n.scope", "a.b-c.d.slice", "/a.b.slice/a.b-c.d.slice/p-n.scope" },
		{ WITH_PATH("s.slice::n"), "n.scope", "s.slice", "/s.slice/n.scope" },
		{ WITH_PATH("s.slice:p:n@1.scope"), "p-n@1.scope.scope", "s.slice", "/s.slice/p-n@1.scope.scope" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;
		struct plan_cgroup cg;
		size_t len = strlen(cases[i].path);

		open_systemd(&f, CGROUP_MODE_V2, cases[i].json);
		judge(&f, &cg);
		assert_string_equal(cg.scope.unit, cases[i].unit);
		assert_string_equal(cg.scope.slice, cases[i].slice);
		assert_int_equal(cg.scope.path_len, len);
		assert_memory_equal(cg.path, cases[i].path, len);
		assert_string_equal(cg.path + len, "/container");
		assert_int_equal(cg.path_given, cases[i].slice[0] != 's' || cases[i].unit[0] != 't');
		assert_false(cg.scope.is_user);
	}
}

/* An ID may have letters that a unit's name may not. */
static void test_escape(void **state)
{
	auto_fixture struct fixture f;
	struct plan_cgroup cg;

	(void)state;
	open_systemd(&f, CGROUP_MODE_V2, CONFIG("", "", ""));
	f.options.id = "a+b";
	judge(&f, &cg);
	assert_string_equal(cg.scope.unit, "tare-a\\x2bb.scope");
}

static void test_bad_names(void **state)
{
	static const struct {
		const char *path, *why;
	} cases[] = {
		{ "/a/b", "expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got \"/a/b\"" },
		{ "a.slice:b", "expected cgroupsPath" },
		{ "a.slice:b:c:d", "expected cgroupsPath" },
		{ "a:b:c", "\"a\" is not the name of a slice" },
		{ ".slice:b:c", "not the name of a slice" },
		{ "a/b.slice:b:c", "not the name of a slice" },
		{ "-a.slice:b:c", "not the name of a slice" },
		{ "a-.slice:b:c", "not the name of a slice" },
		{ "a--b.slice:b:c", "not the name of a slice" },
		{ "a.slice:b:", "not the name of a unit" },
		{ "a.slice:b:c/d", "\"b-c/d.scope\" is not the name of a unit" },
		{ "a.slice:b:c.slice", "names a slice" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;
		struct plan_cgroup cg;
		char json[512], where[64];

		(void)snprintf(json, sizeof(json), WITH_PATH("%s"), cases[i].path);
		open_systemd(&f, CGROUP_MODE_V2, json);
		assert_int_equal(plan_limits(&f.region, &f.input, &cg, &f.err), -1);
		if (strstr(f.err.text, cases[i].why) == NULL)
			fail_msg("%s: %s", cases[i].path, f.err.text);
		assert_string_equal(oci_source_path(&f.source, f.err.at, where, sizeof(where)), "linux.cgroupsPath");
	}
}

/* Root of a user namespace has his own manager only where the environment leads to one. */
static void test_whom_to_ask(void **state)
{
	static const struct {
		uid_t euid;
		bool in_user_ns, has_user_bus, is_user;
	} cases[] = {
		{ 0, false, true, false }, { 0, true, false, false }, { 0, true, true, true },
		{ 1000, false, false, true }, { 1000, true, true, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;
		struct plan_cgroup cg;

		open_systemd(&f, CGROUP_MODE_V2, CONFIG("", "", ""));
		f.facts.euid = cases[i].euid;
		f.facts.in_user_ns = cases[i].in_user_ns;
		f.facts.has_user_bus = cases[i].has_user_bus;
		judge(&f, &cg);
		assert_int_equal(cg.scope.is_user, cases[i].is_user);
		assert_string_equal(cg.scope.slice, cases[i].is_user ? "user.slice" : "system.slice");
		/* A user's manager filters no devices. */
		assert_int_equal(property_find(&cg.scope, "DevicePolicy") == NULL, cases[i].is_user);
	}
}

static void test_subgroup(void **state)
{
#define SUBGROUP(name) WITH_ANNOTATION("run.oci.systemd.subgroup", name)
	static const struct {
		const char *json, *below;
		enum cgroup_mode mode;
	} cases[] = {
		{ SUBGROUP(""), "", CGROUP_MODE_V2 },
		{ SUBGROUP("own"), "/own", CGROUP_MODE_V2 },
		{ SUBGROUP("own"), "/own", CGROUP_MODE_V1 },
		{ CONFIG("", "", ""), "", CGROUP_MODE_V1 },
		{ CONFIG("", "", ""), "", CGROUP_MODE_HYBRID },
	};
	static const char *const bad[] = { SUBGROUP("a/b"), SUBGROUP(".."), SUBGROUP(".") };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;
		struct plan_cgroup cg;

		open_systemd(&f, cases[i].mode, cases[i].json);
		judge(&f, &cg);
		assert_string_equal(cg.path + cg.scope.path_len, cases[i].below);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		auto_fixture struct fixture f;
		struct plan_cgroup cg;

		open_systemd(&f, CGROUP_MODE_V2, bad[i]);
		assert_int_equal(plan_limits(&f.region, &f.input, &cg, &f.err), -1);
		assert_non_null(strstr(f.err.text, "is not the name of a cgroup"));
	}
}

static const struct plan_property *find(const struct plan_cgroup *cg, const char *name)
{
	const struct plan_property *property = property_find(&cg->scope, name);

	if (property == NULL)
		fail_msg("there is no property %s", name);
	return property;
}

static void test_defaults(void **state)
{
	auto_fixture struct fixture f;
	struct plan_cgroup cg;

	(void)state;
	open_systemd(&f, CGROUP_MODE_V2, CONFIG("", "", ""));
	judge(&f, &cg);
	assert_string_equal(find(&cg, "Description")->value[0].text, "tare container box");
	assert_string_equal(find(&cg, "Slice")->value[0].text, "system.slice");
	assert_int_equal(find(&cg, "Delegate")->value[0].number, 1);
	assert_int_equal(find(&cg, "DefaultDependencies")->value[0].number, 0);
	assert_int_equal(find(&cg, "MemoryAccounting")->value[0].number, 1);
	assert_string_equal(find(&cg, "CollectMode")->value[0].text, "inactive-or-failed");
	assert_false(find(&cg, "CollectMode")->is_asked);
}

/* They override what is there already, and each of them is asked for. */
static void test_annotations(void **state)
{
	auto_fixture struct fixture f;
	struct plan_cgroup cg;
	size_t n;

	(void)state;
	open_systemd(&f, CGROUP_MODE_V2, CONFIG("", "", ""));
	judge(&f, &cg);
	n = cg.scope.n;
	fixture_close(&f);
	open_systemd(&f, CGROUP_MODE_V2, CONFIG("", "",
		"'annotations':{'org.systemd.property.DefaultDependencies':'true',"
		"'org.systemd.property.After':'[\\'crio.service\\']','org.other':'x',"
		"'org.systemd.property.TimeoutStopSec':'1.5','org.systemd.property.RuntimeMaxSec':'uint64 3',"
		"'org.systemd.property.CPUQuotaPerSecUSec':'uint64 4'},"));
	judge(&f, &cg);
	assert_int_equal(cg.scope.n, n + 4);
	assert_int_equal(find(&cg, "DefaultDependencies")->value[0].number, 1);
	assert_true(find(&cg, "DefaultDependencies")->is_asked);
	assert_string_equal(find(&cg, "After")->signature, "as");
	assert_string_equal(find(&cg, "TimeoutStopUSec")->signature, "t");
	assert_int_equal(find(&cg, "TimeoutStopUSec")->value[0].number, 1500000);
	assert_int_equal(find(&cg, "RuntimeMaxUSec")->value[0].number, 3000000);
	assert_int_equal(find(&cg, "CPUQuotaPerSecUSec")->value[0].number, 4);
}

static void test_bad_annotations(void **state)
{
#define PROPERTY(name, value) WITH_ANNOTATION("org.systemd.property." name, value)
	static const struct {
		const char *json, *why;
	} cases[] = {
		{ PROPERTY("", "1"), "\"\" is not the name of a property" },
		{ PROPERTY("Ab", "1"), "not the name of a property" },
		{ PROPERTY("A.b", "1"), "not the name of a property" },
		{ PROPERTY("CPU1", "1"), "not the name of a property" },
		{ PROPERTY("PIDs", "[uint32 1]"), "not for annotations to set" },
		{ PROPERTY("Slice", "\\'a.slice\\'"), "not for annotations to set" },
		{ PROPERTY("CollectMode", "inactive"), "there is no value" },
		{ PROPERTY("TimeoutStopSec", "-1"), "no length of time" },
		{ PROPERTY("TimeoutStopSec", "1e300"), "no length of time" },
		{ PROPERTY("TimeoutStopSec", "\\'1s\\'"), "a number of seconds" },
		{ PROPERTY("TimeoutStopSec", "[1]"), "a number of seconds" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;
		struct plan_cgroup cg;
		char where[128];

		open_systemd(&f, CGROUP_MODE_V2, cases[i].json);
		assert_int_equal(plan_limits(&f.region, &f.input, &cg, &f.err), -1);
		if (strstr(f.err.text, cases[i].why) == NULL)
			fail_msg("%s: %s", cases[i].json, f.err.text);
		assert_memory_equal(oci_source_path(&f.source, f.err.at, where, sizeof(where)), "annotations",
				    strlen("annotations"));
	}
}

/* Nobody is kept from asking for systemd without a tree in silence. */
static void test_no_tree(void **state)
{
	auto_fixture struct fixture f;
	struct plan_cgroup cg;

	(void)state;
	open_systemd(&f, CGROUP_MODE_NONE, CONFIG("", "", ""));
	f.facts.euid = 1000;
	assert_int_equal(plan_limits(&f.region, &f.input, &cg, &f.err), -1);
	assert_non_null(strstr(f.err.text, "no control group file system is mounted"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_bad_names),
		cmocka_unit_test(test_whom_to_ask),
		cmocka_unit_test(test_subgroup),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_annotations),
		cmocka_unit_test(test_bad_annotations),
		cmocka_unit_test(test_no_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
