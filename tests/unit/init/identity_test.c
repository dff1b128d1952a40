/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Becoming the user: each test does it for good, in a child. */
#include "init/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sys/priv.h"
#include "tests/unit/init/stage.h"

#define BIT(cap) (UINT64_C(1) << (cap))

static struct stage stage;

static bool is_here(const char *path)
{
	struct stat here, there;

	stage_stat(&stage, path, &there);
	return stat(".", &here) == 0 && here.st_ino == there.st_ino && here.st_dev == there.st_dev;
}

static void enter_cwd(void *data)
{
	stage_open(&stage, data);
	stage_mkdir(&stage, "work");
	assert_int_equal(symlinkat("../../../work", stage.root, "link"), 0);
	stage.plan.process.cwd = "/work";
	stage_good(&stage, identity_enter_cwd(&stage.init, &stage.err));
	assert_true(is_here("work"));
	stage.plan.process.cwd = "/made/on/the/way";
	stage_good(&stage, identity_enter_cwd(&stage.init, &stage.err));
	assert_true(is_here("made/on/the/way"));
	stage.plan.process.cwd = "/link/new";
	stage_good(&stage, identity_enter_cwd(&stage.init, &stage.err));
	assert_true(is_here("work/new"));
	stage_write(&stage, "file", "");
	stage.plan.process.cwd = "/file";
	stage_bad(&stage, identity_enter_cwd(&stage.init, &stage.err), "open the working directory /file");
	assert_int_equal(stage.err.at, 20);
	assert_true(is_here("work/new"));
	stage.plan.process.present = false;
	stage_good(&stage, identity_enter_cwd(&stage.init, &stage.err));
	assert_true(is_here("work/new"));
}

/* exec takes the directory as it is, and says what managers know as the caller's fault. */
static void enter_cwd_of_exec(void *data)
{
	stage_open(&stage, data);
	stage.plan.exec.present = true;
	stage_mkdir(&stage, "work");
	stage_write(&stage, "file", "");
	assert_int_equal(symlinkat("../../../work", stage.root, "link"), 0);
	stage.plan.process.cwd = "/link";
	stage_good(&stage, identity_enter_cwd(&stage.init, &stage.err));
	assert_true(is_here("work"));
	stage.plan.process.cwd = "/work/none";
	stage_bad(&stage, identity_enter_cwd(&stage.init, &stage.err),
		  "chdir to cwd (\"/work/none\") in the container: no such file or directory");
	assert_int_equal(stage.err.at, 20);
	assert_true(stage_is_missing(&stage, "work/none"));
	stage.plan.process.cwd = "/file";
	stage_bad(&stage, identity_enter_cwd(&stage.init, &stage.err), "chdir to cwd (\"/file\")");
	assert_true(is_here("work"));
}

/* A directory that is not below our own root: getcwd(2) says so (CVE-2024-21626). */
static void leave_container(void *data)
{
	stage_open(&stage, data);
	stage.init.root = stage_new_fs("tmpfs");
	stage_bad(&stage, identity_enter_cwd(&stage.init, &stage.err), "lies outside the container");
}

#define NO_BYPASS ~(BIT(CAP_DAC_OVERRIDE) | BIT(CAP_DAC_READ_SEARCH))

/* As NFS does for root: what is closed to it may be open to the user (PR-04). */
static void enter_late(void *data)
{
	uint64_t effective, permitted, inheritable;

	stage_open(&stage, data);
	stage_mkdir(&stage, "home");
	assert_int_equal(fchownat(stage.root, "home", 1234, 1234, 0), 0);
	assert_int_equal(fchmodat(stage.root, "home", 0700, 0), 0);
	assert_int_equal(priv_capget(&effective, &permitted, &inheritable), 0);
	assert_int_equal(priv_capset(effective & NO_BYPASS, permitted, 0), 0);
	stage.plan.process.cwd = "/home/made";
	stage.plan.process.uid = 1234;
	stage.plan.process.gid = 1234;
	stage_good(&stage, identity_enter_cwd(&stage.init, &stage.err));
	assert_true(stage.init.is_cwd_late);
	assert_false(err_is_set(&stage.err));
	assert_true(stage_is_missing(&stage, "home/made"));
	stage_good(&stage, identity_apply(&stage.init, &stage.err));
	assert_true(is_here("home/made"));
}

