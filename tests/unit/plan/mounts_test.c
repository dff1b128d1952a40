/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Entries of mounts[] as kernel calls. */
#include "fixture.h"

#include <linux/mount.h>
#include <stdio.h>
#include <string.h>

#define MOUNT(text)                                                                  \
	"{'ociVersion':'1.2.0','root':{'path':'r'},'mounts':[{" text "}],"           \
	"'linux':{'namespaces':[{'type':'mount'},{'type':'cgroup'}]}}"

static const struct plan_mount *make(struct fixture *f, const char *json)
{
	fixture_open(f, json);
	return &fixture_plan(f)->mounts.item[0];
}

/* "ro sync size=1m" */
static const char *params(const struct plan_mount *mount)
{
	static char text[200];
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < mount->n_params; i++) {
		const char *value = mount->params[i].value;

		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s%s%s", i == 0 ? "" : " ",
				      mount->params[i].key, value == NULL ? "" : "=",
				      value == NULL ? "" : value);
		assert_true(n < sizeof(text));
	}
	return text;
}

static void test_filesystem(void **state)
{
	auto_fixture struct fixture f;
	const struct plan_mount *mount =
		make(&f, MOUNT("'destination':'data','type':'ext4','source':'/dev/sda1',"
			       "'options':['nosuid','ro','data=journal','sync','slave']"));

	(void)state;
	assert_int_equal(mount->kind, PLAN_MOUNT_FS);
	assert_string_equal(mount->target, "/data");
	assert_string_equal(mount->type, "ext4");
	assert_string_equal(mount->source, "/dev/sda1");
	assert_int_equal(mount->attr.set, MOUNT_ATTR_NOSUID | MOUNT_ATTR_RDONLY);
	assert_string_equal(params(mount), "ro sync data=journal");
	assert_int_equal(mount->n_propagation, 1);
	assert_int_equal(mount->propagation[0], MS_SLAVE);
	assert_int_equal(mount->at, strstr(f.text, "{\"destination\"") - f.text);
	assert_false(mount->late_readonly || mount->mode_from_target || mount->is_proc_below || mount->is_proc_bound);
}

/* The superblock of a kernel file system may be the host's too: it is not made read-only. */
static void test_kernel_filesystem(void **state)
{
	auto_fixture struct fixture f;
	const struct plan_mount *mount =
		make(&f, MOUNT("'destination':'/sys','type':'sysfs','source':'','options':['ro']"));

	(void)state;
	assert_int_equal(mount->attr.set, MOUNT_ATTR_RDONLY);
	assert_int_equal(mount->n_params, 0);
	assert_null(mount->source);
}

