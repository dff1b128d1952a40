/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resource limits of the process. */
#include "fixture.h"

#include <string.h>
#include <sys/resource.h>

#define LIMIT(type, soft, hard) "{'type':'RLIMIT_" type "','soft':" soft ",'hard':" hard "}"

static void test_all(void **state)
{
	static const struct {
		const char *word;
		int resource;
	} want[] = {
		{ "RLIMIT_AS", RLIMIT_AS }, { "RLIMIT_CORE", RLIMIT_CORE },
		{ "RLIMIT_CPU", RLIMIT_CPU }, { "RLIMIT_DATA", RLIMIT_DATA },
		{ "RLIMIT_FSIZE", RLIMIT_FSIZE }, { "RLIMIT_LOCKS", RLIMIT_LOCKS },
		{ "RLIMIT_MEMLOCK", RLIMIT_MEMLOCK }, { "RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE },
		{ "RLIMIT_NICE", RLIMIT_NICE }, { "RLIMIT_NOFILE", RLIMIT_NOFILE },
		{ "RLIMIT_NPROC", RLIMIT_NPROC }, { "RLIMIT_RSS", RLIMIT_RSS },
		{ "RLIMIT_RTPRIO", RLIMIT_RTPRIO }, { "RLIMIT_RTTIME", RLIMIT_RTTIME },
		{ "RLIMIT_SIGPENDING", RLIMIT_SIGPENDING }, { "RLIMIT_STACK", RLIMIT_STACK },
	};
	auto_fixture struct fixture f;
	const struct plan_process *process;

	(void)state;
	fixture_open(&f, CONFIG("'rlimits':["
				LIMIT("AS", "1", "2") "," LIMIT("CORE", "0", "0") ","
				LIMIT("CPU", "1", "2") "," LIMIT("DATA", "1", "2") ","
				LIMIT("FSIZE", "1", "2") "," LIMIT("LOCKS", "1", "2") ","
				LIMIT("MEMLOCK", "1", "2") "," LIMIT("MSGQUEUE", "1", "2") ","
				LIMIT("NICE", "1", "2") "," LIMIT("NOFILE", "1024", "4096") ","
				LIMIT("NPROC", "1", "2") "," LIMIT("RSS", "1", "2") ","
				LIMIT("RTPRIO", "1", "2") "," LIMIT("RTTIME", "1", "2") ","
				LIMIT("SIGPENDING", "1", "2") ","
				LIMIT("STACK", "8", "18446744073709551615") "],", "", ""));
	process = &fixture_plan(&f)->process;
	assert_int_equal(process->n_rlimits, 16);
	for (size_t i = 0; i < 16; i++) {
		assert_int_equal(process->rlimits[i].resource, want[i].resource);
		assert_string_equal(process->rlimits[i].name, want[i].word);
	}
	assert_int_equal(process->rlimits[9].soft, 1024);
	assert_int_equal(process->rlimits[9].hard, 4096);
	assert_true(process->rlimits[15].hard == RLIM_INFINITY);
	assert_int_equal(process->rlimits[0].at, strstr(f.text, "{\"type\":\"RLIMIT_AS\"") - f.text);
}

static void test_refused(void **state)
{
	auto_fixture struct fixture f;
	auto_fixture struct fixture g;

	(void)state;
	fixture_open(&f, CONFIG("'rlimits':[" LIMIT("CPU", "1", "2") "," LIMIT("CPU", "1", "2") "],",
				"", ""));
	assert_non_null(strstr(fixture_refused(&f),
			       " process.rlimits[1].type: RLIMIT_CPU is in the list already"));
	fixture_close(&f);
	fixture_open(&g, CONFIG("'rlimits':[" LIMIT("CPU", "3", "2") "],", "", ""));
	assert_non_null(strstr(fixture_refused(&g),
			       " process.rlimits[0].soft: of RLIMIT_CPU is more than the hard limit"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