/* Closed to both. */
static void enter_never(void *data)
{
	uint64_t effective, permitted, inheritable;

	stage_open(&stage, data);
	stage_mkdir(&stage, "home");
	assert_int_equal(fchownat(stage.root, "home", 99, 99, 0), 0);
	assert_int_equal(fchmodat(stage.root, "home", 0700, 0), 0);
	assert_int_equal(priv_capget(&effective, &permitted, &inheritable), 0);
	assert_int_equal(priv_capset(effective & NO_BYPASS, permitted, 0), 0);
	stage.plan.process.cwd = "/home/in";
	stage.plan.process.uid = 1234;
	stage_good(&stage, identity_enter_cwd(&stage.init, &stage.err));
	stage_bad(&stage, identity_apply(&stage.init, &stage.err), "open the working directory /home/in");
	assert_int_equal(stage.err.code, EACCES);
}

static void set_limits(void *data)
{
	struct plan_rlimit limits[] = {
		{ .at = 60, .name = "process.rlimits[0]", .resource = RLIMIT_NOFILE, .soft = 100, .hard = 200 },
		{ .at = 61, .name = "process.rlimits[1]", .resource = RLIMIT_CORE, .soft = 0, .hard = UINT64_MAX },
	};
	struct rlimit got;

	stage_open(&stage, data);
	stage.plan.process.rlimits = limits;
	stage.plan.process.n_rlimits = 2;
	stage.plan.process.umask = 0027;
	stage_good(&stage, identity_limits(&stage.init, &stage.err));
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &got), 0);
	assert_int_equal(got.rlim_cur, 100);
	assert_int_equal(got.rlim_max, 200);
	assert_int_equal(getrlimit(RLIMIT_CORE, &got), 0);
	assert_int_equal(got.rlim_cur, 0);
	assert_true(got.rlim_max == RLIM_INFINITY);
	assert_int_equal(umask(0), 0027);
	/* No way up without the right to it. */
	assert_int_equal(priv_capset(0, 0, 0), 0);
	limits[0].hard = 300;
	stage_bad(&stage, identity_limits(&stage.init, &stage.err), "above this process's own hard limit");
	assert_int_equal(stage.err.at, 60);
	assert_int_equal(stage.err.code, EPERM);
	limits[0].resource = 1000;
	stage_bad(&stage, identity_limits(&stage.init, &stage.err), "process.rlimits[0]");
	/* Without a process nothing is said about a umask. */
	stage.plan.process.present = false;
	stage.plan.process.n_rlimits = 0;
	stage_good(&stage, identity_limits(&stage.init, &stage.err));
	assert_int_equal(umask(0), 0);
}

static void become_user(void *data)
{
	static const gid_t groups[] = { 7, 3000000000u, 9 };
	uint64_t before, permitted = 0, e, i;
	gid_t got[8];
	uid_t r, eff, s;

	stage_open(&stage, data);
	assert_int_equal(priv_capget(&e, &before, &i), 0);
	stage.plan.process.uid = 1234;
	stage.plan.process.gid = 4321;
	stage.plan.process.groups = groups;
	stage.plan.process.n_groups = 3;
	stage.plan.process.caps.bounding = BIT(CAP_KILL);
	stage_good(&stage, identity_apply(&stage.init, &stage.err));
	assert_int_equal(getresuid(&r, &eff, &s), 0);
	assert_true(r == 1234 && eff == 1234 && s == 1234);
	assert_int_equal(getresgid(&r, &eff, &s), 0);
	assert_true(r == 4321 && eff == 4321 && s == 4321);
	assert_int_equal(getgroups(COUNT(got), got), 3);
	for (size_t k = 0; k < 3; k++)
		assert_true(got[0] == groups[k] || got[1] == groups[k] || got[2] == groups[k]);
	for (int cap = 0; cap < CAP_AUDIT_READ; cap++)
		assert_int_equal(prctl(PR_CAPBSET_READ, cap, 0, 0, 0), cap == CAP_KILL);
	/* Still there for identity_confine(). */
	assert_int_equal(priv_capget(&e, &permitted, &i), 0);
	assert_true(permitted == before);
	assert_int_equal(prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0), 0);
	assert_int_equal(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 0);
}

