/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which sockets are for the payload. */
#include "cmd/listen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"

#define SELF 42

static void test_parse(void **state)
{
	static const struct {
		const char *pid, *fds, *names;
		unsigned int n;
		const char *got_names;
	} cases[] = {
		{ "42", "1", NULL, 1, NULL },
		{ "42", "3", "a:b:c", 3, "a:b:c" },
		{ "42", "2147483647", "", 2147483647, "" },
		{ "42", "0", "a", 0, NULL },
		/* For somebody else, or for nobody. */
		{ "43", "3", "a", 0, NULL },
		{ "43", "x", NULL, 0, NULL },
		{ "", "3", NULL, 0, NULL },
		{ "42 ", "3", NULL, 0, NULL },
		{ "-42", "3", NULL, 0, NULL },
		{ "4294967338", "3", NULL, 0, NULL },
		{ NULL, "3", NULL, 0, NULL },
		{ "42", NULL, "a", 0, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err err = ERR_INIT;
		struct listen listen;

		assert_int_equal(listen_parse(cases[i].pid, cases[i].fds, cases[i].names, SELF, &listen, &err), 0);
		assert_int_equal(listen.n, cases[i].n);
		if (cases[i].got_names == NULL)
			assert_null(listen.names);
		else
			assert_string_equal(listen.names, cases[i].got_names);
	}
}

static void test_refused(void **state)
{
	static const char *const bad[] = { "", "-1", "x", "1x", " 1", "1.0", "2147483648", "99999999999999999999" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err err = ERR_INIT;
		struct listen listen;
		char want[160];

		assert_int_equal(listen_parse("42", bad[i], NULL, SELF, &listen, &err), -1);
		(void)snprintf(want, sizeof(want),
			       "LISTEN_FDS is \"%s\" in our environment, which is no number of sockets", bad[i]);
		assert_string_equal(err.text, want);
	}
}

static void test_environment(void **state)
{
	struct err err = ERR_INIT;
	struct listen listen;
	char pid[16];

	(void)state;
	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	assert_int_equal(setenv("LISTEN_PID", pid, 1) | setenv("LISTEN_FDS", "2", 1) | setenv("LISTEN_FDNAMES", "n", 1), 0);
	assert_int_equal(listen_find(&listen, &err), 0);
	assert_int_equal(listen.n, 2);
	assert_string_equal(listen.names, "n");
	assert_int_equal(unsetenv("LISTEN_PID"), 0);
	assert_int_equal(listen_find(&listen, &err), 0);
	assert_int_equal(listen.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
