/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the cgroup lies, in which trees, and when it is handed to the payload's user. */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "plan/cgroup_path.h"

static const char *path_of(struct fixture *f, const char *json)
{
	static struct plan_cgroup cg;

	fixture_open(f, json);
	if (plan_limits(&f->region, &f->input, &cg, &f->err) < 0)
		fail_msg("refused: %s", f->err.text);
	return cg.path;
}

static void assert_path(const char *json, const char *expected)
{
	auto_fixture struct fixture f;

	assert_string_equal(path_of(&f, json), expected);
}

static void test_path(void **state)
{
	(void)state;
	assert_path(CONFIG("", "", ""), "/tare-box");
	assert_path(CONFIG("", "'cgroupsPath':'',", ""), "/tare-box");
	assert_path(CONFIG("", "'cgroupsPath':'/docker/x',", ""), "/docker/x");
	assert_path(CONFIG("", "'cgroupsPath':'docker/x',", ""), "/docker/x");
	assert_path(CONFIG("", "'cgroupsPath':'//a/./b///c/',", ""), "/a/b/c");
	assert_path(CONFIG("", "'cgroupsPath':'/..a/b..',", ""), "/..a/b..");
	/* BuildKit sends this without the systemd manager. */
	assert_path(CONFIG("", "'cgroupsPath':'system.slice:docker:1f',", ""),
		    "/system.slice:docker:1f");
}

