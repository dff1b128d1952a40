/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Privileges; every test gives its own away in a child. */
#include "sys/priv.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/unit/support.h"

#define BIT(cap) (UINT64_C(1) << (cap))

/* linux/keyctl.h */
#define KEYCTL_GET_KEYRING_ID_OP 0
#define KEYCTL_DESCRIBE_OP 6
#define SESSION_KEYRING (-3)

static void get(uint64_t *effective, uint64_t *permitted, uint64_t *inheritable)
{
	assert_int_equal(priv_capget(effective, permitted, inheritable), 0);
}

static void set_sets(void *data)
{
	uint64_t e = 0, p = 0, i = 0;
	uint64_t low = BIT(CAP_CHOWN), high = BIT(CAP_AUDIT_READ); /* 37: in the second half */

	(void)data;
	get(&e, &p, &i);
	assert_true((p & low) != 0 && (p & high) != 0);
	assert_int_equal(priv_capset(low, low | high, high), 0);
	get(&e, &p, &i);
	assert_int_equal(e, low);
	assert_int_equal(p, low | high);
	assert_int_equal(i, high);
	/* What is gone does not come back. */
	assert_int_equal(priv_capset(0, low | BIT(CAP_KILL), 0), -1);
	assert_int_equal(errno, EPERM);
	/* Effective beyond permitted. */
	assert_int_equal(priv_capset(BIT(CAP_KILL), low, 0), -1);
	get(&e, &p, &i);
	assert_int_equal(p, low | high);
	assert_int_equal(priv_capset(0, 0, 0), 0);
	get(&e, &p, &i);
	assert_int_equal(e | p | i, 0);
}

static bool is_bounded(int cap)
{
	return prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1;
}

static void bound(void *data)
{
	int last = 0;

	(void)data;
	while (prctl(PR_CAPBSET_READ, last + 1, 0, 0, 0) >= 0)
		last++;
	assert_int_equal(priv_bound(UINT64_MAX), 0);
	assert_true(is_bounded(CAP_CHOWN) && is_bounded(last));
	assert_int_equal(priv_bound(BIT(CAP_KILL) | BIT(last)), 0);
	for (int cap = 0; cap <= last; cap++)
		assert_int_equal(is_bounded(cap), cap == CAP_KILL || cap == last);
	/* What is missing already is no failure, not even without the right to drop. */
	assert_int_equal(priv_capset(0, 0, 0), 0);
	assert_int_equal(priv_bound(BIT(CAP_KILL) | BIT(last)), 0);
	assert_int_equal(priv_bound(BIT(CAP_KILL) | BIT(last) | BIT(CAP_CHOWN)), 0);
	assert_int_equal(priv_bound(BIT(last)), -1);
	assert_int_equal(errno, EPERM);
	assert_true(is_bounded(CAP_KILL));
}

static bool is_ambient(int cap)
{
	return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0) == 1;
}

static void raise_ambient(void *data)
{
	uint64_t first = BIT(CAP_CHOWN) | BIT(CAP_AUDIT_READ), second = BIT(CAP_KILL);

	(void)data;
	assert_int_equal(priv_capset(first | second, first | second, first | second), 0);
	assert_int_equal(priv_ambient(first), 0);
	assert_true(is_ambient(CAP_CHOWN) && is_ambient(CAP_AUDIT_READ) && !is_ambient(CAP_KILL));
	/* Exactly the new set, not added to the old. */
	assert_int_equal(priv_ambient(second), 0);
	assert_true(!is_ambient(CAP_CHOWN) && !is_ambient(CAP_AUDIT_READ) && is_ambient(CAP_KILL));
	assert_int_equal(priv_ambient(0), 0);
	assert_false(is_ambient(CAP_KILL));
	/* Neither permitted nor inheritable. */
	assert_int_equal(priv_ambient(BIT(CAP_SYS_ADMIN)), -1);
	assert_int_equal(errno, EPERM);
}

static void keep_over_setuid(void *data)
{
	bool keep = *(bool *)data;
	uint64_t e = 0, p = 0, i = 0;

	assert_int_equal(priv_keep_caps(true), 0);
	assert_int_equal(prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0), 1);
	assert_int_equal(priv_keep_caps(keep), 0);
	assert_int_equal(prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0), keep);
	assert_int_equal(syscall(SYS_setresuid, 1234, 1234, 1234), 0);
	get(&e, &p, &i);
	assert_int_equal(e, 0);
	if (keep)
		assert_true((p & BIT(CAP_CHOWN)) != 0);
	else
		assert_int_equal(p, 0);
}

static void set_bits(void *data)
{
	(void)data;
	assert_int_equal(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0);
	assert_int_equal(priv_no_new_privs(), 0);
	assert_int_equal(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
	assert_int_equal(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), 0);
	assert_int_equal(priv_undumpable(), 0);
	assert_int_equal(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 0);
}

