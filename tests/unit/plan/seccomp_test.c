/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The compiled filters.  What they do is found by running them: an interpreter of classic BPF stands
 * for the kernel, so nothing is loaded and any user can run it.
 */
#include "bpf.h"
#include "fixture.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#define SECCOMP(text) CONFIG("", "'seccomp':{" text "},", "")
#define ALLOW(names, more) "{'names':[" names "],'action':'SCMP_ACT_ALLOW'" more "}"
#define ERRNO_BY_DEFAULT "'defaultAction':'SCMP_ACT_ERRNO'"

#define ERR(code) (SECCOMP_RET_ERRNO | (code))

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#define NATIVE_WORD "SCMP_ARCH_X86_64"
#define FOREIGN AUDIT_ARCH_AARCH64
#define FOREIGN_WORD "SCMP_ARCH_AARCH64"
#define FOREIGN_WRITE 64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#define NATIVE_WORD "SCMP_ARCH_AARCH64"
#define FOREIGN AUDIT_ARCH_X86_64
#define FOREIGN_WORD "SCMP_ARCH_X86_64"
#define FOREIGN_WRITE 1
#else
/* cppcheck-suppress preprocessorErrorDirective ; it tries every branch */
#error "name the architecture here"
#endif

static uint32_t verdict(const struct plan *plan, int number, uint64_t arg0, uint64_t arg1)
{
	const struct seccomp_data data = { .nr = number, .arch = NATIVE, .args = { arg0, arg1 } };

	return bpf_run(plan->seccomp.filter.insns, plan->seccomp.filter.n, &data);
}

static const struct plan *make(struct fixture *f, const char *json)
{
	fixture_open(f, json);
	return fixture_plan(f);
}

static void test_absent(void **state)
{
	auto_fixture struct fixture f;

	(void)state;
	assert_false(make(&f, CONFIG("", "", ""))->seccomp.present);
	assert_int_equal(f.plan->seccomp.filter.n, 0);
}

