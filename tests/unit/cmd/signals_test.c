/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of signals. */
#include "cmd/signals.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"

static void test_good(void **state)
{
	static const struct { const char *text; int number; } good[] = {
		{ "TERM", SIGTERM }, { "SIGTERM", SIGTERM }, { "term", SIGTERM }, { "SigTerm", SIGTERM }, { "15", SIGTERM },
		{ "9", SIGKILL }, { "KILL", SIGKILL }, { "1", SIGHUP }, { "64", 64 }, { "34", 34 }, { "32", 32 },
		{ "RTMIN", 34 }, { "SIGRTMIN", 34 }, { "RTMIN+1", 35 }, { "rtmin+30", 64 }, { "RTMAX", 64 },
		{ "SIGRTMAX-0", 64 }, { "RTMAX-30", 34 }, { "IOT", SIGABRT }, { "CLD", SIGCHLD }, { "POLL", SIGIO },
		{ "WINCH", SIGWINCH }, { "USR1", SIGUSR1 },
	};
	struct err err = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_int_equal(signals_parse(good[i].text, &err), good[i].number);
}

static void test_bad(void **state)
{
	static const char *const bad[] = {
		"", "SIG", "0", "65", "-1", "999", "9x", "x9", " 9", "SIGSIGTERM", "SIG9X", "TERMX", "RTMIN-1", "RTMAX+1",
		"RTMIN+31", "RTMIN+", "RTMIN+x", "RTMINX", "RTMAX-31", "NOSUCH",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err err = ERR_INIT;
		char quoted[32];

		(void)snprintf(quoted, sizeof(quoted), "\"%s\"", bad[i]);
		assert_int_equal(signals_parse(bad[i], &err), -1);
		assert_non_null(strstr(err.text, quoted));
	}
}

/* Every name that the C library knows. */
static void test_all_names(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	for (int sig = 1; sig < 32; sig++) {
		const char *name = sigabbrev_np(sig);

		if (name != NULL)
			assert_int_equal(signals_parse(name, &err), sig);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_all_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
