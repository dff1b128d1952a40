/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The payload in the printed plan, where the golden tests do not reach.
 */
#include "fixture.h"

#include <sys/resource.h>

#include "plan/plan.h"
#include "printed.h"

static void test_none(void **state)
{
	static const struct plan plan = { .process.present = false };

	(void)state;
	assert_true(printed_has(&plan, "process none"));
	assert_true(printed_has(&plan, "seccomp none"));
}

static void test_settings(void **state)
{
	static const char *const none[] = { NULL };
	static const struct plan plan = {
		.process = { .present = true, .args = none, .env = none, .n_listen = 2,
			     .lsm = { .apparmor = "a b", .selinux = "u:r:t:s0" } },
	};

	(void)state;
	assert_true(printed_has(&plan, "  apparmor-profile \"a b\""));
	assert_true(printed_has(&plan, "  selinux-label \"u:r:t:s0\""));
	assert_true(printed_has(&plan, "  listen-fds 2"));
}

static void test_identity(void **state)
{
	static const char *const none[] = { NULL };
	static struct plan_rlimit rlimit = { .name = "RLIMIT_CORE", .soft = 7, .hard = RLIM_INFINITY };
	static const struct plan plan = {
		.process = { .present = true, .args = none, .env = none, .uid = 3, .gid = 4, .umask = 022,
			     .caps = { .bounding = 1 << 1 | 1 << 0 },
			     .rlimits = &rlimit, .n_rlimits = 1 },
	};

	(void)state;
	assert_true(printed_has(&plan, "  user 3:4 groups"));
	assert_true(printed_has(&plan, "  umask 0022"));
	assert_true(printed_has(&plan, "  bounding CAP_CHOWN CAP_DAC_OVERRIDE"));
	assert_true(printed_has(&plan, "  ambient"));
	assert_true(printed_has(&plan, "  rlimit RLIMIT_CORE soft 7 hard unlimited"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_identity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