static void test_names(void **state)
{
	auto_fixture struct fixture f;
	const struct plan *plan =
		make(&f, SECCOMP(ERRNO_BY_DEFAULT ",'syscalls':[" ALLOW("'read','write'", "") ","
				 "{'names':['openat'],'action':'SCMP_ACT_ERRNO','errnoRet':5},"
				 "{'names':['close'],'action':'SCMP_ACT_ERRNO','errnoRet':1},"
				 "{'names':['dup'],'action':'SCMP_ACT_ERRNO','errnoRet':0}]"));

	(void)state;
	assert_true(plan->seccomp.present);
	assert_string_equal(plan->seccomp.default_action, "SCMP_ACT_ERRNO");
	assert_int_equal(plan->seccomp.n_rules, 4);
	assert_int_equal(plan->seccomp.at, f.config->on_linux->seccomp->at);
	assert_int_equal(verdict(plan, SYS_read, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(verdict(plan, SYS_write, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(verdict(plan, SYS_openat, 0, 0), ERR(5));
	assert_int_equal(verdict(plan, SYS_close, 0, 0), ERR(EPERM));
	assert_int_equal(verdict(plan, SYS_dup, 0, 0), ERR(0));
	assert_int_equal(verdict(plan, SYS_mount, 0, 0), ERR(EPERM));
	assert_null(plan->warnings);
}

static void test_actions(void **state)
{
	static const struct {
		const char *json;
		uint32_t verdict;
	} cases[] = {
		{ SECCOMP("'defaultAction':'SCMP_ACT_KILL'"), SECCOMP_RET_KILL_THREAD },
		{ SECCOMP("'defaultAction':'SCMP_ACT_KILL_THREAD'"), SECCOMP_RET_KILL_THREAD },
		{ SECCOMP("'defaultAction':'SCMP_ACT_KILL_PROCESS'"), SECCOMP_RET_KILL_PROCESS },
		{ SECCOMP("'defaultAction':'SCMP_ACT_TRAP'"), SECCOMP_RET_TRAP },
		{ SECCOMP("'defaultAction':'SCMP_ACT_ERRNO'"), ERR(EPERM) },
		{ SECCOMP("'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':38"), ERR(38) },
		{ SECCOMP("'defaultAction':'SCMP_ACT_TRACE'"), SECCOMP_RET_TRACE | EPERM },
		{ SECCOMP("'defaultAction':'SCMP_ACT_TRACE','defaultErrnoRet':65535"),
		  SECCOMP_RET_TRACE | 65535 },
		{ SECCOMP("'defaultAction':'SCMP_ACT_LOG'"), SECCOMP_RET_LOG },
		{ SECCOMP("'defaultAction':'SCMP_ACT_ALLOW'"), SECCOMP_RET_ALLOW },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;

		assert_int_equal(verdict(make(&f, cases[i].json), SYS_read, 0, 0), cases[i].verdict);
	}
}

#define ARG(index, op, value, more) \
	"{'index':" #index ",'op':'SCMP_CMP_" op "','value':" #value more "}"
#define WITH_ARGS(args) \
	SECCOMP(ERRNO_BY_DEFAULT ",'syscalls':[" ALLOW("'dup3'", ",'args':[" args "]") "]")

/* Every operator, over all 64 bits; several arguments are all to match. */
static void test_conditions(void **state)
{
	static const struct {
		const char *json;
		uint64_t yes[2], no[2];
	} cases[] = {
		{ WITH_ARGS(ARG(0, "EQ", 7, "")), { 7 }, { 8 } },
		{ WITH_ARGS(ARG(0, "EQ", 4294967303, "")), { UINT64_C(0x100000007) }, { 7 } },
		{ WITH_ARGS(ARG(0, "NE", 7, "")), { UINT64_C(0x100000007) }, { 7 } },
		{ WITH_ARGS(ARG(0, "LT", 7, "")), { 6 }, { 7 } },
		{ WITH_ARGS(ARG(0, "LE", 7, "")), { 7 }, { 8 } },
		{ WITH_ARGS(ARG(0, "GE", 7, "")), { 7 }, { 6 } },
		{ WITH_ARGS(ARG(0, "GT", 7, "")), { UINT64_C(0x100000000) }, { 7 } },
		{ WITH_ARGS(ARG(0, "MASKED_EQ", 12, ",'valueTwo':4")), { 7 }, { 12 } },
		{ WITH_ARGS(ARG(0, "MASKED_EQ", 12, "")), { 3 }, { 4 } },
		{ WITH_ARGS(ARG(0, "EQ", 1, "") "," ARG(1, "EQ", 2, "")), { 1, 2 }, { 1, 3 } },
		{ WITH_ARGS(ARG(0, "EQ", 1, "") "," ARG(1, "EQ", 2, "")), { 1, 2 }, { 2, 2 } },
		/* Twice the same argument: one of the conditions is enough, as everywhere. */
		{ WITH_ARGS(ARG(0, "EQ", 1, "") "," ARG(0, "EQ", 2, "")), { 2 }, { 3 } },
		{ WITH_ARGS(ARG(0, "EQ", 1, "") "," ARG(0, "EQ", 2, "")), { 1 }, { 0 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;
		const struct plan *plan = make(&f, cases[i].json);

		assert_int_equal(verdict(plan, SYS_dup3, cases[i].yes[0], cases[i].yes[1]),
				 SECCOMP_RET_ALLOW);
		assert_int_equal(verdict(plan, SYS_dup3, cases[i].no[0], cases[i].no[1]), ERR(EPERM));
	}
}

#define NOTIFY_READ ",'listenerPath':'/agent','syscalls':[{'names':['read'],'action':'SCMP_ACT_NOTIFY'}]"

static void test_notify(void **state)
{
	auto_fixture struct fixture f;
	const struct plan *plan = make(&f, SECCOMP(ERRNO_BY_DEFAULT NOTIFY_READ));

	(void)state;
	assert_int_equal(verdict(plan, SYS_read, 0, 0), SECCOMP_RET_USER_NOTIF);
	assert_int_equal(verdict(plan, SYS_write, 0, 0), ERR(EPERM));
}

static void test_flags(void **state)
{
	static const struct {
		const char *json;
		uint32_t flags;
	} cases[] = {
		{ SECCOMP(ERRNO_BY_DEFAULT), SECCOMP_FILTER_FLAG_SPEC_ALLOW },
		{ SECCOMP(ERRNO_BY_DEFAULT ",'flags':null"), SECCOMP_FILTER_FLAG_SPEC_ALLOW },
		{ SECCOMP(ERRNO_BY_DEFAULT ",'flags':[]"), 0 },
		{ SECCOMP(ERRNO_BY_DEFAULT ",'flags':['SECCOMP_FILTER_FLAG_LOG',"
					   "'SECCOMP_FILTER_FLAG_TSYNC']"),
		  SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_TSYNC },
		/* With a listener: the one flag goes with it, the other cannot and need not. */
		{ SECCOMP(ERRNO_BY_DEFAULT NOTIFY_READ), SECCOMP_FILTER_FLAG_SPEC_ALLOW | LISTENER_NEW },
		{ SECCOMP(ERRNO_BY_DEFAULT NOTIFY_READ ",'flags':[]"), LISTENER_NEW },
		{ SECCOMP(ERRNO_BY_DEFAULT NOTIFY_READ ",'flags':['SECCOMP_FILTER_FLAG_TSYNC',"
						       "'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV']"),
		  LISTENER_NEW | LISTENER_WAIT_KILLABLE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;

		assert_int_equal(make(&f, cases[i].json)->seccomp.filter.flags, cases[i].flags);
	}
}

/* The machine's own architecture is always in; others only when listed. */
static void test_architectures(void **state)
{
	auto_fixture struct fixture f;
	auto_fixture struct fixture g;
	const struct seccomp_data foreign = { .nr = FOREIGN_WRITE, .arch = FOREIGN };
	const struct plan *plan;

	(void)state;
	plan = make(&f, SECCOMP(ERRNO_BY_DEFAULT ",'syscalls':[" ALLOW("'write'", "") "]"));
	assert_int_equal(bpf_run(plan->seccomp.filter.insns, plan->seccomp.filter.n, &foreign), SECCOMP_RET_KILL_THREAD);
	fixture_close(&f);

	plan = make(&g, SECCOMP(ERRNO_BY_DEFAULT ",'architectures':['" FOREIGN_WORD "','" NATIVE_WORD "'],"
						 "'syscalls':[" ALLOW("'write'", "") "]"));
	assert_int_equal(bpf_run(plan->seccomp.filter.insns, plan->seccomp.filter.n, &foreign), SECCOMP_RET_ALLOW);
	assert_int_equal(verdict(plan, SYS_write, 0, 0), SECCOMP_RET_ALLOW);
}

/*
 * Every name of the specification is either in the program, or refused for a reason that this machine
 * has: an older library, another byte order.
 */
static void test_every_architecture(void **state)
{
	size_t n_good = 0;

	(void)state;
	assert_int_equal(oci_seccomp_arch_names.n, 23);
	for (size_t i = 0; i < oci_seccomp_arch_names.n; i++) {
		const char *word = oci_seccomp_arch_names.name[i].word;
		auto_fixture struct fixture f;
		struct err err = ERR_INIT;
		const struct plan *plan;
		char json[600];

		(void)snprintf(json, sizeof(json), "{'ociVersion':'1.2.0','root':{'path':'r'},'linux':{"
			       "'namespaces':[{'type':'mount'}],'seccomp':{" ERRNO_BY_DEFAULT
			       ",'architectures':['%s'],'syscalls':[" ALLOW("'write'", "") "]}}}", word);
		fixture_open(&f, json);
		if (plan_make(&f.region, &f.input, &plan, &err) == 0) {
			assert_int_equal(verdict(plan, SYS_write, 0, 0), SECCOMP_RET_ALLOW);
			n_good++;
			continue;
		}
		if (strstr(err.text, "byte order") == NULL && strstr(err.text, "is unknown to this machine's libseccomp") == NULL)
			fail_msg("%s: %s", word, err.text);
		assert_non_null(strstr(err.text, word));
	}
	/* The little-endian ones that libraries since 2.5 know. */
	assert_true(n_good >= 10);
}

/*
 * What is newer than the profile does not exist, so that C libraries fall back; what the profile
 * could have named and did not gets its answer.
 */
static void test_newer_calls(void **state)
{
	static const struct {
		const char *json;
		int number;
		uint32_t verdict;
	} cases[] = {
		{ SECCOMP(ERRNO_BY_DEFAULT), 1000, ERR(ENOSYS) },
		{ SECCOMP(ERRNO_BY_DEFAULT), SYS_openat, ERR(EPERM) },
		{ SECCOMP(ERRNO_BY_DEFAULT), 434, ERR(EPERM) },
		{ SECCOMP(ERRNO_BY_DEFAULT), 435, ERR(ENOSYS) },
		{ SECCOMP(ERRNO_BY_DEFAULT ",'syscalls':[" ALLOW("'clone3'", "") "]"), 435,
		  SECCOMP_RET_ALLOW },
		{ SECCOMP(ERRNO_BY_DEFAULT ",'syscalls':[" ALLOW("'openat2'", "") "]"), 435, ERR(EPERM) },
		{ SECCOMP(ERRNO_BY_DEFAULT ",'syscalls':[" ALLOW("'openat2'", "") "]"), 438,
		  ERR(ENOSYS) },
		{ SECCOMP(ERRNO_BY_DEFAULT ",'defaultErrnoRet':38"), 435, ERR(ENOSYS) },
		{ SECCOMP("'defaultAction':'SCMP_ACT_KILL_PROCESS'"), 1000, SECCOMP_RET_KILL_PROCESS },
		{ SECCOMP("'defaultAction':'SCMP_ACT_ALLOW'"), 1000, SECCOMP_RET_ALLOW },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;

		assert_int_equal(verdict(make(&f, cases[i].json), cases[i].number, 0, 0),
				 cases[i].verdict);
	}
}

#if defined(__x86_64__)
/* x32 has the same architecture and numbers of its own; without it its calls are refused as before. */
static void test_x32(void **state)
{
	auto_fixture struct fixture f;
	auto_fixture struct fixture g;
	const struct plan *plan;

	(void)state;
	plan = make(&f, SECCOMP(ERRNO_BY_DEFAULT ",'architectures':['SCMP_ARCH_X32','SCMP_ARCH_X86'],"
						 "'syscalls':[" ALLOW("'read','readv'", "") "]"));
	assert_int_equal(verdict(plan, 0x40000000, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(verdict(plan, 0x40000000 + 515, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(verdict(plan, 0x40000000 + 547, 0, 0), ERR(EPERM));
	assert_int_equal(verdict(plan, 0x40000000 + 548, 0, 0), ERR(ENOSYS));
	assert_int_equal(verdict(plan, SYS_read, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(verdict(plan, 500, 0, 0), ERR(ENOSYS));
	fixture_close(&f);

	plan = make(&g, SECCOMP(ERRNO_BY_DEFAULT ",'syscalls':[" ALLOW("'read'", "") "]"));
	assert_int_equal(verdict(plan, 0x40000000, 0, 0), SECCOMP_RET_KILL_THREAD);
}
#endif

/* Managers send profiles that are newer than the library; many unknown names make one warning. */
static void test_unknown_names(void **state)
{
	auto_fixture struct fixture f;
	const struct plan *plan =
		make(&f, SECCOMP(ERRNO_BY_DEFAULT ",'syscalls':["
				 ALLOW("'no_such_call','read','nor_this'", "") "]"));

	(void)state;
	assert_int_equal(verdict(plan, SYS_read, 0, 0), SECCOMP_RET_ALLOW);
	assert_string_equal(fixture_warning(plan, 0),
			    "linux.seccomp: system calls unknown to this machine's libseccomp are left "
			    "out: no_such_call, nor_this");
	assert_null(fixture_warning(plan, 1));
}

static void test_cached(void **state)
{
	static const struct sock_filter insns[] = { { BPF_RET | BPF_K, 0, 0, SECCOMP_RET_LOG } };
	static const struct plan_filter cached = { .insns = insns, .n = 1, .flags = 99 };
	auto_fixture struct fixture f;
	const struct plan *plan;

	(void)state;
	fixture_open(&f, SECCOMP(ERRNO_BY_DEFAULT));
	f.input.seccomp_cached = &cached;
	plan = fixture_plan(&f);
	assert_int_equal(plan->seccomp.filter.n, 1);
	assert_int_equal(plan->seccomp.filter.flags, SECCOMP_FILTER_FLAG_SPEC_ALLOW);
	assert_ptr_not_equal(plan->seccomp.filter.insns, insns);
	assert_int_equal(verdict(plan, SYS_read, 0, 0), SECCOMP_RET_LOG);
}

static void test_refused(void **state)
{
	static const struct {
		const char *json, *refusal;
	} cases[] = {
		{ SECCOMP(ERRNO_BY_DEFAULT ",'architectures':['SCMP_ARCH_S390X']"),
		  "linux.seccomp.architectures[0]: libseccomp refuses SCMP_ARCH_S390X: its byte order is "
		  "not this machine's" },
		{ SECCOMP(ERRNO_BY_DEFAULT ",'flags':['SECCOMP_FILTER_FLAG_LOG',"
					   "'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'],'listenerPath':'/agent'"),
		  "linux.seccomp.flags[1]: SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV means nothing where no rule has "
		  "SCMP_ACT_NOTIFY, and the kernel refuses it" },
		{ SECCOMP(ERRNO_BY_DEFAULT ",'listenerPath':'/agent','syscalls':[{'names':['read'],"
					   "'action':'SCMP_ACT_NOTIFY','errnoRet':1}]"),
		  "linux.seccomp.syscalls[0].errnoRet: is given, but SCMP_ACT_NOTIFY does not take a value" },
		{ SECCOMP(ERRNO_BY_DEFAULT ",'syscalls':[" ALLOW("'read'", ",'errnoRet':1") "]"),
		  "linux.seccomp.syscalls[0].errnoRet: is given, but SCMP_ACT_ALLOW does not take a "
		  "value" },
		{ SECCOMP("'defaultAction':'SCMP_ACT_KILL','defaultErrnoRet':1"),
		  "linux.seccomp.defaultErrnoRet: is given, but SCMP_ACT_KILL does not take a value" },
		{ SECCOMP(ERRNO_BY_DEFAULT ",'defaultErrnoRet':4096"),
		  "linux.seccomp.defaultErrnoRet: is more than 4095, the most that SCMP_ACT_ERRNO "
		  "takes" },
		{ SECCOMP("'defaultAction':'SCMP_ACT_TRACE','defaultErrnoRet':65536"),
		  "linux.seccomp.defaultErrnoRet: is more than 65535, the most that SCMP_ACT_TRACE "
		  "takes" },
		{ SECCOMP(ERRNO_BY_DEFAULT ",'syscalls':[" ALLOW("'dup3'", ",'args':[" ARG(0, "EQ", 1, "")
								 "]") ","
			  "{'names':['dup','dup3'],'action':'SCMP_ACT_LOG','args':["
			  ARG(0, "EQ", 1, "") "]}]"),
		  "linux.seccomp.syscalls[1].names[1]: libseccomp refuses the rule for \"dup3\": it "
		  "contradicts an earlier one" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;

		fixture_open(&f, cases[i].json);
		assert_string_equal(strchr(fixture_refused(&f), ' ') + 1, cases[i].refusal);
	}
}

/* The same rule twice is no contradiction. */
static void test_repeated(void **state)
{
	auto_fixture struct fixture f;
	const struct plan *plan =
		make(&f, SECCOMP(ERRNO_BY_DEFAULT ",'syscalls':["
				 ALLOW("'dup3','dup3'", ",'args':[" ARG(0, "EQ", 1, "") "]") ","
				 ALLOW("'read','read'", "") "," ALLOW("'dup3'", "") "]"));

	(void)state;
	assert_int_equal(verdict(plan, SYS_dup3, 5, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(verdict(plan, SYS_read, 5, 0), SECCOMP_RET_ALLOW);
}

/* A document of nothing but rules is refused while it still takes no time. */
static void test_too_many(void **state)
{
	enum { MANY = 8193 };
	static char names[MANY * 7 + 1];
	static char json[sizeof(names) + 1000];
	auto_fixture struct fixture f;
	char *p = names;

	(void)state;
	for (int i = 0; i < MANY; i++)
		p = stpcpy(p, i == 0 ? "'read'" : ",'read'");
	(void)snprintf(json, sizeof(json), "{'ociVersion':'1.2.0','root':{'path':'r'},'linux':{"
		       "'namespaces':[{'type':'mount'}],'seccomp':{" ERRNO_BY_DEFAULT ",'syscalls':["
		       ALLOW("%s", "") "]}}}", names);
	fixture_open(&f, json);
	assert_non_null(strstr(fixture_refused(&f),
			       "linux.seccomp.syscalls[0].names[8192]: libseccomp refuses the rule for "
			       "\"read\": there are more rules than the kernel has room for"));
}

static void test_library(void **state)
{
	char buf[16];
	char *end;
	unsigned long major, minor;

	(void)state;
	major = strtoul(plan_seccomp_library(buf, sizeof(buf)), &end, 10);
	assert_int_equal(*end, '.');
	minor = strtoul(end + 1, &end, 10);
	assert_int_equal(*end, '.');
	assert_true(major * 100 + minor >= 205);
}

static void test_no_kernel_support(void **state)
{
	auto_fixture struct fixture f;

	(void)state;
	fixture_open(&f, SECCOMP(ERRNO_BY_DEFAULT));
	f.facts.seccomp_filter = false;
	assert_non_null(strstr(fixture_refused(&f), "linux.seccomp: this kernel has no seccomp filters"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_actions),
		cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_notify),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_architectures),
		cmocka_unit_test(test_every_architecture),
		cmocka_unit_test(test_newer_calls),
#if defined(__x86_64__)
		cmocka_unit_test(test_x32),
#endif
		cmocka_unit_test(test_unknown_names),
		cmocka_unit_test(test_cached),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_repeated),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_library),
		cmocka_unit_test(test_no_kernel_support),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
