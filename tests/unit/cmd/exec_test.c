/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tare exec: its command line.  What it does in a container is the end-to-end tests' to show. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/cmd/fake.h"

static void test_help(void **state)
{
	CHECK_HELP(*state, "exec", "ID [COMMAND [ARGUMENT...]]", "--process FILE, -p", "--detach, -d",
		   "--tty, -t", "--cwd DIR", "--env NAME=VALUE, -e", "--user UID[:GID], -u", "--additional-gids GID, -g",
		   "--cap CAP_NAME, -c", "--no-new-privs", "--process-label LABEL", "--apparmor PROFILE", "--console-socket PATH",
		   "--pidfd-socket PATH", "--pid-file PATH", "--preserve-fds N", "--cgroup [CONTROLLER:]PATH", "--timeout SECONDS",
		   "--wait-fifo PATH", "--ignore-paused");
}

static void test_failure_is_255(void **state)
{
	(void)state;
	assert_int_equal(command_find("exec")->failure, 255);
	assert_int_equal(command_find("run")->failure, 0);
}

static void test_operands(void **state)
{
	struct capture *capture = *state;

	REFUSED(capture, "exec: an argument is missing", "exec");
	REFUSED(capture, "exec: neither a command nor --process is given", "exec", "c");
	REFUSED(capture, "unknown option \"--none\"", "exec", "--none", "c", "true");
	REFUSED(capture, "is no container ID", "exec", "../c", "true");
	REFUSED(capture, "container `c` does not exist", "exec", "c", "true");
	capture_assert_no_root(capture);
}

/* Everything after the ID is the command's, and "--" before it is nobody's. */
static void test_options_end_at_the_id(void **state)
{
	struct capture *capture = *state;

	REFUSED(capture, "container `c` does not exist", "exec", "c", "--none", "--help");
	REFUSED(capture, "container `c` does not exist", "exec", "--", "c", "-x");
}

static void test_process_excludes_the_others(void **state)
{
	static const char *const others[][2] = {
		{ "--cwd=/", "--cwd" }, { "-eA=1", "--env" }, { "-u1", "--user" }, { "-g1", "--additional-gids" },
		{ "-cCAP_KILL", "--cap" }, { "--no-new-privs", "--no-new-privs" }, { "--process-label=x", "--process-label" },
		{ "--apparmor=x", "--apparmor" },
	};
	struct capture *capture = *state;
	char text[100];

	for (size_t i = 0; i < COUNT(others); i++) {
		(void)snprintf(text, sizeof(text), "--process says all of the process, so %s cannot be given too", others[i][1]);
		REFUSED(capture, text, "exec", "-p", "x", others[i][0], "c");
	}
	REFUSED(capture, "so a command cannot be given too", "exec", "-p", "x", "c", "true");
	REFUSED(capture, "container `c` does not exist", "exec", "-p", "x", "--tty", "c");
}

static void test_timeout_and_detach(void **state)
{
	REFUSED(*state, "with --detach nobody stays to keep the --timeout", "exec", "-d", "--timeout", "5", "c", "true");
	REFUSED(*state, "option '--timeout' does not take the value \"x\"", "exec", "--timeout", "x", "c", "true");
}

static void test_states(void **state)
{
	struct capture *capture = *state;

	(void)fake_make_plain(capture, "c", FAKE_STOPPED);
	REFUSED(capture, "container `c` is stopped", "exec", "c", "true");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CAPTURE_TEST(test_help),
		CAPTURE_TEST(test_failure_is_255),
		CAPTURE_TEST(test_operands),
		CAPTURE_TEST(test_options_end_at_the_id),
		CAPTURE_TEST(test_process_excludes_the_others),
		CAPTURE_TEST(test_timeout_and_detach),
		CAPTURE_TEST(test_states),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
