/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Groups of resctrl, on a directory that stands in for it: few machines have one.  What the kernel puts into a
 * new group the tests put there.
 */
#include "host/rdt.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "plan/plan.h"
#include "state/record.h"
#include "tests/unit/support.h"

static struct support_dir dir;
static const char *const no_lines[] = { NULL };

/* resctrl after mounting: the default group with a process in it, and one named "gold". */
static int set_up(void **state)
{
	(void)state;
	support_open_dir(&dir);
	assert_int_equal(mkdirat(dir.fd, "info", 0755), 0);
	assert_int_equal(mkdirat(dir.fd, "info/MB", 0755), 0);
	support_write(dir.fd, "info/MB/bandwidth_gran", "10\n");
	support_write(dir.fd, "info/last_cmd_status", "ok\n");
	support_write(dir.fd, "tasks", "1\n");
	support_write(dir.fd, "schemata", "    MB:0=100;1=100\n    L3:0=fffff;1=fffff\n");
	assert_int_equal(mkdirat(dir.fd, "mon_groups", 0755), 0);
	assert_int_equal(mkdirat(dir.fd, "gold", 0755), 0);
	support_write(dir.fd, "gold/tasks", "");
	support_write(dir.fd, "gold/schemata", "    MB:0=  70;1=  20\nL3CODE:0=3\n    L3:0=000ff;1=000f0\n");
	assert_int_equal(mkdirat(dir.fd, "gold/mon_groups", 0755), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	support_remove_dir(&dir);
	return 0;
}

/* What the kernel does on mkdir(2). */
static void be_the_kernel(const char *group)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/tasks", group);
	support_write(dir.fd, path, "");
	(void)snprintf(path, sizeof(path), "%s/schemata", group);
	support_write(dir.fd, path, "L3:0=fffff;1=fffff\n");
	(void)snprintf(path, sizeof(path), "%s/mon_groups", group);
	assert_int_equal(mkdirat(dir.fd, path, 0755), 0);
}