/* uname(2) fails with EDOM. */
static const struct sock_filter no_uname[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_uname, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EDOM),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

static void filter(void *data)
{
	char names[6 * 65];

	(void)data;
	assert_int_equal(priv_seccomp(no_uname, 0, 0), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(priv_seccomp(no_uname, COUNT(no_uname), 1u << 30), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(syscall(SYS_uname, names), 0);
	assert_int_equal(priv_seccomp(no_uname, COUNT(no_uname), 0), 0);
	assert_int_equal(syscall(SYS_uname, names), -1);
	assert_int_equal(errno, EDOM);
	assert_int_equal(prctl(PR_GET_SECCOMP, 0, 0, 0, 0), 2);
}

static void filter_without_rights(void *data)
{
	char names[6 * 65];

	(void)data;
	assert_int_equal(priv_capset(0, 0, 0), 0);
	assert_int_equal(priv_seccomp(no_uname, COUNT(no_uname), 0), -1);
	assert_int_equal(errno, EACCES);
	assert_int_equal(priv_no_new_privs(), 0);
	assert_int_equal(priv_seccomp(no_uname, COUNT(no_uname), 0), 0);
	assert_int_equal(syscall(SYS_uname, names), -1);
}

static long session_keyring(void)
{
	return syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID_OP, SESSION_KEYRING, 0);
}

static void new_keyring(void *data)
{
	long before = session_keyring(), first, second;
	char text[200] = "";

	(void)data;
	if (before < 0 && errno == ENOSYS) {
		print_message("this kernel has no keyrings\n");
		return;
	}
	assert_int_equal(priv_new_keyring("tare-unit"), 0);
	first = session_keyring();
	assert_true(first > 0 && first != before);
	assert_true(syscall(SYS_keyctl, KEYCTL_DESCRIBE_OP, first, text, sizeof(text)) > 0);
	assert_holds(text, ";tare-unit");
	/* A name that starts with a dot is the kernel's own. */
	assert_int_equal(priv_new_keyring(".tare"), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(session_keyring(), first);
	assert_int_equal(priv_new_keyring("tare-unit-2"), 0);
	second = session_keyring();
	assert_true(second > 0 && second != first);
}

static void become(void *data)
{
	uid_t r, e, s;

	(void)data;
	assert_int_equal(priv_become(1234, 1235), 0);
	assert_int_equal(getresuid(&r, &e, &s), 0);
	assert_true(r == 1234 && e == 1234 && s == 1234);
	assert_int_equal(getresgid(&r, &e, &s), 0);
	assert_true(r == 1235 && e == 1235 && s == 1235);
	assert_int_equal(priv_become(1, 1), -1);
	assert_int_equal(errno, EPERM);
}

/* As another id than 0, with what was permitted before. */
static void hold(void *data)
{
	uint64_t effective, permitted, inheritable;

	(void)data;
	assert_int_equal(priv_keep_caps(true), 0);
	assert_int_equal(priv_become(1234, 1234), 0);
	assert_int_equal(priv_hold_over_exec(), 0);
	assert_int_equal(priv_capget(&effective, &permitted, &inheritable), 0);
	assert_true(permitted != 0 && effective == permitted && inheritable == permitted);
	(void)execl("/bin/sh", "sh", "-c",
		    "grep -q '^CapAmb:.*[1-9a-f]' /proc/self/status && grep -q '^CapEff:.*[1-9a-f]' /proc/self/status", NULL);
	fail_msg("no shell");
}

static void test_become(void **state)
{
	(void)state;
	support_run(0, become, NULL);
	support_run(0, hold, NULL);
}

static void test_sets(void **state)
{
	(void)state;
	support_run(0, set_sets, NULL);
}

static void test_bounding(void **state)
{
	(void)state;
	support_run(0, bound, NULL);
}

static void test_ambient(void **state)
{
	(void)state;
	support_run(0, raise_ambient, NULL);
}

static void test_keep_caps(void **state)
{
	bool choices[] = { true, false };

	(void)state;
	support_run(0, keep_over_setuid, &choices[0]);
	support_run(0, keep_over_setuid, &choices[1]);
}

static void test_prctl_bits(void **state)
{
	(void)state;
	support_run(0, set_bits, NULL);
}

static void test_seccomp(void **state)
{
	(void)state;
	support_run(0, filter, NULL);
	support_run(0, filter_without_rights, NULL);
}

static void test_keyring(void **state)
{
	(void)state;
	support_run(0, new_keyring, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_become),
		cmocka_unit_test(test_sets),
		cmocka_unit_test(test_bounding),
		cmocka_unit_test(test_ambient),
		cmocka_unit_test(test_keep_caps),
		cmocka_unit_test(test_prctl_bits),
		cmocka_unit_test(test_seccomp),
		cmocka_unit_test(test_keyring),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