/* No supplementary groups asked for: none of ours stay. */
static void become_groupless(void *data)
{
	static const gid_t ours[] = { 1, 2, 3 };

	stage_open(&stage, data);
	assert_int_equal(setgroups(3, ours), 0);
	stage_good(&stage, identity_apply(&stage.init, &stage.err));
	assert_int_equal(getgroups(0, NULL), 0);
	assert_int_equal(getuid(), 0);
}

static void become_nobody_without_rights(void *data)
{
	stage_open(&stage, data);
	assert_int_equal(priv_capset(0, 0, 0), 0);
	stage.plan.process.uid = 1234;
	stage_bad(&stage, identity_apply(&stage.init, &stage.err), "set the supplementary groups");
	assert_int_equal(stage.err.code, EPERM);
	stage.plan.process.caps.bounding = 0;
	stage_bad(&stage, identity_apply(&stage.init, &stage.err), "bounding set");
	assert_int_equal(getuid(), 0);
	stage.plan.process.present = false;
	stage_good(&stage, identity_apply(&stage.init, &stage.err));
}

static bool is_ambient(int cap)
{
	return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0) == 1;
}

static void expect_caps(const struct plan_caps *caps)
{
	uint64_t e, p, i;

	assert_int_equal(priv_capget(&e, &p, &i), 0);
	assert_true(e == caps->effective);
	assert_true(p == caps->permitted);
	assert_true(i == caps->inheritable);
	for (int cap = 0; cap < CAP_AUDIT_READ; cap++)
		assert_int_equal(is_ambient(cap), (caps->ambient & BIT(cap)) != 0);
}

static const struct plan_caps few_caps = {
	.bounding = UINT64_MAX,
	.effective = BIT(CAP_CHOWN),
	.permitted = BIT(CAP_CHOWN) | BIT(CAP_KILL) | BIT(CAP_NET_RAW),
	.inheritable = BIT(CAP_KILL) | BIT(CAP_SETUID),
	.ambient = BIT(CAP_KILL),
};

static void confine(void *data)
{
	stage_open(&stage, data);
	stage.plan.process.caps = few_caps;
	stage.plan.process.caps.inheritable = BIT(CAP_KILL);
	stage_good(&stage, identity_confine(&stage.init, &stage.err));
	expect_caps(&stage.plan.process.caps);
	assert_int_equal(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0);
	/* What is gone does not come back. */
	stage.plan.process.caps.permitted |= BIT(CAP_SYS_ADMIN);
	stage_bad(&stage, identity_confine(&stage.init, &stage.err), "set the capabilities");
	assert_int_equal(stage.err.code, EPERM);
	stage.plan.process.present = false;
	stage_good(&stage, identity_confine(&stage.init, &stage.err));
}

/* An ambient capability that is not inheritable must stop everything, not be left out. */
static void confine_wrongly(void *data)
{
	stage_open(&stage, data);
	stage.plan.process.caps = few_caps;
	stage.plan.process.caps.ambient = BIT(CAP_NET_RAW);
	stage_bad(&stage, identity_confine(&stage.init, &stage.err), "set the ambient capabilities");
}

/* uname(2), or what a test puts in its place, fails with EDOM. */
static struct sock_filter filter[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_uname, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EDOM),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

static bool is_filtered(void)
{
	char names[6 * 65];

	return syscall(SYS_uname, names) < 0 && errno == EDOM;
}

static void open_filtered(const void *data, bool no_new_privs)
{
	stage_open(&stage, data);
	stage.plan.process.caps = few_caps;
	stage.plan.process.no_new_privs = no_new_privs;
	stage.plan.seccomp = (struct plan_seccomp){ .at = 70, .present = true,
						    .filter = { .insns = filter, .n = COUNT(filter) } };
}

/* Without no_new_privs the filter needs CAP_SYS_ADMIN, which the payload does not get. */
static void filter_with_rights(void *data)
{
	open_filtered(data, false);
	stage_good(&stage, identity_confine(&stage.init, &stage.err));
	assert_true(is_filtered());
	expect_caps(&few_caps);
	assert_int_equal(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0);
	/* It is there once, not again at the end. */
	stage_good(&stage, identity_filter(&stage.init, &stage.err));
	assert_int_equal(prctl(PR_GET_SECCOMP, 0, 0, 0, 0), 2);
}