/* And on rmdir(2): the files go with their directory. */
static void be_the_removing_kernel(const char *group)
{
	static const char *const names[] = { "tasks", "schemata" };
	char path[128];

	for (size_t i = 0; i < COUNT(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", group, names[i]);
		(void)unlinkat(dir.fd, path, 0);
	}
	(void)snprintf(path, sizeof(path), "%s/mon_groups", group);
	(void)unlinkat(dir.fd, path, AT_REMOVEDIR);
}

static bool is_there(const char *path)
{
	return faccessat(dir.fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void assert_text(const char *path, const char *wanted)
{
	char text[512];

	support_read(dir.fd, path, text, sizeof(text));
	assert_string_equal(text, wanted);
}

static struct plan plan_of(const char *group)
{
	return (struct plan){
		.id = "box",
		.rdt = { .at = 7, .present = true, .group = group, .is_own = strcmp(group, "box") == 0, .lines = no_lines },
	};
}

/* All of it up to the first process; the record's part in *@made. */
static void make_good(struct rdt *rdt, const struct plan *plan, struct record_rdt *made, const char *fresh)
{
	struct err err = ERR_INIT;

	assert_good(rdt_open(rdt, dir.path, plan, &err), err);
	rdt_intend(rdt, plan, made);
	assert_good(rdt_make_group(rdt, plan, made, &err), err);
	if (fresh != NULL)
		be_the_kernel(fresh);
	assert_good(rdt_write_schemata(rdt, plan, made, &err), err);
	assert_good(rdt_make_monitor(rdt, plan, made, &err), err);
}

static void expect_refused(const struct plan *plan, const char *words)
{
	struct rdt rdt = RDT_INIT;
	struct err err = ERR_INIT;

	assert_int_equal(rdt_open(&rdt, dir.path, plan, &err), -1);
	assert_holds(err.text, words);
	assert_int_equal(err.at, 7);
	rdt_close(&rdt);
}

/* RD-02, RD-03, RD-07: the container's own group, its lines in order, and its end. */
static void test_own(void **state)
{
	static const char *const lines[] = { "L2:0=3", "L3:1=1", NULL };
	struct plan plan = plan_of("box");
	struct rdt rdt = RDT_INIT;
	size_t fds = support_count_fds();
	struct record_rdt made;
	struct err err = ERR_INIT;

	(void)state;
	plan.rdt.l3 = "L3:0=f;1=f";
	plan.rdt.mb = "MB:0=50";
	plan.rdt.lines = lines;
	make_good(&rdt, &plan, &made, "box");
	assert_true(made.has_group);
	assert_false(made.has_monitor);
	assert_string_equal(made.group, "box");
	assert_text("box/schemata", "L3:0=f;1=f\nMB:0=50\nL2:0=3\nL3:1=1\n");
	assert_good(rdt_enter(&rdt, &plan, 4711, &err), err);
	assert_text("box/tasks", "4711\n");
	rdt_close(&rdt);
	be_the_removing_kernel("box");
	assert_good(rdt_remove(dir.path, "box", &made, &err), err);
	assert_false(is_there("box"));
	assert_good(rdt_remove(dir.path, "box", &made, &err), err);
	assert_int_equal(support_count_fds(), fds);
}

/* RD-03: without schemata the file is not touched, so the kernel's default stays. */
static void test_own_without_schemata(void **state)
{
	struct plan plan = plan_of("box");
	struct rdt rdt = RDT_INIT;
	struct record_rdt made;

	(void)state;
	make_good(&rdt, &plan, &made, "box");
	assert_text("box/schemata", "L3:0=fffff;1=fffff\n");
	rdt_close(&rdt);
}

static void test_own_exists(void **state)
{
	struct plan plan = plan_of("box");
	struct record_rdt made;
	struct rdt rdt = RDT_INIT;
	struct err err = ERR_INIT;

	(void)state;
	assert_good(rdt_open(&rdt, dir.path, &plan, &err), err);
	rdt_intend(&rdt, &plan, &made);
	assert_true(made.has_group);
	/* Somebody else makes it now: it is theirs. */
	assert_int_equal(mkdirat(dir.fd, "box", 0755), 0);
	assert_int_equal(rdt_make_group(&rdt, &plan, &made, &err), -1);
	assert_false(made.has_group);
	rdt_close(&rdt);
	assert_good(rdt_remove(dir.path, "box", &made, &err), err);
	assert_true(is_there("box"));
	expect_refused(&plan, "resctrl group box exists already");
}

/* RD-05: equal by number and domain, and then not written again; RD-07: it stays. */
static void test_shared(void **state)
{
	static const char *const lines[] = { "L2:0=3", NULL };
	char before[256];
	struct plan plan = plan_of("gold");
	struct rdt rdt = RDT_INIT;
	struct record_rdt made;
	struct err err = ERR_INIT;

	(void)state;
	support_read(dir.fd, "gold/schemata", before, sizeof(before));
	plan.rdt.l3 = "L3:1=F0;0=0xff";
	plan.rdt.mb = "MB:0=65"; /* the kernel makes 70 of it */
	make_good(&rdt, &plan, &made, NULL);
	assert_text("gold/schemata", before);
	assert_false(made.has_group);
	assert_good(rdt_enter(&rdt, &plan, 12, &err), err);
	assert_text("gold/tasks", "12\n");
	rdt_close(&rdt);
	assert_good(rdt_remove(dir.path, "box", &made, &err), err);
	assert_true(is_there("gold"));
	/* schemata is not compared but written */
	plan.rdt.lines = lines;
	make_good(&rdt, &plan, &made, NULL);
	assert_text("gold/schemata", "L2:0=3\n");
	rdt_close(&rdt);
}

static void test_shared_differs(void **state)
{
	static const struct {
		const char *l3, *mb, *words;
	} cases[] = {
		{ "L3:0=ff;1=ff", NULL, "differs from \"L3:0=ff;1=ff\" in domain 1: it has \"L3:0=000ff;1=000f0\"" },
		{ "L3:0=f0", NULL, "in domain 0" },
		{ "L3:2=ff", NULL, "in domain 2" },
		{ NULL, "MB:0=60;1=20", "differs from \"MB:0=60;1=20\" in domain 0: it has \"MB:0=  70;1=  20\"" },
		{ NULL, "MB:1=21", "in domain 1" },
		{ "L3:0=ff", "MB:0=10", "MB:0=10" },
	};
	struct plan plan = plan_of("gold");

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		plan.rdt.l3 = cases[i].l3;
		plan.rdt.mb = cases[i].mb;
		expect_refused(&plan, cases[i].words);
	}
	support_write(dir.fd, "gold/schemata", "L2:0=ff\n");
	plan.rdt.l3 = "L3:0=ff";
	plan.rdt.mb = NULL;
	expect_refused(&plan, "nothing of that kind");
}

/* RD-04: a group of closID is made with its values, and stays once the container is there. */
static void test_shared_is_new(void **state)
{
	struct plan plan = plan_of("silver");
	struct rdt rdt = RDT_INIT;
	struct record_rdt made;
	struct err err = ERR_INIT;

	(void)state;
	plan.rdt.l3 = "L3:0=f";
	make_good(&rdt, &plan, &made, "silver");
	assert_text("silver/schemata", "L3:0=f\n");
	assert_true(made.has_group); /* until the container is committed, see create.c */
	rdt_close(&rdt);
	/* A failed create takes it away, but not from others who are in it by now. */
	support_write(dir.fd, "silver/tasks", "99\n");
	assert_good(rdt_remove(dir.path, "box", &made, &err), err);
	assert_true(is_there("silver"));
	support_write(dir.fd, "silver/tasks", "");
	assert_int_equal(rdt_remove(dir.path, "box", &made, &err), -1); /* tried: plain files do not vanish by themselves */
	assert_holds(err.text, "remove resctrl group silver");
}

/* Two containers with one closID are made at the same time. */
static void test_shared_race(void **state)
{
	struct plan plan = plan_of("silver");
	struct rdt rdt = RDT_INIT;
	struct record_rdt made;
	struct err err = ERR_INIT;

	(void)state;
	plan.rdt.l3 = "L3:0=f";
	assert_good(rdt_open(&rdt, dir.path, &plan, &err), err);
	rdt_intend(&rdt, &plan, &made);
	assert_int_equal(mkdirat(dir.fd, "silver", 0755), 0);
	be_the_kernel("silver");
	support_write(dir.fd, "silver/schemata", "L3:0=0000f\n");
	assert_good(rdt_make_group(&rdt, &plan, &made, &err), err);
	assert_false(made.has_group);
	assert_good(rdt_write_schemata(&rdt, &plan, &made, &err), err);
	assert_text("silver/schemata", "L3:0=0000f\n");
	rdt_close(&rdt);
}

/* RD-06 */
static void test_shared_must_exist(void **state)
{
	struct plan plan = plan_of("silver");

	(void)state;
	expect_refused(&plan, "there is no resctrl group silver");
	assert_false(is_there("silver"));
}

static void test_default_group(void **state)
{
	struct plan plan = plan_of("");
	struct rdt rdt = RDT_INIT;
	struct record_rdt made;
	struct err err = ERR_INIT;

	(void)state;
	plan.rdt.monitoring = true;
	make_good(&rdt, &plan, &made, NULL);
	assert_false(made.has_group);
	assert_true(made.has_monitor);
	assert_true(is_there("mon_groups/box"));
	support_write(dir.fd, "mon_groups/box/tasks", "");
	assert_good(rdt_enter(&rdt, &plan, 5, &err), err);
	assert_text("tasks", "5\n");
	assert_text("mon_groups/box/tasks", "5\n");
	rdt_close(&rdt);
	assert_int_equal(unlinkat(dir.fd, "mon_groups/box/tasks", 0), 0);
	assert_good(rdt_remove(dir.path, "box", &made, &err), err);
	assert_false(is_there("mon_groups/box"));
	assert_true(is_there("mon_groups"));
	plan.rdt.l3 = "L3:0=1";
	expect_refused(&plan, "resctrl group / exists, and differs");
}

/* RD-08 */
static void test_monitor(void **state)
{
	struct plan plan = plan_of("gold");
	struct rdt rdt = RDT_INIT;
	struct record_rdt made;
	struct err err = ERR_INIT;

	(void)state;
	plan.rdt.monitoring = true;
	make_good(&rdt, &plan, &made, NULL);
	assert_true(made.has_monitor);
	assert_true(is_there("gold/mon_groups/box"));
	/* The same name once more is somebody else's. */
	assert_int_equal(rdt_make_monitor(&rdt, &plan, &made, &err), -1);
	assert_holds(err.text, "make monitoring group box in resctrl group gold");
	assert_int_equal(err.at, 7);
	assert_false(made.has_monitor);
	assert_good(rdt_remove(dir.path, "box", &made, &err), err);
	assert_true(is_there("gold/mon_groups/box"));
	assert_int_equal(unlinkat(dir.fd, "gold/mon_groups/box", AT_REMOVEDIR), 0);
	assert_int_equal(rdt_enter(&rdt, &plan, 5, &err), -1);
	assert_holds(err.text, "monitoring group box");
	assert_int_equal(unlinkat(dir.fd, "gold/mon_groups", AT_REMOVEDIR), 0);
	assert_int_equal(rdt_make_monitor(&rdt, &plan, &made, &err), -1);
	assert_holds(err.text, "cannot be monitored");
	rdt_close(&rdt);
}

/* What the kernel says about a bad line; a limit on the size of files stands in for its refusal. */
static void test_refused_line(void **state)
{
	static const char *const lines[] = { "L3:0=0", NULL };
	struct plan plan = plan_of("gold");
	struct rdt rdt = RDT_INIT;
	struct record_rdt made;
	struct rlimit limit, none = { .rlim_cur = 0 };
	struct err err = ERR_INIT;
	int r;

	(void)state;
	plan.rdt.lines = lines;
	support_write(dir.fd, "info/last_cmd_status", "mask f is out of range\nmore\n");
	assert_good(rdt_open(&rdt, dir.path, &plan, &err), err);
	rdt_intend(&rdt, &plan, &made);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	none.rlim_max = limit.rlim_max;
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	r = rdt_write_schemata(&rdt, &plan, &made, &err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	(void)signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(r, -1);
	assert_holds(err.text, "mask f is out of range: write \"L3:0=0\" to schemata of resctrl group gold: ");
	rdt_close(&rdt);
}

/* Links are not followed: what is in resctrl is the kernel's. */
static void test_links(void **state)
{
	struct plan plan = plan_of("link");
	struct err err = ERR_INIT;
	struct rdt rdt = RDT_INIT;

	(void)state;
	assert_int_equal(symlinkat("gold", dir.fd, "link"), 0);
	assert_int_equal(rdt_open(&rdt, dir.path, &plan, &err), -1);
	assert_holds(err.text, "open resctrl group link");
	rdt_close(&rdt);
}

static void test_find_mount(void **state)
{
	char file[256], path[64];
	struct err err = ERR_INIT;

	(void)state;
	(void)snprintf(file, sizeof(file), "%s/mountinfo", dir.path);
	support_write(dir.fd, "mountinfo",
		      "21 1 0:20 / /sys rw - sysfs sysfs rw\n"
		      "22 1 0:21 /gold /part rw - resctrl resctrl rw\n"
		      "23 1 0:22 / /resctrl rw - tmpfs resctrl rw\n"
		      "24 1 0:21 / /sys/fs/res\\040ctrl\\134 rw,nosuid shared:5 master:1 - resctrl none rw,cdp\n"
		      "25 1 0:21 / /second rw - resctrl none rw\n");
	assert_good(rdt_find_mount(file, path, sizeof(path), &err), err);
	assert_string_equal(path, "/sys/fs/res ctrl\\");
	support_write(dir.fd, "mountinfo", "21 1 0:20 / /sys/fs/resctrl rw - tmpfs resctrl rw\nshort - resctrl x\n\n");
	assert_int_equal(rdt_find_mount(file, path, sizeof(path), &err), -1);
	assert_holds(err.text, "resctrl is not mounted");
}

static struct plan_rdt change_of(const char *group, const char *l3, const char *mb)
{
	return (struct plan_rdt){ .present = true, .at = ERR_NOWHERE, .group = group, .l3 = l3, .mb = mb, .lines = no_lines };
}

/* New lines for a group in use, and the ones that were there: of what changes alone. */
static void test_change(void **state)
{
	const struct plan_rdt wanted = change_of("gold", "L3:0=f", NULL), both = change_of("", "L3:0=1;1=1", "MB:0=10;1=20");
	auto_free char *before = NULL;
	struct rdt rdt = RDT_INIT;
	size_t fds = support_count_fds();
	struct err err = ERR_INIT;

	(void)state;
	assert_good(rdt_change(&rdt, dir.path, &wanted, &before, &err), err);
	assert_text("gold/schemata", "L3:0=f\n");
	assert_string_equal(before, "    MB:0=  70;1=  20\nL3CODE:0=3\n    L3:0=000ff;1=000f0\n");
	assert_good(rdt_change_back(&rdt, &wanted, before, &err), err);
	assert_text("gold/schemata", "L3:0=000ff;1=000f0\n");
	rdt_close(&rdt);
	free(take_ptr(&before));
	assert_good(rdt_change(&rdt, dir.path, &both, &before, &err), err);
	assert_text("schemata", "L3:0=1;1=1\nMB:0=10;1=20\n");
	assert_good(rdt_change_back(&rdt, &both, before, &err), err);
	assert_text("schemata", "L3:0=fffff;1=fffff\nMB:0=100;1=100\n");
	rdt_close(&rdt);
	assert_int_equal(support_count_fds(), fds);
}

static void test_change_refused(void **state)
{
	const struct plan_rdt nowhere = change_of("silver", "L3:0=f", NULL), wanted = change_of("gold", "L3:0=f", NULL);
	auto_free char *before = NULL;
	struct rdt rdt = RDT_INIT;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(rdt_change(&rdt, "/nowhere", &wanted, &before, &err), -1);
	assert_holds(err.text, "open resctrl at /nowhere");
	assert_int_equal(rdt_change(&rdt, dir.path, &nowhere, &before, &err), -1);
	assert_holds(err.text, "open resctrl group silver");
	rdt_close(&rdt);
	assert_int_equal(unlinkat(dir.fd, "gold/schemata", 0), 0);
	assert_int_equal(rdt_change(&rdt, dir.path, &wanted, &before, &err), -1);
	assert_holds(err.text, "read schemata of resctrl group gold");
	rdt_close(&rdt);
	assert_null(before);
}

/* The second line is refused (no room on the file system): the first one is taken back, as far as that goes. */
static void test_change_fails(void **state)
{
	const struct plan_rdt wanted = change_of("gold", "L3:0=f", "MB:0=10");
	auto_free char *before = NULL;
	struct rlimit limit, small;
	struct rdt rdt = RDT_INIT;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	small = (struct rlimit){ .rlim_cur = strlen("L3:0=f\n"), .rlim_max = limit.rlim_max };
	assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(rdt_change(&rdt, dir.path, &wanted, &before, &err), -1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_true(signal(SIGXFSZ, SIG_DFL) != SIG_ERR);
	assert_holds(err.text, "write \"MB:0=10\" to schemata of resctrl group gold");
	assert_null(before);
	rdt_close(&rdt);
}

int main(void)
{
	support_need_root();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_own, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_own_without_schemata, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_own_exists, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_shared, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_shared_differs, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_shared_is_new, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_shared_race, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_shared_must_exist, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_default_group, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_monitor, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused_line, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_links, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_find_mount, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_change, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_change_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_change_fails, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
