/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One file says what many system calls do. */
#include "sys/selfstatus.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sys/priv.h"
#include "tests/unit/support.h"

#define BIT(signal) (UINT64_C(1) << ((signal) - 1))

static void on_signal(int number)
{
	(void)number;
}

static void test_capabilities(void **state)
{
	uint64_t effective, permitted, inheritable;
	size_t fds = support_count_fds();
	struct self_status status = { 0 };

	(void)state;
	assert_int_equal(selfstatus_read(&status), 0);
	assert_int_equal(support_count_fds(), fds);
	assert_int_equal(priv_capget(&effective, &permitted, &inheritable), 0);
	assert_true(status.permitted == permitted);
	for (int cap = 0; cap < 64; cap++)
		assert_int_equal(status.bounding >> cap & 1, prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1);
}

static void test_signals(void **state)
{
	struct self_status status = { 0 };

	(void)state;
	(void)signal(SIGUSR1, SIG_IGN);
	(void)signal(SIGUSR2, on_signal);
	(void)signal(SIGHUP, SIG_DFL);
	assert_int_equal(selfstatus_read(&status), 0);
	assert_true((status.ignored & BIT(SIGUSR1)) != 0 && (status.caught & BIT(SIGUSR1)) == 0);
	assert_true((status.ignored & BIT(SIGUSR2)) == 0 && (status.caught & BIT(SIGUSR2)) != 0);
	assert_true(((status.ignored | status.caught) & BIT(SIGHUP)) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_capabilities),
		cmocka_unit_test(test_signals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
