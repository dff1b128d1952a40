/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every signal is at its default afterwards, the C library's own included. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "sys/signals.h"

static unsigned long long status_mask(const char *key)
{
	FILE *file = fopen("/proc/self/status", "re");
	unsigned long long mask = 0;
	char line[256];

	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		if (strncmp(line, key, strlen(key)) == 0)
			assert_int_equal(sscanf(line + strlen(key), ":%llx", &mask), 1);
	}
	(void)fclose(file);
	return mask;
}

static void test_reset(void **state)
{
	unsigned long ignore[16] = { (unsigned long)(uintptr_t)SIG_IGN };
	sigset_t all;

	(void)state;
	(void)sigfillset(&all);
	for (int i = 32; i <= 64; i++)
		(void)syscall(SYS_rt_sigaction, i, ignore, NULL, 8);
	(void)signal(SIGCHLD, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	assert_true((status_mask("SigIgn") >> 31 & 7) == 7);
	signals_reset(0);
	assert_true(status_mask("SigIgn") == 0);
	assert_true(status_mask("SigBlk") == 0);
	assert_true(status_mask("SigCgt") == 0);
}

/* Those that are known to be at their default are left alone, which only a wrong knowledge shows. */
static void test_reset_some(void **state)
{
	(void)state;
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	signals_reset(~(1ULL << (SIGPIPE - 1)));
	assert_true(status_mask("SigIgn") == 1ULL << (SIGHUP - 1));
	signals_reset(0);
	assert_true(status_mask("SigIgn") == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_reset), cmocka_unit_test(test_reset_some) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