static void test_tmpfs(void **state)
{
	static const struct {
		const char *json;
		bool late, from_target;
	} cases[] = {
		{ MOUNT("'destination':'/t','type':'tmpfs'"), false, true },
		{ MOUNT("'destination':'/t','type':'tmpfs','options':['mode=755']"), false, false },
		{ MOUNT("'destination':'/t','type':'tmpfs','options':['ro','size=1m']"), true, true },
		{ MOUNT("'destination':'/t','type':'tmpfs','options':['rro']"), true, true },
		{ MOUNT("'destination':'/t','type':'tmpfs','options':['ro','rw']"), false, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;
		const struct plan_mount *mount = make(&f, cases[i].json);

		assert_int_equal(mount->late_readonly, cases[i].late);
		assert_int_equal(mount->mode_from_target, cases[i].from_target);
		assert_int_equal(mount->attr.set | mount->attr_recursive.set, 0);
	}
}

static void test_tmpcopyup(void **state)
{
	auto_fixture struct fixture f;
	const struct plan_mount *mount;

	(void)state;
	mount = make(&f, MOUNT("'destination':'/t','type':'tmpfs','options':['tmpcopyup','size=1m']},"
			       "{'destination':'/l','source':'/s','options':['bind','copy-symlink']"));
	assert_true(mount[0].tmpcopyup);
	assert_string_equal(params(&mount[0]), "size=1m");
	assert_true(mount[1].copy_symlink);
}

static void test_bind(void **state)
{
	auto_fixture struct fixture f;
	auto_fixture struct fixture g;
	const struct plan_mount *mount;

	(void)state;
	mount = make(&f, MOUNT("'destination':'/d','type':'none','source':'vol/a',"
			       "'options':['rbind','ro','rro','rprivate',"
			       "'src-nofollow','dest-nofollow']"));
	assert_int_equal(mount->kind, PLAN_MOUNT_BIND);
	assert_string_equal(mount->source, "/bundle/vol/a");
	assert_string_equal(mount->type, "bind");
	assert_true(mount->recursive && mount->src_nofollow);
	assert_true(mount->dest_nofollow);
	assert_int_equal(mount->attr.set, MOUNT_ATTR_RDONLY);
	assert_int_equal(mount->attr_recursive.set, MOUNT_ATTR_RDONLY);
	assert_int_equal(mount->n_params, 0);
	assert_null(f.plan->warnings);
	fixture_close(&f);

	mount = make(&g, MOUNT("'destination':'/d','source':'/a','options':['bind']"));
	assert_string_equal(mount->source, "/a");
	assert_false(mount->recursive);
}

/* The kernel would drop them as well; the spec leaves it open (spec-checklist 8.1 #23). */
static void test_bind_with_data(void **state)
{
	auto_fixture struct fixture f;
	const struct plan_mount *mount =
		make(&f, MOUNT("'destination':'/d','source':'/a','options':['bind','size=1m']"));

	(void)state;
	assert_int_equal(mount->n_params, 0);
	assert_string_equal(fixture_warning(f.plan, 0),
			    "the mount on \"/d\" is no file system of its own: options meant for one "
			    "are left out");
	assert_int_equal(f.plan->warnings->at, strstr(f.text, "[\"bind\"") - f.text);
	assert_null(fixture_warning(f.plan, 1));
}

static void test_remount(void **state)
{
	auto_fixture struct fixture f;
	auto_fixture struct fixture g;
	const struct plan_mount *mount;

	(void)state;
	mount = make(&f, MOUNT("'destination':'/d','options':['remount','async','nosuid','size=2m']"));
	assert_int_equal(mount->kind, PLAN_MOUNT_REMOUNT);
	assert_null(mount->source);
	assert_int_equal(mount->attr.set, MOUNT_ATTR_NOSUID);
	assert_string_equal(params(mount), "async size=2m");
	fixture_close(&f);

	/* Of a bind mount only the attributes change: the superblock belongs to others too. */
	mount = make(&g, MOUNT("'destination':'/proc/sys','options':['remount','bind','ro','sync']"));
	assert_int_equal(mount->kind, PLAN_MOUNT_REMOUNT);
	assert_int_equal(mount->n_params, 0);
	assert_non_null(fixture_warning(g.plan, 0));
}

#define CGROUP(type) MOUNT("'destination':'/sys/fs/cgroup','type':'" type "','source':'cgroup'," \
			   "'options':['ro','nosuid']")

static void test_cgroup_v2(void **state)
{
	auto_fixture struct fixture f;
	const struct plan_mount *mount = make(&f, CGROUP("cgroup"));

	(void)state;
	assert_int_equal(mount->kind, PLAN_MOUNT_CGROUP2);
	assert_string_equal(mount->type, "cgroup2");
	assert_int_equal(mount->attr.set, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID);
	assert_int_equal(mount->n_params, 0);
	assert_int_equal(f.plan->mounts.n_cgroup1, 0);
}

static void test_cgroup_v1(void **state)
{
	static const char *const controllers[] = { "cpuset", "cpu", "cpuacct", "net_cls", "name=systemd",
						   NULL };
	static const char *const dirs[] = { "cpuset", "cpu,cpuacct", "cpu,cpuacct", "net", "systemd",
					    NULL };
	auto_fixture struct fixture f;
	const struct plan_mounts *mounts;

	(void)state;
	fixture_open(&f, CGROUP("cgroup"));
	f.facts.cgroup_mode = CGROUP_MODE_HYBRID;
	f.facts.v1_controllers = controllers;
	f.facts.v1_mounts = dirs;
	mounts = &fixture_plan(&f)->mounts;
	assert_int_equal(mounts->item[0].kind, PLAN_MOUNT_CGROUP1);
	assert_string_equal(mounts->item[0].type, "cgroup");
	assert_int_equal(mounts->item[0].attr.set, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID);
	assert_int_equal(mounts->n_cgroup1, 5);
	assert_string_equal(mounts->cgroup1[0].name, "cpuset");
	assert_null(mounts->cgroup1[0].links);
	assert_string_equal(mounts->cgroup1[1].name, "cpu,cpuacct");
	assert_string_equal(mounts->cgroup1[1].options, "cpu,cpuacct");
	assert_string_equal(mounts->cgroup1[1].links[0], "cpu");
	assert_string_equal(mounts->cgroup1[1].links[1], "cpuacct");
	assert_null(mounts->cgroup1[1].links[2]);
	assert_string_equal(mounts->cgroup1[2].links[0], "net_cls");
	assert_string_equal(mounts->cgroup1[3].options, "name=systemd");
	assert_string_equal(mounts->cgroup1[3].name, "systemd");
	assert_null(mounts->cgroup1[3].links);
	assert_string_equal(mounts->cgroup1[4].options, "");
	assert_string_equal(mounts->cgroup1[4].name, "unified");
}