static void test_path_refused(void **state)
{
	static const struct {
		const char *json, *text;
	} rows[] = {
		{ CONFIG("", "'cgroupsPath':'/a/../b',", ""), "\"/a/../b\" has \"..\" in it" },
		{ CONFIG("", "'cgroupsPath':'..',", ""), "\"..\" has \"..\" in it" },
		{ CONFIG("", "'cgroupsPath':'/./',", ""),
		  "\"/./\" is the root of the tree, which is not a container's" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_fixture struct fixture f;
		struct plan_cgroup cg;
		char where[64];

		fixture_open(&f, rows[i].json);
		assert_int_equal(plan_limits(&f.region, &f.input, &cg, &f.err), -1);
		assert_string_equal(f.err.text, rows[i].text);
		assert_string_equal(oci_source_path(&f.source, f.err.at, where, sizeof(where)),
				    "linux.cgroupsPath");
	}
}

static void test_trees(void **state)
{
	static const char *const controllers[] = { "cpu", "memory", "cpuacct", "name=systemd", NULL };
	static const char *const mounts[] = { "cpu,cpuacct", "memory", "cpu,cpuacct", "systemd", NULL };
	auto_fixture struct fixture f;
	struct plan_cgroup cg;

	(void)state;
	fixture_open(&f, CONFIG("", "", ""));
	assert_int_equal(plan_limits(&f.region, &f.input, &cg, &f.err), 0);
	assert_int_equal(cg.n_hierarchies, 1);
	assert_string_equal(cg.hierarchies[0].mount, "");
	assert_true(cg.hierarchies[0].is_v2);

	f.facts.v1_controllers = controllers;
	f.facts.v1_mounts = mounts;
	f.facts.cgroup_mode = CGROUP_MODE_HYBRID;
	assert_int_equal(plan_limits(&f.region, &f.input, &cg, &f.err), 0);
	assert_int_equal(cg.n_hierarchies, 4);
	assert_string_equal(cg.hierarchies[0].mount, "cpu,cpuacct");
	assert_string_equal(cg.hierarchies[0].controllers, "cpu,cpuacct");
	assert_string_equal(cg.hierarchies[1].mount, "memory");
	assert_string_equal(cg.hierarchies[2].controllers, "name=systemd");
	assert_string_equal(cg.hierarchies[3].mount, "unified");
	assert_true(cg.hierarchies[3].is_v2);

	f.facts.cgroup_mode = CGROUP_MODE_V1;
	assert_int_equal(plan_limits(&f.region, &f.input, &cg, &f.err), 0);
	assert_int_equal(cg.n_hierarchies, 3);
}

#define OWNED(user, ns, options, source)                                                     \
	"{'ociVersion':'1.2.0','root':{'path':'r'},"                                          \
	"'process':{'user':{'uid':" user ",'gid':0},'cwd':'/','args':['sh']},"                \
	"'mounts':[{'destination':'/sys/fs/cgroup','type':'cgroup','source':'" source "',"    \
	"'options':[" options "]}],'linux':{'namespaces':[{'type':'mount'}" ns "]}}"
#define CGROUP_NS ",{'type':'cgroup'}"

/* CG-04: only a writable mount in a cgroup namespace of its own, on v2. */
static void test_delegate(void **state)
{
	static const struct {
		const char *json;
		bool delegate;
	} rows[] = {
		{ OWNED("1000", CGROUP_NS, "'rw'", "cgroup"), true },
		{ OWNED("1000", CGROUP_NS, "'nosuid','ro'", "cgroup"), false },
		{ OWNED("1000", CGROUP_NS, "'rw'", "cgroup2"), false },
		{ OWNED("1000", "", "'rw'", "cgroup"), false },
		{ OWNED("1000", ",{'type':'cgroup','path':'/proc/1/ns/cgroup'}", "'rw'", "cgroup"),
		  false },
		{ OWNED("1000", CGROUP_NS, "'ro','rw'", "cgroup"), true },
		{ OWNED("1000", CGROUP_NS, "'rw','ro'", "cgroup"), false },
		{ OWNED("1000", CGROUP_NS, "", "cgroup"), true },
		{ OWNED("1000", CGROUP_NS ",{'type':'user','path':'/proc/1/ns/user'}", "'rw'",
			"cgroup"), false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_fixture struct fixture f;
		struct plan_cgroup cg;

		fixture_open(&f, rows[i].json);
		assert_int_equal(plan_limits(&f.region, &f.input, &cg, &f.err), 0);
		assert_int_equal(cg.delegate, rows[i].delegate);
		if (cg.delegate)
			assert_int_equal(cg.delegate_uid, 1000);
	}
}

/* Ours it may be already, but an earlier container may have had it. */
static void test_delegate_to_root(void **state)
{
	auto_fixture struct fixture f;
	struct plan_cgroup cg;

	(void)state;
	fixture_open(&f, OWNED("0", CGROUP_NS, "'rw'", "cgroup"));
	assert_int_equal(plan_limits(&f.region, &f.input, &cg, &f.err), 0);
	assert_true(cg.delegate);
	assert_int_equal(cg.delegate_uid, 0);
}

/* What is mounted last is what the container sees. */
static void test_delegate_last_mount(void **state)
{
	static const char format[] =
		"{'ociVersion':'1.2.0','root':{'path':'r'},"
		"'process':{'user':{'uid':7,'gid':0},'cwd':'/','args':['sh']},'mounts':["
		"{'destination':'/sys/fs/cgroup','type':'cgroup','source':'cgroup','options':['%s']},"
		"{'destination':'/sys/fs/cgroup//','type':'cgroup','source':'cgroup','options':['%s']}"
		"],'linux':{'namespaces':[{'type':'mount'},{'type':'cgroup'}]}}";
	char json[512];

	(void)state;
	for (int i = 0; i < 2; i++) {
		auto_fixture struct fixture f;
		struct plan_cgroup cg;

		(void)snprintf(json, sizeof(json), format, i ? "ro" : "rw", i ? "rw" : "ro");
		fixture_open(&f, json);
		assert_int_equal(plan_limits(&f.region, &f.input, &cg, &f.err), 0);
		assert_int_equal(cg.delegate, i);
	}
}

/* The owner is the host's number of the user; a user outside the map cannot own anything. */
static void test_delegate_mapped(void **state)
{
	struct oci_idmap map = { .container_id = 0, .host_id = 100000, .size = 1001 };
	void *item = &map;
	auto_fixture struct fixture f;
	struct plan_cgroup cg;

	(void)state;
	fixture_open(&f, OWNED("1000", CGROUP_NS, "'rw'", "cgroup"));
	f.config->on_linux->uid_maps = (struct oci_list){ .set = true, .n = 1, .item = &item };
	assert_int_equal(plan_limits(&f.region, &f.input, &cg, &f.err), 0);
	assert_true(cg.delegate);
	assert_int_equal(cg.delegate_uid, 101000);
	map.size = 1000;
	assert_int_equal(plan_limits(&f.region, &f.input, &cg, &f.err), 0);
	assert_false(cg.delegate);
}

#define WITH_LEAF(name) CONFIG("", "", "'annotations':{'run.oci.delegate-cgroup':'" name "'},")

static void test_leaf(void **state)
{
	static const struct {
		const char *json, *leaf;
		enum cgroup_mode mode;
		enum cgroup_manager manager;
		const char *refusal;
	} rows[] = {
		{ CONFIG("", "", ""), NULL, CGROUP_MODE_V2, CGROUP_MANAGER_CGROUPFS, NULL },
		{ WITH_LEAF(""), NULL, CGROUP_MODE_V1, CGROUP_MANAGER_DISABLED, NULL },
		{ WITH_LEAF("payload"), "payload", CGROUP_MODE_V2, CGROUP_MANAGER_CGROUPFS, NULL },
		{ WITH_LEAF("payload"), "payload", CGROUP_MODE_V2, CGROUP_MANAGER_SYSTEMD, NULL },
		{ WITH_LEAF("/init"), "init", CGROUP_MODE_V2, CGROUP_MANAGER_CGROUPFS, NULL },
		{ WITH_LEAF("/"), NULL, CGROUP_MODE_V2, CGROUP_MANAGER_CGROUPFS, "\"/\" is not the name of a cgroup" },
		{ WITH_LEAF("a/b"), NULL, CGROUP_MODE_V2, CGROUP_MANAGER_CGROUPFS, "\"a/b\" is not the name of a cgroup" },
		{ WITH_LEAF("//a"), NULL, CGROUP_MODE_V2, CGROUP_MANAGER_CGROUPFS, "\"//a\" is not the name of a cgroup" },
		{ WITH_LEAF(".."), NULL, CGROUP_MODE_V2, CGROUP_MANAGER_CGROUPFS, "\"..\" is not the name of a cgroup" },
		{ WITH_LEAF("a"), NULL, CGROUP_MODE_V1, CGROUP_MANAGER_CGROUPFS, "needs cgroup v2" },
		{ WITH_LEAF("a"), NULL, CGROUP_MODE_HYBRID, CGROUP_MANAGER_CGROUPFS, "needs cgroup v2" },
		{ WITH_LEAF("a"), NULL, CGROUP_MODE_V2, CGROUP_MANAGER_DISABLED, "needs a cgroup manager" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_fixture struct fixture f;
		struct plan_cgroup cg;

		fixture_open(&f, rows[i].json);
		f.facts.cgroup_mode = rows[i].mode;
		f.options.manager = rows[i].manager;
		assert_int_equal(plan_limits(&f.region, &f.input, &cg, &f.err), rows[i].refusal == NULL ? 0 : -1);
		if (rows[i].refusal != NULL)
			assert_non_null(strstr(f.err.text, rows[i].refusal));
		else if (rows[i].leaf == NULL)
			assert_null(cg.leaf);
		else
			assert_string_equal(cg.leaf, rows[i].leaf);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_path_refused),
		cmocka_unit_test(test_trees),
		cmocka_unit_test(test_delegate),
		cmocka_unit_test(test_delegate_to_root),
		cmocka_unit_test(test_delegate_last_mount),
		cmocka_unit_test(test_delegate_mapped),
		cmocka_unit_test(test_leaf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