static void filter_for_an_administrator(void *data)
{
	open_filtered(data, false);
	stage.plan.process.caps.effective |= BIT(CAP_SYS_ADMIN);
	stage.plan.process.caps.permitted |= BIT(CAP_SYS_ADMIN);
	stage_good(&stage, identity_confine(&stage.init, &stage.err));
	assert_true(is_filtered());
	expect_caps(&stage.plan.process.caps);
}

/* Permitted, not effective: also then exactly as asked for. */
static void filter_for_a_sleeping_administrator(void *data)
{
	open_filtered(data, false);
	stage.plan.process.caps.permitted |= BIT(CAP_SYS_ADMIN);
	stage_good(&stage, identity_confine(&stage.init, &stage.err));
	assert_true(is_filtered());
	expect_caps(&stage.plan.process.caps);
}

/* With it the filter comes last of all. */
static void filter_at_the_end(void *data)
{
	open_filtered(data, true);
	stage_good(&stage, identity_confine(&stage.init, &stage.err));
	assert_false(is_filtered());
	expect_caps(&few_caps);
	assert_int_equal(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
	stage_good(&stage, identity_filter(&stage.init, &stage.err));
	assert_true(is_filtered());
}

/* A filter that stops the drop after it, or that does not load: the payload must not start. */
static void filter_against_us(void *data)
{
	open_filtered(data, false);
	filter[1].k = SYS_capset;
	stage_bad(&stage, identity_confine(&stage.init, &stage.err), "drop CAP_SYS_ADMIN after loading");
	assert_int_equal(stage.err.code, EDOM);
}

static void filter_is_broken(void *data)
{
	open_filtered(data, false);
	stage.plan.seccomp.filter.n = 1;
	stage_bad(&stage, identity_confine(&stage.init, &stage.err), "load the seccomp filter");
	assert_int_equal(stage.err.at, 70);
	stage.plan.process.no_new_privs = true;
	stage_bad(&stage, identity_filter(&stage.init, &stage.err), "load the seccomp filter");
}

STAGE_TEST(test_cwd, 0, enter_cwd)
STAGE_TEST(test_cwd_of_exec, 0, enter_cwd_of_exec)
STAGE_TEST(test_cwd_outside, 0, leave_container)
STAGE_TEST(test_late_cwd, 0, enter_late)
STAGE_TEST(test_closed_cwd, 0, enter_never)
STAGE_TEST(test_limits, 0, set_limits)
STAGE_TEST(test_user, 0, become_user)
STAGE_TEST(test_no_groups, 0, become_groupless)
STAGE_TEST(test_no_rights, 0, become_nobody_without_rights)
STAGE_TEST(test_confine, 0, confine)
STAGE_TEST(test_impossible_ambient_set, 0, confine_wrongly)
STAGE_TEST(test_filter, 0, filter_with_rights)
STAGE_TEST(test_filter_with_sys_admin, 0, filter_for_an_administrator)
STAGE_TEST(test_filter_with_permitted_sys_admin, 0, filter_for_a_sleeping_administrator)
STAGE_TEST(test_filter_with_no_new_privs, 0, filter_at_the_end)
STAGE_TEST(test_filter_against_us, 0, filter_against_us)
STAGE_TEST(test_broken_filter, 0, filter_is_broken)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cwd),
		cmocka_unit_test(test_cwd_of_exec),
		cmocka_unit_test(test_cwd_outside),
		cmocka_unit_test(test_late_cwd),
		cmocka_unit_test(test_closed_cwd),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_user),
		cmocka_unit_test(test_no_groups),
		cmocka_unit_test(test_no_rights),
		cmocka_unit_test(test_confine),
		cmocka_unit_test(test_impossible_ambient_set),
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_filter_with_sys_admin),
		cmocka_unit_test(test_filter_with_permitted_sys_admin),
		cmocka_unit_test(test_filter_with_no_new_privs),
		cmocka_unit_test(test_filter_against_us),
		cmocka_unit_test(test_broken_filter),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, stage_make_dir, stage_remove_dir);
}