/* What is said of the whole tree reaches the hierarchies below the tmpfs too, and "ro" comes after it is filled. */
static void test_cgroup_v1_recursive(void **state)
{
	static const char *const controllers[] = { "cpuset", NULL };
	auto_fixture struct fixture f;
	const struct plan_mount *mount;

	(void)state;
	fixture_open(&f, MOUNT("'destination':'/cg','type':'cgroup','source':'cgroup',"
			       "'options':['rw','exec','rro','rnoexec','rnoatime']"));
	f.facts.cgroup_mode = CGROUP_MODE_V1;
	f.facts.v1_controllers = controllers;
	f.facts.v1_mounts = controllers;
	mount = &fixture_plan(&f)->mounts.item[0];
	assert_int_equal(mount->kind, PLAN_MOUNT_CGROUP1);
	assert_int_equal(mount->attr.set, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOATIME);
	assert_int_equal(mount->attr.clear, MOUNT_ATTR__ATIME);
	assert_int_equal(mount->attr_recursive.set | mount->attr_recursive.clear, 0);
}

/* On /proc only procfs (of a bind, init sees to it), below it only what lxcfs shows, however the path is spelt. */
static void test_proc(void **state)
{
	static const struct {
		const char *json;
		bool is_below, is_bound;
	} good[] = {
		{ MOUNT("'destination':'/proc','type':'proc'"), false, false },
		{ MOUNT("'destination':'proc//','type':'proc'"), false, false },
		{ MOUNT("'destination':'/a/proc','type':'proc'"), false, false },
		{ MOUNT("'destination':'/proc/','type':'proc','source':'/p','options':['bind']"), false, true },
		{ MOUNT("'destination':'../proc','source':'/l','options':['rbind']"), false, true },
		{ MOUNT("'destination':'/proc/uptime/..','source':'/l','options':['rbind']"), false, true },
		{ MOUNT("'destination':'/proc/uptime','source':'/l','options':['bind']"), true, false },
		{ MOUNT("'destination':'//proc/./sys/kernel/ns_last_pid','source':'/l',"
			"'options':['bind']"), true, false },
		{ MOUNT("'destination':'/process','source':'/l','options':['bind']"), false, false },
		{ MOUNT("'destination':'/proc/../x','source':'/l','options':['bind']"), false, false },
	};
	static const char *const bad[] = {
		MOUNT("'destination':'/proc','type':'tmpfs'"),
		MOUNT("'destination':'/proc/self/attr','type':'tmpfs'"),
		MOUNT("'destination':'/x/../proc/sys','source':'/l','options':['bind']"),
		MOUNT("'destination':'/proc/uptime/..','type':'tmpfs'"),
		MOUNT("'destination':'/proc/cpuinfo2','source':'/l','options':['rbind']"),
		MOUNT("'destination':'/proc/x','type':'cgroup'"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		auto_fixture struct fixture f;
		const struct plan_mount *mount = make(&f, good[i].json);

		assert_int_equal(mount->is_proc_below, good[i].is_below);
		assert_int_equal(mount->is_proc_bound, good[i].is_bound);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		auto_fixture struct fixture f;

		fixture_open(&f, bad[i]);
		assert_non_null(strstr(fixture_refused(&f), "mounts[0].destination: nothing but a file "
							    "system of type \"proc\" may be mounted on"));
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *json, *refusal;
	} cases[] = {
		{ MOUNT("'destination':'/d'"),
		  "mounts[0]: a mount without a type needs the option \"bind\" or \"rbind\"" },
		{ MOUNT("'destination':'/d','type':'bind','source':'/s'"),
		  "mounts[0].type: \"bind\" is no file system; a bind mount needs the option \"bind\" or "
		  "\"rbind\"" },
		{ MOUNT("'destination':'/d','options':['bind']"),
		  "mounts[0]: a bind mount needs a source" },
		{ MOUNT("'destination':'/d','type':'proc','options':['tmpcopyup']"),
		  "mounts[0].options: \"tmpcopyup\" is for file systems of type \"tmpfs\"" },
		{ MOUNT("'destination':'/d','type':'cgroup','options':['ro','nsdelegate']"),
		  "mounts[0].options[1]: the container's view of its cgroup takes no options of the file "
		  "system, which would change the host's" },
		{ MOUNT("'destination':'/d','type':'cgroup','options':['ro','idmap=uids=0-1-1;gids=0-1-1']"),
		  "mounts[0].options[1]: the container's view of its cgroup cannot be id-mapped" },
		{ MOUNT("'destination':'/d','options':['remount','idmap=uids=0-1-1;gids=0-1-1']"),
		  "mounts[0].options[1]: a mount that is there already cannot be id-mapped" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;

		fixture_open(&f, cases[i].json);
		assert_string_equal(strchr(fixture_refused(&f), ' ') + 1, cases[i].refusal);
	}
}

/* Without a namespace of its own the container sees its own cgroup all the same (V20). */
static void test_cgroup_namespace(void **state)
{
	static const struct {
		const char *json;
		bool borrow;
	} cases[] = {
		{ MOUNT("'destination':'/c','type':'cgroup'"), false },
		{ CONFIG("", "", "'mounts':[{'destination':'/c','type':'cgroup'}],"), true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;

		(void)make(&f, cases[i].json);
		assert_int_equal(f.plan->mounts.borrow_cgroup_ns, cases[i].borrow);
	}
}

/* The last word about being writable is the last entry's. */
static void test_tmpfs_remounted(void **state)
{
	static const char remount[] = MOUNT("'destination':'/x','type':'tmpfs','options':['ro']},"
					    "{'destination':'/y','type':'tmpfs','options':['ro']},"
					    "{'destination':'/x/','options':['remount','rw']},"
					    "{'destination':'/y','options':['remount','nosuid']");
	auto_fixture struct fixture f;
	const struct plan_mount *mount;

	(void)state;
	mount = make(&f, remount);
	assert_false(mount[0].late_readonly);
	assert_true(mount[1].late_readonly);
}

/* A cgroup that is the caller's is shown, not lent. */
static void test_cgroup_of_the_caller(void **state)
{
	static const char *const json[] = { MOUNT("'destination':'/c','type':'cgroup','options':['rw','rrw']"),
					    MOUNT("'destination':'/c','type':'cgroup2'") };

	(void)state;
	for (size_t i = 0; i < sizeof(json) / sizeof(json[0]); i++) {
		auto_fixture struct fixture f;
		const struct plan_mount *mount;

		fixture_open(&f, json[i]);
		f.options.manager = CGROUP_MANAGER_DISABLED;
		mount = fixture_plan(&f)->mounts.item;
		assert_int_equal(mount->attr.set, MOUNT_ATTR_RDONLY);
		assert_int_equal(mount->attr.clear | mount->attr_recursive.clear, 0);
		assert_string_equal(fixture_warning(f.plan, 0), "the mount on \"/c\" is read-only: without a cgroup "
				    "manager it shows the caller's own cgroup");
	}
}

/* The same where it turns out only later that none can be made. */
static void test_cgroup_that_is_not_to_be_had(void **state)
{
	auto_fixture struct fixture f;
	const struct plan_mount *mount;

	(void)state;
	fixture_open(&f, MOUNT("'destination':'/a','type':'tmpfs'},{'destination':'/b','type':'cgroup','options':['ro']},"
			       "{'destination':'/c','type':'cgroup','options':['rw','rrw']"));
	mount = fixture_plan(&f)->mounts.item;
	assert_int_equal(mount[2].attr.set & MOUNT_ATTR_RDONLY, 0);
	assert_ptr_equal(plan_without_cgroup(&f.region, f.plan), &mount[2]);
	assert_int_equal(mount[0].attr.set & MOUNT_ATTR_RDONLY, 0);
	assert_int_equal(mount[2].attr.set & MOUNT_ATTR_RDONLY, MOUNT_ATTR_RDONLY);
	assert_int_equal(mount[2].attr.clear & MOUNT_ATTR_RDONLY, 0);
	assert_int_equal(mount[2].attr_recursive.clear & MOUNT_ATTR_RDONLY, 0);
	assert_null(plan_without_cgroup(&f.region, f.plan));
}

static void test_no_cgroup(void **state)
{
	auto_fixture struct fixture f;

	(void)state;
	fixture_open(&f, CGROUP("cgroup"));
	f.facts.cgroup_mode = CGROUP_MODE_NONE;
	assert_non_null(strstr(fixture_refused(&f), "mounts[0].type: this machine has no cgroup file "
						    "system to show"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_filesystem),
		cmocka_unit_test(test_kernel_filesystem),
		cmocka_unit_test(test_tmpfs),
		cmocka_unit_test(test_tmpcopyup),
		cmocka_unit_test(test_bind),
		cmocka_unit_test(test_bind_with_data),
		cmocka_unit_test(test_remount),
		cmocka_unit_test(test_cgroup_v2),
		cmocka_unit_test(test_cgroup_v1),
		cmocka_unit_test(test_cgroup_v1_recursive),
		cmocka_unit_test(test_proc),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_cgroup_namespace),
		cmocka_unit_test(test_cgroup_of_the_caller),
		cmocka_unit_test(test_cgroup_that_is_not_to_be_had),
		cmocka_unit_test(test_tmpfs_remounted),
		cmocka_unit_test(test_no_cgroup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
